-- Each side counted by itself, without the pairing: what the bridge must add up to.
select
    domain,
    count(*) filter (where keadaan <> 'dihapus') as tercatat,
    count(*) filter (where keadaan = 'dikarantina') as dikarantina,
    count(*) filter (where keadaan = 'terhitung') as daerah,
    0 as pusat
from {{ ref("int_konsolidasi__daerah") }}
group by domain
union all
select
    domain,
    0 as tercatat,
    0 as dikarantina,
    0 as daerah,
    count(*) as pusat
from {{ ref("int_konsolidasi__pusat") }}
where not ditarik
group by domain
