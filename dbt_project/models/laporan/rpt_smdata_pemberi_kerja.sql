{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Employers recorded by the month's last day. The section letter travels with its edition: KBLI 2025
-- shifted K to V.
with pemberi_kerja as (
    select
        {{ atau_tidak_diketahui('kode_kecamatan') }} as kode_kecamatan,
        {{ atau_tidak_diketahui('kategori_kbli') }} as kategori_kbli,
        {{ atau_tidak_diketahui('versi_kbli') }} as versi_kbli,
        tenaga_kerja_l,
        tenaga_kerja_p,
        (created_at at time zone 'Asia/Jakarta')::date as tanggal_dicatat
    from {{ ref('dim_pemberi_kerja') }}
)

select
    rentang.rentang,
    rentang.periode,
    'semua' as cakupan,
    pemberi_kerja.kode_kecamatan,
    {{ nama_kecamatan('pemberi_kerja.kode_kecamatan') }} as kecamatan,
    pemberi_kerja.kategori_kbli,
    pemberi_kerja.versi_kbli,
    count(*) as jumlah,
    coalesce(sum(pemberi_kerja.tenaga_kerja_l), 0)::bigint as tenaga_kerja_l,
    coalesce(sum(pemberi_kerja.tenaga_kerja_p), 0)::bigint as tenaga_kerja_p
from ({{ rentang_laporan() }}) as rentang
inner join pemberi_kerja on rentang.hari_terakhir >= pemberi_kerja.tanggal_dicatat
{{ gabung_kecamatan('pemberi_kerja.kode_kecamatan') }}
group by 1, 2, 3, 4, 5, 6, 7
