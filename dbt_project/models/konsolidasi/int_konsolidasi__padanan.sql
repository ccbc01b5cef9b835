{{ config(materialized='table', schema='intermediate', tags=['konsolidasi'], contract={'enforced': true}) }}

-- One row for every record of either side, paired one to one: first by id_daerah, then, for records entered
-- at the centre, by the person (or the NIB of an employer). What has no partner stands alone.
{% set domain = [
    ('pencari-kerja', 'dim_pencari_kerja', 'orang_token'),
    ('pemberi-kerja', 'dim_pemberi_kerja', 'nib'),
    ('lowongan', 'fct_lowongan', none),
    ('penduduk-bekerja', 'fct_penduduk_bekerja', 'orang_token'),
    ('pelatihan', 'fct_peserta_pelatihan', 'orang_token'),
    ('penempatan', 'fct_penempatan', 'orang_token'),
] %}

with daerah as (
    {% for nama, mart, pengenal in domain %}
        select
            '{{ nama }}' as domain,
            id_daerah,
            {{ pengenal if pengenal else 'null::text' }} as pengenal
        from {{ ref(mart) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

pengenal_daerah as (
    select distinct
        domain,
        pengenal
    from daerah
    where pengenal is not null
),

versi_pusat as (
    {% for nama, mart, pengenal in domain %}
        select
            '{{ nama }}' as domain,
            id as id_siapkerja,
            id_daerah,
            {{ pengenal if pengenal else 'null::text' }} as pengenal,
            ditarik,
            diubah_pada::timestamptz as diubah_pada,
            sidik_data,
            _versi
        from {{ source('siapkerja', 'siapkerja__' ~ nama | replace('-', '_')) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

terkini as (
    select distinct on (domain, id_siapkerja) *
    from versi_pusat
    order by domain asc, id_siapkerja asc, diubah_pada desc, _versi desc
),

-- Should the centre hold one id_daerah twice, the latest is the partner and the others stand alone.
pusat as (
    select
        *,
        row_number() over (
            partition by domain, id_daerah order by diubah_pada desc, _versi desc
        ) as urutan_id,
        row_number() over (
            partition by domain, id_daerah is null, pengenal order by diubah_pada, id_siapkerja
        ) as urutan_pengenal
    from terkini
    where ditarik is distinct from 'true'
),

pasangan_id as (
    select
        daerah.domain,
        daerah.id_daerah,
        pusat.id_siapkerja,
        case
            when pusat.sidik_data = catatan_status.sidik_data then 'cocok'
            else 'beda'
        end as hubungan,
        'id_daerah' as padanan
    from daerah
    inner join pusat
        on
            daerah.domain = pusat.domain
            and daerah.id_daerah = pusat.id_daerah
            and pusat.urutan_id = 1
    left join {{ source('delivery', 'pengiriman') }} as catatan_status
        on daerah.id_daerah = catatan_status.id_daerah
),

sisa_daerah as (
    select
        daerah.domain,
        daerah.id_daerah,
        daerah.pengenal,
        row_number() over (
            partition by daerah.domain, daerah.pengenal order by daerah.id_daerah
        ) as urutan_pengenal
    from daerah
    left join pasangan_id on daerah.domain = pasangan_id.domain and daerah.id_daerah = pasangan_id.id_daerah
    where pasangan_id.id_daerah is null
),

pasangan_pengenal as (
    select
        sisa_daerah.domain,
        sisa_daerah.id_daerah,
        pusat.id_siapkerja,
        'beda' as hubungan,
        'pengenal' as padanan
    from sisa_daerah
    inner join pusat
        on
            sisa_daerah.domain = pusat.domain
            and sisa_daerah.pengenal = pusat.pengenal
            and sisa_daerah.urutan_pengenal = pusat.urutan_pengenal
            and pusat.id_daerah is null
),

pasangan as (
    select * from pasangan_id
    union all
    select * from pasangan_pengenal
),

hubungan as (
    select * from pasangan
    union all
    select
        sisa_daerah.domain,
        sisa_daerah.id_daerah,
        null as id_siapkerja,
        'hanya_daerah' as hubungan,
        null as padanan
    from sisa_daerah
    left join pasangan_pengenal
        on
            sisa_daerah.domain = pasangan_pengenal.domain
            and sisa_daerah.id_daerah = pasangan_pengenal.id_daerah
    where pasangan_pengenal.id_daerah is null
    union all
    select
        pusat.domain,
        null as id_daerah,
        pusat.id_siapkerja,
        'hanya_pusat' as hubungan,
        null as padanan
    from pusat
    left join pasangan on pusat.domain = pasangan.domain and pusat.id_siapkerja = pasangan.id_siapkerja
    where pasangan.id_siapkerja is null
)

select
    hubungan.domain,
    hubungan.id_daerah,
    hubungan.id_siapkerja,
    hubungan.hubungan,
    hubungan.padanan,
    case
        when hubungan.padanan = 'pengenal' then 'entri_pusat'
        when hubungan.hubungan = 'beda' and catatan_status.sidik_data is null then 'tidak_ada_di_buku_kiriman'
        when hubungan.hubungan = 'beda' and catatan_status.keadaan in ('menunggu', 'ditolak')
            then 'versi_baru_' || catatan_status.keadaan
        when hubungan.hubungan = 'beda' then 'isi_berbeda'
        when hubungan.hubungan = 'hanya_daerah' and catatan_status.id_daerah is null then 'belum_dikirim'
        when hubungan.hubungan = 'hanya_daerah' and catatan_status.keadaan in ('diterima', 'tidak_berubah')
            then 'hilang_di_pusat'
        when hubungan.hubungan = 'hanya_daerah' then catatan_status.keadaan
        when hubungan.hubungan = 'hanya_pusat' and pusat.id_daerah is null
            then case when pengenal_daerah.pengenal is null then 'entri_pusat' else 'ganda_di_pusat' end
        when hubungan.hubungan = 'hanya_pusat' and pusat.urutan_id > 1 then 'ganda_di_pusat'
        when hubungan.hubungan = 'hanya_pusat' then 'tidak_ada_di_mart'
    end as sebab
from hubungan
left join {{ source('delivery', 'pengiriman') }} as catatan_status
    on hubungan.id_daerah = catatan_status.id_daerah
left join pusat on hubungan.domain = pusat.domain and hubungan.id_siapkerja = pusat.id_siapkerja
left join pengenal_daerah
    on pusat.domain = pengenal_daerah.domain and pusat.pengenal = pengenal_daerah.pengenal
