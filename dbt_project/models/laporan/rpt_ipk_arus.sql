{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

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
        count(*) filter (where peristiwa.jenis = 'terdaftar') as masuk,
        count(*) filter (where peristiwa.jenis = 'ditempatkan') as terpenuhi,
        count(*) filter (where peristiwa.jenis in ('dihapus', 'kedaluwarsa')) as dihapus
    from {{ ref('fct_peristiwa_pencari_kerja') }} as peristiwa
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
        coalesce(sum(jumlah) filter (where jenis = 'dibuka'), 0) as masuk,
        coalesce(sum(jumlah) filter (where jenis = 'terisi'), 0) as terpenuhi,
        coalesce(sum(jumlah) filter (where jenis = 'dihapus'), 0) as dihapus
    from ({{ tempat_lowongan() }}) as tempat
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

gerakan as (
    select * from gerakan_pencari_kerja
    union all
    select * from gerakan_lowongan
),

-- A cell has a number, by which its months are joined and summed.
sel as (
    select
        row_number() over () as nomor,
        min(periode) as mulai,
        tabel,
        bagian,
        kode_kecamatan,
        kode,
        versi,
        lama_lulus,
        jenis_kelamin
    from gerakan
    group by tabel, bagian, kode_kecamatan, kode, versi, lama_lulus, jenis_kelamin
),

arus as (
    select
        sel.nomor,
        gerakan.periode,
        gerakan.masuk,
        gerakan.terpenuhi,
        gerakan.dihapus
    from gerakan
    inner join sel
        on
            gerakan.tabel = sel.tabel
            and gerakan.bagian = sel.bagian
            and gerakan.kode_kecamatan = sel.kode_kecamatan
            and gerakan.kode = sel.kode
            and gerakan.versi = sel.versi
            and gerakan.lama_lulus = sel.lama_lulus
            and gerakan.jenis_kelamin = sel.jenis_kelamin
),

kisi as (
    select
        sel.nomor,
        bulan.periode::date as periode
    from sel
    cross join
        lateral generate_series(
            sel.mulai::timestamp, date_trunc('month', {{ hari_ini() }}::timestamp), interval '1 month'
        ) as bulan (periode)
),

persediaan as (
    select
        kisi.nomor,
        kisi.periode,
        coalesce(arus.masuk, 0) as masuk,
        coalesce(arus.terpenuhi, 0) as terpenuhi,
        coalesce(arus.dihapus, 0) as dihapus,
        sum(coalesce(arus.masuk - arus.terpenuhi - arus.dihapus, 0)) over (
            partition by kisi.nomor order by kisi.periode
        ) as akhir
    from kisi
    left join arus on kisi.nomor = arus.nomor and kisi.periode = arus.periode
)

select
    sel.tabel,
    persediaan.periode,
    sel.bagian,
    sel.kode_kecamatan,
    sel.kode,
    sel.versi,
    sel.lama_lulus,
    sel.jenis_kelamin,
    (persediaan.akhir - persediaan.masuk + persediaan.terpenuhi + persediaan.dihapus)::bigint as awal,
    persediaan.masuk::bigint as masuk,
    persediaan.terpenuhi::bigint as terpenuhi,
    persediaan.dihapus::bigint as dihapus,
    persediaan.akhir::bigint as akhir
from persediaan
inner join sel on persediaan.nomor = sel.nomor
where persediaan.periode >= {{ awal_laporan() }}
