-- Everything that does not agree. What has no partner by id_daerah: an entry of the centre is paired with a
-- record of ours by the person (or the NIB of an employer), those with a NIK before those whose person the
-- vault's linkage found. What then has no partner stands alone, with exactly one cause: the first of the list
-- that holds. `sisa` is read anew by each step, which then works on both cores; what is kept in between only
-- one core reads.
with sisa as not materialized (
    select
        *,
        pusat_diubah_pada::timestamptz as waktu_pusat
    from {{ ref("int_konsolidasi__temu") }}
    where hubungan is null
),

tautan as (
    select
        asal_id,
        orang_id
    from {{ source("tautan", "tautan_pusat") }}
    where sampai is null
),

orang as (
    select
        orang_token,
        min(orang_id) as orang_id
    from {{ ref("int_orang__anggota") }}
    where
        orang_token in (
            select sisa.pengenal_pusat from sisa
            where sisa.pengenal_pusat is not null
        )
    group by orang_token
),

sisa_daerah as materialized (
    select
        sisa.*,
        coalesce(sisa.nib, anggota.orang_id) as pengenal,
        row_number() over (
            partition by sisa.domain, coalesce(sisa.nib, anggota.orang_id)
            order by sisa.id_daerah
        ) as urutan
    from sisa
    left join {{ ref("int_orang__anggota") }} as anggota
        on sisa.dataset = anggota.dataset and sisa.id = anggota.id
    where sisa.id_daerah is not null
),

sisa_pusat as materialized (
    select
        sisa.*,
        case
            when sisa.entri
                then coalesce(orang.orang_id, tautan.orang_id, sisa.pengenal_pusat)
        end as pengenal,
        sisa.entri and orang.orang_id is null and tautan.orang_id is not null as tertaut
    from sisa
    left join orang on sisa.pengenal_pusat = orang.orang_token
    left join tautan
        on
            coalesce(
                sisa.pengenal_pusat,
                'siapkerja__' || replace(sisa.domain, '-', '_') || ':' || sisa.id_siapkerja
            ) = tautan.asal_id
    where sisa.id_siapkerja is not null
),

entri_pusat as (
    select
        *,
        row_number() over (
            partition by domain, pengenal
            order by tertaut, waktu_pusat, id_siapkerja
        ) as urutan
    from sisa_pusat
    -- Held, its facts are no ground to say whose it is.
    where pengenal is not null and not dikarantina
),

pasangan as materialized (
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
        pusat.waktu_pusat as pusat_diubah_pada,
        pusat.versi_pusat
    from sisa_daerah as daerah
    inner join entri_pusat as pusat
        on
            daerah.domain = pusat.domain
            and daerah.pengenal = pusat.pengenal
            and daerah.urutan = pusat.urutan
),

sendiri_daerah as materialized (
    select daerah.*
    from sisa_daerah as daerah
    left join pasangan on daerah.domain = pasangan.domain and daerah.id_daerah = pasangan.id_daerah
    where pasangan.id_daerah is null
),

sendiri_pusat as materialized (
    select pusat.*
    from sisa_pusat as pusat
    left join pasangan on pusat.domain = pasangan.domain and pusat.id_siapkerja = pasangan.id_siapkerja
    where pasangan.id_siapkerja is null
),

-- Every record of ours of the persons (or NIBs) who stand alone on either side.
dicari as materialized (
    select pengenal from sendiri_daerah
    where pengenal is not null
    union
    select pengenal from sendiri_pusat
    where pengenal is not null
),

anggota_dicari as (
    select
        anggota.dataset,
        anggota.id,
        anggota.orang_id
    from {{ ref("int_orang__anggota") }} as anggota
    where anggota.orang_id in (select dicari.pengenal from dicari)
),

milik as materialized (
    select
        daerah.domain,
        daerah.id_daerah,
        daerah.keadaan,
        coalesce(daerah.nib, anggota_dicari.orang_id) as pengenal
    from {{ ref("int_konsolidasi__daerah") }} as daerah
    left join anggota_dicari on daerah.dataset = anggota_dicari.dataset and daerah.id = anggota_dicari.id
    where anggota_dicari.orang_id is not null or daerah.nib is not null
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
        pusat.waktu_pusat as pusat_diubah_pada,
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
