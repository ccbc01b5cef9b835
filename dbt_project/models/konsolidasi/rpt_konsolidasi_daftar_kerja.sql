{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- One row a difference, with who can mend it. A placement or vacancy that waits here is its employer's to
-- mend, a training its institution's; keys only, no person.
select
    selisih.domain,
    selisih.id_daerah,
    selisih.id_siapkerja,
    selisih.padanan,
    selisih.hubungan,
    selisih.sebab,
    coalesce(selisih.kecamatan_daerah, selisih.kecamatan_pusat) as kode_kecamatan,
    sebab.kelompok,
    case
        when sebab.penanggung_jawab = 'dinas' and sebab.kelompok in ('ditolak', 'karantina')
            then case
                when selisih.domain in ('lowongan', 'pemberi-kerja', 'penempatan') then 'pemberi_kerja'
                when selisih.domain = 'pelatihan' then 'lpk'
                else 'dinas'
            end
        else sebab.penanggung_jawab
    end as penanggung_jawab,
    coalesce(
        'pemberi kerja ' || coalesce(penempatan.pemberi_kerja_id, lowongan.pemberi_kerja_id)::text,
        pelatihan.lembaga
    ) as pihak
from {{ ref("int_konsolidasi__selisih") }} as selisih
left join {{ ref("ref_konsolidasi_sebab") }} as sebab
    on selisih.sebab = sebab.sebab and selisih.hubungan = sebab.hubungan
left join {{ ref("fct_penempatan") }} as penempatan
    on selisih.domain = 'penempatan' and selisih.id_daerah = penempatan.id_daerah
left join {{ ref("fct_lowongan") }} as lowongan
    on selisih.domain = 'lowongan' and selisih.id_daerah = lowongan.id_daerah
left join {{ ref("fct_peserta_pelatihan") }} as pelatihan
    on selisih.domain = 'pelatihan' and selisih.id_daerah = pelatihan.id_daerah
