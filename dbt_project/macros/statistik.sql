{#- `analyze` of a table that was just built; nothing for a view. -#}
{% macro statistik_tabel() -%}
    {% if model.config.materialized != "view" and not bertahap() %}analyze {{ this }}{% endif %}
{%- endmacro %}
