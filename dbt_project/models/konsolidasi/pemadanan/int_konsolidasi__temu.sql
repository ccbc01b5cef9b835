-- The two whole sides meet once, by id_daerah. A pair is settled here; int_konsolidasi__sisa says more of
-- the others, so only they carry what it needs. Without an enforced contract, whose `insert` would keep the
-- server from using its second core.
with daerah as (
    select
        daerah.*,
        status.keadaan as keadaan_kiriman,
        status.sidik_data as sidik_kiriman
    from {{ ref("int_konsolidasi__daerah") }} as daerah
    left join {{ source("delivery", "pengiriman") }} as status on daerah.id_daerah = status.id_daerah
),

pusat as (
    select * from {{ ref("int_konsolidasi__pusat") }}
    where not ditarik
),

temu as (
    select
        coalesce(daerah.domain, pusat.domain) as domain,
        coalesce(daerah.keadaan = 'terhitung', false) as terhitung,
        coalesce(daerah.keadaan = 'terhitung' and pusat.id_siapkerja is not null, false) as berpasangan,
        -- An extract without all columns: that it differs, nobody can say.
        coalesce(
            not pusat.dikarantina
            and (pusat.sidik_data is null or pusat.sidik_data = daerah.sidik_kiriman),
            false
        ) as sama,
        pusat.versi_klasifikasi <> daerah.versi_klasifikasi as beda_edisi,
        daerah.id_daerah,
        daerah.keadaan,
        daerah.keadaan_kiriman,
        daerah.sidik_kiriman,
        daerah.dataset,
        daerah.id,
        daerah.nib,
        daerah.kode_kecamatan as kecamatan_daerah,
        daerah.kode_sub_kegiatan,
        daerah.tahun_anggaran,
        daerah.apbd as apbd_daerah,
        daerah.lewat as lewat_daerah,
        daerah.diubah_pada as daerah_diubah_pada,
        pusat.id_siapkerja,
        pusat.versi as versi_pusat,
        pusat.entri,
        pusat.pengenal as pengenal_pusat,
        pusat.kode_kecamatan as kecamatan_pusat,
        pusat.apbd as apbd_pusat,
        pusat.berulang,
        pusat.dikarantina,
        pusat.sidik_data is null as tanpa_sidik,
        pusat.lewat as lewat_pusat,
        pusat.di_luar_definisi,
        pusat.diubah_pada as pusat_diubah_pada
    from daerah
    -- The key names its domain.
    full join pusat on daerah.id_daerah = pusat.kunci
)

select
    domain,
    case when terhitung then id_daerah end as id_daerah,
    id_siapkerja,
    case when berpasangan then case when sama then 'cocok' else 'beda' end end as hubungan,
    case
        when not berpasangan or sama then null
        when dikarantina then 'dikarantina_pusat'
        when sidik_kiriman is null then 'tidak_ada_di_buku_kiriman'
        when keadaan_kiriman in ('menunggu', 'ditolak') then 'versi_baru_' || keadaan_kiriman
        when beda_edisi then 'versi_klasifikasi'
        else 'isi_berbeda'
    end as sebab,
    case when terhitung then kecamatan_daerah end as kecamatan_daerah,
    case
        when berpasangan and kecamatan_pusat = 'tidak_diketahui' then kecamatan_daerah else kecamatan_pusat
    end as kecamatan_pusat,
    case when terhitung then apbd_daerah else apbd_pusat end as apbd,
    case when terhitung then kode_sub_kegiatan else '' end as kode_sub_kegiatan,
    case when terhitung then tahun_anggaran end as tahun_anggaran,
    case when terhitung then daerah_diubah_pada end as daerah_diubah_pada,
    pusat_diubah_pada,
    versi_pusat,
    tanpa_sidik,
    {% for kolom in [
        "keadaan", "keadaan_kiriman", "dataset", "id", "nib", "entri", "pengenal_pusat", "berulang", "dikarantina",
        "di_luar_definisi",
    ] %}
        case when not berpasangan then {{ kolom }} end as {{ kolom }},
    {% endfor %}
    case when not berpasangan then case when terhitung then lewat_daerah else lewat_pusat end end as lewat
from temu
where terhitung or id_siapkerja is not null
