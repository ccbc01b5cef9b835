-- Every month has every cell once: 12 cells x 7 rows of seekers, 3 cells x 7 rows of vacancies; no month is
-- missing.
select
    bulan.periode,
    count(laporan.baris) as sel
from ({{ bulan_laporan() }}) as bulan
left join {{ ref('rpt_ipk_iii_1') }} as laporan on bulan.periode = laporan.periode
group by 1
having count(laporan.baris) <> 105
