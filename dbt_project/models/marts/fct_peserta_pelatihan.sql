{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": catatan_berubah("peserta_pelatihan", "peserta_pelatihan_id", bilangan=true)},
) }}
select
    dinilai.peserta_pelatihan_id,
    'batang:pelatihan:' || dinilai.peserta_pelatihan_id as id_daerah,
    dinilai.orang_token,
    anggota.orang_id,
    dinilai.isi_hash,
    dinilai.identitas_hash,
    dinilai.periode,
    dinilai.kode_kecamatan,
    dinilai.pelatihan_id,
    dinilai.tanggal_lahir,
    dinilai.jenis_kelamin,
    dinilai.kode_wilayah,
    dinilai.pendidikan,
    dinilai.program,
    dinilai.kejuruan,
    dinilai.lembaga,
    dinilai.jenis_lembaga,
    dinilai.sumber_dana,
    dinilai.kode_sub_kegiatan,
    dinilai.tahun_anggaran,
    dinilai.tanggal_mulai,
    dinilai.tanggal_selesai,
    dinilai.jam_pelatihan,
    dinilai.hasil,
    dinilai.nomor_sertifikat,
    dinilai.tanggal_sertifikat
from {{ ref("int_peserta_pelatihan__dinilai") }} as dinilai
left join {{ ref("int_orang__anggota") }} as anggota
    on anggota.dataset = 'peserta_pelatihan' and dinilai.id = anggota.id
where
    dinilai.layak
    and dinilai.deleted_at is null
    {{ hanya_yang_berubah(catatan_berubah("peserta_pelatihan", "dinilai.id")) }}
