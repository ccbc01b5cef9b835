-- A person is in the stock once: a spell starts after the one before has ended, and ends no earlier than it
-- started.
with masa as (
    select
        orang_id,
        pendaftaran_id,
        min(tanggal_peristiwa) filter (where jenis = 'terdaftar') as mulai,
        max(tanggal_peristiwa) filter (where jenis in ('ditempatkan', 'dihapus', 'kedaluwarsa')) as selesai,
        max(tanggal_peristiwa) filter (where jenis = 'lapor') as lapor_terakhir
    from {{ ref('fct_peristiwa_pencari_kerja') }}
    {{ hanya_yang_dibangun("orang_id in " ~ kunci_berubah("masa"), "where") }}
    group by 1, 2
),

berurutan as (
    select
        *,
        lead(mulai) over (partition by orang_id order by mulai, pendaftaran_id) as mulai_berikutnya
    from masa
)

select *
from berurutan
where
    mulai is null
    or selesai < mulai
    or lapor_terakhir > selesai
    or mulai_berikutnya <= coalesce(selesai, 'infinity')
