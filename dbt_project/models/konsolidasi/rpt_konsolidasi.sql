{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- daerah and pusat are counted on the sides themselves; the rest, and the causes, from the pairing: what the
-- causes do not explain stays visible as the residual.
with daerah as (
    select
        domain,
        count(*) filter (where keadaan <> 'dihapus') as tercatat,
        count(*) filter (where keadaan = 'dikarantina') as dikarantina,
        count(*) filter (where keadaan = 'terhitung') as jumlah
    from {{ ref("int_konsolidasi__daerah") }}
    group by 1
),

pusat as (
    select
        domain,
        count(*) as jumlah
    from {{ ref("int_konsolidasi__pusat") }}
    where not ditarik
    group by 1
),

hubungan as (
    select
        domain,
        sum(jumlah) filter (where hubungan = 'cocok') as cocok,
        sum(jumlah) filter (where hubungan = 'beda') as beda,
        sum(jumlah) filter (where hubungan = 'hanya_daerah') as hanya_daerah,
        sum(jumlah) filter (where hubungan = 'hanya_pusat') as hanya_pusat
    from {{ ref("int_konsolidasi__ringkas") }}
    group by 1
),

dijelaskan as (
    select
        domain,
        sum(selisih) as selisih
    from {{ ref("rpt_konsolidasi_sebab") }}
    group by 1
)

select
    domain.domain,
    coalesce(daerah.jumlah, 0)::bigint as daerah,
    coalesce(pusat.jumlah, 0)::bigint as pusat,
    coalesce(hubungan.cocok, 0)::bigint as cocok,
    coalesce(hubungan.beda, 0)::bigint as beda,
    coalesce(hubungan.hanya_daerah, 0)::bigint as hanya_daerah,
    coalesce(hubungan.hanya_pusat, 0)::bigint as hanya_pusat,
    coalesce(daerah.tercatat, 0)::bigint as tercatat,
    coalesce(daerah.dikarantina, 0)::bigint as dikarantina,
    (coalesce(daerah.jumlah, 0) - coalesce(pusat.jumlah, 0) - coalesce(dijelaskan.selisih, 0))::bigint as sisa
from
    (
        values
        {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
            ('{{ nama }}'){{ "," if not loop.last }}
        {% endfor %}
    ) as domain (domain)
left join daerah on domain.domain = daerah.domain
left join pusat on domain.domain = pusat.domain
left join hubungan on domain.domain = hubungan.domain
left join dijelaskan on domain.domain = dijelaskan.domain
