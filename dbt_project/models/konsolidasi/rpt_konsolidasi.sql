{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- daerah and pusat are counted on the sides themselves; the rest, and the causes, from the pairing: what the
-- causes do not explain stays visible as the residual.
with sisi as (
    select
        domain,
        sum(tercatat) as tercatat,
        sum(dikarantina) as dikarantina,
        sum(daerah) as daerah,
        sum(pusat) as pusat
    from {{ ref("int_konsolidasi__sisi") }}
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
    coalesce(sisi.daerah, 0)::bigint as daerah,
    coalesce(sisi.pusat, 0)::bigint as pusat,
    coalesce(hubungan.cocok, 0)::bigint as cocok,
    coalesce(hubungan.beda, 0)::bigint as beda,
    coalesce(hubungan.hanya_daerah, 0)::bigint as hanya_daerah,
    coalesce(hubungan.hanya_pusat, 0)::bigint as hanya_pusat,
    coalesce(sisi.tercatat, 0)::bigint as tercatat,
    coalesce(sisi.dikarantina, 0)::bigint as dikarantina,
    (coalesce(sisi.daerah, 0) - coalesce(sisi.pusat, 0) - coalesce(dijelaskan.selisih, 0))::bigint as sisa
from
    (
        values
        {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
            ('{{ nama }}'){{ "," if not loop.last }}
        {% endfor %}
    ) as domain (domain)
left join sisi on domain.domain = sisi.domain
left join hubungan on domain.domain = hubungan.domain
left join dijelaskan on domain.domain = dijelaskan.domain
