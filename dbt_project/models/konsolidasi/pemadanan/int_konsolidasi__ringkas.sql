-- The pairing counted once, for every report that counts it.
select
    domain,
    hubungan,
    sebab,
    kecamatan_daerah,
    kecamatan_pusat,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    count(*) as jumlah,
    count(*) filter (where tanpa_sidik) as tanpa_sidik,
    0 as tertaut
from {{ ref("int_konsolidasi__temu") }}
where hubungan = 'cocok'
group by 1, 2, 3, 4, 5, 6, 7, 8
union all
select
    domain,
    hubungan,
    sebab,
    kecamatan_daerah,
    kecamatan_pusat,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    count(*) as jumlah,
    0 as tanpa_sidik,
    count(*) filter (where padanan = 'tautan') as tertaut
from {{ ref("int_konsolidasi__selisih") }}
group by 1, 2, 3, 4, 5, 6, 7, 8
