select
    pemberi_kerja_id,
    'batang:pemberi-kerja:' || pemberi_kerja_id as id_daerah,
    isi_hash,
    identitas_hash,
    periode,
    kode_kecamatan,
    nama,
    nib,
    npwp,
    kode_wlkp,
    kode_kbli,
    versi_kbli,
    kategori_kbli,
    kode_wilayah,
    alamat,
    telepon,
    email,
    tenaga_kerja_l,
    tenaga_kerja_p,
    created_at
from {{ ref("int_pemberi_kerja__dinilai") }}
where layak and deleted_at is null
