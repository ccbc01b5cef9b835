{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah', 'jumlah_lulus']},
) }}

-- Trainees whose training overlaps the month; the age is that of the day on which the training began. A
-- training without an end date runs on while its result is BERLANGSUNG, and else counts in its first month
-- alone.
with peserta as (
    select
        kode_kecamatan,
        jenis_kelamin,
        pendidikan,
        sumber_dana,
        hasil,
        bobot,
        hari,
        tanggal_mulai,
        case
            when tanggal_selesai >= tanggal_mulai then tanggal_selesai
            when hasil = 'BERLANGSUNG' then hari
            else tanggal_mulai
        end as tanggal_selesai,
        {{ kelompok_umur(umur('tanggal_lahir', 'tanggal_mulai')) }} as kelompok_umur
    from {{ selisih_fakta('fct_peserta_pelatihan', hari=['tanggal_mulai', 'tanggal_selesai']) }} as fakta
)

select
    rentang.rentang,
    rentang.periode,
    lingkup.cakupan,
    {{ atau_tidak_diketahui('peserta.kode_kecamatan') }} as kode_kecamatan,
    {{ nama_kecamatan(atau_tidak_diketahui('peserta.kode_kecamatan')) }} as kecamatan,
    peserta.jenis_kelamin,
    peserta.kelompok_umur,
    {{ atau_tidak_diketahui('peserta.pendidikan') }} as pendidikan,
    sum(peserta.bobot) as jumlah,
    coalesce(sum(peserta.bobot) filter (
        where
        peserta.hasil = 'LULUS'
        and peserta.tanggal_selesai between rentang.periode and least(rentang.hari_terakhir, peserta.hari)
    ), 0) as jumlah_lulus
from ({{ rentang_laporan() }}) as rentang
inner join peserta
    on
        least(rentang.hari_terakhir, peserta.hari) >= peserta.tanggal_mulai
        and rentang.periode <= peserta.tanggal_selesai
{{ gabung_kecamatan('peserta.kode_kecamatan') }}
cross join lateral {{ cakupan('peserta.sumber_dana') }}
where lingkup.termasuk
group by 1, 2, 3, 4, 5, 6, 7, 8
