{{ config(
    materialized='table',
    unlogged=true,
    schema='intermediate',
    tags=['konsolidasi'],
    contract={'enforced': true},
    pre_hook="{{ rencana_konsolidasi() }}"
) }}

-- The centre's records as they now stand, withdrawn ones among them. A record that was entered at the centre
-- belongs to the person of the regency with the same NIK, where there is one; else to the person whom
-- the vault's linkage found, where it found one.
-- Sorts begin with a hash of the key: whole numbers compare many times faster than keys that begin alike.
with tautan as (
    select
        asal_id,
        orang_id
    from {{ source("tautan", "tautan_pusat") }}
    where sampai is null
),

entri as (
    {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() if pengenal == "orang" %}
        select orang_token from {{ source("siapkerja", "siapkerja__" ~ nama | replace("-", "_")) }}
        where id_daerah is null
        {{ "union" if not loop.last }}
    {% endfor %}
),

orang as (
    select
        orang_token,
        min(orang_id) as orang_id
    from {{ ref("int_orang__anggota") }}
    where orang_token in (select entri.orang_token from entri)
    group by orang_token
),

versi as (
    {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
        {% set tabel = "siapkerja__" ~ nama | replace("-", "_") %}
        (
            select distinct on (hashtextextended(id, 0), id)
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
                    tanggal_kedaluwarsa < {{ hari_ini() }}::text and tanggal_kedaluwarsa ~ '^\d{4}-\d\d-\d\d$'
                {% else %}
                    false
                {% endif %} as lewat,
                {% if nama in ("pencari-kerja", "lowongan") %}status = 'DIHAPUS'{% else %}false{% endif %}
                    as di_luar_definisi,
                {{ versi_klasifikasi(nama) }} as versi_klasifikasi,
                _versi
            from {{ source("siapkerja", tabel) }} as asal
            order by
                hashtextextended(asal.id, 0) asc,
                asal.id asc,
                asal.diubah_pada::timestamptz desc,
                asal._versi desc
        )
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    versi.domain,
    versi.id_siapkerja,
    versi.id_daerah,
    -- Only an entry of the centre is found by its subject; what we sent is found by its own key.
    case
        when versi.id_daerah is null then coalesce(orang.orang_id, tautan.orang_id, versi.pengenal)
    end as pengenal,
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
        partition by hashtextextended(versi.id_daerah, 0), versi.id_daerah, versi.domain, versi.ditarik
        order by versi.diubah_pada desc, versi._versi desc, versi.id_siapkerja
    ) as urutan_id
from versi
left join orang on versi.id_daerah is null and versi.pengenal = orang.orang_token
left join tautan on versi.id_daerah is null and coalesce(versi.pengenal, versi.kunci) = tautan.asal_id
