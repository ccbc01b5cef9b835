-- Everything that does not agree. Of what has no partner by id_daerah, an entry of the centre is paired with
-- a record of ours of the same person (or NIB of an employer). What then has no partner stands alone, with
-- exactly one cause: the first of the list that holds.
with pasangan as materialized (
    select
        daerah.domain,
        daerah.id_daerah,
        pusat.id_siapkerja,
        case when pusat.tertaut then 'tautan' else 'pengenal' end as padanan,
        daerah.kecamatan_daerah,
        case
            when pusat.kecamatan_pusat = 'tidak_diketahui' then daerah.kecamatan_daerah
            else pusat.kecamatan_pusat
        end as kecamatan_pusat,
        daerah.apbd,
        daerah.kode_sub_kegiatan,
        daerah.tahun_anggaran,
        daerah.daerah_diubah_pada,
        pusat.pusat_diubah_pada,
        pusat.versi_pusat
    from {{ ref("int_konsolidasi__sisa") }} as daerah
    inner join {{ ref("int_konsolidasi__sisa") }} as pusat
        on
            daerah.domain = pusat.domain
            and daerah.pengenal = pusat.pengenal
            and daerah.urutan = pusat.urutan
    where daerah.id_daerah is not null and pusat.id_siapkerja is not null and not pusat.dikarantina
),

sendiri_daerah as materialized (
    select daerah.*
    from {{ ref("int_konsolidasi__sisa") }} as daerah
    left join pasangan on daerah.domain = pasangan.domain and daerah.id_daerah = pasangan.id_daerah
    where daerah.id_daerah is not null and pasangan.id_daerah is null
),

sendiri_pusat as materialized (
    select pusat.*
    from {{ ref("int_konsolidasi__sisa") }} as pusat
    left join pasangan on pusat.domain = pasangan.domain and pusat.id_siapkerja = pasangan.id_siapkerja
    where pusat.id_siapkerja is not null and pasangan.id_siapkerja is null
),

anggota_dicari as (
    select
        anggota.dataset,
        anggota.id,
        anggota.orang_id
    from {{ ref("int_orang__anggota") }} as anggota
    where
        anggota.orang_id in (
            select sisa.pengenal from {{ ref("int_konsolidasi__sisa") }} as sisa
            where sisa.pengenal is not null
        )
),

-- Every record of ours of the persons, and every employer, among whom one may stand alone.
milik as materialized (
    select
        daerah.domain,
        daerah.id_daerah,
        daerah.keadaan,
        anggota_dicari.orang_id as pengenal
    from {{ ref("int_konsolidasi__daerah") }} as daerah
    inner join anggota_dicari on daerah.dataset = anggota_dicari.dataset and daerah.id = anggota_dicari.id
    union all
    select
        domain,
        id_daerah,
        keadaan,
        nib as pengenal
    from {{ ref("int_konsolidasi__daerah") }}
    where nib is not null
),

-- Whom the regency knows: a person (or NIB) may count there, wait in quarantine, or have been removed.
dikenal as (
    select
        domain,
        pengenal,
        bool_or(keadaan = 'terhitung') as terhitung,
        bool_or(keadaan = 'dikarantina') as dikarantina
    from milik
    group by 1, 2
),

-- Who has a partner for one record of the regency, and perhaps stands alone with another.
berpasangan as (
    select distinct
        milik.domain,
        milik.pengenal
    from milik
    left join sendiri_daerah
        on milik.domain = sendiri_daerah.domain and milik.id_daerah = sendiri_daerah.id_daerah
    where milik.keadaan = 'terhitung' and sendiri_daerah.id_daerah is null
),

ditarik as (
    select distinct
        domain,
        id_daerah
    from {{ ref("int_konsolidasi__pusat") }}
    where ditarik and id_daerah is not null
),

hanya_daerah as (
    select
        daerah.domain,
        daerah.id_daerah,
        null::text as id_siapkerja,
        null::text as padanan,
        'hanya_daerah' as hubungan,
        case
            when daerah.keadaan_kiriman = 'ditolak' then 'ditolak'
            when tertahan.alasan = 'BIDANG_TIDAK_SAH' then 'tidak_dapat_dibentuk'
            when tertahan.id_daerah is not null then 'menunggu_rujukan'
            when daerah.keadaan_kiriman = 'menunggu' then 'menunggu'
            when daerah.keadaan_kiriman = 'ditarik' then 'ditarik'
            when daerah.keadaan_kiriman is null and berpasangan.pengenal is not null then 'ganda_di_daerah'
            when daerah.keadaan_kiriman is null then 'belum_dikirim'
            when daerah.lewat then 'kedaluwarsa'
            when ditarik.id_daerah is not null then 'ditarik_pusat'
            when daerah.kecamatan_daerah = 'luar_kabupaten' then 'domisili'
            else 'hilang_di_pusat'
        end as sebab,
        daerah.kecamatan_daerah,
        null::text as kecamatan_pusat,
        daerah.apbd,
        daerah.kode_sub_kegiatan,
        daerah.tahun_anggaran,
        daerah.daerah_diubah_pada,
        null::timestamptz as pusat_diubah_pada,
        null::bigint as versi_pusat
    from sendiri_daerah as daerah
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
            when dikenal.pengenal is not null then case when pusat.tertaut then 'tautan' else 'pengenal' end
        end as padanan,
        'hanya_pusat' as hubungan,
        case
            when pusat.berulang then 'ganda_di_pusat'
            when pusat.dikarantina then 'dikarantina_pusat'
            when pusat.keadaan = 'dikarantina' then 'dikarantina'
            when pusat.keadaan = 'dihapus' and pusat.keadaan_kiriman = 'ditarik'
                then 'penarikan_tidak_berlaku'
            when pusat.keadaan = 'dihapus' then 'penarikan_menunggu'
            when not pusat.entri then 'tidak_dikenal_di_daerah'
            when dikenal.terhitung then 'ganda_di_pusat'
            when dikenal.dikarantina then 'dikarantina'
            when dikenal.pengenal is not null then 'dihapus_di_daerah'
            when pusat.kecamatan_pusat = 'luar_kabupaten' then 'domisili'
            when pusat.di_luar_definisi then 'definisi'
            when pusat.lewat then 'kedaluwarsa'
            else 'entri_pusat'
        end as sebab,
        null::text as kecamatan_daerah,
        pusat.kecamatan_pusat,
        pusat.apbd,
        '' as kode_sub_kegiatan,
        null::integer as tahun_anggaran,
        null::timestamptz as daerah_diubah_pada,
        pusat.pusat_diubah_pada,
        pusat.versi_pusat
    from sendiri_pusat as pusat
    left join dikenal on pusat.domain = dikenal.domain and pusat.pengenal = dikenal.pengenal
)

select
    domain,
    id_daerah,
    id_siapkerja,
    'id_daerah' as padanan,
    hubungan,
    sebab,
    kecamatan_daerah,
    kecamatan_pusat,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    daerah_diubah_pada,
    pusat_diubah_pada::timestamptz as pusat_diubah_pada,
    versi_pusat
from {{ ref("int_konsolidasi__temu") }}
where hubungan = 'beda'
union all
select
    domain,
    id_daerah,
    id_siapkerja,
    padanan,
    'beda' as hubungan,
    'entri_pusat' as sebab,
    kecamatan_daerah,
    kecamatan_pusat,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    daerah_diubah_pada,
    pusat_diubah_pada,
    versi_pusat
from pasangan
union all
select * from hanya_daerah
union all
select * from hanya_pusat
