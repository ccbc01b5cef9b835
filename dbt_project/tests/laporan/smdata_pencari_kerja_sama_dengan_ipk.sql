-- One number under two names: the SMData sheet of seekers and IPK III/1 row 5, month by month.
with smdata as (
    select
        periode,
        sum(jumlah) as jumlah
    from {{ ref('rpt_smdata_pencari_kerja') }}
    where rentang = to_char(periode, 'YYYY-MM')
    group by 1
),

ipk as (
    select
        periode,
        sum(jumlah) as jumlah
    from {{ ref('rpt_ipk_iii_1') }}
    where baris = '5'
    group by 1
)

select
    ipk.periode,
    ipk.jumlah as menurut_ipk,
    smdata.jumlah as menurut_smdata
from ipk
left join smdata on ipk.periode = smdata.periode
where ipk.jumlah <> coalesce(smdata.jumlah, 0)
