{{ config(materialized='table') }}

-- One registration spell a seeker: registered once, and left at most once, by the earliest valid exit.
-- Soft-deleted seekers stay in the ledger: they were registered, and their removal is an event.
with pendaftaran as (
    select
        pencari_kerja_id,
        tanggal_daftar,
        tanggal_dihapus,
        deleted_at,
        hilang_dicatat_pada,
        diterima_pada,
        jenis_kelamin,
        pendidikan,
        kode_kecamatan,
        {{ kelompok_umur(umur('tanggal_lahir', 'tanggal_daftar')) }} as kelompok_umur,
        -- The lapse rule, here and nowhere else: `lapse_bulan` months after the last report (or the
        -- registration), or the card's own expiry if that comes first.
        least(
            (
                case
                    when tanggal_lapor_terakhir between tanggal_daftar and {{ hari_ini() }}
                        then tanggal_lapor_terakhir
                    else tanggal_daftar
                end
                + make_interval(months => {{ var('lapse_bulan') }})
            )::date,
            case when tanggal_kedaluwarsa >= tanggal_daftar then tanggal_kedaluwarsa end
        ) as tanggal_lewat
    from {{ ref('int_pencari_kerja__dinilai') }}
    where layak and tanggal_daftar <= {{ hari_ini() }}
),

-- When we learnt it: the arrival of the first version of the record that already said so.
kedatangan as (
    select
        id,
        min(_diterima_pada) as pertama,
        min(_diterima_pada) filter (
            where nullif(btrim(deleted_at), '') is not null or nullif(btrim(tanggal_dihapus), '') is not null
        ) as penghapusan
    from {{ source('batang_career', 'pencari_kerja') }}
    group by id
),

kedatangan_penempatan as (
    select
        id,
        min(_diterima_pada) as pertama
    from {{ source('batang_career', 'penempatan') }}
    group by id
),

penempatan as (
    select
        penempatan.pencari_kerja_id,
        penempatan.tanggal_mulai,
        kedatangan_penempatan.pertama
    from {{ ref('fct_penempatan') }} as penempatan
    left join kedatangan_penempatan on penempatan.penempatan_id::text = kedatangan_penempatan.id
),

-- A seeker whose status says DITEMPATKAN but who has no placement row gets no placement event: no date is
-- invented, row 3 stays equal to the placements of III/8, and the spell ends by lapse or removal.
calon_penempatan as (
    select
        pendaftaran.pencari_kerja_id,
        'ditempatkan' as jenis,
        1 as urutan,
        penempatan.tanggal_mulai as tanggal_peristiwa,
        penempatan.pertama as diketahui_pada
    from pendaftaran
    inner join penempatan on pendaftaran.pencari_kerja_id = penempatan.pencari_kerja_id
),

calon_penghapusan as (
    select
        pendaftaran.pencari_kerja_id,
        'dihapus' as jenis,
        2 as urutan,
        tanggal_hapus.tanggal as tanggal_peristiwa,
        coalesce(kedatangan.penghapusan, pendaftaran.hilang_dicatat_pada, pendaftaran.diterima_pada)
            as diketahui_pada
    from pendaftaran
    left join kedatangan on pendaftaran.pencari_kerja_id::text = kedatangan.id
    cross join lateral (
        values
        (pendaftaran.tanggal_dihapus),
        ((pendaftaran.deleted_at at time zone 'Asia/Jakarta')::date)
    ) as tanggal_hapus (tanggal)
),

-- A lapse becomes known on its day, or when the record arrives if that is later.
calon_kedaluwarsa as (
    select
        pencari_kerja_id,
        'kedaluwarsa' as jenis,
        3 as urutan,
        tanggal_lewat as tanggal_peristiwa,
        greatest(tanggal_lewat::timestamp at time zone 'Asia/Jakarta', diterima_pada) as diketahui_pada
    from pendaftaran
),

calon as (
    select * from calon_penempatan
    union all
    select * from calon_penghapusan
    union all
    select * from calon_kedaluwarsa
),

-- Valid: not before the registration, not after `sekarang`. On one day a placement goes before a removal
-- before a lapse.
keluar as (
    select distinct on (calon.pencari_kerja_id)
        calon.pencari_kerja_id,
        calon.jenis,
        calon.tanggal_peristiwa,
        calon.diketahui_pada
    from calon
    inner join pendaftaran on calon.pencari_kerja_id = pendaftaran.pencari_kerja_id
    where calon.tanggal_peristiwa between pendaftaran.tanggal_daftar and {{ hari_ini() }}
    order by calon.pencari_kerja_id, calon.tanggal_peristiwa, calon.urutan, calon.diketahui_pada
),

peristiwa as (
    select
        pendaftaran.pencari_kerja_id,
        'terdaftar' as jenis,
        pendaftaran.tanggal_daftar as tanggal_peristiwa,
        coalesce(kedatangan.pertama, pendaftaran.diterima_pada) as diketahui_pada
    from pendaftaran
    left join kedatangan on pendaftaran.pencari_kerja_id::text = kedatangan.id
    union all
    select * from keluar
)

select
    peristiwa.pencari_kerja_id,
    peristiwa.jenis,
    peristiwa.tanggal_peristiwa,
    peristiwa.diketahui_pada,
    pendaftaran.jenis_kelamin,
    pendaftaran.kelompok_umur,
    pendaftaran.pendidikan,
    pendaftaran.kode_kecamatan
from peristiwa
inner join pendaftaran on peristiwa.pencari_kerja_id = pendaftaran.pencari_kerja_id
