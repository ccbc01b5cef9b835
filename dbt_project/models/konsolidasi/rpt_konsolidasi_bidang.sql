{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- A field without a rule of its own follows the side that changed last.
select
    bidang.domain,
    bidang.bidang,
    count(*) as jumlah,
    count(*) filter (where not bidang.pusat_lebih_baru) as daerah_lebih_baru,
    count(*) filter (where bidang.pusat_lebih_baru) as pusat_lebih_baru,
    coalesce(aturan.pemenang, 'terbaru') as pemenang
from {{ ref("int_konsolidasi__bidang") }} as bidang
left join {{ ref("ref_konsolidasi_bidang") }} as aturan on bidang.bidang = aturan.bidang
group by bidang.domain, bidang.bidang, aturan.pemenang
