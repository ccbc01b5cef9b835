{#-
  The value of `kolom` that survives among a person's records: the first by `urutan`, empty cells left out; the record's
  key decides last, so that the same records always give the same value.
-#}
{% macro nilai_terpilih(kolom, urutan) -%}
    (array_agg({{ kolom }} order by {{ urutan }}, dataset, id) filter (where {{ kolom }} is not null))[1]
{%- endmacro %}
