{{ config(
    materialized="incremental", incremental_strategy="ganti", indexes=[{"columns": ["orang_id"]}],
    meta={"lama": "orang_id in " ~ kunci_berubah("masa")},
) }}

-- The events that count, each with the attributes its spell entered with (P1).
with pendaftaran as (
    select
        pencari_kerja_id,
        jenis_kelamin,
        {{ kelompok_umur(umur('tanggal_lahir', 'tanggal_daftar')) }} as kelompok_umur,
        pendidikan,
        kode_jabatan_diminati,
        versi_kbji,
        golongan_kbji,
        tahun_lulus,
        {{ lama_lulus('tahun_lulus', 'tanggal_daftar') }} as lama_lulus,
        kode_kecamatan
    from {{ ref('int_pencari_kerja__dinilai') }}
)

select
    peristiwa.peristiwa_id,
    peristiwa.orang_id,
    peristiwa.pendaftaran_id,
    peristiwa.pencari_kerja_id,
    peristiwa.penempatan_id,
    peristiwa.jenis,
    peristiwa.tanggal_peristiwa,
    peristiwa.diketahui_pada,
    pendaftaran.jenis_kelamin,
    pendaftaran.kelompok_umur,
    pendaftaran.pendidikan,
    pendaftaran.kode_jabatan_diminati as kode_jabatan,
    pendaftaran.versi_kbji,
    pendaftaran.golongan_kbji,
    pendaftaran.tahun_lulus,
    pendaftaran.lama_lulus,
    pendaftaran.kode_kecamatan,
    penempatan.jenis_antar_kerja as jenis_penempatan,
    penempatan.jenis_penerima as penerima
from {{ ref('int_pencari_kerja__peristiwa') }} as peristiwa
inner join pendaftaran on peristiwa.pendaftaran_id = pendaftaran.pencari_kerja_id
left join {{ ref('fct_penempatan') }} as penempatan on peristiwa.penempatan_id = penempatan.penempatan_id
where
    peristiwa.putusan = 'berlaku'
    {{ hanya_yang_berubah("peristiwa.orang_id in " ~ kunci_berubah("masa")) }}
