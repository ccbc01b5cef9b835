select
    {{ kolom_versi("penduduk_bekerja_id") }},
    {{ kolom_temuan_orang() }},
    {{ baca_tanggal("tanggal_lahir") }} as tanggal_lahir,
    jenis_kelamin as jenis_kelamin_teks,
    kode_wilayah as kode_wilayah_teks,
    pendidikan_terakhir as pendidikan_teks,
    nullif(btrim(pemberi_kerja_id), '') as pemberi_kerja_teks,
    {{ baca_bilangan("pemberi_kerja_id") }} as pemberi_kerja_id,
    {{ rapikan_teks("nama_usaha") }} as nama_usaha,
    kode_kbli as kode_kbli_teks,
    kode_jabatan as kode_jabatan_teks,
    jabatan as jabatan_teks,
    {{ baca_bulat("status_pekerjaan") }} as status_pekerjaan_kode,
    {{ jumlah_terisi(["tanggal_mulai", "tanggal_selesai", "tanggal_pendataan"]) }} as tanggal_terisi,
    {{ baca_tanggal("tanggal_mulai") }} as tanggal_mulai,
    {{ baca_tanggal("tanggal_selesai") }} as tanggal_selesai,
    jam_kerja_seminggu as jam_teks,
    {{ baca_bulat("jam_kerja_seminggu") }} as jam_kerja,
    upah as upah_teks,
    {{ baca_rupiah("upah") }} as upah,
    {{ teks_normal("sumber") }} as sumber,
    {{ baca_tanggal("tanggal_pendataan") }} as tanggal_pendataan,
    {{ teks_wajar(["nama_usaha", "jabatan"]) }} as teks_wajar,
    {{ kolom_stempel() }}
from {{ source("batang_career", "penduduk_bekerja") }} as asal
{{ gabung_hilang("penduduk-bekerja") }}
where {{ hanya_versi_berlaku(source("batang_career", "penduduk_bekerja")) }}
