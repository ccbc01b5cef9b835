select
    replace(kode_kemendagri, '.', '')::text as kode_wilayah,
    nama::text as nama,
    jenis::text as jenis,
    replace(kode_kecamatan, '.', '')::text as kode_kecamatan,
    kecamatan::text as kecamatan,
    kode_bps::text as kode_bps
from {{ ref("ref_wilayah") }}
