-- What has no partner by id_daerah, with whose it is: of a record of ours the person (or the NIB of an
-- employer); of an entry of the centre the person by the NIK (or its NIB), else by the vault's linkage. A
-- table of its own, so that what follows knows how few they are and works on both cores.
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

pemilik as (
    select
        anggota.dataset,
        anggota.id,
        anggota.orang_id
    from sisa
    inner join {{ ref("int_orang__anggota") }} as anggota
        on sisa.dataset = anggota.dataset and sisa.id = anggota.id
    where sisa.id_daerah is not null
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

milik as (
    select
        sisa.*,
        case
            when sisa.id_daerah is not null then coalesce(sisa.nib, pemilik.orang_id)
            when sisa.entri then coalesce(orang.orang_id, tautan.orang_id, sisa.pengenal_pusat)
        end as pengenal,
        coalesce(sisa.entri and orang.orang_id is null and tautan.orang_id is not null, false) as tertaut
    from sisa
    left join pemilik
        on sisa.id_daerah is not null and sisa.dataset = pemilik.dataset and sisa.id = pemilik.id
    left join orang on sisa.pengenal_pusat = orang.orang_token
    left join tautan
        on
            sisa.id_siapkerja is not null
            and coalesce(
                sisa.pengenal_pusat,
                'siapkerja__' || replace(sisa.domain, '-', '_') || ':' || sisa.id_siapkerja
            ) = tautan.asal_id
)

select
    domain,
    id_daerah,
    id_siapkerja,
    kecamatan_daerah,
    kecamatan_pusat,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    daerah_diubah_pada,
    waktu_pusat as pusat_diubah_pada,
    versi_pusat,
    keadaan,
    keadaan_kiriman,
    entri,
    berulang,
    dikarantina,
    di_luar_definisi,
    lewat,
    pengenal,
    tertaut,
    -- Which of its side of one person is paired with which of the other's: those with a NIK first. What is
    -- held is never paired: its facts are no ground to say whose it is.
    row_number() over (
        partition by domain, pengenal, id_daerah is null, dikarantina
        order by tertaut, waktu_pusat, coalesce(id_daerah, id_siapkerja)
    ) as urutan
from milik
