{{ config(tags=['konsolidasi']) }}

-- No record differs without a cause, and every cause is one that the reports can name.
select
    padanan.domain,
    padanan.hubungan,
    padanan.sebab
from {{ ref('int_konsolidasi__padanan') }} as padanan
left join {{ ref('ref_konsolidasi_sebab') }} as sebab
    on padanan.sebab = sebab.sebab and padanan.hubungan = sebab.hubungan
where padanan.hubungan <> 'cocok' and sebab.sebab is null
