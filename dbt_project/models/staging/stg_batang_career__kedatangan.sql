{{ config(
    materialized="incremental", incremental_strategy="ganti",
    indexes=[{"columns": ["dataset", "id"], "unique": true}],
    meta={"lama": "(dataset, id) in (" ~ kunci_datang() ~ ")"},
) }}
-- When we first learnt of a record, and of the removal and the fills that it states now: of the unbroken run
-- of versions that end with the current one and all state it, the first to arrive. Restored in between, or
-- keyed in anew, it is another removal, known since it was stated again.
{% set dihapus = jumlah_terisi(["deleted_at", "tanggal_dihapus"]) ~ " > 0" %}
{% set terisi = "num_nonnulls(nullif(btrim(terisi_l, ' 0'), ''), nullif(btrim(terisi_p, ' 0'), '')) > 0" %}
{% set tanda = {
    "pencari_kerja": {"penghapusan": dihapus, "pengisian": "false"},
    "lowongan": {"penghapusan": dihapus, "pengisian": terisi},
    "penempatan": {"penghapusan": jumlah_terisi(["deleted_at"]) ~ " > 0", "pengisian": "false"},
} %}
with
{% for dataset, menyatakan in tanda.items() %}
    {{ dataset }} as (
        select
            id,
            count(*) as banyak_versi,
            min(_diterima_pada) as pertama,
            min(_diterima_pada) filter (where {{ menyatakan.penghapusan }}) as penghapusan,
            min(_diterima_pada) filter (where {{ menyatakan.pengisian }}) as pengisian
        from {{ source("batang_career", dataset) }}
        where
            {{ diketahui_sampai('_diterima_pada') }}
            {{ hanya_yang_berubah("id in " ~ kunci_berubah("datang:" ~ dataset)) }}
        group by id
    ),

    -- Only where one of several versions states anything is there a run to look for: of few records.
    {{ dataset }}_berturut as (
        select
            asal.id,
            asal._diterima_pada,
            bool_and({{ menyatakan.penghapusan }}) over sejak_itu as terus_dihapus,
            bool_and({{ menyatakan.pengisian }}) over sejak_itu as terus_terisi
        from {{ source("batang_career", dataset) }} as asal
        {{ gabung_hilang(dataset | replace("_", "-")) }}
        where
            {{ diketahui_sampai('asal._diterima_pada') }}
            and asal.id in (
                select bertanda.id
                from {{ dataset }} as bertanda
                where bertanda.banyak_versi > 1 and num_nonnulls(bertanda.penghapusan, bertanda.pengisian) > 0
            )
        window
            sejak_itu as (
                partition by asal.id
                order by {{ urutan_versi("asal") }}
                rows between current row and unbounded following
            )
    ),

    {{ dataset }}_kini as (
        select
            id,
            min(_diterima_pada) filter (where terus_dihapus) as penghapusan,
            min(_diterima_pada) filter (where terus_terisi) as pengisian
        from {{ dataset }}_berturut
        group by id
    ){{ "," if not loop.last }}
{% endfor %}

{% for dataset in tanda %}
    select
        '{{ dataset }}' as dataset,
        semua.id,
        semua.pertama,
        case when kini.id is null then semua.penghapusan else kini.penghapusan end as penghapusan,
        case when kini.id is null then semua.pengisian else kini.pengisian end as pengisian
    from {{ dataset }} as semua
    left join {{ dataset }}_kini as kini on semua.id = kini.id
    {{ "union all" if not loop.last }}
{% endfor %}
