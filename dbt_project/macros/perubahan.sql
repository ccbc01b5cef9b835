{#-
  Tables of which a build makes anew only the rows that changed (batang_assets/warehouse/increment.py decides when it
  may). gudang.perubahan holds what changed since the last build, as (apa, kunci):

    <dataset>   the id of a record that arrived, vanished or is judged otherwise
    datang:<dataset>  the id of a record that arrived or vanished
    token       a pseudonym whose registrations changed
    tautan      '<dataset>:<id>' of a record that belongs to another person than before
    orang       a person of whom any record changed
    penyelarasan  one row if texts were conformed since
    masa        a person whose events as a seeker may have changed
    pengisian   the number of a vacancy whose places, or their fills, may have changed

  One rule keeps it right: what has been written under a name before a model that reads it starts is all there will be,
  since only models upstream of every reader write it. A key too many costs time, a key too few a wrong row.
-#}

{#- Whether this table keeps its rows but for those that changed; a unit test has no table. -#}
{% macro bertahap() -%}
    {{ return(this is not none and is_incremental()) }}
{%- endmacro %}

{#- Keys written under `apa`, for `in`; as numbers where the column is one. -#}
{% macro kunci_berubah(apa, bilangan=false) -%}
    (select {{ baca_bilangan("kunci") if bilangan else "kunci" }} from gudang.perubahan where apa = '{{ apa }}')
{%- endmacro %}

{#- What arrived or vanished, as (dataset, id). -#}
{% macro kunci_datang() -%}
    select substr(apa, 8), kunci from gudang.perubahan where apa like 'datang:%'
{%- endmacro %}

{#- Restricts a model to the keys that changed; nothing where everything is made anew. -#}
{% macro hanya_yang_berubah(syarat, kata="and") -%}
    {%- if bertahap() %} {{ kata }} {{ syarat }} {%- endif -%}
{%- endmacro %}

{#- A record of `dataset` that changed, or changed hands. -#}
{% macro catatan_berubah(dataset, kolom, bilangan=false) -%}
    {%- set tautan = "substr(kunci, " ~ (dataset | length + 2) ~ ")" -%}
    {{ kolom }} in (
        select {{ baca_bilangan("kunci") if bilangan else "kunci" }}
        from gudang.perubahan
        where apa = '{{ dataset }}'
        union all
        select {{ baca_bilangan(tautan) if bilangan else tautan }}
        from gudang.perubahan
        where apa = 'tautan' and kunci like '{{ dataset | replace("_", "\_") }}:%'
    )
{%- endmacro %}

{#- ——— Records ——— -#}

{#-
  CTEs for a model of judged records, nothing where all are judged: `calon`, the ids to judge again, and `sekutu`, those
  and every record that is counted together with one of them. Judged again is what arrived or vanished; whoever shares a
  value of the columns `bersama` with such a record; whoever refers to a changed one (`rujukan`: column -> what
  changed); whoever a rule that asks the time now judges otherwise; and, where texts were conformed since, whoever
  waited for that. For all but the first two every row is looked at, if there is a reason to.
-#}
{% macro calon_dinilai(dataset, aturan, bersama, rujukan={}, selaras=[]) -%}
{%- if bertahap() %}
berubah as materialized (
    select distinct kunci as id
    from gudang.perubahan
    where apa = '{{ dataset }}'
),

baru as materialized (
    select {{ (["id"] + bersama) | join(", ") }}
    from {{ ref("stg_batang_career__" ~ dataset) }}
    where id in (select id from berubah)
),

calon as materialized (
    select id from berubah
    {{ _yang_berbagi(bersama, "berubah") }}
    union
    select id from quality.keputusan_karantina
    where dataset = '{{ dataset | replace("_", "-") }}'
    union
    select lama.id
    from {{ this }} as lama
    where
        (
            (select sekarang from gudang.pembangunan) < {{ sekarang() }}
            or exists (
                select from gudang.perubahan
                where apa in ({{ (rujukan.values() | list + ["penyelarasan"]) | map("tojson") | join(", ") | replace('"', "'") }})
            )
        )
        -- As an equation the planner takes it for a few rows, which it is.
        and case
            {% for kolom, apa in rujukan.items() %}
                when lama.{{ kolom }} in {{ kunci_berubah(apa, apa != "token") }} then 'ya'
            {% endfor %}
            {% for kode, keparahan, ungkapan in aturan if sekarang() in ungkapan %}
                when (({{ ungkapan }}) is not false) <> lama.lolos_{{ kode | lower }} then 'ya'
            {% endfor %}
            {% for kolom in selaras %}
                when
                    lama.{{ kolom }} in ('fuzzy', 'keputusan', 'tidak_dikenal')
                    and exists (select from gudang.perubahan where apa = 'penyelarasan')
                    then 'ya'
            {% endfor %}
        end = 'ya'
),

sekutu as materialized (
    select id from calon
    {{ _yang_berbagi(bersama, "calon") }}
),
{% endif -%}
{%- endmacro %}

{#- The ids that share a value of the columns `bersama` with a record that changed, or with one of the CTE `siapa`. -#}
{% macro _yang_berbagi(bersama, siapa) -%}
    {%- for kolom in bersama %}
        union
        select lama.id
        from {{ this }} as lama
        where lama.{{ kolom }} in (
            select {{ kolom }} from baru
            union all
            select sebelum.{{ kolom }} from {{ this }} as sebelum
            where sebelum.id in (select id from {{ siapa }})
        )
    {%- endfor %}
{%- endmacro %}

{#- ——— How the rows are replaced ——— -#}

{#- Notes the keys of `relasi` under each name that the model's meta.catat gives, {name: expression}. -#}
{% macro catat_kunci(relasi, syarat="true") -%}
    {%- for apa, kunci in config.get("meta", {}).get("catat", {}).items() %}
    insert into gudang.perubahan (apa, kunci)
    select distinct {{ apa }}, {{ kunci }} from {{ relasi }} where ({{ kunci }}) is not null and {{ syarat }};
    {%- endfor %}
{%- endmacro %}

{#- incremental_strategy `ganti`: the rows that meet meta.lama go, those that were made come, both sides' keys noted. -#}
{% macro get_incremental_ganti_sql(arg_dict) -%}
    {%- set lama = config.get("meta")["lama"] -%}
    {{ catat_kunci(arg_dict["target_relation"], lama) }}
    {{ catat_kunci(arg_dict["temp_relation"]) }}
    {{ simpan_selisih(arg_dict, lama) }}
    delete from {{ arg_dict["target_relation"] }} where {{ lama }};
    {{ _sisipkan(arg_dict) }}
{%- endmacro %}

{#-
  incremental_strategy `ganti_yang_beda`: a record always stays a record, so what was made replaces the row of its id,
  and only where anything in it differs.
-#}
{% macro get_incremental_ganti_yang_beda_sql(arg_dict) -%}
    {%- set baru, lama = arg_dict["temp_relation"], arg_dict["target_relation"] -%}
    delete from {{ baru }} as baru
    using {{ lama }} as lama
    where baru.id = lama.id and row(baru.*) is not distinct from row(lama.*);
    {{ catat_kunci(lama, "id in (select id from " ~ baru ~ ")") }}
    {{ catat_kunci(baru) }}
    {{ simpan_selisih(arg_dict, "id in (select id from " ~ baru ~ ")") }}
    delete from {{ lama }} where id in (select id from {{ baru }});
    {{ _sisipkan(arg_dict) }}
{%- endmacro %}

{% macro _sisipkan(arg_dict) -%}
    {%- set kolom = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    insert into {{ arg_dict["target_relation"] }} ({{ kolom }}) select {{ kolom }} from {{ arg_dict["temp_relation"] }};
{%- endmacro %}

{#- ——— People ——— -#}

{#- Before int_orang__anggota is built: the records that a link of the vault gives to somebody else than before. -#}
{% macro catat_tautan() -%}
    {%- if bertahap() -%}
        insert into gudang.perubahan (apa, kunci)
        select
            'tautan' as apa,
            lama.dataset || ':' || lama.id as kunci
        from {{ this }} as lama
        left join {{ ref("stg_vault__tautan_orang") }} as tautan
            on lama.asal_id = tautan.asal_id and tautan.sampai is null
        where
            coalesce(tautan.orang_id, lama.asal_id) <> lama.orang_id
            or (tautan.orang_id is not null) <> (lama.cara = 'tautan')
            or tautan.keyakinan is distinct from lama.keyakinan
    {%- endif -%}
{%- endmacro %}

{#- The rows of int_orang__anggota whose record changed, or changed hands. -#}
{% macro catatan_orang_berubah() -%}
    (dataset, id) in (
        select
            apa,
            kunci
        from gudang.perubahan
        union all
        select
            split_part(kunci, ':', 1),
            substr(kunci, strpos(kunci, ':') + 1)
        from gudang.perubahan
        where apa = 'tautan'
    )
{%- endmacro %}

{#-
  Before the events of seekers are built: of whom they may be others than before. Whoever has a changed record; whose
  placement changed (P11: the person of the registration that it names, now or before); and whom a day since the last
  build touches (P4, P6, P10).
-#}
{% macro catat_masa() -%}
    {#- Named outside the condition: dbt learns there what a model stands on. -#}
    {%- set penempatan_dinilai, anggota = ref("int_penempatan__dinilai"), ref("int_orang__anggota") -%}
    {%- set pencari_kerja_dinilai = ref("int_pencari_kerja__dinilai") -%}
    {%- if bertahap() -%}
        insert into gudang.perubahan (apa, kunci)
        select
            'masa' as apa,
            kunci
        from gudang.perubahan
        where apa = 'orang'
        union
        select
            'masa' as apa,
            orang_id as kunci
        from {{ this }}
        where penempatan_id in {{ kunci_berubah("penempatan", bilangan=true) }}
        union
        select
            'masa' as apa,
            anggota.orang_id as kunci
        from {{ penempatan_dinilai }} as penempatan
        inner join {{ anggota }} as anggota
            on anggota.dataset = 'pencari_kerja' and penempatan.pencari_kerja_id::text = anggota.id
        where penempatan.id in {{ kunci_berubah("penempatan") }}
        union
        select
            'masa' as apa,
            anggota.orang_id as kunci
        from {{ penempatan_dinilai }} as penempatan
        inner join {{ anggota }} as anggota
            on anggota.dataset = 'pencari_kerja' and penempatan.pencari_kerja_id::text = anggota.id
        where {{ _disentuh(["penempatan.tanggal_mulai"]) }}
        union
        select
            'masa' as apa,
            anggota.orang_id as kunci
        from {{ pencari_kerja_dinilai }} as pencari_kerja
        inner join {{ anggota }} as anggota
            on anggota.dataset = 'pencari_kerja' and pencari_kerja.id = anggota.id
        where
            pencari_kerja.layak
            and {{ _disentuh([
                "pencari_kerja.tanggal_daftar",
                "pencari_kerja.tanggal_daftar + make_interval(months => " ~ var("lapse_bulan") ~ ")",
                "pencari_kerja.tanggal_daftar + make_interval(months => " ~ var("kartu_bulan") ~ ")",
                "pencari_kerja.tanggal_lapor_terakhir",
                "pencari_kerja.tanggal_lapor_terakhir + make_interval(months => " ~ var("lapse_bulan") ~ ")",
                "pencari_kerja.tanggal_kedaluwarsa",
                "pencari_kerja.tanggal_dihapus",
                "(pencari_kerja.deleted_at at time zone 'Asia/Jakarta')::date",
            ]) }};
        {{ _hitung_perubahan() }}
    {%- endif -%}
{%- endmacro %}

{#- After keys were noted by which a model joins its own CTEs: taken for one, each would be compared with each. -#}
{% macro _hitung_perubahan() -%} analyze gudang.perubahan {%- endmacro %}

{#- ——— Vacancies ——— -#}

{#-
  Before the fills of vacancies are made: of which they, or the events made of them, may be others than before. The
  changed record; the vacancy that a changed placement names, now (L2) or before; the changed employer's, which lends its
  line of business; and whatever a day since the last build touches (L1-L5).
-#}
{% macro catat_pengisian() -%}
    {%- set lowongan_dinilai, penempatan_dinilai = ref("int_lowongan__dinilai"), ref("int_penempatan__dinilai") -%}
    {%- if bertahap() -%}
        insert into gudang.perubahan (apa, kunci)
        select
            'pengisian' as apa,
            lowongan_id::text as kunci
        from (
            select {{ baca_bilangan("kunci") }} as lowongan_id
            from gudang.perubahan
            where apa = 'lowongan'
            union
            select lowongan_id
            from {{ this }}
            where penempatan_id in {{ kunci_berubah("penempatan", bilangan=true) }}
            union
            select lowongan_id
            from {{ penempatan_dinilai }}
            where id in {{ kunci_berubah("penempatan") }}
            union
            select lowongan_id
            from {{ penempatan_dinilai }}
            where {{ _disentuh(["tanggal_mulai"]) }}
            union
            select lowongan_id
            from {{ lowongan_dinilai }}
            where pemberi_kerja_id in {{ kunci_berubah("pemberi_kerja", bilangan=true) }}
            union
            select lowongan_id
            from {{ lowongan_dinilai }}
            where {{ _disentuh([
                "tanggal_buka",
                "tanggal_tutup",
                "tanggal_terpenuhi",
                "tanggal_dihapus",
                "(deleted_at at time zone 'Asia/Jakarta')::date",
            ]) }}
        ) as lowongan
        where lowongan_id is not null;
        {{ _hitung_perubahan() }}
    {%- endif -%}
{%- endmacro %}

{#- ——— The clock ——— -#}

{#- Whether any of the days has come since the last build; of no row, and no row is read, if this is the same day. -#}
{% macro _disentuh(hari) -%}
    (
    {{ hari_lalu() }} < {{ hari_ini() }}
    and (
    {%- for satu in hari %}
        ({{ satu }} > {{ hari_lalu() }} and {{ satu }} <= {{ hari_ini() }}){{ " or" if not loop.last }}
    {%- endfor %}
    ))
{%- endmacro %}

{#- ——— Data tests ——— -#}

{#-
  Restricts a data test of a build of what changed to the rows that such a build made: the others were tested when they
  were made, and the build after a failed test makes everything. Any other run of the test looks at every row.
-#}
{% macro hanya_yang_dibangun(syarat, kata="and") -%}
    {%- if execute and env_var("BATANG_BERTAHAP", "") %} {{ kata }} {{ syarat }} {%- endif -%}
{%- endmacro %}
