{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Why a record differs or stands on one side alone, and what that adds to daerah − pusat.
select
    domain,
    hubungan,
    sebab,
    sum(jumlah)::bigint as jumlah,
    (
        coalesce(sum(jumlah) filter (where hubungan <> 'hanya_pusat'), 0)
        - coalesce(sum(jumlah) filter (where hubungan <> 'hanya_daerah'), 0)
    )::bigint as selisih
from {{ ref('int_konsolidasi__ringkas') }}
where hubungan <> 'cocok'
group by 1, 2, 3
