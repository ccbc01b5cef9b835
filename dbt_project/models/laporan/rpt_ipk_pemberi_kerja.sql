{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- The places of rpt_ipk_arus by employer, of the whole regency: who is behind a group, a quarter or a total
-- is a union over these rows, never a sum of their numbers. A cell of an employer has its months from the
-- first movement to the last, or to now while places are open.
with gerakan as (
    select
        tempat.tabel,
        tempat.periode,
        tempat.kode,
        tempat.versi,
        tempat.jenis_kelamin,
        pemilik.pemberi_kerja_id,
        coalesce(sum(tempat.jumlah) filter (where tempat.jenis = 'dibuka'), 0) as masuk,
        coalesce(sum(tempat.jumlah) filter (where tempat.jenis = 'terisi'), 0) as terpenuhi,
        coalesce(sum(tempat.jumlah) filter (where tempat.jenis = 'dihapus'), 0) as dihapus
    from ({{ tempat_lowongan() }}) as tempat
    inner join ({{ pemilik_lowongan() }}) as pemilik on tempat.lowongan_id = pemilik.lowongan_id
    group by 1, 2, 3, 4, 5, 6
),

persediaan as (
    {{ persediaan(
        'gerakan', ['tabel', 'kode', 'versi', 'jenis_kelamin', 'pemberi_kerja_id'],
        ['masuk', 'terpenuhi', 'dihapus'], {'akhir': 'masuk - terpenuhi - dihapus'}
    ) }}
)

select
    tabel,
    periode,
    kode,
    versi,
    jenis_kelamin,
    pemberi_kerja_id,
    (akhir - masuk + terpenuhi + dihapus)::bigint as awal,
    masuk::bigint as masuk,
    terpenuhi::bigint as terpenuhi,
    dihapus::bigint as dihapus,
    akhir::bigint as akhir
from persediaan
where periode >= {{ awal_laporan() }}
