{#-
  Reports that add up what changed. A report that only sums and counts rows is linear in them: its difference between
  two builds is the same SQL over the rows that went, weighed -1, and those that came, weighed 1. Stocks are running
  sums of flows, so theirs is the running sum of the difference.

  A model built with `ganti` or `ganti_yang_beda` keeps its difference in gudang.selisih_<model> where a report with the
  strategy `tambah` reads it, and so does such a report for another, its measures being the difference already
  (warehouse/increment.py drops these tables before and after every build). A report with `tambah` reads everything but
  what is tagged `tetap` by selisih_fakta, counts with sum(bobot), and has no row whose measures (meta.ukuran) are all
  0; a row that must stand nevertheless has a measure that counts what it stands for.
-#}

{% macro _tabel_selisih(nama) -%} gudang.selisih_{{ nama }} {%- endmacro %}

{#- The day of the last build, in Asia/Jakarta. -#}
{% macro hari_lalu() -%}
    (select (sekarang at time zone 'Asia/Jakarta')::date from gudang.pembangunan)
{%- endmacro %}

{#-
  Whether this report is added to: everything it reads stays or tells its difference, and the month is that of the last
  build, since a new one has a row for every stock. Otherwise it is made whole.
-#}
{% macro bertambah() -%}
    {%- if not execute or not bertahap() or not _semua_berselisih(model) -%} {{ return(false) }} {%- endif -%}
    {%- set bulan = "select date_trunc('month', " ~ hari_lalu() ~ ") = date_trunc('month', " ~ hari_ini() ~ ")" -%}
    {{ return(run_query(bulan).columns[0].values()[0]) }}
{%- endmacro %}

{#- Whether all that a report reads stays or tells its difference; another report does if all that it reads does. -#}
{% macro _semua_berselisih(laporan) -%}
    {%- for id in laporan.depends_on.nodes if not id.startswith("seed.") -%}
        {%- set node = graph.nodes[id] -%}
        {%- set strategi = node.config.get("incremental_strategy") -%}
        {%- if "tetap" not in node.config.tags and strategi not in ["ganti", "ganti_yang_beda"] -%}
            {%- if strategi != "tambah" or not _semua_berselisih(node) -%} {{ return(false) }} {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{#-
  The rows of a model for a report, as a subquery: its columns, bobot (1, or -1 for what is taken back), and hari, the
  day on which a row is looked at. `hari`: expressions of the days from which on a row counts otherwise though nothing
  in it changed; it is then taken back as of the last build's day and counted as of today.
-#}
{% macro selisih_fakta(nama, hari=[]) -%}
    {#- Named outside the condition: dbt learns there what a model stands on. -#}
    {%- set fakta = ref(nama) -%}
    {%- if bertambah() %}(
        select *, {{ hari_lalu() }} as hari from {{ _tabel_selisih(nama) }}
        {%- if hari %}
        union all
        select fakta.*, waktu.bobot, waktu.hari
        from (select * from {{ fakta }} where {{ _disentuh(hari) }}) as fakta
        cross join (values (-1, {{ hari_lalu() }}), (1, {{ hari_ini() }})) as waktu (bobot, hari)
        {%- endif %}
    )
    {%- else -%}
    (select *, 1 as bobot, {{ hari_ini() }} as hari from {{ fakta }})
    {%- endif -%}
{%- endmacro %}

{#-
  Within the strategies, where a report adds this model up: keeps the rows of the table that meet `syarat`, which go,
  and those that were made.
-#}
{% macro simpan_selisih(arg_dict, syarat) -%}
    {%- set pembaca = [] -%}
    {%- for node in graph.nodes.values() if node.config.get("incremental_strategy") == "tambah" -%}
        {%- if model.unique_id in node.depends_on.nodes -%} {%- do pembaca.append(node.name) -%} {%- endif -%}
    {%- endfor -%}
    {%- if pembaca -%}
        {%- set kolom = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
        create unlogged table {{ _tabel_selisih(model.name) }} as
        select {{ kolom }}, -1 as bobot from {{ arg_dict["target_relation"] }} where {{ syarat }}
        union all
        select {{ kolom }}, 1 as bobot from {{ arg_dict["temp_relation"] }};
    {%- endif -%}
{%- endmacro %}

{#-
  incremental_strategy `tambah`: what was made is the difference; it is added to the row of its key, all columns but
  the measures, and rows that come to nothing go. Where the report was made whole, all rows are replaced.
-#}
{% macro get_incremental_tambah_sql(arg_dict) -%}
    {%- set tujuan, baru = arg_dict["target_relation"], arg_dict["temp_relation"] -%}
    {%- set ukuran = config.get("meta")["ukuran"] -%}
    {%- set kolom = arg_dict["dest_columns"] | map(attribute="name") | list -%}
    {%- if bertambah() -%}
        {{ simpan_selisih(arg_dict, "false") }}
        merge into {{ tujuan }} as lama
        using (
            select * from {{ baru }} where {{ _tiap(ukuran, "{} <> 0", " or ") }}
        ) as beda on {{ _tiap(kolom | reject("in", ukuran), "lama.{0} = beda.{0}", " and ") }}
        when matched and {{ _tiap(ukuran, "lama.{0} + beda.{0} = 0", " and ") }} then delete
        when matched then update set {{ _tiap(ukuran, "{0} = lama.{0} + beda.{0}", ", ") }}
        when not matched then
            insert ({{ kolom | join(", ") }}) values ({{ _tiap(kolom, "beda.{}", ", ") }});
    {%- else -%}
        truncate {{ tujuan }};
        {{ _sisipkan(arg_dict) }}
        analyze {{ tujuan }};
    {%- endif -%}
{%- endmacro %}

{% macro _tiap(kolom, pola, sambung) -%}
    {%- for satu in kolom -%} {{ pola.format(satu) }}{{ sambung if not loop.last }} {%- endfor -%}
{%- endmacro %}
