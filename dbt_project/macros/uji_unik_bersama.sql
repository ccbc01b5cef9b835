{# Fails for each combination of the columns that occurs more than once: the grain of a table. #}
{% test unik_bersama(model, kolom) %}
select
    {{ kolom | join(', ') }},
    count(*) as jumlah_baris
from {{ model }}
group by {{ kolom | join(', ') }}
having count(*) > 1
{% endtest %}
