{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}],
    meta={"catat": {"'pemberi_kerja'": "id"}},
) }}
{% set aturan = aturan_catatan("PB", "pemberi_kerja_id") + [
    ("PB_A01", "blokir", "nama is not null"),
    ("PB_A02", "blokir", "kode_kbli is not null"),
    ("PB_A03", "blokir", "kode_wilayah is not null"),
    ("PB_A04", "peringatan", "nib is not null"),
    ("PB_A05", "peringatan", "nullif(btrim(npwp_teks), '') is null or npwp is not null"),
    ("PB_A06", "peringatan", "cardinality(catatan) = 0 and teks_wajar"),
    ("PB_A07", "peringatan", "nib is null or kemunculan_nib = 1"),
    ("PB_A08", "peringatan", "nama_pokok is null or kemunculan_nama = 1"),
    ("PB_A09", "peringatan", "num_nonnulls(tenaga_kerja_l, tenaga_kerja_p, tenaga_kerja_disabilitas) = tenaga_kerja_terisi "
        ~ "and least(tenaga_kerja_l, tenaga_kerja_p, tenaga_kerja_disabilitas, 0) >= 0"),
    ("PB_A10", "peringatan", "(telepon is null or telepon ~ '\\d{5}') and (email_teks is null or email is not null) "
        ~ "and (not hp_kontak_ada or hp_kontak_sah)"),
    ("PB_R01", "peringatan", di_kabupaten("kode_wilayah")),
    ("PB_T01", "peringatan", "status_teks is distinct from 'aktif' or updated_at >= " ~ sekarang()
        ~ " - interval '18 months'"),
] %}
with wilayah as (
    {{ kunci_wilayah() }}
),

sumber as (
    select
        *,
        -- A branch carries the name of its head office and a word for itself.
        nullif(regexp_replace({{ teks_normal("nama") }}, '\s*\m(kantor|cabang|cab|pusat|unit)\M.*$', ''), '')
            as nama_pokok,
        case when {{ angka("nib_teks") }} ~ '^\d{13}$' then {{ angka("nib_teks") }} end as nib,
        case when {{ angka("npwp_teks") }} ~ '^\d{15,16}$' then {{ angka("npwp_teks") }} end as npwp,
        case when email_teks ~ '^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,63}$' then email_teks end as email,
        {{ petunjuk_wilayah("kode_wilayah_teks") }}
    from {{ ref("stg_batang_career__pemberi_kerja") }}
    {{ sekali_hitung() }}
),

kbli as (
    {{ buku_kbli("sumber") }}
),

konform as (
    select
        s.*,
        kbli.kode_kbli,
        kbli.versi_kbli,
        kbli.kategori_kbli,
        kbli.kbli_tingkat,
        case when kbli.kode_kbli is not null then 'kode' else 'tidak_dikenal' end as kbli_asal,
        {{ kode_wilayah("s") }} as kode_wilayah,
        {{ asal_wilayah("s") }} as wilayah_asal,
        left({{ kode_wilayah("s") }}, 6) as kode_kecamatan,
        count(*) filter (where s.deleted_at is null) over (partition by s.nib) as kemunculan_nib,
        count(*) filter (where s.deleted_at is null) over (partition by s.nama_pokok) as kemunculan_nama
    from sumber as s
    {{ gabung_wilayah("s") }}
    left join kbli on s.kode_kbli_teks = kbli.kode_kbli_teks
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
