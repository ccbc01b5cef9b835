{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah']},
) }}

-- Active at the span's end by the ledger, with the age band of the registration: the total is IPK III/1
-- row 5.
with gerakan as (
    select
        greatest(date_trunc('month', tanggal_peristiwa)::date, {{ awal_laporan() }}) as periode,
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        jenis_kelamin,
        kelompok_umur,
        {{ atau_tidak_diketahui('pendidikan') }} as pendidikan,
        sum(case jenis when 'terdaftar' then bobot else -bobot end) as selisih
    from {{ selisih_fakta('fct_peristiwa_pencari_kerja') }} as peristiwa
    where jenis <> 'lapor'
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
