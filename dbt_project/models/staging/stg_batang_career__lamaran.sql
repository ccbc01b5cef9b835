select
    {{ kolom_versi("lamaran_id") }},
    {{ baca_bilangan("pencari_kerja_id") }} as pencari_kerja_id,
    {{ baca_bilangan("lowongan_id") }} as lowongan_id,
    {{ baca_tanggal("tanggal_lamar") }} as tanggal_lamar,
    {{ teks_normal("status") }} as status_teks,
    {{ jumlah_terisi(["tanggal_status"]) }} as tanggal_terisi,
    {{ baca_tanggal("tanggal_status") }} as tanggal_status,
    {{ kolom_stempel() }}
from {{ source("batang_career", "lamaran") }} as asal
{{ gabung_hilang("lamaran") }}
where {{ hanya_versi_berlaku(source("batang_career", "lamaran")) }}
