{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Placements that began in the month; the age is that of the day on which the work began.
select
    rentang.rentang,
    rentang.periode,
    lingkup.cakupan,
    {{ atau_tidak_diketahui('penempatan.kode_kecamatan') }} as kode_kecamatan,
    {{ nama_kecamatan(atau_tidak_diketahui('penempatan.kode_kecamatan')) }} as kecamatan,
    penempatan.jenis_kelamin,
    {{ kelompok_umur(umur('penempatan.tanggal_lahir', 'penempatan.tanggal_mulai')) }} as kelompok_umur,
    {{ atau_tidak_diketahui('penempatan.pendidikan') }} as pendidikan,
    count(*) as jumlah,
    count(*) filter (where penempatan.jenis_antar_kerja = 'AKL') as jumlah_akl,
    count(*) filter (where penempatan.jenis_antar_kerja = 'AKAD') as jumlah_akad,
    count(*) filter (where penempatan.jenis_antar_kerja = 'AKAN') as jumlah_akan
from ({{ rentang_laporan() }}) as rentang
inner join {{ ref('fct_penempatan') }} as penempatan
    on penempatan.tanggal_mulai between rentang.periode and rentang.hari_terakhir
{{ gabung_kecamatan('penempatan.kode_kecamatan') }}
cross join lateral {{ cakupan('penempatan.sumber_dana') }}
where lingkup.termasuk
group by 1, 2, 3, 4, 5, 6, 7, 8
