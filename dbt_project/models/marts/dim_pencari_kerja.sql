{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": catatan_berubah("pencari_kerja", "pencari_kerja_id", bilangan=true)},
) }}
select
    dinilai.pencari_kerja_id,
    'batang:pencari-kerja:' || dinilai.pencari_kerja_id as id_daerah,
    dinilai.orang_token,
    anggota.orang_id,
    dinilai.isi_hash,
    dinilai.identitas_hash,
    dinilai.periode,
    dinilai.kode_kecamatan,
    dinilai.tanggal_lahir,
    dinilai.jenis_kelamin,
    dinilai.kode_wilayah,
    dinilai.pendidikan,
    dinilai.jurusan,
    dinilai.tahun_lulus,
    dinilai.disabilitas,
    dinilai.status_bekerja,
    dinilai.kode_jabatan_diminati,
    dinilai.versi_kbji,
    dinilai.golongan_kbji,
    dinilai.luar_negeri,
    dinilai.tanggal_daftar,
    dinilai.tanggal_lapor_terakhir,
    dinilai.tanggal_kedaluwarsa,
    dinilai.tanggal_dihapus,
    dinilai.status
from {{ ref("int_pencari_kerja__dinilai") }} as dinilai
left join {{ ref("int_orang__anggota") }} as anggota
    on anggota.dataset = 'pencari_kerja' and dinilai.id = anggota.id
where
    dinilai.layak
    and dinilai.deleted_at is null
    {{ hanya_yang_berubah(catatan_berubah("pencari_kerja", "dinilai.id")) }}
