-- Nothing is dropped and nothing doubled: every id of raw is judged once, and then it is in the mart, in
-- quarantine, or deleted at the source.
{% set dataset = [
    ("pencari_kerja", "dim_pencari_kerja"),
    ("pemberi_kerja", "dim_pemberi_kerja"),
    ("lowongan", "fct_lowongan"),
    ("lamaran", "fct_lamaran"),
    ("pelatihan", "fct_pelatihan"),
    ("peserta_pelatihan", "fct_peserta_pelatihan"),
    ("penempatan", "fct_penempatan"),
    ("penduduk_bekerja", "fct_penduduk_bekerja"),
] %}
with hitungan as (
    {% for d, mart in dataset %}
        {% set dibangun = hanya_yang_dibangun(catatan_berubah(d, "id") ~ " and ", "") %}
        select
            '{{ d }}' as dataset,
            (
                select count(distinct mentah.id)
                from {{ source("batang_career", d) }} as mentah
                {{ hanya_yang_dibangun(catatan_berubah(d, "mentah.id"), "where") }}
            ) as mentah,
            (
                select count(*)
                from {{ ref(mart) }}
                {{ hanya_yang_dibangun(catatan_berubah(d, d ~ "_id", bilangan=true), "where") }}
            ) as mart,
            (
                select count(*)
                from {{ ref("karantina") }}
                where {{ dibangun }}dataset = '{{ d | replace("_", "-") }}'
            ) as karantina,
            count(*) as dinilai,
            count(*) filter (where deleted_at is not null) as dihapus
        from {{ ref("int_" ~ d ~ "__dinilai") }}
        {{ hanya_yang_dibangun(catatan_berubah(d, "id"), "where") }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select *
from hitungan
where mentah <> dinilai or dinilai <> mart + karantina + dihapus
