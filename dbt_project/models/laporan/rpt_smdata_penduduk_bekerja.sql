{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah']},
) }}

-- Employed at the month's end; the age is that of that day. Without a start date, work counts from the
-- survey on. Whoever starts, stops or grows into another band moves on that day; the stock is the running
-- sum.
with bekerja as (
    select
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        jenis_kelamin,
        {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
        tanggal_lahir,
        coalesce(tanggal_mulai, tanggal_pendataan) as sejak,
        tanggal_selesai,
        bobot,
        hari
    from {{ selisih_fakta('fct_penduduk_bekerja', hari=[
        'coalesce(tanggal_mulai, tanggal_pendataan)', 'tanggal_selesai', ulang_tahun('tanggal_lahir', 15),
        ulang_tahun('tanggal_lahir', 20), ulang_tahun('tanggal_lahir', 30), ulang_tahun('tanggal_lahir', 45),
        ulang_tahun('tanggal_lahir', 55),
    ]) }} as fakta
    where coalesce(tanggal_mulai, tanggal_pendataan) <= hari
),

-- One row for each band in which somebody worked.
masa as (
    select
        bekerja.*,
        kelompok.kelompok_umur,
        greatest(bekerja.sejak, kelompok.dari) as mulai,
        least(bekerja.tanggal_selesai, kelompok.sampai) as selesai
    from bekerja
    cross join lateral {{ masa_kelompok_umur('bekerja.tanggal_lahir') }}
    where
        (kelompok.dari is not null or kelompok.kelompok_umur = 'tidak_diketahui')
        and greatest(bekerja.sejak, kelompok.dari)
        < coalesce(least(bekerja.tanggal_selesai, kelompok.sampai), 'infinity')
),

gerakan as (
    select
        greatest(date_trunc('month', gerak.tanggal)::date, {{ awal_laporan() }}) as periode,
        masa.kode_kecamatan,
        masa.jenis_kelamin,
        masa.kelompok_umur,
        masa.pendidikan,
        sum(masa.bobot * gerak.selisih) as selisih
    from masa
    cross join lateral (values (masa.mulai, 1), (masa.selesai, -1)) as gerak (tanggal, selisih)
    where gerak.tanggal <= masa.hari
    group by 1, 2, 3, 4, 5
),

persediaan as (
    {{ persediaan(
        'gerakan', ['kode_kecamatan', 'jenis_kelamin', 'kelompok_umur', 'pendidikan'], [], {'jumlah': 'selisih'}
    ) }}
)

select
    rentang.rentang,
    rentang.periode,
    'semua' as cakupan,
    persediaan.kode_kecamatan,
    {{ nama_kecamatan('persediaan.kode_kecamatan') }} as kecamatan,
    persediaan.jenis_kelamin,
    persediaan.kelompok_umur,
    persediaan.pendidikan,
    persediaan.jumlah::bigint as jumlah
from persediaan
inner join ({{ rentang_laporan() }}) as rentang
    on persediaan.periode = date_trunc('month', rentang.hari_terakhir)::date
{{ gabung_kecamatan('persediaan.kode_kecamatan') }}
where persediaan.jumlah <> 0
