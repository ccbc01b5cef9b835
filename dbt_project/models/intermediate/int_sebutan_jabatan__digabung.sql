select
    teks_normal,
    kode_kbji,
    versi
from {{ ref("ref_jabatan_kamus") }}
union all
select
    s.teks as teks_normal,
    s.kode as kode_kbji,
    s.versi
from {{ ref("stg_reference__sebutan_jabatan") }} as s
left join {{ ref("ref_jabatan_kamus") }} as k on s.teks = k.teks_normal
where k.teks_normal is null
