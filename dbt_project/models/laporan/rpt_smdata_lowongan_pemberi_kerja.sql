{{ config(
    materialized='incremental', incremental_strategy='tambah', schema='reports', contract={'enforced': true},
    meta={'ukuran': ['jumlah', 'jumlah_l', 'jumlah_p', 'jumlah_bebas']},
) }}

-- Open at any time in the month: opened by its last day, and not wholly filled or taken back before its
-- first.
with rentang as (
    {{ rentang_laporan() }}
),

lowongan as (
    select
        lowongan_id,
        pemberi_kerja_id,
        sebab,
        bobot,
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        {{ atau_tidak_diketahui('golongan_kbji') }} as golongan_kbji,
        {{ atau_tidak_diketahui('pendidikan_minimal') }} as pendidikan_minimal,
        min(tanggal_peristiwa) as dibuka,
        -- Closed once the places of every kind are used up; the ledger posts that on the last event.
        case
            when
                sum(case jenis when 'dibuka' then jumlah_l else -jumlah_l end) = 0
                and sum(case jenis when 'dibuka' then jumlah_p else -jumlah_p end) = 0
                and sum(case jenis when 'dibuka' then jumlah_bebas else -jumlah_bebas end) = 0
                then max(tanggal_peristiwa)
        end as ditutup,
        sum(jumlah_l) filter (where jenis = 'dibuka') as jumlah_l,
        sum(jumlah_p) filter (where jenis = 'dibuka') as jumlah_p,
        sum(jumlah_bebas) filter (where jenis = 'dibuka') as jumlah_bebas
    from {{ peristiwa_berpemilik() }} as peristiwa
    group by 1, 2, 3, 4, 5, 6, 7
)

select
    rentang.rentang,
    rentang.periode,
    'semua' as cakupan,
    lowongan.kode_kecamatan,
    {{ nama_kecamatan('lowongan.kode_kecamatan') }} as kecamatan,
    lowongan.golongan_kbji,
    lowongan.pendidikan_minimal,
    lowongan.pemberi_kerja_id,
    sum(lowongan.bobot) as jumlah,
    sum(lowongan.bobot * lowongan.jumlah_l)::bigint as jumlah_l,
    sum(lowongan.bobot * lowongan.jumlah_p)::bigint as jumlah_p,
    sum(lowongan.bobot * lowongan.jumlah_bebas)::bigint as jumlah_bebas
from rentang
inner join lowongan
    on
        rentang.hari_terakhir >= lowongan.dibuka
        and (lowongan.ditutup is null or rentang.periode <= lowongan.ditutup)
{{ gabung_kecamatan('lowongan.kode_kecamatan') }}
group by 1, 2, 3, 4, 5, 6, 7, 8
