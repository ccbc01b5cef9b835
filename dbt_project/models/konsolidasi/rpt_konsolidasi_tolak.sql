{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- What SIAPkerja refused, by its code: a record refused for several reasons counts under its first code.
with ditolak as (
    select
        selisih.domain,
        (
            select min(coalesce(galat.isi ->> 'kode', 'LAINNYA'))
            from jsonb_array_elements(coalesce(status.galat, '[]'::jsonb)) as galat (isi)
        ) as kode
    from {{ ref("int_konsolidasi__selisih") }} as selisih
    inner join {{ source("delivery", "pengiriman") }} as status
        on
            selisih.id_daerah = status.id_daerah
            and selisih.domain = status.domain
            and status.keadaan = 'ditolak'
    where selisih.sebab in ('ditolak', 'versi_baru_ditolak')
)

select
    domain,
    coalesce(kode, 'LAINNYA') as kode,
    count(*) as jumlah
from ditolak
group by 1, 2
