{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- The bridge by kecamatan and APBD activity. A record that both sides hold, but in different kecamatan, is
-- one more in one and one less in the other.
with padanan as (
    select
        domain,
        hubungan,
        kecamatan_daerah,
        kecamatan_pusat,
        apbd,
        kode_sub_kegiatan,
        tahun_anggaran,
        case
            when hubungan in ('hanya_daerah', 'hanya_pusat') then sebab
            when kecamatan_daerah <> kecamatan_pusat then 'pindah_kecamatan'
            else 'sama'
        end as sebab,
        jumlah
    from {{ ref("int_konsolidasi__ringkas") }}
),

sisi as (
    select
        domain,
        kecamatan_daerah as kode_kecamatan,
        apbd,
        kode_sub_kegiatan,
        tahun_anggaran,
        sebab,
        jumlah as daerah,
        0 as pusat
    from padanan
    where hubungan <> 'hanya_pusat'
    union all
    select
        domain,
        kecamatan_pusat as kode_kecamatan,
        apbd,
        kode_sub_kegiatan,
        tahun_anggaran,
        sebab,
        0 as daerah,
        jumlah as pusat
    from padanan
    where hubungan <> 'hanya_daerah'
)

select
    domain,
    kode_kecamatan,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    sebab,
    sum(daerah)::bigint as daerah,
    sum(pusat)::bigint as pusat,
    sum(daerah - pusat)::bigint as selisih
from sisi
group by 1, 2, 3, 4, 5, 6
