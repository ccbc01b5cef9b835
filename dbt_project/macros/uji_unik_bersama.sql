{#
  Fails for each combination of the columns that occurs more than once: the grain of a table. `dibangun`: which rows a
  build of what changed made, as [column, what changed]; whatever shares the first of the columns with one is looked at.
#}
{% test unik_bersama(model, kolom, dibangun=none) %}
select
    {{ kolom | join(', ') }},
    count(*) as jumlah_baris
from {{ model }}
{% if dibangun -%}
    {{ hanya_yang_dibangun(
        kolom[0] ~ " in (select " ~ kolom[0] ~ " from " ~ model ~ " where " ~ dibangun[0] ~ " in "
        ~ kunci_berubah(dibangun[1]) ~ ")",
        "where"
    ) }}
{%- endif %}
group by {{ kolom | join(', ') }}
having count(*) > 1
{% endtest %}
