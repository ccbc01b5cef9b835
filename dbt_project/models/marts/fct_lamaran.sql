{{ config(
    materialized="incremental", incremental_strategy="ganti",
    meta={"lama": catatan_berubah("lamaran", "lamaran_id", bilangan=true)},
) }}
select
    lamaran_id,
    isi_hash,
    periode,
    pencari_kerja_id,
    lowongan_id,
    tanggal_lamar,
    status,
    tanggal_status
from {{ ref("int_lamaran__dinilai") }}
where
    layak
    and deleted_at is null
    {{ hanya_yang_berubah(catatan_berubah("lamaran", "id")) }}
