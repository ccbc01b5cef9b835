{# The spans of an SMData package, as `batang_assets.partitions.Span` names them: rentang (2026-10, 2026-T4, 2026-S2
   or 2026), periode (first day, never before the first reported month) and hari_terakhir (last day that has
   happened in it). #}
{% macro rentang_laporan() -%}
    select distinct
        rentang.rentang,
        greatest(rentang.mulai::date, {{ awal_laporan() }}) as periode,
        least((rentang.mulai + rentang.panjang - interval '1 day')::date, {{ hari_ini() }}) as hari_terakhir
    from ({{ bulan_laporan() }}) as bulan
    cross join lateral (
        values
        (to_char(bulan.periode, 'YYYY-MM'), bulan.periode::timestamp, interval '1 month'),
        (
            to_char(bulan.periode, 'YYYY-"T"Q'),
            date_trunc('quarter', bulan.periode::timestamp),
            interval '3 months'
        ),
        (
            to_char(bulan.periode, 'YYYY') || case when extract(month from bulan.periode) < 7 then '-S1' else '-S2' end,
            date_trunc('year', bulan.periode::timestamp)
            + case when extract(month from bulan.periode) < 7 then interval '0 months' else interval '6 months' end,
            interval '6 months'
        ),
        (to_char(bulan.periode, 'YYYY'), date_trunc('year', bulan.periode::timestamp), interval '1 year')
    ) as rentang (rentang, mulai, panjang)
{%- endmacro %}
