{#-
  Dates and times as people and programs write them. Every macro here gives one SQL expression that never
  raises: what cannot be read, or is no day of the calendar, is NULL. PostgreSQL 15 has no pg_input_is_valid,
  so validity is worked out before the cast.
-#}

{#-
  The present in Asia/Jakarta: BATANG_SEKARANG, set for every run, never the wall clock, so that a run can be made
  again. Read only while executing: a variable that changes would make dbt parse the whole project at every run.
-#}
{% macro sekarang() -%}
    {%- if execute -%}
        '{{ env_var("BATANG_SEKARANG", var("sekarang")) }}'
    {%- else -%}
        '{{ var("sekarang") }}'
    {%- endif -%}
    ::timestamptz
{%- endmacro %}

{% macro hari_ini() -%}
    ({{ sekarang() }} at time zone 'Asia/Jakarta')::date
{%- endmacro %}

{#-
  text → date. Read: `1999-12-31`, `1999/12/31`, an RFC 3339 time (its day in Jakarta), `31-12-1999`,
  `31/12/1999`, `31.12.1999`, `12 Agustus 1999` (Indonesian or English, full or short), an Excel serial of
  five digits (day 1 = 1900-01-01, Excel's own leap-year fault included). WIB is UTC+7 on every day: the zone
  Asia/Jakarta was UTC+7:30 until 1964, which would move a birth date.
-#}
{% macro baca_tanggal(kolom) -%}
    case
        when {{ kolom }} ~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$' then ({{ kolom }})::date
        when {{ kolom }} ~ '^\s*[12]\d{3}-\d\d-\d\d[Tt ]\d\d:\d\d'
            then ({{ baca_waktu(kolom) }} at time zone interval '07:00')::date
        when {{ kolom }} ~ '\d{5}' or {{ kolom }} ~ '\d[^\d]' then {{ _tanggal_lain(kolom) }}
    end
{%- endmacro %}

{#- Any form but the commonest: the parts by regular expression, then the calendar by arithmetic. -#}
{% macro _tanggal_lain(kolom) -%}
    (
        select
            case
                when b.serial is not null then date '1899-12-30' + b.serial
                when b.hari between 1 and case
                    when b.bulan in (1, 3, 5, 7, 8, 10, 12) then 31
                    when b.bulan in (4, 6, 9, 11) then 30
                    when b.bulan = 2 and b.tahun % 4 = 0 and (b.tahun % 100 <> 0 or b.tahun % 400 = 0) then 29
                    when b.bulan = 2 then 28
                end then make_date(b.tahun, b.bulan, b.hari)
            end
        from (
            select
                (u.serial)[1]::int as serial,
                coalesce((u.iso)[1], (u.dmy)[3], (u.kata)[3])::int as tahun,
                coalesce(
                    (u.iso)[2]::int,
                    (u.dmy)[2]::int,
                    case left((u.kata)[2], 3)
                        when 'jan' then 1 when 'feb' then 2 when 'peb' then 2 when 'mar' then 3
                        when 'apr' then 4 when 'mei' then 5 when 'may' then 5 when 'jun' then 6
                        when 'jul' then 7 when 'agu' then 8 when 'agt' then 8 when 'ags' then 8
                        when 'aug' then 8 when 'sep' then 9 when 'okt' then 10 when 'oct' then 10
                        when 'nov' then 11 when 'nop' then 11 when 'des' then 12 when 'dec' then 12
                    end
                ) as bulan,
                coalesce((u.iso)[3], (u.dmy)[1], (u.kata)[1])::int as hari
            from (
                select
                    regexp_match(t.teks, '^(\d{5})(?:\.\d+)?$') as serial,
                    regexp_match(t.teks, '^([12]\d{3})[-/.](\d{1,2})[-/.](\d{1,2})$') as iso,
                    regexp_match(t.teks, '^(\d{1,2})[-/.](\d{1,2})[-/.]([12]\d{3})$') as dmy,
                    regexp_match(t.teks, '^(\d{1,2})[- ]+([a-z]{3,9})\.?[- ]+([12]\d{3})$') as kata
                from (select lower(btrim({{ kolom }})) as teks offset 0) as t
                offset 0
            ) as u
            offset 0
        ) as b
    )
{%- endmacro %}

{#-
  text → timestamptz. Read: RFC 3339 or `1999-12-31 23:59[:59[.999]]`, with an offset or, without one, in
  Asia/Jakarta; any date that baca_tanggal reads stands for its first instant in Jakarta.
-#}
{% macro baca_waktu(kolom) -%}
    case
        when
            -- The commonest form, by its shape: several times cheaper than the expression below.
            translate({{ kolom }}, '123456789', '000000000') = '0000-00-00T00:00:00+00:00'
            and left({{ kolom }}, 1) in ('1', '2')
            and substr({{ kolom }}, 6, 2) between '01' and '12'
            and substr({{ kolom }}, 9, 2) between '01' and '28'
            and substr({{ kolom }}, 12, 2) <= '23'
            and greatest(substr({{ kolom }}, 15, 2), substr({{ kolom }}, 18, 2), substr({{ kolom }}, 24, 2)) <= '59'
            and substr({{ kolom }}, 21, 2) <= '14'
            then ({{ kolom }})::timestamptz
        when
            {{ kolom }} ~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?([Zz]|[+-](0\d|1[0-4]):?[0-5]\d)?$'
            then case
                when
                    substr({{ kolom }}, 9, 2) <= '28'
                    or {{ _tanggal_lain("left(" ~ kolom ~ ", 10)") }} is not null
                    then case
                        when {{ kolom }} ~ '([Zz]|[+-]\d\d:?\d\d)$' then ({{ kolom }})::timestamptz
                        else ({{ kolom }})::timestamp at time zone interval '07:00'
                    end
            end
        when length({{ kolom }}) between 5 and 20
            then {{ _tanggal_lain(kolom) }}::timestamp at time zone interval '07:00'
    end
{%- endmacro %}

{#- Whole years between two dates. -#}
{% macro umur(lahir, pada) -%}
    extract(year from age({{ pada }}, {{ lahir }}))::int
{%- endmacro %}

{#- The day on which an age becomes `tahun`: 1 March where somebody born on a leap day has no birthday. -#}
{% macro ulang_tahun(lahir, tahun) -%}
    (
        ({{ lahir }} + interval '{{ tahun }} years')::date
        + (extract(day from {{ lahir }} + interval '{{ tahun }} years') <> extract(day from {{ lahir }}))::int
    )
{%- endmacro %}

{#-
  Whether a version that came at `kolom` counts as known. BATANG_DIKETAHUI_SAMPAI is set only to rebuild the warehouse as
  it was once known (`batang warehouse as-of`); without it everything that has arrived is. Whatever chooses among
  versions asks here.
-#}
{% macro diketahui_sampai(kolom) -%}
    {%- set batas = env_var("BATANG_DIKETAHUI_SAMPAI", "") if execute else "" -%}
    {%- if batas -%} {{ kolom }} <= '{{ batas }}'::timestamptz {%- else -%} true {%- endif -%}
{%- endmacro %}

{#- The relation `kini`, whose rows came over time, as it is or, where the warehouse is rebuilt as it was once known, as it
   was: by the function `dahulu` of that moment. -#}
{% macro sebagaimana_diketahui(kini, dahulu) -%}
    {%- set batas = env_var("BATANG_DIKETAHUI_SAMPAI", "") if execute else "" -%}
    {%- if batas -%} {{ dahulu }}('{{ batas }}'::timestamptz) {%- else -%} {{ kini }} {%- endif -%}
{%- endmacro %}
