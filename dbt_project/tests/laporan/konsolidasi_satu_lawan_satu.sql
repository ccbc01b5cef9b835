{{ config(tags=['konsolidasi']) }}

-- A record of either side stands in the pairing once, and each row says where, with what every report needs.
select
    domain,
    coalesce(id_daerah, id_siapkerja) as kunci
from {{ ref('int_konsolidasi__padanan') }}
group by grouping sets ((domain, id_daerah), (domain, id_siapkerja))
having count(*) > 1 and coalesce(id_daerah, id_siapkerja) is not null
union all
select
    domain,
    coalesce(id_daerah, id_siapkerja) as kunci
from {{ ref('int_konsolidasi__padanan') }}
where
    domain is null
    or apbd is null
    or kode_sub_kegiatan is null
    or hubungan is null
    or (hubungan = 'hanya_pusat') <> (id_daerah is null)
    or (hubungan = 'hanya_daerah') <> (id_siapkerja is null)
    or (id_daerah is null) <> (kecamatan_daerah is null)
    or (id_siapkerja is null) <> (kecamatan_pusat is null)
    or (id_siapkerja is null) <> (versi_pusat is null)
    or (id_siapkerja is null) <> (pusat_diubah_pada is null)
