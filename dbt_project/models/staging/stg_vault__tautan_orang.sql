select
    tautan_id,
    asal_id,
    orang_id,
    cara,
    keyakinan,
    bobot,
    model,
    sejak,
    case when {{ diketahui_sampai("sampai") }} then sampai end as sampai,
    case when {{ diketahui_sampai("sampai") }} then sebab_dicabut end as sebab_dicabut
from {{ source("vault", "tautan_orang") }}
where {{ diketahui_sampai("sejak") }}
