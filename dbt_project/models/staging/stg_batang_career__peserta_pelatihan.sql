select
    {{ kolom_versi("peserta_pelatihan_id") }},
    {{ baca_bilangan("pelatihan_id") }} as pelatihan_id,
    {{ kolom_temuan_orang() }},
    {{ baca_tanggal("tanggal_lahir") }} as tanggal_lahir,
    jenis_kelamin as jenis_kelamin_teks,
    kode_wilayah as kode_wilayah_teks,
    pendidikan_terakhir as pendidikan_teks,
    {{ teks_normal("status") }} as status_teks,
    {{ rapikan_teks("nomor_sertifikat") }} as nomor_sertifikat,
    {{ jumlah_terisi(["tanggal_sertifikat"]) }} as tanggal_terisi,
    {{ baca_tanggal("tanggal_sertifikat") }} as tanggal_sertifikat,
    {{ teks_wajar(["nomor_sertifikat"]) }} as teks_wajar,
    {{ kolom_stempel() }}
from {{ source("batang_career", "peserta_pelatihan") }} as asal
{{ gabung_hilang("peserta-pelatihan") }}
where {{ hanya_versi_berlaku(source("batang_career", "peserta_pelatihan")) }}
