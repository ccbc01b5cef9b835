{{ config(tags=['konsolidasi']) }}

-- No record differs without a cause.
select
    domain,
    id_daerah,
    id_siapkerja
from {{ ref('int_konsolidasi__padanan') }}
where hubungan <> 'cocok' and sebab is null
