{{ config(tags=['konsolidasi']) }}

-- No record differs without a cause, and every cause is one that the reports can name.
select
    selisih.domain,
    selisih.hubungan,
    selisih.sebab
from {{ ref('int_konsolidasi__selisih') }} as selisih
left join {{ ref('ref_konsolidasi_sebab') }} as sebab
    on selisih.sebab = sebab.sebab and selisih.hubungan = sebab.hubungan
where sebab.sebab is null
