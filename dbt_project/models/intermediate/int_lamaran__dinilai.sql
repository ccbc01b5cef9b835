{{ config(
    materialized="incremental", incremental_strategy="ganti_yang_beda",
    indexes=[{"columns": ["id"], "unique": true}, {"columns": ["pencari_kerja_id"]}],
    meta={"catat": {"'lamaran'": "id"}},
) }}
{% set aturan = aturan_catatan("LM", "lamaran_id") + [
    ("LM_A01", "blokir", "pencari_kerja_ada"),
    ("LM_A02", "blokir", "lowongan_ada"),
    ("LM_A03", "blokir", "tanggal_lamar is not null and tanggal_lamar <= " ~ hari_ini()),
    ("LM_A04", "blokir", "status is not null"),
    ("LM_A05", "peringatan", "num_nonnulls(tanggal_status) = tanggal_terisi "
        ~ "and (tanggal_status >= tanggal_lamar) is not false"),
    ("LM_A06", "peringatan", "kemunculan = 1"),
    ("LM_R01", "peringatan", "tanggal_lamar between lowongan_buka and lowongan_tutup"),
    ("LM_T01", "peringatan", "status is distinct from 'DIKIRIM' or tanggal_lamar >= " ~ hari_ini() ~ " - 90"),
] %}
with
{{ calon_dinilai(
    "lamaran", aturan, ["pencari_kerja_id"], {"pencari_kerja_id": "pencari_kerja", "lowongan_id": "lowongan"}
) }}
konform as (
    select
        s.*,
        pk.id is not null as pencari_kerja_ada,
        lw.id is not null as lowongan_ada,
        lw.tanggal_buka as lowongan_buka,
        lw.tanggal_tutup as lowongan_tutup,
        case
            when s.status_teks in ('dikirim', 'dipanggil', 'diterima', 'ditolak') then upper(s.status_teks)
        end as status,
        case
            when s.pencari_kerja_id is not null
                then count(*) filter (where s.deleted_at is null) over (
                    partition by s.pencari_kerja_id, s.lowongan_id
                )
        end as kemunculan
    from {{ ref("stg_batang_career__lamaran") }} as s
    left join {{ ref("int_pencari_kerja__dinilai") }} as pk on s.pencari_kerja_id = pk.pencari_kerja_id
    left join {{ ref("int_lowongan__dinilai") }} as lw on s.lowongan_id = lw.lowongan_id
    {{ hanya_yang_berubah("s.id in (select id from sekutu)", "where") }}
    {{ sekali_hitung() }}
),

dinilai as (
    select
        *,
        {{ lolos(aturan) }}
    from konform
    {{ hanya_yang_berubah("id in (select id from calon)", "where") }}
    {{ sekali_hitung() }}
)

select
    *,
    {{ putusan(aturan) }}
from dinilai
