{#- `analyze` of a table that was just built; nothing for a view. -#}
{% macro statistik_tabel() -%}
    {% if model.config.materialized != "view" %}analyze {{ this }}{% endif %}
{%- endmacro %}
