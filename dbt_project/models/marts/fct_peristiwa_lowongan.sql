{{ config(materialized='table') }}

-- Places, not vacancies: a vacancy opens with its places, which are then filled or taken back. The columns
-- say for whom a place was announced; who took it stands in pengisi_l and pengisi_p. Fills beyond the
-- places for one sex take places for either (bebas). A vacancy filled above its number shows as a negative
-- remainder: nothing is clamped.
with lowongan as (
    select
        lowongan_id,
        tanggal_buka,
        tanggal_terpenuhi,
        tanggal_tutup,
        tanggal_dihapus,
        (deleted_at at time zone 'Asia/Jakarta')::date as tanggal_hapus_baris,
        diterima_pada,
        coalesce(jumlah_l, 0) as jumlah_l,
        coalesce(jumlah_p, 0) as jumlah_p,
        coalesce(jumlah_bebas, 0) as jumlah_bebas,
        coalesce(terisi_l, 0) as terisi_l,
        coalesce(terisi_p, 0) as terisi_p,
        kode_kecamatan,
        golongan_kbji,
        pendidikan_minimal
    from {{ ref('int_lowongan__dinilai') }}
    where layak and tanggal_buka <= {{ hari_ini() }}
),

kedatangan as (
    select
        id,
        min(_diterima_pada) as pertama,
        min(_diterima_pada) filter (
            where coalesce(nullif(btrim(terisi_l), ''), '0') <> '0'
            or coalesce(nullif(btrim(terisi_p), ''), '0') <> '0'
        ) as pengisian
    from {{ source('batang_career', 'lowongan') }}
    group by id
),

terbagi as (
    select
        *,
        least(terisi_l, jumlah_l) as isi_l,
        least(terisi_p, jumlah_p) as isi_p,
        terisi_l + terisi_p - least(terisi_l, jumlah_l) - least(terisi_p, jumlah_p) as isi_bebas,
        case when tanggal_terpenuhi >= tanggal_buka then tanggal_terpenuhi end as terpenuhi,
        -- The earliest valid end; a date before the opening is no end.
        least(
            case when tanggal_tutup >= tanggal_buka then tanggal_tutup end,
            case when tanggal_dihapus >= tanggal_buka then tanggal_dihapus end,
            case when tanggal_hapus_baris >= tanggal_buka then tanggal_hapus_baris end
        ) as berakhir
    from lowongan
),

bertanggal as (
    select
        *,
        -- Fills without a date of their own are posted when the vacancy ends.
        coalesce(terpenuhi, berakhir) as tanggal_isi,
        -- A vacancy whose fills reach its number ends with the fill.
        case
            when terisi_l + terisi_p >= jumlah_l + jumlah_p + jumlah_bebas and terisi_l + terisi_p > 0
                then least(berakhir, terpenuhi)
            else berakhir
        end as tanggal_sisa
    from terbagi
),

peristiwa as (
    select
        lowongan_id,
        'dibuka' as jenis,
        tanggal_buka as tanggal_peristiwa,
        jumlah_l,
        jumlah_p,
        jumlah_bebas,
        0 as pengisi_l,
        0 as pengisi_p
    from bertanggal
    union all
    select
        lowongan_id,
        'terisi' as jenis,
        tanggal_isi as tanggal_peristiwa,
        isi_l as jumlah_l,
        isi_p as jumlah_p,
        isi_bebas as jumlah_bebas,
        terisi_l as pengisi_l,
        terisi_p as pengisi_p
    from bertanggal
    where terisi_l + terisi_p > 0
    union all
    select
        lowongan_id,
        'dihapus' as jenis,
        tanggal_sisa as tanggal_peristiwa,
        jumlah_l - isi_l as jumlah_l,
        jumlah_p - isi_p as jumlah_p,
        jumlah_bebas - isi_bebas as jumlah_bebas,
        0 as pengisi_l,
        0 as pengisi_p
    from bertanggal
    where jumlah_l <> isi_l or jumlah_p <> isi_p or jumlah_bebas <> isi_bebas
)

select
    peristiwa.lowongan_id,
    peristiwa.jenis,
    peristiwa.tanggal_peristiwa,
    case peristiwa.jenis
        when 'dibuka' then coalesce(kedatangan.pertama, lowongan.diterima_pada)
        when 'terisi' then coalesce(kedatangan.pengisian, lowongan.diterima_pada)
        -- An end is an announced date: known on its day, or when the record arrives if that is later.
        else
            greatest(
                peristiwa.tanggal_peristiwa::timestamp at time zone 'Asia/Jakarta',
                coalesce(kedatangan.pertama, lowongan.diterima_pada)
            )
    end as diketahui_pada,
    peristiwa.jumlah_l,
    peristiwa.jumlah_p,
    peristiwa.jumlah_bebas,
    peristiwa.pengisi_l,
    peristiwa.pengisi_p,
    lowongan.kode_kecamatan,
    lowongan.golongan_kbji,
    lowongan.pendidikan_minimal
from peristiwa
inner join lowongan on peristiwa.lowongan_id = lowongan.lowongan_id
left join kedatangan on peristiwa.lowongan_id::text = kedatangan.id
where peristiwa.tanggal_peristiwa <= {{ hari_ini() }}
