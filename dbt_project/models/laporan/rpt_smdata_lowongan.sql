{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah', 'jumlah_l', 'jumlah_p', 'jumlah_bebas']},
) }}

select
    rentang,
    periode,
    cakupan,
    kode_kecamatan,
    kecamatan,
    golongan_kbji,
    pendidikan_minimal,
    sum(bobot * jumlah)::bigint as jumlah,
    sum(bobot * jumlah_l)::bigint as jumlah_l,
    sum(bobot * jumlah_p)::bigint as jumlah_p,
    sum(bobot * jumlah_bebas)::bigint as jumlah_bebas
from {{ selisih_fakta('rpt_smdata_lowongan_pemberi_kerja') }} as laporan
group by 1, 2, 3, 4, 5, 6, 7
