-- The closing stock against a direct count of the ledgers: spells that are open at the month's end, and
-- places that are opened and not yet filled or taken back. The report sums flows; this counts spells: those
-- of the same months of beginning and end are added up once, and counted at each month's end between.
with bulan as (
    {{ bulan_laporan() }}
),

masa as (
    select
        masuk.kelompok_umur,
        masuk.jenis_kelamin,
        date_trunc('month', masuk.tanggal_peristiwa)::date as mulai,
        date_trunc('month', keluar.tanggal_peristiwa)::date as selesai,
        count(*) as jumlah
    from {{ ref('fct_peristiwa_pencari_kerja') }} as masuk
    left join {{ ref('fct_peristiwa_pencari_kerja') }} as keluar
        on
            masuk.pendaftaran_id = keluar.pendaftaran_id
            and keluar.jenis in ('ditempatkan', 'dihapus', 'kedaluwarsa')
            and keluar.tanggal_peristiwa <= {{ hari_ini() }}
    where masuk.jenis = 'terdaftar' and masuk.tanggal_peristiwa <= {{ hari_ini() }}
    group by 1, 2, 3, 4
),

tempat as (
    select
        tempat.jenis_kelamin,
        date_trunc('month', lowongan.tanggal_peristiwa)::date as bulan,
        sum(case lowongan.jenis when 'dibuka' then tempat.jumlah else -tempat.jumlah end) as jumlah
    from {{ ref('fct_peristiwa_lowongan') }} as lowongan
    cross join
        lateral (
            values
            ('L', lowongan.jumlah_l),
            ('P', lowongan.jumlah_p),
            ('bebas', lowongan.jumlah_bebas)
        ) as tempat (jenis_kelamin, jumlah)
    where lowongan.tanggal_peristiwa <= {{ hari_ini() }}
    group by 1, 2
),

hitungan as (
    select
        bulan.periode,
        'pencari_kerja' as bagian,
        masa.kelompok_umur as kode,
        masa.jenis_kelamin,
        sum(masa.jumlah) as jumlah
    from bulan
    inner join masa
        on
            bulan.periode >= masa.mulai
            and (masa.selesai is null or bulan.periode < masa.selesai)
    group by 1, 2, 3, 4
    union all
    select
        bulan.periode,
        'lowongan' as bagian,
        'semua' as kode,
        tempat.jenis_kelamin,
        sum(tempat.jumlah) as jumlah
    from bulan
    inner join tempat on bulan.periode >= tempat.bulan
    group by 1, 2, 3, 4
),

laporan as (
    select
        periode,
        bagian,
        kode,
        jenis_kelamin,
        sum(akhir) as jumlah
    from {{ ref('rpt_ipk_arus') }}
    where tabel = 'III/1'
    group by 1, 2, 3, 4
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
        and laporan.kode = hitungan.kode
        and laporan.jenis_kelamin = hitungan.jenis_kelamin
where coalesce(laporan.jumlah, 0) <> coalesce(hitungan.jumlah, 0)
