{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah']},
) }}

-- The placements of the ledger and no others, with the attributes of the spell: the total is III/1 row 3.
-- What lies before the first reported month stands in no table.
select
    date_trunc('month', tanggal_peristiwa)::date as periode,
    {{ kecamatan_ipk('kode_kecamatan') }} as kode_kecamatan,
    {{ atau_tidak_diketahui('jenis_penempatan') }} as jenis_penempatan,
    {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
    {{ atau_tidak_diketahui('penerima') }} as penerima,
    jenis_kelamin,
    sum(bobot) as jumlah
from {{ selisih_fakta('fct_peristiwa_pencari_kerja') }} as peristiwa
where jenis = 'ditempatkan' and tanggal_peristiwa >= {{ awal_laporan() }}
group by 1, 2, 3, 4, 5, 6
