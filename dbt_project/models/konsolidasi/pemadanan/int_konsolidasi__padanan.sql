{{ config(materialized='view') }}

-- One row for every record of either side that counts, paired one to one: those that agree, and the rest. A
-- view, so that a million pairs are written once.
select
    domain,
    id_daerah,
    id_siapkerja,
    'id_daerah' as padanan,
    hubungan,
    sebab,
    kecamatan_daerah,
    kecamatan_pusat,
    apbd,
    kode_sub_kegiatan,
    tahun_anggaran,
    daerah_diubah_pada,
    pusat_diubah_pada::timestamptz as pusat_diubah_pada,
    versi_pusat
from {{ ref("int_konsolidasi__temu") }}
where hubungan = 'cocok'
union all
select * from {{ ref("int_konsolidasi__selisih") }}
