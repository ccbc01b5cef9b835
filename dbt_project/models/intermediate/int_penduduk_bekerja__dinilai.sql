{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}, {"columns": ["orang_token"]}],
    meta={"catat": {"'penduduk_bekerja'": "id"}},
) }}
{% set aturan = aturan_catatan("KJ", "penduduk_bekerja_id") + aturan_orang("KJ") + [
    ("KJ_A10", "blokir", "kode_wilayah is not null"),
    ("KJ_A11", "blokir", "kode_kbli is not null"),
    ("KJ_A12", "blokir", "kode_jabatan is not null"),
    ("KJ_A13", "blokir", "status_pekerjaan is not null"),
    ("KJ_A14", "blokir", "tanggal_selesai >= tanggal_mulai"),
    ("KJ_A15", "blokir", "tanggal_mulai <= " ~ hari_ini()),
    ("KJ_A16", "blokir", "pemberi_kerja_teks is null or pemberi_kerja_ada"),
    ("KJ_A17", "peringatan", "pemberi_kerja_teks is null or pemberi_kerja_layak"),
    ("KJ_A18", "peringatan", "nullif(btrim(upah_teks), '') is null "
        ~ "or (upah is not null and upah between umk * 0.1 and umk * 20)"),
    ("KJ_A19", "peringatan", "nullif(btrim(jam_teks), '') is null or (jam_kerja is not null and jam_kerja between 1 and 98)"),
    ("KJ_A20", "peringatan", "orang_token is null or kemunculan = 1"),
    ("KJ_A21", "peringatan", "pendidikan is not null"),
    ("KJ_A22", "peringatan", "num_nonnulls(tanggal_mulai, tanggal_selesai, tanggal_pendataan) = tanggal_terisi"),
    ("KJ_R01", "blokir", umur("tanggal_lahir", "coalesce(tanggal_mulai, tanggal_pendataan)") ~ " >= 15"),
    ("KJ_R02", "peringatan", di_kabupaten("kode_wilayah") ~ " or nik_wilayah in ('dikenal', 'kecamatan_tidak_dikenal')"),
    ("KJ_R03", "peringatan", "tanggal_selesai >= " ~ hari_ini()),
    ("KJ_T01", "peringatan", "tanggal_pendataan is not null and tanggal_pendataan between " ~ hari_ini()
        ~ " - interval '12 months' and " ~ hari_ini()),
] %}
with
{{ calon_dinilai(
    "penduduk_bekerja", aturan, ["orang_token"], {"pemberi_kerja_id": "pemberi_kerja"}, ["pendidikan_asal", "jabatan_asal"]
) }}
wilayah as (
    {{ kunci_wilayah() }}
),

sumber as (
    select
        *,
        case
            when orang_token is not null
                then count(*) filter (where deleted_at is null) over (partition by orang_token)
        end as kemunculan,
        {{ petunjuk_wilayah("kode_wilayah_teks") }}
    from {{ ref("stg_batang_career__penduduk_bekerja") }}
    {{ hanya_yang_berubah("id in (select id from sekutu)", "where") }}
    {{ sekali_hitung() }}
),

kbli as (
    {{ buku_kbli("sumber") }}
),

buku_jabatan as (
    {{ buku_jabatan("sumber") }}
),

konform as (
    select
        s.*,
        pb.id is not null as pemberi_kerja_ada,
        coalesce(pb.layak and pb.deleted_at is null, false) as pemberi_kerja_layak,
        jk.kode as jenis_kelamin,
        {{ asal_kamus("jk.kode") }} as jenis_kelamin_asal,
        {{ kode_wilayah("s") }} as kode_wilayah,
        {{ asal_wilayah("s") }} as wilayah_asal,
        left({{ kode_wilayah("s") }}, 6) as kode_kecamatan,
        {{ pendidikan() }},
        kbli.kode_kbli,
        kbli.versi_kbli,
        kbli.kategori_kbli,
        kbli.kbli_tingkat,
        case when kbli.kode_kbli is not null then 'kode' else 'tidak_dikenal' end as kbli_asal,
        {{ jabatan() }},
        case when s.status_pekerjaan_kode between 1 and 7 then s.status_pekerjaan_kode end
            as status_pekerjaan,
        case when s.jam_kerja between 0 and 168 then s.jam_kerja end as jam_kerja_seminggu,
        rentang.kode as rentang_upah,
        {{ umk() }} as umk
    from sumber as s
    {{ gabung_wilayah("s") }}
    left join {{ ref("int_pemberi_kerja__dinilai") }} as pb on s.pemberi_kerja_id = pb.pemberi_kerja_id
    left join kbli on s.kode_kbli_teks = kbli.kode_kbli_teks
    {{ gabung_jenis_kelamin("s.jenis_kelamin_teks") }}
    {{ gabung_pendidikan("s.pendidikan_teks") }}
    {{ gabung_jabatan("s", "coalesce(nullif(btrim(s.jabatan_teks), ''), s.kode_jabatan_teks)") }}
    {{ gabung_rentang_upah("s.upah", "coalesce(s.tanggal_pendataan, s.tanggal_mulai)") }}
    {{ hanya_yang_berubah("s.id in (select id from calon)", "where") }}
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
