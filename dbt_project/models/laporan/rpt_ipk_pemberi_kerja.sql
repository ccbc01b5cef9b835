{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- The places of rpt_ipk_arus by employer, of the whole regency: who is behind a group, a quarter or a total
-- is a union over these rows, never a sum of their numbers. A cell of an employer has its months from the
-- first movement to the last, or to now while places are open.
with gerakan as (
    select
        tempat.tabel,
        tempat.periode,
        tempat.kode,
        tempat.versi,
        tempat.jenis_kelamin,
        pemilik.pemberi_kerja_id,
        coalesce(sum(tempat.jumlah) filter (where tempat.jenis = 'dibuka'), 0) as masuk,
        coalesce(sum(tempat.jumlah) filter (where tempat.jenis = 'terisi'), 0) as terpenuhi,
        coalesce(sum(tempat.jumlah) filter (where tempat.jenis = 'dihapus'), 0) as dihapus
    from ({{ tempat_lowongan() }}) as tempat
    inner join ({{ pemilik_lowongan() }}) as pemilik on tempat.lowongan_id = pemilik.lowongan_id
    group by 1, 2, 3, 4, 5, 6
),

sel as (
    select
        row_number() over () as nomor,
        min(periode) as mulai,
        case
            when sum(masuk - terpenuhi - dihapus) = 0 then max(periode)
            else date_trunc('month', {{ hari_ini() }}::timestamp)::date
        end as selesai,
        tabel,
        kode,
        versi,
        jenis_kelamin,
        pemberi_kerja_id
    from gerakan
    group by tabel, kode, versi, jenis_kelamin, pemberi_kerja_id
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
            and gerakan.kode = sel.kode
            and gerakan.versi = sel.versi
            and gerakan.jenis_kelamin = sel.jenis_kelamin
            and gerakan.pemberi_kerja_id = sel.pemberi_kerja_id
),

kisi as (
    select
        sel.nomor,
        bulan.periode::date as periode
    from sel
    cross join
        lateral generate_series(
            sel.mulai::timestamp, sel.selesai::timestamp, interval '1 month'
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
    sel.kode,
    sel.versi,
    sel.jenis_kelamin,
    sel.pemberi_kerja_id,
    (persediaan.akhir - persediaan.masuk + persediaan.terpenuhi + persediaan.dihapus)::bigint as awal,
    persediaan.masuk::bigint as masuk,
    persediaan.terpenuhi::bigint as terpenuhi,
    persediaan.dihapus::bigint as dihapus,
    persediaan.akhir::bigint as akhir
from persediaan
inner join sel on persediaan.nomor = sel.nomor
where persediaan.periode >= {{ awal_laporan() }}
