-- The catalogue and the verdict columns are one set: no rule without a sentence, no sentence without a rule.
-- depends_on: {{ ref("int_pencari_kerja__dinilai") }}
-- depends_on: {{ ref("int_pemberi_kerja__dinilai") }}
-- depends_on: {{ ref("int_lowongan__dinilai") }}
-- depends_on: {{ ref("int_lamaran__dinilai") }}
-- depends_on: {{ ref("int_pelatihan__dinilai") }}
-- depends_on: {{ ref("int_peserta_pelatihan__dinilai") }}
-- depends_on: {{ ref("int_penempatan__dinilai") }}
-- depends_on: {{ ref("int_penduduk_bekerja__dinilai") }}
with putusan as (
    select
        replace(replace(replace(table_name, 'int_', ''), '__dinilai', ''), '_', '-') as dataset,
        upper(replace(column_name, 'lolos_', '')) as kode
    from information_schema.columns
    where
        table_schema = 'intermediate'
        and table_name like 'int\_%\_\_dinilai'
        and column_name like 'lolos\_%'
)

select
    coalesce(putusan.dataset, katalog.dataset) as dataset,
    coalesce(putusan.kode, katalog.kode) as kode,
    case when katalog.kode is null then 'tanpa kalimat' else 'tanpa ungkapan' end as masalah
from putusan
full outer join {{ ref("ref_aturan") }} as katalog
    on putusan.kode = katalog.kode and putusan.dataset = katalog.dataset
where putusan.kode is null or katalog.kode is null
