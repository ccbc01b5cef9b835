-- III/1 row 3 = III/8 part I = III/8 part II: both parts sum the same rows, and those are the placements of
-- III/1.
with menurut_iii_1 as (
    select
        periode,
        kode_kecamatan,
        jenis_kelamin,
        sum(terpenuhi) as jumlah
    from {{ ref('rpt_ipk_arus') }}
    where tabel = 'III/1' and bagian = 'pencari_kerja'
    group by 1, 2, 3
),

menurut_iii_8 as (
    select
        periode,
        kode_kecamatan,
        jenis_kelamin,
        sum(jumlah) as jumlah
    from {{ ref('rpt_ipk_penempatan') }}
    group by 1, 2, 3
)

select
    coalesce(menurut_iii_1.periode, menurut_iii_8.periode) as periode,
    menurut_iii_1.jumlah as iii_1,
    menurut_iii_8.jumlah as iii_8
from menurut_iii_1
full join menurut_iii_8
    on
        menurut_iii_1.periode = menurut_iii_8.periode
        and menurut_iii_1.kode_kecamatan = menurut_iii_8.kode_kecamatan
        and menurut_iii_1.jenis_kelamin = menurut_iii_8.jenis_kelamin
where coalesce(menurut_iii_1.jumlah, 0) <> coalesce(menurut_iii_8.jumlah, 0)
