select
    buku,
    versi,
    kode,
    tingkat,
    kategori,
    judul
from {{ source("reference", "kode") }}
