{{ config(materialized='table', schema='intermediate', tags=['konsolidasi'], contract={'enforced': true}) }}

-- One row for every record of either side that counts, paired one to one: first by id_daerah, then, for
-- records entered at the centre, by the person (or the NIB of an employer), those with a NIK before those whose
-- person the linkage found. What has no partner stands alone.
-- Each row that is no match has exactly one cause: the first of the list that holds.
with daerah as (
    select * from {{ ref("int_konsolidasi__daerah") }}
    where keadaan = 'terhitung'
),

pusat as (
    select * from {{ ref("int_konsolidasi__pusat") }}
    where not ditarik
),

pasangan_id as (
    select
        daerah.domain,
        daerah.id_daerah,
        pusat.id_siapkerja,
        'id_daerah' as padanan
    from daerah
    inner join pusat
        on
            daerah.domain = pusat.domain
            and daerah.id_daerah = pusat.id_daerah
            and pusat.urutan_id = 1
),

sisa_daerah as (
    select
        daerah.*,
        row_number() over (partition by daerah.domain, daerah.pengenal order by daerah.id_daerah) as urutan
    from daerah
    left join pasangan_id on daerah.domain = pasangan_id.domain and daerah.id_daerah = pasangan_id.id_daerah
    where pasangan_id.id_daerah is null
),

entri_pusat as (
    select
        domain,
        id_siapkerja,
        pengenal,
        tertaut,
        row_number() over (partition by domain, pengenal order by tertaut, diubah_pada, id_siapkerja) as urutan
    from pusat
    where id_daerah is null and pengenal is not null
),

pasangan as (
    select * from pasangan_id
    union all
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

-- Whom the regency knows: a person (or NIB) may count there, wait in quarantine, or have been removed.
dikenal as (
    select
        domain,
        pengenal,
        bool_or(keadaan = 'terhitung') as terhitung,
        bool_or(keadaan = 'dikarantina') as dikarantina
    from {{ ref("int_konsolidasi__daerah") }}
    where pengenal is not null
    group by 1, 2
),

ditarik as (
    select distinct
        domain,
        id_daerah
    from {{ ref("int_konsolidasi__pusat") }}
    where ditarik and id_daerah is not null
),

-- Persons (or NIBs) of the regency with at least one record that has a partner.
berpasangan as (
    select distinct
        daerah.domain,
        daerah.pengenal
    from pasangan
    inner join daerah on pasangan.domain = daerah.domain and pasangan.id_daerah = daerah.id_daerah
    where daerah.pengenal is not null
),

berdua as (
    select
        pasangan.domain,
        pasangan.id_daerah,
        pasangan.id_siapkerja,
        pasangan.padanan,
        case
            when pasangan.padanan <> 'id_daerah' then 'beda'
            -- An extract without all columns: that it differs, nobody can say.
            when pusat.sidik_data is null or pusat.sidik_data = status.sidik_data then 'cocok'
            else 'beda'
        end as hubungan,
        case
            when pasangan.padanan <> 'id_daerah' then 'entri_pusat'
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
    from pasangan
    inner join daerah on pasangan.domain = daerah.domain and pasangan.id_daerah = daerah.id_daerah
    inner join pusat on pasangan.domain = pusat.domain and pasangan.id_siapkerja = pusat.id_siapkerja
    left join {{ source("delivery", "pengiriman") }} as status on pasangan.id_daerah = status.id_daerah
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
    from daerah
    left join pasangan on daerah.domain = pasangan.domain and daerah.id_daerah = pasangan.id_daerah
    left join {{ source("delivery", "pengiriman") }} as status on daerah.id_daerah = status.id_daerah
    left join {{ source("delivery", "kotak_keluar") }} as tertahan on daerah.id_daerah = tertahan.id_daerah
    left join berpasangan on daerah.domain = berpasangan.domain and daerah.pengenal = berpasangan.pengenal
    left join ditarik on daerah.domain = ditarik.domain and daerah.id_daerah = ditarik.id_daerah
    where pasangan.id_daerah is null
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
    from pusat
    left join pasangan on pusat.domain = pasangan.domain and pusat.id_siapkerja = pasangan.id_siapkerja
    left join {{ ref("int_konsolidasi__daerah") }} as asal
        on pusat.domain = asal.domain and pusat.id_daerah = asal.id_daerah
    left join {{ source("delivery", "pengiriman") }} as status on pusat.id_daerah = status.id_daerah
    left join dikenal on pusat.domain = dikenal.domain and pusat.pengenal = dikenal.pengenal
    where pasangan.id_siapkerja is null
),

hubungan as (
    select * from berdua
    union all
    select * from hanya_daerah
    union all
    select * from hanya_pusat
)

select * from hubungan
