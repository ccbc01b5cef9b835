{{ config(materialized='view') }}

-- Every record that the regency has, fit or not: only a fit one counts, but the others explain what the
-- centre still holds. Whose it is stands in int_orang__anggota under (dataset, id): looked up only for the
-- few records that have no partner by their key.
{% set apbd = {
    "pelatihan": "catatan.tahun_anggaran",
    "penempatan": "extract(year from catatan.tanggal_mulai)::integer",
} %}
{% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
    select
        '{{ nama }}' as domain,
        'batang:{{ nama }}:' || catatan.{{ kunci }} as id_daerah,
        {% if pengenal == "orang" %}
            '{{ dinilai | replace("int_", "") | replace("__dinilai", "") }}' as dataset,
            catatan.id,
        {% else %}
            null::text as dataset,
            null::text as id,
        {% endif %}
        {{ "null::text" if pengenal in ("orang", none) else "catatan." ~ pengenal }} as nib,
        case
            when catatan.deleted_at is not null then 'dihapus'
            when catatan.layak then 'terhitung'
            else 'dikarantina'
        end as keadaan,
        {{ kecamatan_laporan("catatan.kode_kecamatan") }} as kode_kecamatan,
        {% if nama in apbd %}
            coalesce(catatan.sumber_dana = 'APBD', false) as apbd,
            case when catatan.sumber_dana = 'APBD' then coalesce(catatan.kode_sub_kegiatan, '') else '' end
                as kode_sub_kegiatan,
            case when catatan.sumber_dana = 'APBD' then {{ apbd[nama] }} end as tahun_anggaran,
        {% else %}
            false as apbd,
            '' as kode_sub_kegiatan,
            null::integer as tahun_anggaran,
        {% endif %}
        {% if nama == "pencari-kerja" %}
            least(
                (
                    greatest(catatan.tanggal_lapor_terakhir, catatan.tanggal_daftar)
                    + make_interval(months => {{ var("lapse_bulan") }})
                )::date,
                catatan.tanggal_kedaluwarsa
            ) < {{ hari_ini() }} as lewat,
        {% else %}
            false as lewat,
        {% endif %}
        {{ versi_klasifikasi(nama) }} as versi_klasifikasi,
        catatan.updated_at as diubah_pada
    from {{ ref(dinilai) }} as catatan
    where catatan.{{ kunci }} is not null
    {{ "union all" if not loop.last }}
{% endfor %}
