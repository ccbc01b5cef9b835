-- Flows of a quarter, semester or year are those of its months; a training that spans months counts once.
with bulan as (
    select
        'penempatan' as domain,
        to_char(periode, 'YYYY') as tahun,
        cakupan,
        sum(jumlah) as jumlah
    from {{ ref('rpt_smdata_penempatan') }}
    where rentang = to_char(periode, 'YYYY-MM')
    group by 1, 2, 3
    union all
    select
        'lulus' as domain,
        to_char(periode, 'YYYY') as tahun,
        cakupan,
        sum(jumlah_lulus) as jumlah
    from {{ ref('rpt_smdata_pelatihan') }}
    where rentang = to_char(periode, 'YYYY-MM')
    group by 1, 2, 3
),

tahun as (
    select
        'penempatan' as domain,
        rentang as tahun,
        cakupan,
        sum(jumlah) as jumlah
    from {{ ref('rpt_smdata_penempatan') }}
    where length(rentang) = 4
    group by 1, 2, 3
    union all
    select
        'lulus' as domain,
        rentang as tahun,
        cakupan,
        sum(jumlah_lulus) as jumlah
    from {{ ref('rpt_smdata_pelatihan') }}
    where length(rentang) = 4
    group by 1, 2, 3
)

select
    tahun.domain,
    tahun.tahun,
    tahun.cakupan
from tahun
full join bulan on tahun.domain = bulan.domain and tahun.tahun = bulan.tahun and tahun.cakupan = bulan.cakupan
where tahun.jumlah is distinct from bulan.jumlah
