{{ config(
    materialized='table',
    unlogged=true,
    schema='intermediate',
    tags=['konsolidasi'],
    pre_hook="{{ rencana_konsolidasi() }}"
) }}

-- One row for every record of either side that counts, paired one to one: first by id_daerah, then, for
-- records entered at the centre, by the person (or the NIB of an employer), those with a NIK before those
-- whose person the linkage found. What has no partner stands alone.
-- Each row that is no match has exactly one cause: the first of the list that holds.
-- The two whole sides meet three times, pairs and what either has left over; all else works on the leftovers.
-- Without an enforced contract, whose `insert` would keep the server from using its second core.
with daerah as not materialized (
    select * from {{ ref("int_konsolidasi__daerah") }}
    where keadaan = 'terhitung'
),

pusat as not materialized (
    select * from {{ ref("int_konsolidasi__pusat") }}
    where not ditarik
),

sisa_daerah as materialized (
    select
        daerah.*,
        row_number() over (partition by daerah.domain, daerah.pengenal order by daerah.id_daerah) as urutan
    from daerah
    left join pusat
        on
            daerah.domain = pusat.domain
            and daerah.id_daerah = pusat.id_daerah
            and pusat.urutan_id = 1
    where pusat.id_daerah is null
),

sisa_pusat as materialized (
    select pusat.*
    from pusat
    left join daerah
        on
            pusat.domain = daerah.domain
            and pusat.id_daerah = daerah.id_daerah
            and pusat.urutan_id = 1
    where daerah.id_daerah is null
),

entri_pusat as (
    select
        *,
        row_number() over (
            partition by domain, pengenal
            order by tertaut, diubah_pada, id_siapkerja
        ) as urutan
    from sisa_pusat
    where id_daerah is null and pengenal is not null
),

pasangan_pengenal as materialized (
    select
        sisa_daerah.domain,
        sisa_daerah.id_daerah,
        entri_pusat.id_siapkerja,
        case when entri_pusat.tertaut then 'tautan' else 'pengenal' end as padanan
    from sisa_daerah
    inner join entri_pusat
        on
            sisa_daerah.domain = entri_pusat.domain
            and sisa_daerah.pengenal = entri_pusat.pengenal
            and sisa_daerah.urutan = entri_pusat.urutan
),

sendiri_daerah as materialized (
    select sisa_daerah.*
    from sisa_daerah
    left join pasangan_pengenal
        on
            sisa_daerah.domain = pasangan_pengenal.domain
            and sisa_daerah.id_daerah = pasangan_pengenal.id_daerah
    where pasangan_pengenal.id_daerah is null
),

sendiri_pusat as materialized (
    select sisa_pusat.*
    from sisa_pusat
    left join pasangan_pengenal
        on
            sisa_pusat.domain = pasangan_pengenal.domain
            and sisa_pusat.id_siapkerja = pasangan_pengenal.id_siapkerja
    where pasangan_pengenal.id_siapkerja is null
),

-- Whom the regency knows: a person (or NIB) may count there, wait in quarantine, or have been removed.
dikenal as (
    select
        domain,
        pengenal,
        bool_or(keadaan = 'terhitung') as terhitung,
        bool_or(keadaan = 'dikarantina') as dikarantina
    from {{ ref("int_konsolidasi__daerah") }}
    where pengenal in (select sendiri_pusat.pengenal from sendiri_pusat)
    group by 1, 2
),

ditarik as (
    select distinct
        domain,
        id_daerah
    from {{ ref("int_konsolidasi__pusat") }}
    where ditarik and id_daerah is not null
),

-- Persons (or NIBs) who stand alone with one record of the regency and have a partner for another.
berpasangan as (
    select distinct
        daerah.domain,
        daerah.pengenal
    from daerah
    left join sendiri_daerah
        on daerah.domain = sendiri_daerah.domain and daerah.id_daerah = sendiri_daerah.id_daerah
    where
        daerah.pengenal in (select sendiri.pengenal from sendiri_daerah as sendiri)
        and sendiri_daerah.id_daerah is null
),

menurut_id as (
    select
        daerah.domain,
        daerah.id_daerah,
        pusat.id_siapkerja,
        'id_daerah' as padanan,
        case
            -- An extract without all columns: that it differs, nobody can say.
            when pusat.sidik_data is null or pusat.sidik_data = status.sidik_data then 'cocok'
            else 'beda'
        end as hubungan,
        case
            when pusat.sidik_data is null or pusat.sidik_data = status.sidik_data then null
            when status.sidik_data is null then 'tidak_ada_di_buku_kiriman'
            when status.keadaan in ('menunggu', 'ditolak') then 'versi_baru_' || status.keadaan
            when pusat.versi_klasifikasi <> daerah.versi_klasifikasi then 'versi_klasifikasi'
            else 'isi_berbeda'
        end as sebab,
        daerah.kode_kecamatan as kecamatan_daerah,
        case
            when pusat.kode_kecamatan = 'tidak_diketahui' then daerah.kode_kecamatan else pusat.kode_kecamatan
        end as kecamatan_pusat,
        daerah.apbd,
        daerah.kode_sub_kegiatan,
        daerah.tahun_anggaran,
        daerah.diubah_pada as daerah_diubah_pada,
        pusat.diubah_pada as pusat_diubah_pada
    from daerah
    inner join pusat
        on
            daerah.domain = pusat.domain
            and daerah.id_daerah = pusat.id_daerah
            and pusat.urutan_id = 1
    left join {{ source("delivery", "pengiriman") }} as status on daerah.id_daerah = status.id_daerah
),

menurut_pengenal as (
    select
        daerah.domain,
        daerah.id_daerah,
        pusat.id_siapkerja,
        pasangan_pengenal.padanan,
        'beda' as hubungan,
        'entri_pusat' as sebab,
        daerah.kode_kecamatan as kecamatan_daerah,
        case
            when pusat.kode_kecamatan = 'tidak_diketahui' then daerah.kode_kecamatan else pusat.kode_kecamatan
        end as kecamatan_pusat,
        daerah.apbd,
        daerah.kode_sub_kegiatan,
        daerah.tahun_anggaran,
        daerah.diubah_pada as daerah_diubah_pada,
        pusat.diubah_pada as pusat_diubah_pada
    from pasangan_pengenal
    inner join sisa_daerah as daerah
        on pasangan_pengenal.domain = daerah.domain and pasangan_pengenal.id_daerah = daerah.id_daerah
    inner join sisa_pusat as pusat
        on pasangan_pengenal.domain = pusat.domain and pasangan_pengenal.id_siapkerja = pusat.id_siapkerja
),

hanya_daerah as (
    select
        daerah.domain,
        daerah.id_daerah,
        null::text as id_siapkerja,
        null::text as padanan,
        'hanya_daerah' as hubungan,
        case
            when status.keadaan = 'ditolak' then 'ditolak'
            when tertahan.alasan = 'BIDANG_TIDAK_SAH' then 'tidak_dapat_dibentuk'
            when tertahan.id_daerah is not null then 'menunggu_rujukan'
            when status.keadaan = 'menunggu' then 'menunggu'
            when status.keadaan = 'ditarik' then 'ditarik'
            when status.id_daerah is null and berpasangan.pengenal is not null then 'ganda_di_daerah'
            when status.id_daerah is null then 'belum_dikirim'
            when daerah.lewat then 'kedaluwarsa'
            when ditarik.id_daerah is not null then 'ditarik_pusat'
            when daerah.kode_kecamatan = 'luar_kabupaten' then 'domisili'
            else 'hilang_di_pusat'
        end as sebab,
        daerah.kode_kecamatan as kecamatan_daerah,
        null::text as kecamatan_pusat,
        daerah.apbd,
        daerah.kode_sub_kegiatan,
        daerah.tahun_anggaran,
        daerah.diubah_pada as daerah_diubah_pada,
        null::timestamptz as pusat_diubah_pada
    from sendiri_daerah as daerah
    left join {{ source("delivery", "pengiriman") }} as status on daerah.id_daerah = status.id_daerah
    left join {{ source("delivery", "kotak_keluar") }} as tertahan on daerah.id_daerah = tertahan.id_daerah
    left join berpasangan on daerah.domain = berpasangan.domain and daerah.pengenal = berpasangan.pengenal
    left join ditarik on daerah.domain = ditarik.domain and daerah.id_daerah = ditarik.id_daerah
),

hanya_pusat as (
    select
        pusat.domain,
        null::text as id_daerah,
        pusat.id_siapkerja,
        case
            when pusat.id_daerah is null and dikenal.pengenal is not null
                then case when pusat.tertaut then 'tautan' else 'pengenal' end
        end as padanan,
        'hanya_pusat' as hubungan,
        case
            when pusat.id_daerah is not null and pusat.urutan_id > 1 then 'ganda_di_pusat'
            when asal.keadaan = 'dikarantina' then 'dikarantina'
            when asal.keadaan = 'dihapus' and status.keadaan = 'ditarik' then 'penarikan_tidak_berlaku'
            when asal.keadaan = 'dihapus' then 'penarikan_menunggu'
            when pusat.id_daerah is not null then 'tidak_dikenal_di_daerah'
            when dikenal.terhitung then 'ganda_di_pusat'
            when dikenal.dikarantina then 'dikarantina'
            when dikenal.pengenal is not null then 'dihapus_di_daerah'
            when pusat.kode_kecamatan = 'luar_kabupaten' then 'domisili'
            when pusat.di_luar_definisi then 'definisi'
            when pusat.lewat then 'kedaluwarsa'
            else 'entri_pusat'
        end as sebab,
        null::text as kecamatan_daerah,
        pusat.kode_kecamatan as kecamatan_pusat,
        pusat.apbd,
        '' as kode_sub_kegiatan,
        null::integer as tahun_anggaran,
        null::timestamptz as daerah_diubah_pada,
        pusat.diubah_pada as pusat_diubah_pada
    from sendiri_pusat as pusat
    left join {{ ref("int_konsolidasi__daerah") }} as asal
        on pusat.domain = asal.domain and pusat.id_daerah = asal.id_daerah
    left join {{ source("delivery", "pengiriman") }} as status on pusat.id_daerah = status.id_daerah
    left join dikenal on pusat.domain = dikenal.domain and pusat.pengenal = dikenal.pengenal
),

hubungan as (
    select * from menurut_id
    union all
    select * from menurut_pengenal
    union all
    select * from hanya_daerah
    union all
    select * from hanya_pusat
)

select * from hubungan
