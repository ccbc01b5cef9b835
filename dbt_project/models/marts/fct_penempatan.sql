{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": catatan_berubah("penempatan", "penempatan_id", bilangan=true)},
) }}
-- A reference is sent only to what is itself sent; SIAPkerja refuses one to a record it does not hold.
select
    dinilai.penempatan_id,
    'batang:penempatan:' || dinilai.penempatan_id as id_daerah,
    dinilai.orang_token,
    anggota.orang_id,
    dinilai.isi_hash,
    dinilai.identitas_hash,
    dinilai.periode,
    dinilai.kode_kecamatan,
    dinilai.pencari_kerja_id,
    dinilai.tanggal_lahir,
    dinilai.jenis_kelamin,
    dinilai.pendidikan,
    dinilai.disabilitas,
    case when dinilai.pemberi_kerja_layak then dinilai.pemberi_kerja_id end as pemberi_kerja_id,
    case when dinilai.pemberi_kerja_layak then 'batang:pemberi-kerja:' || dinilai.pemberi_kerja_id end
        as id_daerah_pemberi_kerja,
    dinilai.nama_pemberi_kerja,
    case when dinilai.lowongan_layak then dinilai.lowongan_id end as lowongan_id,
    case when dinilai.lowongan_layak then 'batang:lowongan:' || dinilai.lowongan_id end as id_daerah_lowongan,
    dinilai.jenis_penerima,
    dinilai.kode_jabatan,
    dinilai.versi_kbji,
    dinilai.golongan_kbji,
    dinilai.jenis_antar_kerja,
    dinilai.kode_wilayah_penempatan,
    case when dinilai.jenis_antar_kerja = 'AKAN' then dinilai.negara end as negara,
    dinilai.tanggal_mulai,
    dinilai.tanggal_lapor,
    dinilai.upah,
    dinilai.sumber_dana,
    dinilai.kode_sub_kegiatan
from {{ ref("int_penempatan__dinilai") }} as dinilai
left join {{ ref("int_orang__anggota") }} as anggota
    on anggota.dataset = 'penempatan' and dinilai.id = anggota.id
where
    dinilai.layak
    and dinilai.deleted_at is null
    {{ hanya_yang_berubah(catatan_berubah("penempatan", "dinilai.id")) }}
