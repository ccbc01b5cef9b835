{{ config(indexes=[{"columns": ["kode"]}]) }}
-- A loaded official list comes before what we ship of the same edition.
with semua as (
    select
        versi,
        kode,
        tingkat,
        kategori,
        judul,
        1 as urutan
    from {{ ref("stg_reference__kode") }}
    where buku = 'kbli'
    union all
    select
        versi,
        kode,
        tingkat,
        kategori,
        judul,
        2 as urutan
    from {{ ref("ref_kbli") }}
),

tunggal as (
    select distinct on (versi, kode) *
    from semua
    order by versi, kode, urutan
)

select
    versi,
    kode,
    tingkat,
    kategori,
    judul,
    max(tingkat) over (partition by versi) as kedalaman
from tunggal
