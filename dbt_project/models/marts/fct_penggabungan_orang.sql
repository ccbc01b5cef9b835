select
    tautan_id as penggabungan_id,
    asal_id,
    orang_id,
    cara,
    keyakinan,
    bobot,
    model,
    sejak as digabung_pada,
    sampai is not null as dicabut,
    sampai as dicabut_pada,
    sebab_dicabut
from {{ ref("stg_vault__tautan_orang") }}
