{#- What every staging view has in common. -#}

{#- The columns that describe a version: keys, hashes, when we learnt it, the source's own stamps. -#}
{% macro kolom_versi(kunci) -%}
    id,
    {{ baca_bilangan("id") }} as {{ kunci }},
    _versi as versi,
    _isi_hash as isi_hash,
    _identitas_hash as identitas_hash,
    _periode as periode,
    _diterima_pada as diterima_pada,
    coalesce(_catatan, '{}') as catatan,
    coalesce(_kolom_asing, '{}') as kolom_asing
{%- endmacro %}

{#-
  The source's stamps; a row marked deleted with an unreadable stamp counts as deleted when it was changed. A row that
  vanished without a mark, and of which no version has arrived since, counts as deleted when the sweep found it gone.
-#}
{% macro kolom_stempel() -%}
    {{ baca_waktu("created_at") }} as created_at,
    {{ baca_waktu("updated_at") }} as updated_at,
    case
        when nullif(btrim(deleted_at), '') is not null
            then coalesce({{ baca_waktu("deleted_at") }}, {{ baca_waktu("updated_at") }}, _diterima_pada)
        when _diterima_pada < hilang.hilang_dicatat_pada then hilang.hilang_pada
    end as deleted_at,
    case when _diterima_pada < hilang.hilang_dicatat_pada then hilang.hilang_dicatat_pada end as hilang_dicatat_pada
{%- endmacro %}

{#-
  Joins to `asal`, as `hilang`, what is known of it in raw.hilang: since when the source does not show it and when that
  was recorded (hilang_pada, hilang_dicatat_pada; empty where it shows it again), and every moment at which a vanishing
  was recorded, oldest first (riwayat_hilang). Of rows that the source had shown as deleted only the latter: their
  removal is dated by the source. Few rows have any. `dataset`: the name on the wire.
-#}
{% macro gabung_hilang(dataset) -%}
    left join (
        select
            id as hilang_id,
            (array_agg(hilang_pada order by dicatat_pada desc) {{ _belum_dihapus() }})[1] as hilang_pada,
            case
                when (array_agg(hilang_pada order by dicatat_pada desc) {{ _belum_dihapus() }})[1] is not null
                    then max(dicatat_pada) {{ _belum_dihapus() }}
            end as hilang_dicatat_pada,
            array_agg(dicatat_pada order by dicatat_pada asc) filter (where hilang_pada is not null) as riwayat_hilang
        from {{ source("penarikan", "hilang") }}
        where dataset = '{{ dataset }}' and {{ diketahui_sampai("dicatat_pada") }}
        group by id
    ) as hilang
        on asal.id = hilang.hilang_id
{%- endmacro %}

{% macro _belum_dihapus() -%}
    filter (where sudah_dihapus is not true)
{%- endmacro %}

{#- Findings of the door about a person's NIK and name. -#}
{% macro kolom_temuan_orang(alias=none) -%}
    {%- for kolom in [
        "orang_token", "nik_panjang", "nik_angka", "nik_struktur_sah", "nik_wilayah", "nik_tanggal_lahir",
        "nik_jenis_kelamin", "nama_lengkap_ada",
    ] -%}
    {{ alias ~ "." if alias }}{{ kolom }}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- How many of the cells are filled: compared with how many could be read, without reading them twice. -#}
{% macro jumlah_terisi(kolom) -%}
    num_nonnulls(
        {%- for k in kolom %}nullif(btrim({{ k }}), ''){{ ", " if not loop.last }}{% endfor -%}
    )
{%- endmacro %}

{#-
  Only the current version of each id in `tabel`, which the caller reads as `asal` (with gabung_hilang), among those
  known: of what arrived after its last recorded vanishing that any version followed, the latest `updated_at`, then the
  last to arrive. A row that was deleted for good and keyed in again is a new one under an old key: its stamps may lie
  before those of the one that is gone, whose versions it must not lose against. vault.linkage decides likewise.

  Stamps and vanishings are compared only where an id has a second version, so most rows cost one probe of a hash.
-#}
{% macro hanya_versi_berlaku(tabel) -%}
    {{ diketahui_sampai('asal._diterima_pada') }}
    and not exists (
        select 1
        from {{ tabel }} as lain
        where
            lain.id = asal.id
            and lain._versi <> asal._versi
            and {{ diketahui_sampai('lain._diterima_pada') }}
            and ({{ urutan_versi("lain") }}) > ({{ urutan_versi("asal") }})
    )
{%- endmacro %}

{#- What versions of one id are compared by: vanishings recorded before its arrival, its stamp, its arrival. -#}
{% macro urutan_versi(alias) -%}
    coalesce(width_bucket({{ alias }}._diterima_pada, hilang.riwayat_hilang), 0),
    coalesce({{ baca_waktu(alias ~ ".updated_at") }}, '-infinity'),
    {{ alias }}._versi
{%- endmacro %}
