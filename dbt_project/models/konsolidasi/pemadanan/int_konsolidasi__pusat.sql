{{ config(materialized='view') }}

-- The centre's records as they now stand, withdrawn ones among them.
{% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
    select
        '{{ nama }}' as domain,
        asal.id as id_siapkerja,
        asal._versi as versi,
        asal.id_daerah,
        asal.id_daerah is null as entri,
        -- Of this domain and not repeated: a key can then meet only its own record.
        case
            when berulang.versi is null and starts_with(asal.id_daerah, 'batang:{{ nama }}:')
                then asal.id_daerah
        end as kunci,
        -- Only an entry of the centre is found by its subject; what we sent is found by its own key.
        {% if pengenal == "orang" %}
            case
                when
                    asal.id_daerah is null
                    and asal.nik_panjang = 16
                    and asal.nik_angka is not true
                    and asal.nik_struktur_sah
                    then asal.orang_token
            end as pengenal,
        {% elif pengenal %}
            case when asal.id_daerah is null then asal.{{ pengenal }} end as pengenal,
        {% else %}
            null::text as pengenal,
        {% endif %}
        berulang.versi is not null as berulang,
        coalesce(asal.ditarik = 'true', false) as ditarik,
        -- Joined to one text: a subquery of each row would keep the server from using its second core.
        coalesce(array_to_string(asal._catatan, ' ') like '%tidak\_terbaca:%', false) as dikarantina,
        asal.diubah_pada,
        asal.sidik_data,
        {{ kecamatan_laporan("asal.kode_wilayah" if berwilayah else "null::text") }} as kode_kecamatan,
        {{ "coalesce(asal.sumber_dana = 'APBD', false)" if nama == "pelatihan" else "false" }} as apbd,
        {% if nama == "pencari-kerja" %}
            coalesce(
                asal.tanggal_kedaluwarsa < {{ hari_ini() }}::text
                and asal.tanggal_kedaluwarsa ~ '^\d{4}-\d\d-\d\d$',
                false
            ) as lewat,
        {% else %}
            false as lewat,
        {% endif %}
        {% if nama in ("pencari-kerja", "lowongan") %}
            coalesce(asal.status = 'DIHAPUS', false) as di_luar_definisi,
        {% else %}
            false as di_luar_definisi,
        {% endif %}
        {{ versi_klasifikasi(nama) }} as versi_klasifikasi
    from {{ source("siapkerja", "siapkerja__" ~ nama | replace("-", "_")) }} as asal
    left join {{ ref("int_konsolidasi__usang") }} as digantikan
        on
            digantikan.domain = '{{ nama }}'
            and digantikan.keadaan = 'digantikan'
            and asal._versi = digantikan.versi
    left join {{ ref("int_konsolidasi__usang") }} as berulang
        on
            berulang.domain = '{{ nama }}'
            and berulang.keadaan = 'berulang'
            and asal._versi = berulang.versi
    where digantikan.versi is null
    {{ "union all" if not loop.last }}
{% endfor %}
