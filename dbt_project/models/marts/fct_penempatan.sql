-- A reference is sent only to what is itself sent; SIAPkerja refuses one to a record it does not hold.
select
    penempatan_id,
    'batang:penempatan:' || penempatan_id as id_daerah,
    orang_token,
    isi_hash,
    identitas_hash,
    periode,
    kode_kecamatan,
    pencari_kerja_id,
    tanggal_lahir,
    jenis_kelamin,
    pendidikan,
    disabilitas,
    case when pemberi_kerja_layak then pemberi_kerja_id end as pemberi_kerja_id,
    case when pemberi_kerja_layak then 'batang:pemberi-kerja:' || pemberi_kerja_id end
        as id_daerah_pemberi_kerja,
    nama_pemberi_kerja,
    case when lowongan_layak then lowongan_id end as lowongan_id,
    case when lowongan_layak then 'batang:lowongan:' || lowongan_id end as id_daerah_lowongan,
    jenis_penerima,
    kode_jabatan,
    versi_kbji,
    golongan_kbji,
    jenis_antar_kerja,
    kode_wilayah_penempatan,
    case when jenis_antar_kerja = 'AKAN' then negara end as negara,
    tanggal_mulai,
    tanggal_lapor,
    upah,
    sumber_dana,
    kode_sub_kegiatan
from {{ ref("int_penempatan__dinilai") }}
where layak and deleted_at is null
