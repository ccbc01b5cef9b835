{{ config(tags=['konsolidasi']) }}

-- The bridge by kecamatan and activity adds up to the two sides, which are counted without it; nothing stays
-- unexplained.
with jembatan as (
    select
        domain,
        sum(daerah) as daerah,
        sum(pusat) as pusat,
        sum(selisih) as selisih,
        bool_and(selisih = daerah - pusat) as tiap_baris
    from {{ ref('rpt_konsolidasi_jembatan') }}
    group by 1
)

select laporan.domain
from {{ ref('rpt_konsolidasi') }} as laporan
left join jembatan on laporan.domain = jembatan.domain
where
    laporan.sisa <> 0
    or laporan.tercatat - laporan.dikarantina <> laporan.daerah
    or coalesce(jembatan.daerah, 0) <> laporan.daerah
    or coalesce(jembatan.pusat, 0) <> laporan.pusat
    or coalesce(jembatan.selisih, 0) <> laporan.daerah - laporan.pusat
    or not coalesce(jembatan.tiap_baris, true)
