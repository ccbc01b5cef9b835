{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}],
    meta={"catat": {"'lowongan'": "id"}},
) }}
{% set aturan = aturan_catatan("LW", "lowongan_id") + [
    ("LW_A01", "blokir", "pemberi_kerja_ada"),
    ("LW_A02", "blokir", "not pemberi_kerja_ada or pemberi_kerja_layak"),
    ("LW_A03", "blokir", "judul is not null"),
    ("LW_A04", "blokir", "kode_jabatan is not null"),
    ("LW_A05", "blokir", "kode_wilayah is not null"),
    ("LW_A06", "blokir", "num_nonnulls(jumlah_l, jumlah_p, jumlah_bebas) = jumlah_terisi and jumlah > 0 "
        ~ "and least(jumlah_l, jumlah_p, jumlah_bebas) >= 0"),
    ("LW_A07", "blokir", "tanggal_buka is not null and tanggal_tutup is not null"),
    ("LW_A08", "blokir", "least(tanggal_tutup, tanggal_terpenuhi, tanggal_dihapus) >= tanggal_buka"),
    ("LW_A09", "blokir", "status is not null"),
    ("LW_A10", "blokir", "num_nonnulls(usia_min, usia_max) = usia_terisi and least(usia_min, usia_max) >= 15 "
        ~ "and (usia_max >= usia_min) is not false"),
    ("LW_A11", "blokir", "num_nonnulls(terisi_l, terisi_p) = terisi_terisi and least(terisi_l, terisi_p, 0) >= 0"),
    ("LW_A12", "peringatan", "case status when 'TERPENUHI' then tanggal_terpenuhi is not null and terisi >= jumlah "
        ~ "when 'DIHAPUS' then tanggal_dihapus is not null "
        ~ "else tanggal_dihapus is null and tanggal_terpenuhi is null end"),
    ("LW_A13", "peringatan", "terisi <= jumlah"),
    ("LW_A14", "peringatan", "num_nonnulls(upah_min, upah_max) = upah_terisi "
        ~ "and (upah_max >= upah_min) is not false and least(upah_min, upah_max) >= umk * 0.5 "
        ~ "and greatest(upah_min, upah_max) <= umk * 20"),
    ("LW_A15", "peringatan", "cardinality(catatan) = 0 and teks_wajar"),
    ("LW_A16", "peringatan", "(nullif(btrim(pendidikan_teks), '') is null or pendidikan_minimal is not null) "
        ~ "and (nullif(btrim(jenis_kelamin_teks), '') is null or jenis_kelamin is not null or jenis_kelamin_bebas) "
        ~ "and (kondisi_fisik_teks is null or kondisi_fisik is not null or kondisi_fisik_teks = 'bebas')"),
    ("LW_A17", "peringatan", "num_nonnulls(tanggal_terpenuhi, tanggal_dihapus) = tanggal_terisi"),
    ("LW_A18", "peringatan", "num_nonnulls(pengalaman_min_tahun) = pengalaman_terisi "
        ~ "and (pengalaman_min_tahun between 0 and 60) is not false"),
    ("LW_R01", "peringatan", di_kabupaten("kode_wilayah")),
    ("LW_R02", "peringatan", "case jenis_kelamin when 'L' then coalesce(jumlah_p, 0) = 0 "
        ~ "when 'P' then coalesce(jumlah_l, 0) = 0 end"),
    ("LW_T01", "peringatan", "status is distinct from 'BUKA' or tanggal_tutup >= " ~ hari_ini()),
] %}
with
{{ calon_dinilai(
    "lowongan", aturan, [], {"pemberi_kerja_id": "pemberi_kerja"}, ["pendidikan_asal", "jabatan_asal"]
) }}
wilayah as (
    {{ kunci_wilayah() }}
),

sumber as (
    select
        *,
        {{ petunjuk_wilayah("kode_wilayah_teks") }}
    from {{ ref("stg_batang_career__lowongan") }}
    {{ hanya_yang_berubah("id in (select id from calon)", "where") }}
    {{ sekali_hitung() }}
),

buku_jabatan as (
    {{ buku_jabatan("sumber") }}
),

konform as (
    select
        s.*,
        pb.id is not null as pemberi_kerja_ada,
        coalesce(pb.layak and pb.deleted_at is null, false) as pemberi_kerja_layak,
        {{ jabatan() }},
        {{ pendidikan("pendidikan_minimal") }},
        jk.kode as jenis_kelamin,
        coalesce({{ teks_normal("s.jenis_kelamin_teks") }} ~ '^(bebas|semua|l p|laki laki perempuan)', false)
            as jenis_kelamin_bebas,
        case
            when s.kondisi_fisik_teks ~ '^(normal|sehat|non disabilitas)' then 'NORMAL'
            when s.kondisi_fisik_teks ~ '^(disabilitas|difabel|penyandang)' then 'DISABILITAS'
        end as kondisi_fisik,
        {{ kode_wilayah("s") }} as kode_wilayah,
        {{ asal_wilayah("s") }} as wilayah_asal,
        left({{ kode_wilayah("s") }}, 6) as kode_kecamatan,
        coalesce(s.jumlah_l, 0) + coalesce(s.jumlah_p, 0) + coalesce(s.jumlah_bebas, 0) as jumlah,
        coalesce(s.terisi_l, 0) + coalesce(s.terisi_p, 0) as terisi,
        case s.status_teks
            when 'buka' then 'BUKA' when 'terpenuhi' then 'TERPENUHI' when 'tutup' then 'TUTUP'
            when 'dihapus' then 'DIHAPUS'
        end as status,
        rentang.kode as rentang_upah,
        {{ umk() }} as umk
    from sumber as s
    {{ gabung_wilayah("s") }}
    left join {{ ref("int_pemberi_kerja__dinilai") }} as pb on s.pemberi_kerja_id = pb.pemberi_kerja_id
    {{ gabung_jenis_kelamin("s.jenis_kelamin_teks") }}
    {{ gabung_pendidikan("s.pendidikan_teks") }}
    {{ gabung_jabatan("s", "s.judul_teks") }}
    {{ gabung_rentang_upah("s.upah_min", "s.tanggal_buka") }}
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
