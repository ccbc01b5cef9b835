-- Nobody is lost on the way from a cell to its employers: by table, month, code and sex their places are
-- those of rpt_ipk_arus over all kecamatan.
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
    coalesce(menurut_arus.tabel, menurut_pemberi_kerja.tabel) as tabel,
    coalesce(menurut_arus.periode, menurut_pemberi_kerja.periode) as periode,
    coalesce(menurut_arus.kode, menurut_pemberi_kerja.kode) as kode
from menurut_arus
full join menurut_pemberi_kerja
    on
        menurut_arus.tabel = menurut_pemberi_kerja.tabel
        and menurut_arus.periode = menurut_pemberi_kerja.periode
        and menurut_arus.kode = menurut_pemberi_kerja.kode
        and menurut_arus.versi = menurut_pemberi_kerja.versi
        and menurut_arus.jenis_kelamin = menurut_pemberi_kerja.jenis_kelamin
where
    coalesce(menurut_arus.angka, array_fill(0::numeric, array[5]))
    <> coalesce(menurut_pemberi_kerja.angka, array_fill(0::numeric, array[5]))
