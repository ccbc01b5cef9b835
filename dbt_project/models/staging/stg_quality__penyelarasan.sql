select
    jenis,
    teks,
    kode,
    versi,
    cara,
    keyakinan
from {{ source("penyelarasan", "penyelarasan") }}
