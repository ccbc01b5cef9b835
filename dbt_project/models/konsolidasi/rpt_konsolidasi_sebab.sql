{{ config(materialized='table', schema='reports', tags=['konsolidasi'], contract={'enforced': true}) }}

-- Why a record differs or stands on one side alone, and what that adds to daerah − pusat.
select
    domain,
    hubungan,
    sebab,
    count(*) as jumlah,
    (count(id_daerah) - count(id_siapkerja))::bigint as selisih
from {{ ref('int_konsolidasi__padanan') }}
where hubungan <> 'cocok'
group by 1, 2, 3
