{{ config(
    materialized="incremental", incremental_strategy="ganti",
    pre_hook="{{ catat_pengisian() }}",
    meta={"lama": "lowongan_id in " ~ kunci_berubah("pengisian", bilangan=true)},
) }}
-- Who filled which place of a vacancy, one row a fill (see fct_peristiwa_lowongan: L2, L3, L6).
with lowongan as (
    select
        lowongan_id,
        id,
        tanggal_buka,
        coalesce(jumlah_l, 0) as jumlah_l,
        coalesce(jumlah_p, 0) as jumlah_p,
        coalesce(terisi_l, 0) as terisi_l,
        coalesce(terisi_p, 0) as terisi_p,
        -- L3: a fill without a date of its own is posted on the day of completion, else at the end.
        coalesce(
            case when tanggal_terpenuhi >= tanggal_buka then tanggal_terpenuhi end,
            {{ akhir_lowongan() }}
        ) as tanggal_tanpa_penempatan,
        diterima_pada
    from {{ ref('int_lowongan__dinilai') }}
    where
        layak
        and tanggal_buka <= {{ hari_ini() }}
        {{ hanya_yang_berubah("lowongan_id in " ~ kunci_berubah("pengisian", bilangan=true)) }}
),

-- L2: a placement that names the vacancy fills one place on its day, not before the opening.
bernama as (
    select
        lowongan.lowongan_id,
        penempatan.penempatan_id,
        penempatan.jenis_kelamin,
        greatest(penempatan.tanggal_mulai, lowongan.tanggal_buka) as tanggal,
        kedatangan.pertama as diketahui_pada
    from lowongan
    inner join {{ ref('int_penempatan__dinilai') }} as penempatan
        on
            lowongan.lowongan_id = penempatan.lowongan_id
            and penempatan.layak
            and penempatan.deleted_at is null
    left join {{ ref('stg_batang_career__kedatangan') }} as kedatangan
        on kedatangan.dataset = 'penempatan' and penempatan.penempatan_id::text = kedatangan.id
    where penempatan.tanggal_mulai <= {{ hari_ini() }}
),

jumlah_bernama as (
    select
        lowongan_id,
        count(*) filter (where jenis_kelamin = 'L') as bernama_l,
        count(*) filter (where jenis_kelamin = 'P') as bernama_p
    from bernama
    group by lowongan_id
),

-- L3: what the employer's count says beyond the placements; no row where it says less.
tanpa_penempatan as (
    select
        lowongan.lowongan_id,
        null::bigint as penempatan_id,
        kelamin.jenis_kelamin,
        lowongan.tanggal_tanpa_penempatan as tanggal,
        coalesce(kedatangan.pengisian, lowongan.diterima_pada) as diketahui_pada
    from lowongan
    left join jumlah_bernama on lowongan.lowongan_id = jumlah_bernama.lowongan_id
    left join {{ ref('stg_batang_career__kedatangan') }} as kedatangan
        on kedatangan.dataset = 'lowongan' and lowongan.id = kedatangan.id
    cross join
        lateral (
            values
            ('L', lowongan.terisi_l - coalesce(jumlah_bernama.bernama_l, 0)),
            ('P', lowongan.terisi_p - coalesce(jumlah_bernama.bernama_p, 0))
        ) as kelamin (jenis_kelamin, jumlah)
    cross join generate_series(1, kelamin.jumlah)
    where lowongan.tanggal_tanpa_penempatan <= {{ hari_ini() }}
),

pengisian as (
    select * from bernama
    union all
    select * from tanpa_penempatan
),

berurutan as (
    select
        pengisian.*,
        lowongan.jumlah_l,
        lowongan.jumlah_p,
        row_number() over (
            partition by pengisian.lowongan_id, pengisian.jenis_kelamin
            order by pengisian.tanggal, pengisian.penempatan_id
        ) as urutan_kelamin,
        row_number() over (
            partition by pengisian.lowongan_id
            order by pengisian.tanggal, pengisian.penempatan_id, pengisian.jenis_kelamin
        ) as urutan
    from pengisian
    inner join lowongan on pengisian.lowongan_id = lowongan.lowongan_id
)

select
    lowongan_id,
    urutan,
    penempatan_id,
    jenis_kelamin,
    tanggal,
    diketahui_pada,
    -- L6: a place of one's own sex while there is one, else one for either.
    case
        when urutan_kelamin <= case jenis_kelamin when 'L' then jumlah_l else jumlah_p end then jenis_kelamin
        else 'bebas'
    end as tempat
from berurutan
