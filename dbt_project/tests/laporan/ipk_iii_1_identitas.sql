-- The identities of IPK III/1, cell by cell: A = 1 + 2, B = 3 + 4, 5 = A − B (and 6–10), and a month opens
-- with what the month before closed with.
with sel as (
    select
        periode,
        bagian,
        kelompok_umur,
        jenis_kelamin,
        max(jumlah) filter (where baris in ('1', '6')) as awal,
        max(jumlah) filter (where baris in ('2', '7')) as masuk,
        max(jumlah) filter (where baris in ('A', 'C')) as tersedia,
        max(jumlah) filter (where baris in ('3', '8')) as terpenuhi,
        max(jumlah) filter (where baris in ('4', '9')) as dihapus,
        max(jumlah) filter (where baris in ('B', 'D')) as keluar,
        max(jumlah) filter (where baris in ('5', '10')) as akhir
    from {{ ref('rpt_ipk_iii_1') }}
    group by 1, 2, 3, 4
),

berurutan as (
    select
        *,
        lag(akhir) over (
            partition by bagian, kelompok_umur, jenis_kelamin order by periode
        ) as akhir_bulan_lalu
    from sel
)

select *
from berurutan
where
    tersedia is distinct from awal + masuk
    or keluar is distinct from terpenuhi + dihapus
    or akhir is distinct from tersedia - keluar
    or awal <> akhir_bulan_lalu
