{{ config(
    materialized="incremental", incremental_strategy="ganti", indexes=[{"columns": ["lowongan_id"]}],
    meta={"lama": "lowongan_id in " ~ kunci_berubah("pengisian", bilangan=true)},
) }}

-- Places, not vacancies: a vacancy opens with its places, which are then filled or taken back (see the
-- model's description: L1–L8). The jumlah columns say for whom a place was announced, pengisi who took it.
with lowongan as (
    select
        lowongan.lowongan_id,
        lowongan.tanggal_buka,
        coalesce(lowongan.jumlah_l, 0) as jumlah_l,
        coalesce(lowongan.jumlah_p, 0) as jumlah_p,
        coalesce(lowongan.jumlah_bebas, 0) as jumlah_bebas,
        {{ akhir_lowongan('lowongan.') }} as tanggal_akhir,
        coalesce(kedatangan.pertama, lowongan.diterima_pada) as diketahui_pada,
        lowongan.kode_kecamatan,
        lowongan.kode_jabatan,
        lowongan.versi_kbji,
        lowongan.golongan_kbji,
        lowongan.pendidikan_minimal,
        pemberi_kerja.kode_kbli,
        pemberi_kerja.versi_kbli
    from {{ ref('int_lowongan__dinilai') }} as lowongan
    left join {{ ref('int_pemberi_kerja__dinilai') }} as pemberi_kerja
        on lowongan.pemberi_kerja_id = pemberi_kerja.pemberi_kerja_id
    left join {{ ref('stg_batang_career__kedatangan') }} as kedatangan
        on kedatangan.dataset = 'lowongan' and lowongan.id = kedatangan.id
    where
        lowongan.layak
        and lowongan.tanggal_buka <= {{ hari_ini() }}
        {{ hanya_yang_berubah("lowongan.lowongan_id in " ~ kunci_berubah("pengisian", bilangan=true)) }}
),

-- One event a placement, and one for all fills of a day that no placement names.
terisi as (
    select
        'terisi:' || lowongan_id || coalesce(':' || penempatan_id, '') as peristiwa_id,
        lowongan_id,
        penempatan_id,
        tanggal,
        min(diketahui_pada) as diketahui_pada,
        count(*) filter (where tempat = 'L')::integer as jumlah_l,
        count(*) filter (where tempat = 'P')::integer as jumlah_p,
        count(*) filter (where tempat = 'bebas')::integer as jumlah_bebas,
        count(*) filter (where jenis_kelamin = 'L')::integer as pengisi_l,
        count(*) filter (where jenis_kelamin = 'P')::integer as pengisi_p
    from {{ ref('int_lowongan__pengisian') }}
    {{ hanya_yang_berubah("lowongan_id in " ~ kunci_berubah("pengisian", bilangan=true), "where") }}
    group by lowongan_id, penempatan_id, tanggal
),

terisi_seluruhnya as (
    select
        lowongan_id,
        sum(jumlah_l)::integer as jumlah_l,
        sum(jumlah_p)::integer as jumlah_p,
        sum(jumlah_bebas)::integer as jumlah_bebas
    from terisi
    group by lowongan_id
),

-- L5: full on the day of the fill that reaches its number.
sisa as (
    select
        lowongan.lowongan_id,
        lowongan.diketahui_pada,
        least(lowongan.tanggal_akhir, penuh.tanggal) as tanggal,
        penuh.diketahui_pada as penuh_diketahui_pada,
        lowongan.jumlah_l - coalesce(terisi.jumlah_l, 0) as jumlah_l,
        lowongan.jumlah_p - coalesce(terisi.jumlah_p, 0) as jumlah_p,
        lowongan.jumlah_bebas - coalesce(terisi.jumlah_bebas, 0) as jumlah_bebas
    from lowongan
    left join terisi_seluruhnya as terisi on lowongan.lowongan_id = terisi.lowongan_id
    left join {{ ref('int_lowongan__pengisian') }} as penuh
        on
            lowongan.lowongan_id = penuh.lowongan_id
            and lowongan.jumlah_l + lowongan.jumlah_p + lowongan.jumlah_bebas = penuh.urutan
),

peristiwa as (
    select
        'dibuka:' || lowongan_id as peristiwa_id,
        lowongan_id,
        null::bigint as penempatan_id,
        'dibuka' as jenis,
        tanggal_buka as tanggal_peristiwa,
        diketahui_pada,
        jumlah_l,
        jumlah_p,
        jumlah_bebas,
        0 as pengisi_l,
        0 as pengisi_p
    from lowongan
    union all
    select
        peristiwa_id,
        lowongan_id,
        penempatan_id,
        'terisi' as jenis,
        tanggal as tanggal_peristiwa,
        diketahui_pada,
        jumlah_l,
        jumlah_p,
        jumlah_bebas,
        pengisi_l,
        pengisi_p
    from terisi
    union all
    select
        'dihapus:' || lowongan_id as peristiwa_id,
        lowongan_id,
        null as penempatan_id,
        'dihapus' as jenis,
        tanggal as tanggal_peristiwa,
        -- An end is an announced date: known on its day, or when the record arrives if that is later.
        greatest(tanggal::timestamp at time zone 'Asia/Jakarta', diketahui_pada, penuh_diketahui_pada)
            as diketahui_pada,
        jumlah_l,
        jumlah_p,
        jumlah_bebas,
        0 as pengisi_l,
        0 as pengisi_p
    from sisa
    where tanggal <= {{ hari_ini() }} and (jumlah_l <> 0 or jumlah_p <> 0 or jumlah_bebas <> 0)
)

select
    peristiwa.peristiwa_id,
    peristiwa.lowongan_id,
    peristiwa.penempatan_id,
    peristiwa.jenis,
    peristiwa.tanggal_peristiwa,
    peristiwa.diketahui_pada,
    peristiwa.jumlah_l,
    peristiwa.jumlah_p,
    peristiwa.jumlah_bebas,
    peristiwa.pengisi_l,
    peristiwa.pengisi_p,
    lowongan.kode_kecamatan,
    lowongan.kode_jabatan,
    lowongan.versi_kbji,
    lowongan.golongan_kbji,
    lowongan.pendidikan_minimal,
    lowongan.kode_kbli,
    lowongan.versi_kbli
from peristiwa
inner join lowongan on peristiwa.lowongan_id = lowongan.lowongan_id
