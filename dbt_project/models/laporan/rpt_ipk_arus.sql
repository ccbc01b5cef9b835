{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['awal', 'masuk', 'terpenuhi', 'dihapus', 'akhir', 'peristiwa']},
) }}

-- Flows by month and cell, then stocks as running sums: no month joins every seeker. Every table takes the
-- same events, so their totals agree. What lies before the first reported month is one opening bucket.
with gerakan_pencari_kerja as (
    select
        tabel.tabel,
        'pencari_kerja' as bagian,
        {{ bulan_arus('peristiwa.tanggal_peristiwa') }} as periode,
        {{ kecamatan_ipk('peristiwa.kode_kecamatan') }} as kode_kecamatan,
        tabel.kode,
        tabel.versi,
        tabel.lama_lulus,
        peristiwa.jenis_kelamin,
        coalesce(sum(peristiwa.bobot) filter (where peristiwa.jenis = 'terdaftar'), 0) as masuk,
        coalesce(sum(peristiwa.bobot) filter (where peristiwa.jenis = 'ditempatkan'), 0) as terpenuhi,
        coalesce(
            sum(peristiwa.bobot) filter (where peristiwa.jenis in ('dihapus', 'kedaluwarsa')), 0
        ) as dihapus,
        sum(peristiwa.bobot) as peristiwa
    from {{ selisih_fakta('fct_peristiwa_pencari_kerja') }} as peristiwa
    cross join
        lateral (
            values
            ('III/1', peristiwa.kelompok_umur, null, 'semua'),
            ('III/2', peristiwa.pendidikan, null, 'semua'),
            ('III/3', peristiwa.kode_jabatan, peristiwa.versi_kbji, 'semua'),
            ('III/7', peristiwa.pendidikan, null, peristiwa.lama_lulus)
        ) as isi (tabel, kode, versi, lama_lulus)
    cross join
        lateral (
            select
                isi.tabel,
                {{ atau_tidak_diketahui('isi.kode') }} as kode,
                coalesce(isi.versi, '') as versi,
                isi.lama_lulus
        ) as tabel
    where peristiwa.jenis <> 'lapor'
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

gerakan_lowongan as (
    select
        tabel,
        'lowongan' as bagian,
        periode,
        kode_kecamatan,
        kode,
        versi,
        'semua' as lama_lulus,
        jenis_kelamin,
        coalesce(sum(bobot * jumlah) filter (where jenis = 'dibuka'), 0) as masuk,
        coalesce(sum(bobot * jumlah) filter (where jenis = 'terisi'), 0) as terpenuhi,
        coalesce(sum(bobot * jumlah) filter (where jenis = 'dihapus'), 0) as dihapus,
        sum(bobot) as peristiwa
    from ({{ tempat_lowongan(selisih_fakta('fct_peristiwa_lowongan')) }}) as tempat
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

gerakan as (
    select * from gerakan_pencari_kerja
    union all
    select * from gerakan_lowongan
),

persediaan as (
    {{ persediaan(
        'gerakan', ['tabel', 'bagian', 'kode_kecamatan', 'kode', 'versi', 'lama_lulus', 'jenis_kelamin'],
        ['masuk', 'terpenuhi', 'dihapus'],
        {'akhir': 'masuk - terpenuhi - dihapus', 'peristiwa': 'peristiwa'}
    ) }}
)

select
    tabel,
    periode,
    bagian,
    kode_kecamatan,
    kode,
    versi,
    lama_lulus,
    jenis_kelamin,
    (akhir - masuk + terpenuhi + dihapus)::bigint as awal,
    masuk::bigint as masuk,
    terpenuhi::bigint as terpenuhi,
    dihapus::bigint as dihapus,
    akhir::bigint as akhir,
    peristiwa::bigint as peristiwa
from persediaan
where periode >= {{ awal_laporan() }}
