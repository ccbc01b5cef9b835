-- Which facts differ on a record that both sides hold. Where none does although the fingerprints differ, the
-- difference lies in what only the vault may read: name, NIK, address, telephone, mail.
{% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
    {% set tabel = "siapkerja__" ~ nama | replace("-", "_") %}
    (
        with berbeda as (
            select
                padanan.id_daerah,
                padanan.id_siapkerja,
                padanan.pusat_diubah_pada > padanan.daerah_diubah_pada as pusat_lebih_baru,
                array_remove(
                    array[
                        {% for bidang, kolom in bidang_konsolidasi(nama) %}
                            case
                                when
                                    coalesce(pusat.{{ bidang }}, '') <> coalesce(daerah.{{ kolom }}::text, '')
                                    then '{{ bidang }}'
                            end{{ "," if not loop.last }}
                        {% endfor %}
                    ],
                    null
                ) as bidang
            from {{ ref("int_konsolidasi__padanan") }} as padanan
            inner join {{ ref(mart) }} as daerah on padanan.id_daerah = daerah.id_daerah
            inner join {{ source("siapkerja", tabel) }} as pusat on padanan.versi_pusat = pusat._versi
            where padanan.domain = '{{ nama }}' and padanan.hubungan = 'beda'
        )

        select
            '{{ nama }}' as domain,
            berbeda.id_daerah,
            berbeda.id_siapkerja,
            satu.bidang,
            berbeda.pusat_lebih_baru
        from berbeda
        cross join
            lateral unnest(
                case when cardinality(berbeda.bidang) = 0 then array['identitas'] else berbeda.bidang end
            ) as satu (bidang)
    )
    {{ "union all" if not loop.last }}
{% endfor %}
