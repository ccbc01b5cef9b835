-- A reference is sent only to what is itself sent; SIAPkerja refuses one to a record it does not hold.
select
    penduduk_bekerja_id,
    'batang:penduduk-bekerja:' || penduduk_bekerja_id as id_daerah,
    orang_token,
    isi_hash,
    identitas_hash,
    periode,
    kode_kecamatan,
    tanggal_lahir,
    jenis_kelamin,
    kode_wilayah,
    pendidikan,
    case when pemberi_kerja_layak then pemberi_kerja_id end as pemberi_kerja_id,
    case when pemberi_kerja_layak then 'batang:pemberi-kerja:' || pemberi_kerja_id end
        as id_daerah_pemberi_kerja,
    kode_kbli,
    versi_kbli,
    kategori_kbli,
    kode_jabatan,
    versi_kbji,
    golongan_kbji,
    status_pekerjaan,
    tanggal_mulai,
    tanggal_selesai,
    jam_kerja_seminggu,
    sumber,
    tanggal_pendataan
from {{ ref("int_penduduk_bekerja__dinilai") }}
where layak and deleted_at is null
