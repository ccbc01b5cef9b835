{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah', 'jumlah_akl', 'jumlah_akad', 'jumlah_akan']},
) }}

-- Placements that began in the month; the age is that of the day on which the work began. Counted by month
-- first: a span is the sum of its months.
with penempatan as (
    select
        date_trunc('month', tanggal_mulai)::date as bulan,
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        jenis_kelamin,
        {{ umur('tanggal_lahir', 'tanggal_mulai') }} as umur,
        {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
        sumber_dana,
        sum(bobot) as jumlah,
        coalesce(sum(bobot) filter (where jenis_antar_kerja = 'AKL'), 0) as jumlah_akl,
        coalesce(sum(bobot) filter (where jenis_antar_kerja = 'AKAD'), 0) as jumlah_akad,
        coalesce(sum(bobot) filter (where jenis_antar_kerja = 'AKAN'), 0) as jumlah_akan
    from {{ selisih_fakta('fct_penempatan', hari=['tanggal_mulai']) }} as fakta
    where tanggal_mulai between {{ awal_laporan() }} and hari
    group by 1, 2, 3, 4, 5, 6
)

select
    rentang.rentang,
    rentang.periode,
    lingkup.cakupan,
    penempatan.kode_kecamatan,
    {{ nama_kecamatan('penempatan.kode_kecamatan') }} as kecamatan,
    penempatan.jenis_kelamin,
    {{ kelompok_umur('penempatan.umur') }} as kelompok_umur,
    penempatan.pendidikan,
    sum(penempatan.jumlah)::bigint as jumlah,
    sum(penempatan.jumlah_akl)::bigint as jumlah_akl,
    sum(penempatan.jumlah_akad)::bigint as jumlah_akad,
    sum(penempatan.jumlah_akan)::bigint as jumlah_akan
from ({{ rentang_laporan() }}) as rentang
inner join penempatan on penempatan.bulan between rentang.periode and rentang.hari_terakhir
{{ gabung_kecamatan('penempatan.kode_kecamatan') }}
cross join lateral {{ cakupan('penempatan.sumber_dana') }}
where lingkup.termasuk
group by 1, 2, 3, 4, 5, 6, 7, 8
