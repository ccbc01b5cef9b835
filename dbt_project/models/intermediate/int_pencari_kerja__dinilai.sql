{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}, {"columns": ["orang_token"]}],
    meta={"catat": {"'pencari_kerja'": "id", "'token'": "orang_token"}},
) }}
{% set aturan = aturan_catatan("PK", "pencari_kerja_id") + aturan_orang("PK") + [
    ("PK_A10", "blokir", "pendidikan is not null"),
    ("PK_A11", "blokir", "disabilitas is not null"),
    ("PK_A12", "blokir", "status_bekerja is not null"),
    ("PK_A13", "blokir", "kode_wilayah is not null"),
    ("PK_A14", "blokir", "tanggal_daftar is not null and tanggal_daftar <= " ~ hari_ini()),
    ("PK_A15", "blokir", "status is not null"),
    ("PK_A16", "blokir", "least(tanggal_lapor_terakhir, tanggal_kedaluwarsa, tanggal_dihapus) >= tanggal_daftar"),
    ("PK_A17", "peringatan", "(status = 'DIHAPUS') = (tanggal_dihapus is not null)"),
    ("PK_A18", "peringatan", "orang_token is null or kemunculan = 1"),
    ("PK_A19", "peringatan", "(not no_hp_ada or no_hp_sah) and (not email_ada or email_sah)"),
    ("PK_A20", "peringatan", "nullif(btrim(upah_teks), '') is null or "
        ~ "(upah_diharapkan is not null and upah_diharapkan between umk * 0.5 and umk * 20)"),
    ("PK_A21", "peringatan", "nullif(btrim(tahun_lulus_teks), '') is null or (tahun_lulus is not null and tahun_lulus "
        ~ "between extract(year from tanggal_lahir) + 5 and extract(year from " ~ hari_ini() ~ "))"),
    ("PK_A22", "peringatan", "kode_jabatan_diminati is not null or coalesce(kode_jabatan_teks, jabatan_teks) is null"),
    ("PK_A23", "peringatan", "wilayah_asal = 'nama' or kode_menurut_nama = kode_wilayah"),
    ("PK_A24", "peringatan", "num_nonnulls(tanggal_lapor_terakhir, tanggal_kedaluwarsa, tanggal_dihapus) "
        ~ "= tanggal_terisi"),
    ("PK_A25", "peringatan", "num_nonnulls(pengalaman_tahun) = pengalaman_terisi "
        ~ "and (pengalaman_tahun between 0 and 60) is not false"),
    ("PK_R01", "blokir", umur("tanggal_lahir", "tanggal_daftar") ~ " >= 15"),
    ("PK_R02", "peringatan", di_kabupaten("kode_wilayah") ~ " or nik_wilayah in ('dikenal', 'kecamatan_tidak_dikenal')"),
    ("PK_T01", "peringatan", "status is distinct from 'AKTIF' or coalesce(tanggal_lapor_terakhir, tanggal_daftar) "
        ~ ">= " ~ hari_ini() ~ " - make_interval(months => " ~ var("lapse_bulan") ~ ")"),
    ("PK_T02", "peringatan", "status is distinct from 'AKTIF' or tanggal_kedaluwarsa >= " ~ hari_ini()),
] %}
with
{{ calon_dinilai("pencari_kerja", aturan, ["orang_token"], selaras=["pendidikan_asal", "jabatan_asal"]) }}
wilayah as (
    {{ kunci_wilayah() }}
),

sumber as (
    select
        *,
        num_nonnulls(
            nullif(btrim(desa_domisili), ''),
            nullif(btrim(kecamatan_domisili), ''),
            nullif(btrim(kode_wilayah_domisili_teks), '')
        ) > 0 as ada_domisili,
        case
            when orang_token is not null
                then count(*) filter (where deleted_at is null) over (partition by orang_token)
        end as kemunculan
    from {{ ref("stg_batang_career__pencari_kerja") }}
    {{ hanya_yang_berubah("id in (select id from sekutu)", "where") }}
    {{ sekali_hitung() }}
),

-- Where someone lives counts; the card's address stands in only if no part of a domicile is given.
petunjuk as (
    select
        *,
        {{ petunjuk_wilayah(
            "case when ada_domisili then kode_wilayah_domisili_teks else kode_wilayah_teks end",
            "case when ada_domisili then desa_domisili else desa end",
            "case when ada_domisili then kecamatan_domisili else kecamatan end",
        ) }}
    from sumber
    {{ hanya_yang_berubah("id in (select id from calon)", "where") }}
    {{ sekali_hitung() }}
),

buku_jabatan as (
    {{ buku_jabatan("sumber") }}
),

konform as (
    select
        s.*,
        jk.kode as jenis_kelamin,
        {{ asal_kamus("jk.kode") }} as jenis_kelamin_asal,
        {{ kode_wilayah("s") }} as kode_wilayah,
        {{ asal_wilayah("s") }} as wilayah_asal,
        coalesce(w_nama.kode, w_unik.kode) as kode_menurut_nama,
        left({{ kode_wilayah("s") }}, 6) as kode_kecamatan,
        {{ pendidikan() }},
        d.kode as disabilitas,
        {{ asal_kamus("d.kode") }} as disabilitas_asal,
        case
            when {{ teks_normal("s.status_bekerja_teks") }} ~ '^(belum|tidak|menganggur)' then 'BELUM'
            when {{ teks_normal("s.status_bekerja_teks") }} ~ '^(pernah|sudah pernah)' then 'PERNAH'
            when {{ teks_normal("s.status_bekerja_teks") }} ~ '^(sedang |masih |sudah )?bekerja'
                then 'BEKERJA'
        end as status_bekerja,
        {{ jabatan("kode_jabatan_diminati") }},
        coalesce({{ teks_normal("s.lokasi_teks") }} ~ 'luar', false) as luar_negeri,
        case s.status_teks
            when 'aktif' then 'AKTIF' when 'ditempatkan' then 'DITEMPATKAN' when 'dihapus' then 'DIHAPUS'
        end as status,
        rentang.kode as rentang_upah,
        {{ umk() }} as umk
    from petunjuk as s
    {{ gabung_wilayah("s") }}
    {{ gabung_jenis_kelamin("s.jenis_kelamin_teks") }}
    {{ gabung_pendidikan("s.pendidikan_teks") }}
    left join {{ ref("ref_disabilitas_kamus") }} as d
        on {{ teks_normal("s.disabilitas_teks") }} = d.teks_normal
    {{ gabung_jabatan("s", "coalesce(nullif(btrim(s.jabatan_teks), ''), s.kode_jabatan_teks)") }}
    {{ gabung_rentang_upah("s.upah_diharapkan", "s.tanggal_daftar") }}
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
