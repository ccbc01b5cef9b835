{% set dataset = [
    "pencari_kerja", "pemberi_kerja", "lowongan", "lamaran", "pelatihan", "peserta_pelatihan", "penempatan",
    "penduduk_bekerja",
] %}
-- A deleted record needs no mending, so it is not in quarantine.
with tertahan as (
    {% for d in dataset %}
        select
            '{{ d | replace("_", "-") }}' as dataset,
            dinilai.id,
            dinilai.periode,
            dinilai.aturan_gagal as aturan,
            (
                select min(versi._diterima_pada)
                from {{ source("batang_career", d) }} as versi
                where versi.id = dinilai.id
            ) as pertama_terlihat,
            dinilai.diterima_pada
        from {{ ref("int_" ~ d ~ "__dinilai") }} as dinilai
        where not dinilai.layak and dinilai.deleted_at is null
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select
    dataset,
    id,
    periode,
    aturan,
    pertama_terlihat,
    diterima_pada
from tertahan
