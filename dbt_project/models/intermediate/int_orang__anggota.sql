{{ config(
    materialized="incremental", incremental_strategy="ganti",
    indexes=[{"columns": ["orang_id"]}],
    pre_hook="{{ catat_tautan() }}",
    meta={"lama": catatan_orang_berubah(), "catat": {"'orang'": "orang_id"}},
) }}
-- Whose record this is. A usable NIK is one person; a record without one is a person of its own; the vault's
-- links say which of these are somebody else.
with catatan as (
    {% for dataset in ["pencari_kerja", "peserta_pelatihan", "penempatan", "penduduk_bekerja"] %}
        select
            '{{ dataset }}' as dataset,
            id,
            case
                when nik_panjang = 16 and nik_angka is not true and nik_struktur_sah then orang_token
            end as orang_token
        from {{ ref("int_" ~ dataset ~ "__dinilai") }}
        {{ hanya_yang_berubah(catatan_berubah(dataset, "id"), "where") }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

asal as (
    select
        *,
        coalesce(orang_token, dataset || ':' || id) as asal_id
    from catatan
    {{ sekali_hitung() }}
),

tautan as (
    select
        asal_id,
        orang_id,
        keyakinan
    from {{ ref("stg_vault__tautan_orang") }}
    where sampai is null
)

select
    asal.dataset,
    asal.id,
    asal.orang_token,
    coalesce(tautan.orang_id, asal.asal_id) as orang_id,
    case
        when tautan.orang_id is not null then 'tautan'
        when asal.orang_token is not null then 'nik'
        else 'sendiri'
    end as cara,
    tautan.keyakinan,
    asal.asal_id
from asal
left join tautan on asal.asal_id = tautan.asal_id
