-- When we first learnt of a record, of its removal and of its fills: of every version that is known, not of
-- the current one alone.
{% set tanda = {
    "pencari_kerja": {"penghapusan": ["deleted_at", "tanggal_dihapus"]},
    "lowongan": {"penghapusan": ["deleted_at", "tanggal_dihapus"], "pengisian": ["terisi_l", "terisi_p"]},
    "penempatan": {"penghapusan": ["deleted_at"]},
} %}
{% for dataset, kolom in tanda.items() %}
    select
        '{{ dataset }}' as dataset,
        id,
        min(_diterima_pada) as pertama,
        min(_diterima_pada) filter (
            where num_nonnulls(
                {% for k in kolom["penghapusan"] %}
                    nullif(btrim({{ k }}), ''){{ "," if not loop.last }}
                {% endfor %}
            ) > 0
        ) as penghapusan,
        {% if "pengisian" in kolom %}
            min(_diterima_pada) filter (
                where num_nonnulls(
                    {% for k in kolom["pengisian"] %}
                        nullif(nullif(btrim({{ k }}), ''), '0'){{ "," if not loop.last }}
                    {% endfor %}
                ) > 0
            ) as pengisian
        {% else %}
            null::timestamptz as pengisian
        {% endif %}
    from {{ source("batang_career", dataset) }}
    where {{ diketahui_sampai('_diterima_pada') }}
    group by id
    {{ "union all" if not loop.last }}
{% endfor %}
