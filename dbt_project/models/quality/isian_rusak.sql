{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": "(replace(dataset, '-', '_'), id) in (select apa, kunci from gudang.perubahan)"},
) }}
{% set daftar = daftar_isian() %}
-- Value by value, also where the row itself flows. Only rows that broke one of the rules are looked at again, and
-- of them only the values whose own rule is broken: to read a value costs far more than to look at a verdict. They are
-- one array a row, since PostgreSQL prepares every line of a VALUES list anew for each.
{% for d, isian in daftar %}
    {% set kolom_aturan, jenis = [], [] %}
    {% for kolom, cara, aturan, pilihan in isian %}
        {% do kolom_aturan.append((kolom, aturan)) %}
        {% do jenis.append((aturan, jenis_isian(kolom, cara, aturan, pilihan))) %}
        {% if cara == "nik" %}
            {% do kolom_aturan.append((kolom, pilihan["susunan"])) %}
            {% do jenis.append((pilihan["susunan"], jenis_isian(kolom, "susunan", aturan, pilihan))) %}
        {% endif %}
    {% endfor %}
    select
        '{{ d | replace("_", "-") }}' as dataset,
        dinilai.id,
        dinilai.periode,
        rusak.kolom,
        rusak.aturan,
        rusak.jenis,
        not dinilai.layak as ditahan
    from {{ ref("int_" ~ d ~ "__dinilai") }} as dinilai
    inner join {{ source("batang_career", d) }} as mentah on dinilai.versi = mentah._versi
    cross join lateral unnest(
        array[{% for kolom, aturan in kolom_aturan %}'{{ kolom }}'{{ ", " if not loop.last }}{% endfor %}],
        array[{% for kolom, aturan in kolom_aturan %}'{{ aturan }}'{{ ", " if not loop.last }}{% endfor %}],
        array[
            {%- for aturan, ungkapan in jenis %}
            case when not dinilai.lolos_{{ aturan | lower }} then {{ ungkapan }} end{{ "," if not loop.last }}
            {%- endfor %}
        ]
    ) as rusak (kolom, aturan, jenis)
    where
        dinilai.deleted_at is null
        and rusak.jenis is not null
        and not (
            {%- for aturan in isian | map(attribute=2) | unique %}
            dinilai.lolos_{{ aturan | lower }}{{ " and" if not loop.last }}
            {%- endfor %}
            {%- for kolom, cara, aturan, pilihan in isian if cara == "nik" %}
            and dinilai.lolos_{{ pilihan["susunan"] | lower }}
            {%- endfor %}
        )
        {{ hanya_yang_berubah("dinilai.id in " ~ kunci_berubah(d)) }}
    union all
    select
        '{{ d | replace("_", "-") }}' as dataset,
        dinilai.id,
        dinilai.periode,
        split_part(pintu.catatan, ':', 2) as kolom,
        '{{ aturan_teks(d) }}' as aturan,
        split_part(pintu.catatan, ':', 1) as jenis,
        not dinilai.layak as ditahan
    from {{ ref("int_" ~ d ~ "__dinilai") }} as dinilai
    cross join lateral unnest(dinilai.catatan) as pintu (catatan)
    where
        dinilai.deleted_at is null
        and cardinality(dinilai.catatan) > 0
        {{ hanya_yang_berubah("dinilai.id in " ~ kunci_berubah(d)) }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
