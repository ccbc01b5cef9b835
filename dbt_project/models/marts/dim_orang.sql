{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": "orang_id in " ~ kunci_berubah("orang")},
) }}
-- One golden record a person. Every attribute survives on its own: what passed the rules before what did not,
-- then the dataset that knows it best, then the newest, then the record's key. The same records always give
-- the same row.
{% set nilai_orang = ["tanggal_lahir", "jenis_kelamin", "kode_wilayah", "pendidikan", "disabilitas"] %}
{% set sumber_orang = {
    "pencari_kerja": nilai_orang,
    "penduduk_bekerja": ["tanggal_lahir", "jenis_kelamin", "kode_wilayah", "pendidikan"],
    "peserta_pelatihan": ["tanggal_lahir", "jenis_kelamin", "kode_wilayah", "pendidikan"],
    "penempatan": ["tanggal_lahir", "jenis_kelamin"],
} %}
{% set kenal = "layak desc, urutan_dataset asc, diubah_pada desc" %}
{% set terbaru = "layak desc, diubah_pada desc, urutan_dataset asc" %}
with catatan as (
    {% for dataset, ada in sumber_orang.items() %}
        select
            '{{ dataset }}' as dataset,
            {{ loop.index }} as urutan_dataset,
            id,
            layak,
            coalesce(nik_tanggal_lahir = tanggal_lahir, false) as sama_dengan_nik,
            coalesce(nik_jenis_kelamin = jenis_kelamin, false) as sama_jenis_kelamin,
            {% for kolom in nilai_orang %}
                {{ kolom if kolom in ada else "null::text as " ~ kolom }},
            {% endfor %}
            created_at,
            updated_at,
            diterima_pada
        from {{ ref("int_" ~ dataset ~ "__dinilai") }}
        where deleted_at is null
        {{ "union all" if not loop.last }}
    {% endfor %}
),

anggota as (
    select
        orang.orang_id,
        orang.orang_token,
        orang.cara,
        orang.keyakinan,
        orang.asal_id,
        catatan.*,
        coalesce(catatan.updated_at, catatan.diterima_pada) as diubah_pada
    from catatan
    inner join {{ ref("int_orang__anggota") }} as orang
        on catatan.dataset = orang.dataset and catatan.id = orang.id
    {{ hanya_yang_berubah("orang.orang_id in " ~ kunci_berubah("orang"), "where") }}
    {{ sekali_hitung() }}
)

select
    orang_id,
    min(orang_token) as orang_token,
    count(distinct orang_token)::int as jumlah_nik,
    case
        when bool_or(cara = 'tautan') then 'tautan'
        when bool_or(cara = 'nik') then 'nik'
        else 'sendiri'
    end as cara,
    min(keyakinan) as keyakinan,
    {{ nilai_terpilih("tanggal_lahir", "sama_dengan_nik desc, " ~ kenal) }} as tanggal_lahir,
    {{ nilai_terpilih("jenis_kelamin", "sama_jenis_kelamin desc, " ~ kenal) }} as jenis_kelamin,
    {{ nilai_terpilih("kode_wilayah", terbaru) }} as kode_wilayah,
    left({{ nilai_terpilih("kode_wilayah", terbaru) }}, 6) as kode_kecamatan,
    {{ nilai_terpilih("pendidikan", kenal) }} as pendidikan,
    {{ nilai_terpilih("disabilitas", kenal) }} as disabilitas,
    count(*) filter (where dataset = 'pencari_kerja') as jumlah_pencari_kerja,
    count(*) filter (where dataset = 'peserta_pelatihan') as jumlah_peserta_pelatihan,
    count(*) filter (where dataset = 'penempatan') as jumlah_penempatan,
    count(*) filter (where dataset = 'penduduk_bekerja') as jumlah_penduduk_bekerja,
    count(*) filter (where cara = 'tautan') as jumlah_ditautkan,
    count(*) filter (where layak) as jumlah_layak,
    min(coalesce(created_at, diubah_pada)) as pertama_terlihat,
    max(diubah_pada) as terakhir_terlihat
from anggota
group by orang_id
