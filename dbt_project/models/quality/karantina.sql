{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": "(replace(dataset, '-', '_'), id) in (select apa, kunci from gudang.perubahan)"},
) }}
{% set dataset = [
    "pencari_kerja", "pemberi_kerja", "lowongan", "lamaran", "pelatihan", "peserta_pelatihan", "penempatan",
    "penduduk_bekerja",
] %}
-- What is held now; quality.riwayat_karantina keeps since when, over the rebuilds. Not here: a deleted
-- record, which needs no mending, and an accepted one, which is fit.
with tertahan as (
    {% for d in dataset %}
        select
            '{{ d | replace("_", "-") }}' as dataset,
            dinilai.id,
            dinilai.isi_hash,
            dinilai.periode,
            dinilai.aturan_gagal as aturan,
            (
                select min(versi._diterima_pada)
                from {{ source("batang_career", d) }} as versi
                where versi.id = dinilai.id
            ) as pertama_terlihat,
            dinilai.diterima_pada
        from {{ ref("int_" ~ d ~ "__dinilai") }} as dinilai
        where
            not dinilai.layak
            and dinilai.deleted_at is null
            {{ hanya_yang_berubah("dinilai.id in " ~ kunci_berubah(d)) }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select
    dataset,
    id,
    isi_hash,
    periode,
    aturan,
    pertama_terlihat,
    diterima_pada
from tertahan
