{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- One row a difference, with who can mend it. A placement or vacancy that waits here is its employer's to
-- mend, a training its institution's; keys only, no person.
select
    padanan.domain,
    padanan.id_daerah,
    padanan.id_siapkerja,
    padanan.padanan,
    padanan.hubungan,
    padanan.sebab,
    coalesce(padanan.kecamatan_daerah, padanan.kecamatan_pusat) as kode_kecamatan,
    sebab.kelompok,
    case
        when sebab.penanggung_jawab = 'dinas' and sebab.kelompok in ('ditolak', 'karantina')
            then case
                when padanan.domain in ('lowongan', 'pemberi-kerja', 'penempatan') then 'pemberi_kerja'
                when padanan.domain = 'pelatihan' then 'lpk'
                else 'dinas'
            end
        else sebab.penanggung_jawab
    end as penanggung_jawab,
    coalesce(
        'pemberi kerja ' || coalesce(penempatan.pemberi_kerja_id, lowongan.pemberi_kerja_id)::text,
        pelatihan.lembaga
    ) as pihak
from {{ ref("int_konsolidasi__padanan") }} as padanan
left join {{ ref("ref_konsolidasi_sebab") }} as sebab
    on padanan.sebab = sebab.sebab and padanan.hubungan = sebab.hubungan
left join {{ ref("fct_penempatan") }} as penempatan
    on padanan.domain = 'penempatan' and padanan.id_daerah = penempatan.id_daerah
left join {{ ref("fct_lowongan") }} as lowongan
    on padanan.domain = 'lowongan' and padanan.id_daerah = lowongan.id_daerah
left join {{ ref("fct_peserta_pelatihan") }} as pelatihan
    on padanan.domain = 'pelatihan' and padanan.id_daerah = pelatihan.id_daerah
where padanan.hubungan <> 'cocok'
