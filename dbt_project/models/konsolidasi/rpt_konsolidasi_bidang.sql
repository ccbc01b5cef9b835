{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Which facts differ on records that both sides hold. Where none does although the fingerprints differ, the
-- difference lies in what only the vault may read: name, NIK, address, telephone, mail. A field without a
-- rule of its own follows the side that changed last.
with berbeda as (
    {% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
        select
            selisih.domain,
            selisih.pusat_diubah_pada > selisih.daerah_diubah_pada as pusat_lebih_baru,
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
        from {{ ref("int_konsolidasi__selisih") }} as selisih
        inner join {{ ref(mart) }} as daerah on selisih.id_daerah = daerah.id_daerah
        inner join {{ source("siapkerja", "siapkerja__" ~ nama | replace("-", "_")) }} as pusat
            on selisih.versi_pusat = pusat._versi
        where selisih.domain = '{{ nama }}' and selisih.hubungan = 'beda'
        {{ "union all" if not loop.last }}
    {% endfor %}
),

satu as (
    select
        domain,
        pusat_lebih_baru,
        unnest(case when cardinality(bidang) = 0 then array['identitas'] else bidang end) as bidang
    from berbeda
)

select
    satu.domain,
    satu.bidang,
    count(*) as jumlah,
    count(*) filter (where not satu.pusat_lebih_baru) as daerah_lebih_baru,
    count(*) filter (where satu.pusat_lebih_baru) as pusat_lebih_baru,
    coalesce(aturan.pemenang, 'terbaru') as pemenang
from satu
left join {{ ref("ref_konsolidasi_bidang") }} as aturan on satu.bidang = aturan.bidang
group by satu.domain, satu.bidang, aturan.pemenang
