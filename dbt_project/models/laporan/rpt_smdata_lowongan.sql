{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

select
    rentang,
    periode,
    cakupan,
    kode_kecamatan,
    kecamatan,
    golongan_kbji,
    pendidikan_minimal,
    sum(jumlah)::bigint as jumlah,
    sum(jumlah_l)::bigint as jumlah_l,
    sum(jumlah_p)::bigint as jumlah_p,
    sum(jumlah_bebas)::bigint as jumlah_bebas
from {{ ref('rpt_smdata_lowongan_pemberi_kerja') }}
group by 1, 2, 3, 4, 5, 6, 7
