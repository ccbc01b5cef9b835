select
    {{ kolom_versi("penempatan_id") }},
    {{ jumlah_terisi(["pencari_kerja_id", "lowongan_id", "pemberi_kerja_id"]) }} as rujukan_terisi,
    {{ baca_bilangan("pencari_kerja_id") }} as pencari_kerja_id,
    {{ baca_bilangan("lowongan_id") }} as lowongan_id,
    {{ baca_bilangan("pemberi_kerja_id") }} as pemberi_kerja_id,
    {{ kolom_temuan_orang() }},
    {{ baca_tanggal("tanggal_lahir") }} as tanggal_lahir,
    jenis_kelamin as jenis_kelamin_teks,
    {{ rapikan_teks("nama_pemberi_kerja") }} as nama_pemberi_kerja,
    jenis_penerima as jenis_penerima_teks,
    kode_jabatan as kode_jabatan_teks,
    jabatan as jabatan_teks,
    {{ teks_normal("jenis_antar_kerja") }} as jenis_antar_kerja_teks,
    kode_wilayah_penempatan as kode_wilayah_teks,
    upper(btrim(negara)) as negara_teks,
    {{ baca_tanggal("tanggal_mulai") }} as tanggal_mulai,
    {{ jumlah_terisi(["tanggal_lapor"]) }} as tanggal_terisi,
    {{ baca_tanggal("tanggal_lapor") }} as tanggal_lapor,
    upah as upah_teks,
    {{ baca_rupiah("upah") }} as upah,
    {{ teks_normal("jenis_hubungan_kerja") }} as jenis_hubungan_kerja,
    {{ teks_normal("sumber_dana") }} as sumber_dana_teks,
    {{ rapikan_teks("kode_sub_kegiatan") }} as kode_sub_kegiatan,
    {{ teks_wajar(["nama_pemberi_kerja", "jabatan", "kode_sub_kegiatan"]) }} as teks_wajar,
    {{ kolom_stempel() }}
from {{ source("batang_career", "penempatan") }} as asal
{{ gabung_hilang("penempatan") }}
where {{ hanya_versi_berlaku(source("batang_career", "penempatan")) }}
