{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Employed at the month's end; the age is that of that day. Without a start date, work counts from the
-- survey on.
with bekerja as (
    select
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        jenis_kelamin,
        {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
        tanggal_lahir,
        coalesce(tanggal_mulai, tanggal_pendataan) as sejak,
        tanggal_selesai
    from {{ ref('fct_penduduk_bekerja') }}
)

select
    rentang.rentang,
    rentang.periode,
    'semua' as cakupan,
    bekerja.kode_kecamatan,
    {{ nama_kecamatan('bekerja.kode_kecamatan') }} as kecamatan,
    bekerja.jenis_kelamin,
    {{ kelompok_umur(umur('bekerja.tanggal_lahir', 'rentang.hari_terakhir')) }} as kelompok_umur,
    bekerja.pendidikan,
    count(*) as jumlah
from ({{ rentang_laporan() }}) as rentang
inner join bekerja
    on
        rentang.hari_terakhir >= bekerja.sejak
        and (bekerja.tanggal_selesai is null or rentang.hari_terakhir < bekerja.tanggal_selesai)
{{ gabung_kecamatan('bekerja.kode_kecamatan') }}
group by 1, 2, 3, 4, 5, 6, 7, 8
