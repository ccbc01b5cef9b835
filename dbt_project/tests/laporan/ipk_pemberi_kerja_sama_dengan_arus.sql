-- Nobody is lost on the way from a cell to its employers: by table, month, code and sex their places are those
-- of rpt_ipk_arus over all kecamatan.
with menurut_pemberi_kerja as (
    select
        tabel,
        periode,
        kode,
        versi,
        jenis_kelamin,
        array[sum(awal), sum(masuk), sum(terpenuhi), sum(dihapus), sum(akhir)] as angka
    from {{ ref('rpt_ipk_pemberi_kerja') }}
    group by 1, 2, 3, 4, 5
),

menurut_arus as (
    select
        tabel,
        periode,
        kode,
        versi,
        jenis_kelamin,
        array[sum(awal), sum(masuk), sum(terpenuhi), sum(dihapus), sum(akhir)] as angka
    from {{ ref('rpt_ipk_arus') }}
    where bagian = 'lowongan'
    group by 1, 2, 3, 4, 5
)

select
    tabel,
    periode,
    kode,
    versi,
    jenis_kelamin
from menurut_arus
full join menurut_pemberi_kerja using (tabel, periode, kode, versi, jenis_kelamin)
where
    coalesce(menurut_arus.angka, array[0, 0, 0, 0, 0]::numeric [])
    <> coalesce(menurut_pemberi_kerja.angka, array[0, 0, 0, 0, 0]::numeric [])
