{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": catatan_berubah("penduduk_bekerja", "penduduk_bekerja_id", bilangan=true)},
) }}
-- A reference is sent only to what is itself sent; SIAPkerja refuses one to a record it does not hold.
select
    dinilai.penduduk_bekerja_id,
    'batang:penduduk-bekerja:' || dinilai.penduduk_bekerja_id as id_daerah,
    dinilai.orang_token,
    anggota.orang_id,
    dinilai.isi_hash,
    dinilai.identitas_hash,
    dinilai.periode,
    dinilai.kode_kecamatan,
    dinilai.tanggal_lahir,
    dinilai.jenis_kelamin,
    dinilai.kode_wilayah,
    dinilai.pendidikan,
    case when dinilai.pemberi_kerja_layak then dinilai.pemberi_kerja_id end as pemberi_kerja_id,
    case when dinilai.pemberi_kerja_layak then 'batang:pemberi-kerja:' || dinilai.pemberi_kerja_id end
        as id_daerah_pemberi_kerja,
    dinilai.kode_kbli,
    dinilai.versi_kbli,
    dinilai.kategori_kbli,
    dinilai.kode_jabatan,
    dinilai.versi_kbji,
    dinilai.golongan_kbji,
    dinilai.status_pekerjaan,
    dinilai.tanggal_mulai,
    dinilai.tanggal_selesai,
    dinilai.jam_kerja_seminggu,
    dinilai.sumber,
    dinilai.tanggal_pendataan
from {{ ref("int_penduduk_bekerja__dinilai") }} as dinilai
left join {{ ref("int_orang__anggota") }} as anggota
    on anggota.dataset = 'penduduk_bekerja' and dinilai.id = anggota.id
where
    dinilai.layak
    and dinilai.deleted_at is null
    {{ hanya_yang_berubah(catatan_berubah("penduduk_bekerja", "dinilai.id")) }}
