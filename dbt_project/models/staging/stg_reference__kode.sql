select
    buku,
    versi,
    kode,
    tingkat,
    kategori,
    judul
from {{ sebagaimana_diketahui(source("reference", "kode"), "reference.kode_diketahui") }}
