-- The closing stock of IPK III/1 against a direct count: seekers whose spell is open at the month's end,
-- and places that are opened and not yet filled or taken back. The report sums flows; this counts records.
with bulan as (
    {{ bulan_laporan() }}
),

pendaftaran as (
    select
        masuk.pencari_kerja_id,
        masuk.kelompok_umur,
        masuk.jenis_kelamin,
        masuk.tanggal_peristiwa as mulai,
        keluar.tanggal_peristiwa as selesai
    from {{ ref('fct_peristiwa_pencari_kerja') }} as masuk
    left join {{ ref('fct_peristiwa_pencari_kerja') }} as keluar
        on masuk.pencari_kerja_id = keluar.pencari_kerja_id and keluar.jenis <> 'terdaftar'
    where masuk.jenis = 'terdaftar'
),

hitungan as (
    select
        bulan.periode,
        'pencari_kerja' as bagian,
        pendaftaran.kelompok_umur,
        pendaftaran.jenis_kelamin,
        count(*) as jumlah
    from bulan
    inner join pendaftaran
        on
            bulan.hari_terakhir >= pendaftaran.mulai
            and (pendaftaran.selesai is null or bulan.hari_terakhir < pendaftaran.selesai)
    group by 1, 2, 3, 4
    union all
    select
        bulan.periode,
        'lowongan' as bagian,
        'semua' as kelompok_umur,
        tempat.jenis_kelamin,
        sum(case lowongan.jenis when 'dibuka' then tempat.jumlah else -tempat.jumlah end) as jumlah
    from bulan
    inner join {{ ref('fct_peristiwa_lowongan') }} as lowongan
        on bulan.hari_terakhir >= lowongan.tanggal_peristiwa
    cross join
        lateral (
            values
            ('L', lowongan.jumlah_l),
            ('P', lowongan.jumlah_p),
            ('bebas', lowongan.jumlah_bebas)
        ) as tempat (jenis_kelamin, jumlah)
    group by 1, 2, 3, 4
),

laporan as (
    select *
    from {{ ref('rpt_ipk_iii_1') }}
    where baris in ('5', '10')
)

select
    coalesce(laporan.periode, hitungan.periode) as periode,
    coalesce(laporan.bagian, hitungan.bagian) as bagian,
    laporan.jumlah as menurut_laporan,
    hitungan.jumlah as menurut_hitungan
from laporan
full join hitungan
    on
        laporan.periode = hitungan.periode
        and laporan.bagian = hitungan.bagian
        and laporan.kelompok_umur = hitungan.kelompok_umur
        and laporan.jenis_kelamin = hitungan.jenis_kelamin
where coalesce(laporan.jumlah, 0) <> coalesce(hitungan.jumlah, 0)
