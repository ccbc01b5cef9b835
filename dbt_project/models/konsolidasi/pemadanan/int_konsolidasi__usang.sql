-- The versions of the centre's records that do not stand. A version of a record that changed later makes an
-- earlier one void; of several records under one id_daerah all are repeated but the one that changed last.
-- Each table meets itself: that both cores do at once, whereas they cannot count a million groups together.
with digantikan as materialized (
    {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
        {% set tabel = source("siapkerja", "siapkerja__" ~ nama | replace("-", "_")) %}
        select
            '{{ nama }}' as domain,
            lama._versi as versi
        from {{ tabel }} as lama
        inner join {{ tabel }} as baru
            on
                lama.id = baru.id
                and lama._versi <> baru._versi
                and (lama.diubah_pada::timestamptz, lama._versi)
                < (baru.diubah_pada::timestamptz, baru._versi)
        {{ "union" if not loop.last }}
    {% endfor %}
),

bersama as materialized (
    {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
        {% set tabel = source("siapkerja", "siapkerja__" ~ nama | replace("-", "_")) %}
        select
            '{{ nama }}' as domain,
            lama._versi as versi,
            baru._versi as versi_baru
        from {{ tabel }} as lama
        inner join {{ tabel }} as baru
            on
                lama.id_daerah = baru.id_daerah
                and lama.id <> baru.id
                and (lama.diubah_pada::timestamptz, lama._versi)
                < (baru.diubah_pada::timestamptz, baru._versi)
        where lama.ditarik is distinct from 'true' and baru.ditarik is distinct from 'true'
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    domain,
    versi,
    'digantikan' as keadaan
from digantikan
union all
select distinct
    bersama.domain,
    bersama.versi,
    'berulang' as keadaan
from bersama
left join digantikan as lama on bersama.domain = lama.domain and bersama.versi = lama.versi
left join digantikan as baru on bersama.domain = baru.domain and bersama.versi_baru = baru.versi
where lama.versi is null and baru.versi is null
