{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- IPK III/1 of the whole regency: rpt_ipk_arus over the kecamatan, with every cell that the statute prints
-- and any that the data hold beside them.
with bulan as (
    {{ bulan_laporan() }}
),

arus as (
    select
        periode,
        bagian,
        kode as kelompok_umur,
        jenis_kelamin,
        sum(awal) as awal,
        sum(masuk) as masuk,
        sum(terpenuhi) as terpenuhi,
        sum(dihapus) as dihapus,
        sum(akhir) as akhir
    from {{ ref('rpt_ipk_arus') }}
    where tabel = 'III/1'
    group by 1, 2, 3, 4
),

sel as (
    select
        'pencari_kerja' as bagian,
        umur.kelompok_umur,
        kelamin.jenis_kelamin
    from
        (
            values ('15-19'), ('20-29'), ('30-44'), ('45-54'), ('55+'), ('tidak_diketahui')
        ) as umur (kelompok_umur)
    cross join (values ('L'), ('P')) as kelamin (jenis_kelamin)
    union
    select
        'lowongan' as bagian,
        'semua' as kelompok_umur,
        kelamin.jenis_kelamin
    from (values ('L'), ('P'), ('bebas')) as kelamin (jenis_kelamin)
    union
    select
        bagian,
        kelompok_umur,
        jenis_kelamin
    from arus
),

lengkap as (
    select
        bulan.periode,
        sel.bagian,
        sel.kelompok_umur,
        sel.jenis_kelamin,
        coalesce(arus.awal, 0) as awal,
        coalesce(arus.masuk, 0) as masuk,
        coalesce(arus.terpenuhi, 0) as terpenuhi,
        coalesce(arus.dihapus, 0) as dihapus,
        coalesce(arus.akhir, 0) as akhir
    from bulan
    cross join sel
    left join arus
        on
            bulan.periode = arus.periode
            and sel.bagian = arus.bagian
            and sel.kelompok_umur = arus.kelompok_umur
            and sel.jenis_kelamin = arus.jenis_kelamin
)

select
    lengkap.periode,
    lengkap.bagian,
    case lengkap.bagian when 'lowongan' then isi.baris_lowongan else isi.baris_pencari_kerja end as baris,
    lengkap.kelompok_umur,
    lengkap.jenis_kelamin,
    isi.jumlah::bigint as jumlah
from lengkap
cross join
    lateral (
        values
        ('1', '6', lengkap.awal),
        ('2', '7', lengkap.masuk),
        ('A', 'C', lengkap.awal + lengkap.masuk),
        ('3', '8', lengkap.terpenuhi),
        ('4', '9', lengkap.dihapus),
        ('B', 'D', lengkap.terpenuhi + lengkap.dihapus),
        ('5', '10', lengkap.akhir)
    ) as isi (baris_pencari_kerja, baris_lowongan, jumlah)
