{#-
  Row rules. A model lists its rules once, as (kode, keparahan, ungkapan): `ungkapan` is TRUE when the row keeps
  the rule. An expression that is NULL has nothing to judge, and passes: that a value is missing is said by
  the rule of that value, not by every rule that reads it.
-#}

{#- One verdict column a rule, never NULL. -#}
{% macro lolos(aturan) -%}
    {%- for kode, keparahan, ungkapan in aturan %}
    ({{ ungkapan }}) is not false as lolos_{{ kode | lower }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- aturan_gagal, peringatan, layak from the verdict columns of the step named dinilai. -#}
{% macro putusan(aturan) -%}
    {{ _gagal(aturan, "blokir") }} as aturan_gagal,
    {{ _gagal(aturan, "peringatan") }} as peringatan,
    {{ _layak(aturan) }} as layak
{%- endmacro %}

{#-
  Blocking rules that a person may set aside for one version of one row, by name and reason (`batang quality
  accept`): SIAPkerja takes such a row, since the field is not sent or the broken reference is left out, and
  no statutory table counts on the rule. The seed ref_aturan says the same (dapat_diterima).
-#}
{% macro aturan_dapat_diterima() -%}
    {{ return(["PN_A18", "KJ_A16", "KJ_R01", "PP_R01"]) }}
{%- endmacro %}

{#- Fit to leave: no blocking rule broken, but for those that were set aside for this very version. -#}
{% macro _layak(aturan) -%}
    {%- set dataset = {
        "PK": "pencari-kerja", "PB": "pemberi-kerja", "LW": "lowongan", "LM": "lamaran", "PL": "pelatihan",
        "PP": "peserta-pelatihan", "PN": "penempatan", "KJ": "penduduk-bekerja",
    }[aturan[0][0][:2]] -%}
    {%- set dapat = aturan_dapat_diterima() -%}
    {%- set keras, lunak = [], [] -%}
    {%- for kode, keparahan, ungkapan in aturan if keparahan == "blokir" -%}
        {%- do (lunak if kode in dapat else keras).append("lolos_" ~ kode | lower) -%}
    {%- endfor -%}
    {{ keras | join(" and ") }}
    {%- if lunak %}
    and (
        ({{ lunak | join(" and ") }})
        or exists (
            select 1
            from quality.keputusan_karantina as keputusan
            where
                keputusan.dataset = '{{ dataset }}'
                and keputusan.id = dinilai.id
                and keputusan.isi_hash = dinilai.isi_hash
                and {{ diketahui_sampai("keputusan.pada") }}
                and {{ _gagal(aturan, "blokir") }} <@ keputusan.aturan
        )
    )
    {%- endif %}
{%- endmacro %}

{% macro _gagal(aturan, keparahan_dicari) -%}
    array_remove(array[
        {%- for kode, keparahan, ungkapan in aturan if keparahan == keparahan_dicari %}
        case when not lolos_{{ kode | lower }} then '{{ kode }}' end{{ "," if not loop.last }}
        {%- endfor %}
    ]::text[], null)
{%- endmacro %}

{#-
  Rules of a person's identifiers; the same for every dataset of people. `d`: dataset prefix. The findings
  come from the door (the NIK itself never reaches the warehouse).
-#}
{% macro aturan_orang(d) -%}
    {{ return([
        (d ~ "_A01", "blokir", "orang_token is not null and nik_panjang = 16 and nik_angka is not true"),
        (d ~ "_A02", "blokir", "nik_panjang is distinct from 16 or nik_angka or nik_struktur_sah is true"),
        (d ~ "_A03", "blokir", "nik_tanggal_lahir = tanggal_lahir"),
        (d ~ "_A04", "blokir", "nik_jenis_kelamin = jenis_kelamin"),
        (d ~ "_A05", "blokir", "tanggal_lahir is not null and tanggal_lahir between date '1900-01-01' and "
            ~ hari_ini()),
        (d ~ "_A06", "blokir", "jenis_kelamin is not null"),
        (d ~ "_A07", "blokir", "nama_lengkap_ada"),
        (d ~ "_A08", "peringatan", "nik_wilayah <> 'kecamatan_tidak_dikenal'"),
        (d ~ "_A09", "peringatan", "cardinality(catatan) = 0 and teks_wajar"),
    ]) }}
{%- endmacro %}

{#- Rules of the record itself: a key that is a number, and a time of change that has happened. -#}
{% macro aturan_catatan(d, kunci) -%}
    {{ return([
        (d ~ "_A00", "blokir", kunci ~ " is not null"),
        (d ~ "_T00", "peringatan", "updated_at is not null and updated_at <= " ~ sekarang()),
    ]) }}
{%- endmacro %}

{#-
  End of a step whose columns later steps read more than once. Without it PostgreSQL folds the step into its readers
  and works out every expression again at each mention; `offset 0` changes no row.
-#}
{% macro sekali_hitung() -%}
    offset 0
{%- endmacro %}
