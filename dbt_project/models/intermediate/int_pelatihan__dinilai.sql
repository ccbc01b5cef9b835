{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}],
    meta={"catat": {"'pelatihan'": "id"}},
) }}
{% set aturan = aturan_catatan("PL", "pelatihan_id") + [
    ("PL_A01", "blokir", "program is not null"),
    ("PL_A02", "blokir", "lembaga is not null"),
    ("PL_A03", "blokir", "sumber_dana is not null"),
    ("PL_A04", "blokir", "tanggal_mulai is not null"),
    ("PL_A05", "blokir", "tanggal_selesai >= tanggal_mulai"),
    ("PL_A06", "peringatan", "num_nonnulls(tahun_anggaran, pagu, realisasi, jam_pelatihan, kuota) = bilangan_terisi "
        ~ "and least(pagu, realisasi, jam_pelatihan, kuota, 0) >= 0"),
    ("PL_A07", "peringatan", "realisasi <= pagu"),
    ("PL_A08", "peringatan", "sumber_dana is distinct from 'APBD' or kode_sub_kegiatan is not null"),
    ("PL_A09", "peringatan", "cardinality(catatan) = 0 and teks_wajar"),
    ("PL_A10", "peringatan", "peserta <= kuota"),
    ("PL_A11", "peringatan", "num_nonnulls(tanggal_selesai) = tanggal_terisi"),
    ("PL_R01", "peringatan", "kode_wilayah is not null and " ~ di_kabupaten("kode_wilayah")),
    ("PL_T01", "peringatan", "sumber_dana is distinct from 'APBD' or realisasi is not null "
        ~ "or tanggal_selesai >= " ~ hari_ini() ~ " - 90"),
] %}
with wilayah as (
    {{ kunci_wilayah() }}
),

peserta as (
    select
        pelatihan_id,
        count(*) as peserta
    from {{ ref("stg_batang_career__peserta_pelatihan") }}
    where deleted_at is null
    group by pelatihan_id
),

sumber as (
    select
        *,
        {{ petunjuk_wilayah("kode_wilayah_teks") }}
    from {{ ref("stg_batang_career__pelatihan") }}
    {{ sekali_hitung() }}
),

konform as (
    select
        s.*,
        {{ sumber_dana("s.sumber_dana_teks") }} as sumber_dana,
        upper(s.jenis_lembaga_teks) as jenis_lembaga,
        coalesce(peserta.peserta, 0) as peserta,
        {{ kode_wilayah("s") }} as kode_wilayah,
        {{ asal_wilayah("s") }} as wilayah_asal,
        left({{ kode_wilayah("s") }}, 6) as kode_kecamatan
    from sumber as s
    {{ gabung_wilayah("s") }}
    left join peserta on s.pelatihan_id = peserta.pelatihan_id
    {{ sekali_hitung() }}
),

dinilai as (
    select
        *,
        {{ lolos(aturan) }}
    from konform
    {{ sekali_hitung() }}
)

select
    *,
    {{ putusan(aturan) }}
from dinilai
