{{ config(tags=['konsolidasi']) }}

-- The bridge closes: each side is the sum of its parts, and equals a count of that side made without the
-- pairing.
with daerah as (
    select
        'pencari-kerja' as domain,
        count(*) as jumlah
    from {{ ref('dim_pencari_kerja') }}
    union all
    select
        'pemberi-kerja' as domain,
        count(*) as jumlah
    from {{ ref('dim_pemberi_kerja') }}
    union all
    select
        'lowongan' as domain,
        count(*) as jumlah
    from {{ ref('fct_lowongan') }}
    union all
    select
        'penduduk-bekerja' as domain,
        count(*) as jumlah
    from {{ ref('fct_penduduk_bekerja') }}
    union all
    select
        'pelatihan' as domain,
        count(*) as jumlah
    from {{ ref('fct_peserta_pelatihan') }}
    union all
    select
        'penempatan' as domain,
        count(*) as jumlah
    from {{ ref('fct_penempatan') }}
),

pusat as (
    {% for domain in [
        'pencari-kerja', 'pemberi-kerja', 'lowongan', 'penduduk-bekerja', 'pelatihan', 'penempatan',
    ] %}
        select
            '{{ domain }}' as domain,
            count(*) as jumlah
        from {{ source('siapkerja', 'siapkerja__' ~ domain | replace('-', '_')) }} as versi
        where
            versi.ditarik is distinct from 'true'
            and not exists (
                select 1
                from {{ source('siapkerja', 'siapkerja__' ~ domain | replace('-', '_')) }} as lain
                where
                    versi.id = lain.id
                    and (versi.diubah_pada::timestamptz, versi._versi)
                    < (lain.diubah_pada::timestamptz, lain._versi)
            )
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select laporan.domain
from {{ ref('rpt_konsolidasi') }} as laporan
inner join daerah on laporan.domain = daerah.domain
inner join pusat on laporan.domain = pusat.domain
where
    laporan.daerah <> laporan.cocok + laporan.beda + laporan.hanya_daerah
    or laporan.pusat <> laporan.cocok + laporan.beda + laporan.hanya_pusat
    or laporan.daerah <> daerah.jumlah
    or laporan.pusat <> pusat.jumlah
