{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}, {"columns": ["orang_token"]}, {"columns": ["lowongan_id"]}],
    meta={"catat": {"'penempatan'": "id"}},
) }}
{% set aturan = aturan_catatan("PN", "penempatan_id") + aturan_orang("PN") + [
    ("PN_A10", "blokir", "pencari_kerja_id is not null"),
    ("PN_A11", "blokir", "pencari_kerja_id is null or (pendidikan is not null and disabilitas is not null)"),
    ("PN_A12", "blokir", "tanggal_mulai is not null and tanggal_mulai <= " ~ hari_ini()),
    ("PN_A13", "blokir", "tanggal_mulai >= tanggal_daftar"),
    ("PN_A14", "blokir", "kode_jabatan is not null"),
    ("PN_A15", "blokir", "jenis_penerima is not null"),
    ("PN_A16", "blokir", "jenis_antar_kerja is not null"),
    ("PN_A17", "blokir", "nama_pemberi_kerja is not null"),
    ("PN_A18", "blokir", "rujukan_hilang = 0"),
    ("PN_A19", "peringatan", "(pemberi_kerja_id is null or pemberi_kerja_layak) and (lowongan_id is null or lowongan_layak)"),
    ("PN_A20", "peringatan", "urutan_pengisian <= kursi"),
    ("PN_A21", "peringatan", "nullif(btrim(upah_teks), '') is null "
        ~ "or (upah is not null and upah between umk * 0.5 and umk * 20)"),
    ("PN_A22", "peringatan", "orang_token is null or kemunculan = 1"),
    ("PN_A23", "peringatan", "orang_token = orang_token_terdaftar"),
    ("PN_A24", "peringatan", "case jenis_antar_kerja when 'AKAN' then negara is not null and negara <> 'ID' "
        ~ "when 'AKL' then kode_wilayah_penempatan is not null and " ~ di_kabupaten("kode_wilayah_penempatan") ~ " end"),
    ("PN_A25", "peringatan", "num_nonnulls(tanggal_lapor) = tanggal_terisi and (tanggal_lapor >= tanggal_mulai) is not false"),
    ("PN_A26", "peringatan", "sumber_dana is distinct from 'APBD' or kode_sub_kegiatan is not null"),
    ("PN_R01", "blokir", umur("tanggal_lahir", "tanggal_mulai") ~ " >= 15"),
    ("PN_T01", "peringatan", "tanggal_lapor <= tanggal_mulai + 30"),
] %}
with
{{ calon_dinilai(
    "penempatan", aturan, ["orang_token", "lowongan_id"],
    {
        "orang_token": "token", "pencari_kerja_id": "pencari_kerja", "pencari_kerja_id_sumber": "pencari_kerja",
        "pemberi_kerja_id": "pemberi_kerja", "lowongan_id": "lowongan",
    },
    ["jabatan_asal"]
) }}
wilayah as (
    {{ kunci_wilayah() }}
),

sumber as (
    select
        s.*,
        s.pencari_kerja_id as pencari_kerja_id_sumber,
        case
            when s.orang_token is not null
                then count(*) filter (where s.deleted_at is null) over (
                    partition by s.orang_token, s.tanggal_mulai
                )
        end as kemunculan,
        case
            when s.deleted_at is null and s.lowongan_id is not null
                then row_number() over (
                    partition by s.lowongan_id, s.deleted_at is null order by s.tanggal_mulai, s.penempatan_id
                )
        end as urutan_pengisian,
        {{ petunjuk_wilayah("s.kode_wilayah_teks") }}
    from {{ ref("stg_batang_career__penempatan") }} as s
    {{ hanya_yang_berubah("s.id in (select id from sekutu)", "where") }}
    {{ sekali_hitung() }}
),

-- The registration of a person, for placements that name no seeker.
pendaftaran as (
    select distinct on (orang_token)
        orang_token,
        pencari_kerja_id
    from {{ ref("int_pencari_kerja__dinilai") }}
    where orang_token in (select sumber.orang_token from sumber)
    order by orang_token asc, layak desc, deleted_at asc nulls first, tanggal_daftar asc, pencari_kerja_id asc
),

buku_jabatan as (
    {{ buku_jabatan("sumber") }}
),

konform as (
    select
        s.penempatan_id,
        s.id,
        s.versi,
        s.isi_hash,
        s.identitas_hash,
        s.periode,
        s.diterima_pada,
        s.catatan,
        s.kolom_asing,
        {{ kolom_temuan_orang("s") }},
        s.tanggal_lahir,
        jk.kode as jenis_kelamin,
        {{ asal_kamus("jk.kode") }} as jenis_kelamin_asal,
        pk.pencari_kerja_id,
        s.pencari_kerja_id_sumber,
        pk.orang_token as orang_token_terdaftar,
        pk.tanggal_daftar,
        pk.pendidikan,
        pk.disabilitas,
        pk.kode_kecamatan,
        s.pemberi_kerja_id,
        coalesce(pb.layak and pb.deleted_at is null, false) as pemberi_kerja_layak,
        s.lowongan_id,
        coalesce(lw.layak and lw.deleted_at is null, false) as lowongan_layak,
        lw.jumlah as kursi,
        s.urutan_pengisian,
        s.rujukan_terisi - num_nonnulls(pb.id, lw.id)
        - case when pk.id is not null and s.pencari_kerja_id_sumber is not null then 1 else 0 end
            as rujukan_hilang,
        s.kemunculan,
        s.nama_pemberi_kerja,
        t.kode as jenis_penerima,
        {{ asal_kamus("t.kode") }} as jenis_penerima_asal,
        {{ jabatan() }},
        case
            when s.jenis_antar_kerja_teks ~ '^(akl|lokal|antar kerja lokal)$' then 'AKL'
            when s.jenis_antar_kerja_teks ~ '^(akad|antar daerah|antar kerja antar daerah)$' then 'AKAD'
            when s.jenis_antar_kerja_teks ~ '^(akan|antar negara|antar kerja antar negara)$' then 'AKAN'
        end as jenis_antar_kerja,
        {{ kode_wilayah("s") }} as kode_wilayah_penempatan,
        {{ asal_wilayah("s") }} as wilayah_asal,
        case when s.negara_teks ~ '^[A-Z]{2}$' then s.negara_teks end as negara,
        s.tanggal_mulai,
        s.tanggal_lapor,
        s.tanggal_terisi,
        s.upah_teks,
        s.upah,
        s.jenis_hubungan_kerja,
        {{ sumber_dana("s.sumber_dana_teks") }} as sumber_dana,
        s.kode_sub_kegiatan,
        s.teks_wajar,
        s.created_at,
        s.updated_at,
        s.deleted_at,
        rentang.kode as rentang_upah,
        {{ umk() }} as umk
    from sumber as s
    {{ gabung_wilayah("s") }}
    left join pendaftaran on s.orang_token = pendaftaran.orang_token
    left join {{ ref("int_pencari_kerja__dinilai") }} as pk
        on coalesce(s.pencari_kerja_id_sumber, pendaftaran.pencari_kerja_id) = pk.pencari_kerja_id
    left join {{ ref("int_pemberi_kerja__dinilai") }} as pb on s.pemberi_kerja_id = pb.pemberi_kerja_id
    left join {{ ref("int_lowongan__dinilai") }} as lw on s.lowongan_id = lw.lowongan_id
    {{ gabung_jenis_kelamin("s.jenis_kelamin_teks") }}
    left join {{ ref("ref_penerima_kamus") }} as t
        on {{ teks_normal("s.jenis_penerima_teks") }} = t.teks_normal
    {{ gabung_jabatan("s", "coalesce(nullif(btrim(s.jabatan_teks), ''), s.kode_jabatan_teks)") }}
    {{ gabung_rentang_upah("s.upah", "s.tanggal_mulai") }}
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
