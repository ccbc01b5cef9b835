{{ config(materialized='table', schema='intermediate', tags=['konsolidasi'], contract={'enforced': true}) }}

-- The centre's records as they now stand, withdrawn ones among them. A record that was entered at the centre
-- belongs to the person of the regency with the same NIK, where there is one; else to the person whom the vault's
-- linkage found, where it found one.
with tautan as (
    select
        asal_id,
        orang_id
    from {{ source("tautan", "tautan_pusat") }}
    where sampai is null
),

orang as (
    select distinct on (orang_token)
        orang_token,
        orang_id
    from {{ ref("int_orang__anggota") }}
    where orang_token is not null
    order by orang_token, orang_id
),

versi as (
    {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
        {% set tabel = "siapkerja__" ~ nama | replace("-", "_") %}
        (
            select distinct on (id)
                '{{ nama }}' as domain,
                id as id_siapkerja,
                id_daerah,
                {% if pengenal == "orang" %}
                    case
                        when nik_panjang = 16 and nik_angka is not true and nik_struktur_sah then orang_token
                    end as pengenal,
                {% else %}
                    {{ pengenal or "null::text" }} as pengenal,
                {% endif %}
                '{{ tabel }}:' || id as kunci,
                coalesce(ditarik = 'true', false) as ditarik,
                diubah_pada::timestamptz as diubah_pada,
                sidik_data,
                {{ "asal.kode_wilayah" if berwilayah else "null::text" }} as kode_wilayah,
                {% if nama == "pelatihan" %}sumber_dana = 'APBD'{% else %}false{% endif %} as apbd,
                {% if nama == "pencari-kerja" %}
                    tanggal_kedaluwarsa ~ '^\d{4}-\d\d-\d\d$' and tanggal_kedaluwarsa < {{ hari_ini() }}::text
                {% else %}
                    false
                {% endif %} as lewat,
                {% if nama in ("pencari-kerja", "lowongan") %}status = 'DIHAPUS'{% else %}false{% endif %}
                    as di_luar_definisi,
                {{ versi_klasifikasi(nama) }} as versi_klasifikasi,
                _versi
            from {{ source("siapkerja", tabel) }} as asal
            order by asal.id asc, asal.diubah_pada::timestamptz desc, asal._versi desc
        )
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    versi.domain,
    versi.id_siapkerja,
    versi.id_daerah,
    coalesce(orang.orang_id, tautan.orang_id, versi.pengenal) as pengenal,
    orang.orang_id is null and tautan.orang_id is not null as tertaut,
    versi.ditarik,
    versi.diubah_pada,
    versi.sidik_data,
    versi.versi_klasifikasi,
    {{ kecamatan_laporan("versi.kode_wilayah") }} as kode_kecamatan,
    coalesce(versi.apbd, false) as apbd,
    coalesce(versi.lewat, false) as lewat,
    coalesce(versi.di_luar_definisi, false) as di_luar_definisi,
    row_number() over (
        partition by versi.domain, versi.ditarik, versi.id_daerah
        order by versi.diubah_pada desc, versi._versi desc, versi.id_siapkerja
    ) as urutan_id
from versi
left join orang on versi.pengenal = orang.orang_token
left join tautan on coalesce(versi.pengenal, versi.kunci) = tautan.asal_id
