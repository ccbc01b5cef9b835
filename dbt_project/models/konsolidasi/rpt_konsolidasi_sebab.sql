{{ config(materialized='table', schema='reports', tags=['konsolidasi'], contract={'enforced': true}) }}

-- The bridge between the two sides: why a record differs or stands on one side alone.
select
    domain,
    hubungan,
    sebab,
    count(*) as jumlah
from {{ ref('int_konsolidasi__padanan') }}
where hubungan <> 'cocok'
group by 1, 2, 3
