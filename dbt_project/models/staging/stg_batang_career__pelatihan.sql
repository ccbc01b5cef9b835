select
    {{ kolom_versi("pelatihan_id") }},
    {{ rapikan_teks("nama_program") }} as program,
    {{ rapikan_teks("kejuruan") }} as kejuruan,
    {{ rapikan_teks("lembaga") }} as lembaga,
    {{ teks_normal("jenis_lembaga") }} as jenis_lembaga_teks,
    {{ teks_normal("sumber_dana") }} as sumber_dana_teks,
    {{ rapikan_teks("kode_sub_kegiatan") }} as kode_sub_kegiatan,
    {{ baca_bulat("tahun_anggaran") }} as tahun_anggaran,
    {{ jumlah_terisi(["tahun_anggaran", "pagu", "realisasi", "jam_pelatihan", "kuota"]) }} as bilangan_terisi,
    {{ baca_rupiah("pagu") }} as pagu,
    {{ baca_rupiah("realisasi") }} as realisasi,
    {{ baca_tanggal("tanggal_mulai") }} as tanggal_mulai,
    {{ jumlah_terisi(["tanggal_selesai"]) }} as tanggal_terisi,
    {{ baca_tanggal("tanggal_selesai") }} as tanggal_selesai,
    {{ baca_bulat("jam_pelatihan") }} as jam_pelatihan,
    {{ baca_bulat("kuota") }} as kuota,
    kode_wilayah as kode_wilayah_teks,
    {{ teks_wajar(["nama_program", "kejuruan", "lembaga", "kode_sub_kegiatan"]) }} as teks_wajar,
    {{ kolom_stempel() }}
from {{ source("batang_career", "pelatihan") }} as asal
{{ gabung_hilang("pelatihan") }}
where {{ hanya_versi_berlaku(source("batang_career", "pelatihan")) }}
