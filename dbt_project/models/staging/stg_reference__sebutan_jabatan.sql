select
    teks,
    kode,
    versi
from
    {{ sebagaimana_diketahui(
        source("reference", "sebutan_jabatan"), "reference.sebutan_jabatan_diketahui"
    ) }}
