{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Flows by month and cell, then stocks as running sums: no month joins every seeker. What lies before the
-- first reported month is one opening bucket.
with bulan as (
    {{ bulan_laporan() }}
),

gerakan_pencari_kerja as (
    select
        greatest(
            date_trunc('month', tanggal_peristiwa)::date,
            ({{ awal_laporan() }} - interval '1 month')::date
        ) as periode,
        'pencari_kerja' as bagian,
        kelompok_umur,
        jenis_kelamin,
        count(*) filter (where jenis = 'terdaftar') as masuk,
        count(*) filter (where jenis = 'ditempatkan') as terpenuhi,
        count(*) filter (where jenis in ('dihapus', 'kedaluwarsa')) as dihapus
    from {{ ref('fct_peristiwa_pencari_kerja') }}
    group by 1, 2, 3, 4
),

gerakan_lowongan as (
    select
        greatest(
            date_trunc('month', lowongan.tanggal_peristiwa)::date,
            ({{ awal_laporan() }} - interval '1 month')::date
        ) as periode,
        'lowongan' as bagian,
        'semua' as kelompok_umur,
        tempat.jenis_kelamin,
        sum(tempat.jumlah) filter (where lowongan.jenis = 'dibuka') as masuk,
        sum(tempat.jumlah) filter (where lowongan.jenis = 'terisi') as terpenuhi,
        sum(tempat.jumlah) filter (where lowongan.jenis = 'dihapus') as dihapus
    from {{ ref('fct_peristiwa_lowongan') }} as lowongan
    cross join
        lateral (
            values
            ('L', lowongan.jumlah_l),
            ('P', lowongan.jumlah_p),
            ('bebas', lowongan.jumlah_bebas)
        ) as tempat (jenis_kelamin, jumlah)
    group by 1, 2, 3, 4
),

gerakan as (
    select * from gerakan_pencari_kerja
    union all
    select * from gerakan_lowongan
),

-- Every cell of the table, and any cell that the data hold beside them: a total may lose nobody.
sel as (
    select
        'pencari_kerja' as bagian,
        umur.kelompok_umur,
        kelamin.jenis_kelamin
    from
        (
            values ('15-19'), ('20-29'), ('30-44'), ('45-54'), ('55+'), ('tidak_diketahui')
        ) as umur (kelompok_umur)
    cross join (values ('L'), ('P')) as kelamin (jenis_kelamin)
    union
    select
        'lowongan' as bagian,
        'semua' as kelompok_umur,
        kelamin.jenis_kelamin
    from (values ('L'), ('P'), ('bebas')) as kelamin (jenis_kelamin)
    union
    select
        bagian,
        kelompok_umur,
        jenis_kelamin
    from gerakan
),

kisi as (
    select
        bulan.periode,
        sel.bagian,
        sel.kelompok_umur,
        sel.jenis_kelamin
    from (
        select periode from bulan
        union all
        select ({{ awal_laporan() }} - interval '1 month')::date as periode
    ) as bulan
    cross join sel
),

arus as (
    select
        kisi.periode,
        kisi.bagian,
        kisi.kelompok_umur,
        kisi.jenis_kelamin,
        coalesce(gerakan.masuk, 0) as masuk,
        coalesce(gerakan.terpenuhi, 0) as terpenuhi,
        coalesce(gerakan.dihapus, 0) as dihapus
    from kisi
    left join gerakan
        on
            kisi.periode = gerakan.periode
            and kisi.bagian = gerakan.bagian
            and kisi.kelompok_umur = gerakan.kelompok_umur
            and kisi.jenis_kelamin = gerakan.jenis_kelamin
),

persediaan as (
    select
        *,
        sum(masuk - terpenuhi - dihapus) over (
            partition by bagian, kelompok_umur, jenis_kelamin order by periode
        ) as akhir
    from arus
),

lengkap as (
    select
        *,
        akhir - masuk + terpenuhi + dihapus as awal
    from persediaan
    where periode >= {{ awal_laporan() }}
)

select
    lengkap.periode,
    lengkap.bagian,
    case lengkap.bagian when 'lowongan' then isi.baris_lowongan else isi.baris_pencari_kerja end as baris,
    lengkap.kelompok_umur,
    lengkap.jenis_kelamin,
    isi.jumlah::bigint as jumlah
from lengkap
cross join
    lateral (
        values
        ('1', '6', lengkap.awal),
        ('2', '7', lengkap.masuk),
        ('A', 'C', lengkap.awal + lengkap.masuk),
        ('3', '8', lengkap.terpenuhi),
        ('4', '9', lengkap.dihapus),
        ('B', 'D', lengkap.terpenuhi + lengkap.dihapus),
        ('5', '10', lengkap.akhir)
    ) as isi (baris_pencari_kerja, baris_lowongan, jumlah)
