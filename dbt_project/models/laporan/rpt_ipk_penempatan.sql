{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- The placements of the ledger and no others, with the attributes of the spell: the total is III/1 row 3.
-- What lies before the first reported month stands in no table.
select
    date_trunc('month', tanggal_peristiwa)::date as periode,
    {{ kecamatan_ipk('kode_kecamatan') }} as kode_kecamatan,
    {{ atau_tidak_diketahui('jenis_penempatan') }} as jenis_penempatan,
    {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
    {{ atau_tidak_diketahui('penerima') }} as penerima,
    jenis_kelamin,
    count(*) as jumlah
from {{ ref('fct_peristiwa_pencari_kerja') }}
where jenis = 'ditempatkan' and tanggal_peristiwa >= {{ awal_laporan() }}
group by 1, 2, 3, 4, 5, 6
