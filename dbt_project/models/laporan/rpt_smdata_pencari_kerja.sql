{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Active at the span's end by the ledger, with the age band of the registration: the total is IPK III/1
-- row 5.
with bulan as (
    {{ bulan_laporan() }}
),

gerakan as (
    select
        greatest(date_trunc('month', tanggal_peristiwa)::date, {{ awal_laporan() }}) as periode,
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        jenis_kelamin,
        kelompok_umur,
        {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
        sum(case jenis when 'terdaftar' then 1 else -1 end) as selisih
    from {{ ref('fct_peristiwa_pencari_kerja') }}
    where jenis <> 'lapor'
    group by 1, 2, 3, 4, 5
),

sel as (
    select distinct
        kode_kecamatan,
        jenis_kelamin,
        kelompok_umur,
        pendidikan
    from gerakan
),

persediaan as (
    select
        bulan.periode,
        sel.kode_kecamatan,
        sel.jenis_kelamin,
        sel.kelompok_umur,
        sel.pendidikan,
        sum(coalesce(gerakan.selisih, 0)) over (
            partition by sel.kode_kecamatan, sel.jenis_kelamin, sel.kelompok_umur, sel.pendidikan
            order by bulan.periode
        )::bigint as jumlah
    from bulan
    cross join sel
    left join gerakan
        on
            bulan.periode = gerakan.periode
            and sel.kode_kecamatan = gerakan.kode_kecamatan
            and sel.jenis_kelamin = gerakan.jenis_kelamin
            and sel.kelompok_umur = gerakan.kelompok_umur
            and sel.pendidikan = gerakan.pendidikan
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
    persediaan.jumlah
from persediaan
inner join ({{ rentang_laporan() }}) as rentang
    on persediaan.periode = date_trunc('month', rentang.hari_terakhir)::date
{{ gabung_kecamatan('persediaan.kode_kecamatan') }}
where persediaan.jumlah <> 0
