select
    pelatihan_id,
    isi_hash,
    periode,
    kode_kecamatan,
    program,
    kejuruan,
    lembaga,
    jenis_lembaga,
    sumber_dana,
    kode_sub_kegiatan,
    tahun_anggaran,
    pagu,
    realisasi,
    tanggal_mulai,
    tanggal_selesai,
    jam_pelatihan,
    kuota,
    peserta,
    kode_wilayah
from {{ ref("int_pelatihan__dinilai") }}
where layak and deleted_at is null
