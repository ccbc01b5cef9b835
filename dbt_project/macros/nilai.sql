{#-
  Numbers, money and text as people and programs write them. Each macro gives one SQL expression that never
  raises; what cannot be read is NULL.
-#}

{#-
  Key of every dictionary seed: lower case (ASCII alone, so that no server's locale changes a key), anything but
  letters and digits → one space, trimmed; '' → NULL. Python's equal is batang_assets/reference/normal.py.
-#}
{% macro teks_normal(kolom) -%}
    nullif(btrim(regexp_replace(lower(({{ kolom }}) collate "C"), '[^a-z0-9]+', ' ', 'g')), '')
{%- endmacro %}

{#-
  Text fit to be sent: control characters and runs of white space → one space, HTML tags out, trimmed, at most
  2000 characters; '' → NULL. That it was not so is said by the dataset's text rule.
-#}
{% macro rapikan_teks(kolom) -%}
    case
        when {{ kolom }} ~ '^[[:alnum:]][[:alnum:].,()/&''-]*( [[:alnum:].,()/&''-]+)*$' and length({{ kolom }}) <= 2000
            then {{ kolom }}
        else nullif(btrim(left(
            regexp_replace(
                regexp_replace({{ kolom }}, '<[^<>]*>', ' ', 'g'), '[[:cntrl:][:space:]]+', ' ', 'g'
            ), 2000
        )), '')
    end
{%- endmacro %}

{#- TRUE when none of the columns holds HTML, the start of a spreadsheet formula or a control character. -#}
{% macro teks_wajar(kolom) -%}
    (
    {%- for k in kolom %}
        ({{ k }} !~ '<[[:alpha:]/!][^<>]*>|^\s*([=@+]|-\S)|[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]') is not false
        {%- if not loop.last %} and {% endif %}
    {%- endfor %}
    )
{%- endmacro %}

{#-
  text → bigint. Read: `12`, `12.0`, `1.200` (thousands), `12 tahun` and the like. Not a whole number → NULL.
-#}
{% macro baca_bilangan(kolom) -%}
    case
        when {{ kolom }} ~ '^\s*[+-]?\d{1,15}\s*$' then ({{ kolom }})::bigint
        when {{ kolom }} ~ '^\s*[+-]?\d{1,15}\.0{1,2}\s*$' then trunc(({{ kolom }})::numeric)::bigint
        when {{ kolom }} ~ '^\s*\d{1,3}(\.\d{3}){1,4}\s*$' then replace({{ kolom }}, '.', '')::bigint
        when {{ kolom }} ~* '^\s*\d{1,9}\s*(orang|tahun|thn|th|jam|jp|hari)\.?\s*$'
            then substring({{ kolom }} from '\d+')::bigint
    end
{%- endmacro %}

{#- As baca_bilangan, as an integer of 32 bits: beyond its range → NULL. -#}
{% macro baca_bulat(kolom) -%}
    case
        when {{ kolom }} ~ '^\s*\d{1,9}\s*$' then ({{ kolom }})::int
        when {{ baca_bilangan(kolom) }} between -2147483648 and 2147483647 then {{ baca_bilangan(kolom) }}::int
    end
{%- endmacro %}

{#-
  text → whole rupiah, bigint. Read: `2534382`, `2534382.0`, `Rp 2.534.382`, `Rp2.534.382,00`, `2,534,382`,
  `2,5jt`, `2.5 juta`, `2500rb`; a trailing `,-` or `/bulan` is ignored. `UMK`, `Nego`, a range → NULL.
-#}
{% macro baca_rupiah(kolom) -%}
    case
        when {{ kolom }} ~ '^\d{1,13}$' then ({{ kolom }})::bigint
        when {{ kolom }} ~ '\d' then (
            select
                case
                    when t.teks ~ '^\d{1,13}([.,]\d{1,2})?$'
                        then trunc(replace(t.teks, ',', '.')::numeric)::bigint
                    when t.teks ~ '^\d{1,3}(\.\d{3}){1,4}(,\d{1,2})?$'
                        then replace(split_part(t.teks, ',', 1), '.', '')::bigint
                    when t.teks ~ '^\d{1,3}(,\d{3}){1,4}(\.\d{1,2})?$'
                        then replace(split_part(t.teks, '.', 1), ',', '')::bigint
                    when t.teks ~ '^\d{1,4}([.,]\d{1,6})?(jt|juta)$'
                        then (replace(substring(t.teks from '^[\d.,]+'), ',', '.')::numeric * 1000000)::bigint
                    when t.teks ~ '^\d{1,6}([.,]\d{1,3})?(rb|ribu|k)$'
                        then (replace(substring(t.teks from '^[\d.,]+'), ',', '.')::numeric * 1000)::bigint
                end
            from (
                select
                    regexp_replace(
                        regexp_replace(lower({{ kolom }}), '\s+', '', 'g'),
                        '^(rp|idr)\.?|,-$|/?(per)?(bulan|bln)$', '', 'g'
                    ) as teks
                offset 0
            ) as t
        )
    end
{%- endmacro %}

{#- Digits of a code, as text; none → NULL. -#}
{% macro angka(kolom) -%}
    nullif(regexp_replace({{ kolom }}, '\D', '', 'g'), '')
{%- endmacro %}
