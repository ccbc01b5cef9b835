select
    tautan_id,
    asal_id,
    orang_id,
    cara,
    keyakinan,
    bobot,
    model,
    sejak,
    sampai,
    sebab_dicabut
from {{ source("vault", "tautan_orang") }}
