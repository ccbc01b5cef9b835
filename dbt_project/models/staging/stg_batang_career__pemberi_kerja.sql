select
    {{ kolom_versi("pemberi_kerja_id") }},
    {{ rapikan_teks("nama") }} as nama,
    nib as nib_teks,
    npwp as npwp_teks,
    {{ rapikan_teks("kode_wlkp") }} as kode_wlkp,
    kode_kbli as kode_kbli_teks,
    {{ rapikan_teks("lapangan_usaha") }} as lapangan_usaha,
    {{ rapikan_teks("jenis_badan") }} as jenis_badan,
    {{ rapikan_teks("alamat") }} as alamat,
    kode_wilayah as kode_wilayah_teks,
    {{ rapikan_teks("telepon") }} as telepon,
    nullif(lower(btrim(email)), '') as email_teks,
    nama_kontak_ada,
    hp_kontak_ada,
    hp_kontak_sah,
    {{ jumlah_terisi(["tenaga_kerja_l", "tenaga_kerja_p", "tenaga_kerja_disabilitas"]) }}
        as tenaga_kerja_terisi,
    {{ baca_bulat("tenaga_kerja_l") }} as tenaga_kerja_l,
    {{ baca_bulat("tenaga_kerja_p") }} as tenaga_kerja_p,
    {{ baca_bulat("tenaga_kerja_disabilitas") }} as tenaga_kerja_disabilitas,
    {{ teks_normal("status") }} as status_teks,
    {{ teks_wajar(["nama", "kode_wlkp", "lapangan_usaha", "jenis_badan", "alamat"]) }} as teks_wajar,
    {{ kolom_stempel() }}
from {{ source("batang_career", "pemberi_kerja") }} as asal
{{ gabung_hilang("pemberi-kerja") }}
where {{ hanya_versi_berlaku(source("batang_career", "pemberi_kerja")) }}
