{#-
  Schema names are exact: a custom schema is used as it is written, without the target's as a prefix. Only the target
  `lampau`, the warehouse as it was once known, keeps its tables apart.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ "lampau_" if target.name == "lampau" }}
    {{- custom_schema_name | trim if custom_schema_name is not none else target.schema }}
{%- endmacro %}

{#-
  Unit tests cast their rows to the types that information_schema names, which for an array is only `ARRAY`; every
  array of this warehouse holds text.
-#}
{% macro postgres__safe_cast(field, type) -%}
    cast({{ field }} as {{ "text[]" if type == "ARRAY" else type }})
{%- endmacro %}
