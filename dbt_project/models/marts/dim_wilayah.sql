select
    kode::text as kode_wilayah,
    nama::text as nama,
    jenis::text as jenis,
    kode_kecamatan::text as kode_kecamatan,
    kecamatan::text as kecamatan,
    kode_bps::text as kode_bps
from {{ ref("int_wilayah__digabung") }}
