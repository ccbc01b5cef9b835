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
  vanished without a mark counts as deleted when the sweep found it gone (gabung_hilang).
-#}
{% macro kolom_stempel() -%}
    {{ baca_waktu("created_at") }} as created_at,
    {{ baca_waktu("updated_at") }} as updated_at,
    case
        when nullif(btrim(deleted_at), '') is not null
            then coalesce({{ baca_waktu("deleted_at") }}, {{ baca_waktu("updated_at") }}, _diterima_pada)
        else hilang.hilang_pada
    end as deleted_at,
    hilang.hilang_dicatat_pada
{%- endmacro %}

{#-
  Joins `asal` to the last that is known of it in raw.hilang, if that is that the source stopped showing it, and unless a
  version of it has arrived since. `dataset`: the name on the wire.
-#}
{% macro gabung_hilang(dataset) -%}
    left join (
        select distinct on (id)
            id as hilang_id,
            hilang_pada,
            dicatat_pada as hilang_dicatat_pada
        from {{ source("penarikan", "hilang") }}
        where dataset = '{{ dataset }}' and {{ diketahui_sampai("dicatat_pada") }}
        order by id asc, dicatat_pada desc
    ) as hilang
        on
            asal.id = hilang.hilang_id
            and hilang.hilang_pada is not null
            and asal._diterima_pada < hilang.hilang_dicatat_pada
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
  Only the current version of each id in `tabel`, which the caller reads as `asal`: the latest `updated_at`, then the
  last to arrive, among those known. Times are read only where an id has a second version, so most rows cost one probe
  of a hash.
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
            and (coalesce({{ baca_waktu("lain.updated_at") }}, '-infinity'), lain._versi)
            > (coalesce({{ baca_waktu("asal.updated_at") }}, '-infinity'), asal._versi)
    )
{%- endmacro %}
