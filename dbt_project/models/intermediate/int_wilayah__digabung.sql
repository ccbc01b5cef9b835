-- A loaded list names the desa; what it does not have stays as we ship it, since a card keeps an old code.
with termuat as (
    select
        d.kode,
        d.judul as nama,
        k.judul as kecamatan
    from {{ ref("stg_reference__kode") }} as d
    inner join {{ ref("stg_reference__kode") }} as k on left(d.kode, 6) = k.kode and k.buku = 'wilayah'
    where d.buku = 'wilayah' and d.tingkat = 10 and {{ di_kabupaten("d.kode") }}
),

terpaket as (
    select
        replace(kode_kemendagri, '.', '') as kode,
        nama,
        kecamatan,
        kode_bps
    from {{ ref("ref_wilayah") }}
),

semua as (
    select
        coalesce(t.kode, p.kode) as kode,
        coalesce(t.nama, p.nama) as nama,
        coalesce(t.kecamatan, p.kecamatan) as kecamatan,
        p.kode_bps,
        case when t.kode is null then 'terpaket' else 'resmi' end as versi
    from termuat as t
    full join terpaket as p on t.kode = p.kode
)

select
    s.kode,
    s.nama,
    case when substr(s.kode, 7, 1) = '1' then 'kelurahan' else 'desa' end as jenis,
    left(s.kode, 6) as kode_kecamatan,
    s.kecamatan,
    s.kode_bps,
    k.kode_bps as kode_bps_kecamatan,
    s.versi
from semua as s
left join {{ ref("ref_kecamatan") }} as k on left(s.kode, 6) = replace(k.kode_kemendagri, '.', '')
