-- The identities of IPK III in every cell of every table: closing = opening + registered − placed − removed,
-- and a month opens with what the month before closed with. A cell has every month since its first, so
-- months and quarters add up; what precedes its first month is nothing, unless that is the first reported
-- one.
with berurutan as (
    select
        *,
        lag(akhir) over sel as akhir_bulan_lalu,
        lag(periode) over sel as bulan_lalu,
        lead(periode) over sel as bulan_depan
    from {{ ref('rpt_ipk_arus') }}
    window
        sel as (
            partition by tabel, bagian, kode_kecamatan, kode, versi, lama_lulus, jenis_kelamin
            order by periode
        )
)

select *
from berurutan
where
    akhir <> awal + masuk - terpenuhi - dihapus
    or awal <> coalesce(akhir_bulan_lalu, case when periode = {{ awal_laporan() }} then awal else 0 end)
    or bulan_lalu <> (periode - interval '1 month')::date
    or (bulan_depan is null and periode <> date_trunc('month', {{ hari_ini() }}::timestamp)::date)
