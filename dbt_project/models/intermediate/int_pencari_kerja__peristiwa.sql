{{ config(
    materialized="incremental", incremental_strategy="ganti", indexes=[{"columns": ["orang_id"]}],
    pre_hook="{{ catat_masa() }}",
    meta={"lama": "orang_id in " ~ kunci_berubah("masa")},
) }}
-- Everything that happened to a person as a seeker, each with what the rules make of it (see the model's
-- description: P1–P12). A person is in the stock while any of their registrations is open; a placement
-- closes all of them.
with pendaftaran as (
    select
        anggota.orang_id,
        pencari_kerja.pencari_kerja_id,
        pencari_kerja.tanggal_daftar,
        pencari_kerja.tanggal_lapor_terakhir,
        pencari_kerja.tanggal_dihapus,
        (pencari_kerja.deleted_at at time zone 'Asia/Jakarta')::date as tanggal_hapus_baris,
        case
            when pencari_kerja.tanggal_kedaluwarsa >= pencari_kerja.tanggal_daftar
                then pencari_kerja.tanggal_kedaluwarsa
            else (pencari_kerja.tanggal_daftar + make_interval(months => {{ var('kartu_bulan') }}))::date
        end as tanggal_kartu,
        coalesce(kedatangan.pertama, pencari_kerja.diterima_pada) as diketahui_pada,
        coalesce(kedatangan.penghapusan, pencari_kerja.hilang_dicatat_pada, pencari_kerja.diterima_pada)
            as penghapusan_diketahui_pada,
        pencari_kerja.diterima_pada
    from {{ ref('int_pencari_kerja__dinilai') }} as pencari_kerja
    inner join {{ ref('int_orang__anggota') }} as anggota
        on anggota.dataset = 'pencari_kerja' and pencari_kerja.id = anggota.id
    left join {{ ref('stg_batang_career__kedatangan') }} as kedatangan
        on kedatangan.dataset = 'pencari_kerja' and pencari_kerja.id = kedatangan.id
    where
        pencari_kerja.layak
        and pencari_kerja.tanggal_daftar <= {{ hari_ini() }}
        {{ hanya_yang_berubah("anggota.orang_id in " ~ kunci_berubah("masa")) }}
),

-- P11: whose placement it is: the person of the registration that it names.
penempatan as (
    select
        anggota.orang_id,
        penempatan.penempatan_id,
        penempatan.pencari_kerja_id,
        penempatan.tanggal_mulai,
        kedatangan.pertama as diketahui_pada
    from {{ ref('fct_penempatan') }} as penempatan
    inner join {{ ref('int_orang__anggota') }} as anggota
        on anggota.dataset = 'pencari_kerja' and penempatan.pencari_kerja_id::text = anggota.id
    left join {{ ref('stg_batang_career__kedatangan') }} as kedatangan
        on kedatangan.dataset = 'penempatan' and penempatan.penempatan_id::text = kedatangan.id
    where
        penempatan.tanggal_mulai <= {{ hari_ini() }}
        {{ hanya_yang_berubah("anggota.orang_id in " ~ kunci_berubah("masa")) }}
),

-- P5: the first placement from the registration on, the lower id where two begin on one day.
penempatan_pertama as (
    select distinct on (pendaftaran.pencari_kerja_id)
        pendaftaran.pencari_kerja_id,
        penempatan.penempatan_id,
        penempatan.tanggal_mulai
    from pendaftaran
    inner join penempatan
        on
            pendaftaran.orang_id = penempatan.orang_id
            and pendaftaran.tanggal_daftar <= penempatan.tanggal_mulai
    order by pendaftaran.pencari_kerja_id, penempatan.tanggal_mulai, penempatan.penempatan_id
),

-- Each registration on its own: P4 (lapse), P6 (removal), P5 (placement).
akhir_sendiri as (
    select
        pendaftaran.*,
        penempatan_pertama.penempatan_id,
        penempatan_pertama.tanggal_mulai as tanggal_ditempatkan,
        least(
            case
                when pendaftaran.tanggal_dihapus between pendaftaran.tanggal_daftar and {{ hari_ini() }}
                    then pendaftaran.tanggal_dihapus
            end,
            case
                when pendaftaran.tanggal_hapus_baris between pendaftaran.tanggal_daftar and {{ hari_ini() }}
                    then pendaftaran.tanggal_hapus_baris
            end
        ) as tanggal_hapus,
        -- The lapse rule, here and nowhere else.
        least(
            (
                case
                    when
                        pendaftaran.tanggal_lapor_terakhir >= pendaftaran.tanggal_daftar
                        and pendaftaran.tanggal_lapor_terakhir <= {{ hari_ini() }}
                        then pendaftaran.tanggal_lapor_terakhir
                    else pendaftaran.tanggal_daftar
                end + make_interval(months => {{ var('lapse_bulan') }})
            )::date,
            pendaftaran.tanggal_kartu
        ) as tanggal_lewat
    from pendaftaran
    left join penempatan_pertama on pendaftaran.pencari_kerja_id = penempatan_pertama.pencari_kerja_id
),

-- P7: on one day a placement goes before a removal before a lapse. Open registrations end at infinity.
selesai as (
    select
        *,
        coalesce(
            least(
                tanggal_ditempatkan,
                tanggal_hapus,
                case when tanggal_lewat <= {{ hari_ini() }} then tanggal_lewat end
            ),
            'infinity'
        ) as tanggal_selesai
    from akhir_sendiri
),

berjenis as (
    select
        *,
        case
            when tanggal_selesai = 'infinity' then 0
            when tanggal_selesai = tanggal_ditempatkan then 1
            when tanggal_selesai = tanggal_hapus then 2
            else 3
        end as urutan_keluar
    from selesai
),

-- P2, P3: a registration on or before the last day of an open spell is a report within it; after it, a new
-- spell.
berurutan as (
    select
        *,
        coalesce(
            tanggal_daftar > max(tanggal_selesai) over (
                partition by orang_id
                order by tanggal_daftar, pencari_kerja_id
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as membuka
    from berjenis
),

bermasa as (
    select
        *,
        sum(membuka::integer) over (
            partition by orang_id order by tanggal_daftar, pencari_kerja_id
        ) as masa_ke
    from berurutan
),

-- P8: a spell ends when the last of its registrations does, by the order of P7 within a day. Who opened it
-- lends it the attributes (P1).
masa as (
    select distinct on (orang_id, masa_ke)
        orang_id,
        masa_ke,
        first_value(pencari_kerja_id) over (
            partition by orang_id, masa_ke order by tanggal_daftar, pencari_kerja_id
        ) as pendaftaran_id,
        min(tanggal_daftar) over (partition by orang_id, masa_ke) as tanggal_awal,
        tanggal_selesai,
        urutan_keluar,
        pencari_kerja_id as penutup_id,
        penempatan_id,
        diketahui_pada
    from bermasa
    order by
        orang_id asc, masa_ke asc, tanggal_selesai desc, urutan_keluar desc, pencari_kerja_id desc
),

peristiwa as (
    select
        'daftar:' || bermasa.pencari_kerja_id as peristiwa_id,
        bermasa.orang_id,
        masa.pendaftaran_id,
        bermasa.pencari_kerja_id,
        null::bigint as penempatan_id,
        case when bermasa.membuka then 'terdaftar' else 'lapor' end as jenis,
        bermasa.tanggal_daftar as tanggal_peristiwa,
        bermasa.diketahui_pada,
        'berlaku' as putusan
    from bermasa
    inner join masa on bermasa.orang_id = masa.orang_id and bermasa.masa_ke = masa.masa_ke
    union all
    select
        'lapor:' || bermasa.pencari_kerja_id as peristiwa_id,
        bermasa.orang_id,
        masa.pendaftaran_id,
        bermasa.pencari_kerja_id,
        null as penempatan_id,
        'lapor' as jenis,
        bermasa.tanggal_lapor_terakhir as tanggal_peristiwa,
        bermasa.diterima_pada as diketahui_pada,
        case
            when bermasa.tanggal_lapor_terakhir > {{ hari_ini() }} then 'masa_depan'
            when bermasa.tanggal_lapor_terakhir < bermasa.tanggal_daftar then 'belum_terdaftar'
            when bermasa.tanggal_lapor_terakhir > masa.tanggal_selesai then 'sudah_keluar'
            else 'berlaku'
        end as putusan
    from bermasa
    inner join masa on bermasa.orang_id = masa.orang_id and bermasa.masa_ke = masa.masa_ke
    where bermasa.tanggal_lapor_terakhir <> bermasa.tanggal_daftar
    union all
    select
        'ditempatkan:' || penempatan.penempatan_id as peristiwa_id,
        penempatan.orang_id,
        masa.pendaftaran_id,
        penempatan.pencari_kerja_id,
        penempatan.penempatan_id,
        'ditempatkan' as jenis,
        penempatan.tanggal_mulai as tanggal_peristiwa,
        penempatan.diketahui_pada,
        case
            when masa.pendaftaran_id is not null then 'berlaku'
            when (penempatan.tanggal_mulai >= pertama.tanggal_daftar) is not true then 'belum_terdaftar'
            else 'sudah_keluar'
        end as putusan
    from penempatan
    left join masa on masa.urutan_keluar = 1 and penempatan.penempatan_id = masa.penempatan_id
    left join (
        select
            orang_id,
            min(tanggal_daftar) as tanggal_daftar
        from pendaftaran
        group by orang_id
    ) as pertama on penempatan.orang_id = pertama.orang_id
    union all
    select
        'dihapus:' || bermasa.pencari_kerja_id as peristiwa_id,
        bermasa.orang_id,
        masa.pendaftaran_id,
        bermasa.pencari_kerja_id,
        null as penempatan_id,
        'dihapus' as jenis,
        coalesce(
            bermasa.tanggal_hapus,
            least(bermasa.tanggal_dihapus, bermasa.tanggal_hapus_baris)
        ) as tanggal_peristiwa,
        bermasa.penghapusan_diketahui_pada as diketahui_pada,
        case
            when masa.urutan_keluar = 2 and masa.penutup_id = bermasa.pencari_kerja_id then 'berlaku'
            when
                bermasa.tanggal_hapus is null
                and least(bermasa.tanggal_dihapus, bermasa.tanggal_hapus_baris) < bermasa.tanggal_daftar
                then 'belum_terdaftar'
            when bermasa.tanggal_hapus is null then 'masa_depan'
            when
                bermasa.tanggal_hapus > bermasa.tanggal_selesai or bermasa.urutan_keluar = 1
                then 'sudah_keluar'
            else 'masih_terdaftar'
        end as putusan
    from bermasa
    inner join masa on bermasa.orang_id = masa.orang_id and bermasa.masa_ke = masa.masa_ke
    where coalesce(bermasa.tanggal_dihapus, bermasa.tanggal_hapus_baris) is not null
    union all
    select
        'kedaluwarsa:' || masa.penutup_id as peristiwa_id,
        masa.orang_id,
        masa.pendaftaran_id,
        masa.penutup_id as pencari_kerja_id,
        null as penempatan_id,
        'kedaluwarsa' as jenis,
        masa.tanggal_selesai as tanggal_peristiwa,
        -- A lapse becomes known on its day, or when the record arrives if that is later.
        greatest(masa.tanggal_selesai::timestamp at time zone 'Asia/Jakarta', masa.diketahui_pada)
            as diketahui_pada,
        'berlaku' as putusan
    from masa
    where masa.urutan_keluar = 3
)

select * from peristiwa
