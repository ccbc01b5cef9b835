{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['awal', 'masuk', 'terpenuhi', 'dihapus', 'akhir']},
) }}

-- The places of rpt_ipk_arus by employer, of the whole regency: who is behind a group, a quarter or a total
-- is a union over these rows, never a sum of their numbers. A cell of an employer has the months in
-- which anything moved or was open.
with gerakan as (
    select
        tabel,
        periode,
        kode,
        versi,
        jenis_kelamin,
        pemberi_kerja_id,
        coalesce(sum(bobot * jumlah) filter (where jenis = 'dibuka'), 0) as masuk,
        coalesce(sum(bobot * jumlah) filter (where jenis = 'terisi'), 0) as terpenuhi,
        coalesce(sum(bobot * jumlah) filter (where jenis = 'dihapus'), 0) as dihapus
    from ({{ tempat_lowongan(peristiwa_berpemilik(), ['pemberi_kerja_id']) }}) as tempat
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
