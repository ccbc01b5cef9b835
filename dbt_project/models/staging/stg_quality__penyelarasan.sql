select
    jenis,
    teks,
    kode,
    versi,
    cara,
    keyakinan
from {{ sebagaimana_diketahui(source("penyelarasan", "penyelarasan"), "quality.penyelarasan_diketahui") }}
