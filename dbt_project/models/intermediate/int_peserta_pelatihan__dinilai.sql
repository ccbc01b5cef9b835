{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}, {"columns": ["orang_token"]}],
    meta={"catat": {"'peserta_pelatihan'": "id"}},
) }}
{% set aturan = aturan_catatan("PP", "peserta_pelatihan_id") + aturan_orang("PP") + [
    ("PP_A10", "blokir", "pelatihan_ada"),
    ("PP_A11", "blokir", "not pelatihan_ada or pelatihan_layak"),
    ("PP_A12", "blokir", "hasil is not null"),
    ("PP_A13", "peringatan", "hasil = 'LULUS' or nomor_sertifikat is null"),
    ("PP_A14", "peringatan", "num_nonnulls(tanggal_sertifikat) = tanggal_terisi "
        ~ "and (tanggal_sertifikat between tanggal_mulai and " ~ hari_ini() ~ ") is not false"),
    ("PP_A15", "peringatan", "orang_token is null or kemunculan = 1"),
    ("PP_A16", "peringatan", "pendidikan is not null"),
    ("PP_A17", "peringatan", "kode_wilayah is not null"),
    ("PP_R01", "blokir", umur("tanggal_lahir", "tanggal_mulai") ~ " >= 15"),
    ("PP_R02", "peringatan", di_kabupaten("kode_wilayah") ~ " or nik_wilayah in ('dikenal', 'kecamatan_tidak_dikenal')"),
    ("PP_T01", "peringatan", "hasil is distinct from 'BERLANGSUNG' or tanggal_selesai >= " ~ hari_ini() ~ " - 30"),
] %}
with
{{ calon_dinilai(
    "peserta_pelatihan", aturan, ["orang_token"], {"pelatihan_id": "pelatihan"}, ["pendidikan_asal"]
) }}
wilayah as (
    {{ kunci_wilayah() }}
),

sumber as (
    select
        *,
        case
            when orang_token is not null
                then count(*) filter (where deleted_at is null) over (partition by orang_token, pelatihan_id)
        end as kemunculan,
        {{ petunjuk_wilayah("kode_wilayah_teks") }}
    from {{ ref("stg_batang_career__peserta_pelatihan") }}
    {{ hanya_yang_berubah("id in (select id from sekutu)", "where") }}
    {{ sekali_hitung() }}
),

konform as (
    select
        s.*,
        pl.id is not null as pelatihan_ada,
        coalesce(pl.layak and pl.deleted_at is null, false) as pelatihan_layak,
        pl.program,
        pl.kejuruan,
        pl.lembaga,
        pl.jenis_lembaga,
        pl.sumber_dana,
        pl.kode_sub_kegiatan,
        pl.tahun_anggaran,
        pl.tanggal_mulai,
        pl.tanggal_selesai,
        pl.jam_pelatihan,
        jk.kode as jenis_kelamin,
        {{ asal_kamus("jk.kode") }} as jenis_kelamin_asal,
        {{ pendidikan() }},
        {{ kode_wilayah("s") }} as kode_wilayah,
        {{ asal_wilayah("s") }} as wilayah_asal,
        left({{ kode_wilayah("s") }}, 6) as kode_kecamatan,
        case s.status_teks
            when 'terdaftar' then 'BERLANGSUNG' when 'mengikuti' then 'BERLANGSUNG' when 'lulus' then 'LULUS'
            when 'tidak lulus' then 'TIDAK_LULUS' when 'mundur' then 'MUNDUR'
        end as hasil
    from sumber as s
    {{ gabung_wilayah("s") }}
    left join {{ ref("int_pelatihan__dinilai") }} as pl on s.pelatihan_id = pl.pelatihan_id
    {{ gabung_jenis_kelamin("s.jenis_kelamin_teks") }}
    {{ gabung_pendidikan("s.pendidikan_teks") }}
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
