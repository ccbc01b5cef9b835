-- Whose record this is. One NIK, one person; a record without one is a person of its own.
{% for dataset in ["pencari_kerja", "peserta_pelatihan", "penempatan", "penduduk_bekerja"] %}
    select
        '{{ dataset }}' as dataset,
        id,
        orang_token,
        coalesce(orang_token::text, '{{ dataset }}:' || id) as orang_id,
        case when orang_token is null then 'sendiri' else 'nik' end as cara
    from {{ ref("stg_batang_career__" ~ dataset) }}
    {{ "union all" if not loop.last }}
{% endfor %}
