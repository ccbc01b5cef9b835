{{ config(materialized="incremental", incremental_strategy="ganti_yang_beda") }}
-- Made for every vacancy each time, since one NIB decides about all its branches; kept is what differs.
select
    lowongan.id,
    lowongan.lowongan_id,
    coalesce(usaha.pemberi_kerja_id::text, 'tidak_diketahui') as pemberi_kerja_id
from {{ ref('int_lowongan__dinilai') }} as lowongan
left join (
    select
        pemberi_kerja_id as cabang,
        min(pemberi_kerja_id) over (
            partition by coalesce('nib:' || nib, pemberi_kerja_id::text)
        ) as pemberi_kerja_id
    from {{ ref('int_pemberi_kerja__dinilai') }}
    where pemberi_kerja_id is not null
) as usaha on lowongan.pemberi_kerja_id = usaha.cabang
