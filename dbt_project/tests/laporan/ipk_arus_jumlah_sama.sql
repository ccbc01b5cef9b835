-- One number under several headings: seekers in III/1, 2, 3 and 7, places in III/1, 4, 5 and 6, month by
-- month, kecamatan by kecamatan, for each sex.
with jumlah as (
    select
        tabel,
        periode,
        bagian,
        kode_kecamatan,
        jenis_kelamin,
        array[sum(awal), sum(masuk), sum(terpenuhi), sum(dihapus), sum(akhir)] as angka
    from {{ ref('rpt_ipk_arus') }}
    group by 1, 2, 3, 4, 5
)

select
    periode,
    bagian,
    kode_kecamatan,
    jenis_kelamin
from jumlah
group by 1, 2, 3, 4
having count(*) <> 4 or count(distinct angka) <> 1
