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
    count(*) as jumlah
from {{ ref("int_konsolidasi__padanan") }}
group by 1, 2, 3, 4, 5, 6, 7, 8
