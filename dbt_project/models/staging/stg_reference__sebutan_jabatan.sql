select
    teks,
    kode,
    versi
from {{ source("reference", "sebutan_jabatan") }}
