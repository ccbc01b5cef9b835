{#-
  From what people write to a code of a code book. Each dictionary is a seed; a model joins it through the macros
  here, so that one value is looked up in one way everywhere. `asal` says how the code was got:
  'kode', 'kode_bps', 'nama', 'kamus', or 'tidak_dikenal' (nothing fits, or more than one thing does).
-#}

{#- ——— Region ——— -#}

{#-
  Every key that leads to one desa: `k` Kemendagri code, `b` BPS code, `n` desa|kecamatan, `u` a desa name that
  only one kecamatan has (eleven names of Batang occur in two).
-#}
{% macro kunci_wilayah() -%}
    select
        'k' || replace(kode_kemendagri, '.', '') as kunci,
        replace(kode_kemendagri, '.', '') as kode
    from {{ ref("ref_wilayah") }}
    union all
    select
        'b' || kode_bps as kunci,
        replace(kode_kemendagri, '.', '') as kode
    from {{ ref("ref_wilayah") }}
    where kode_bps is not null
    union all
    select
        'n' || {{ teks_normal("nama") }} || '|' || {{ teks_normal("kecamatan") }} as kunci,
        replace(kode_kemendagri, '.', '') as kode
    from {{ ref("ref_wilayah") }}
    union all
    select
        'u' || {{ teks_normal("nama") }} as kunci,
        min(replace(kode_kemendagri, '.', '')) as kode
    from {{ ref("ref_wilayah") }}
    group by {{ teks_normal("nama") }}
    having count(*) = 1
{%- endmacro %}

{#-
  What a row says about its region, as three columns: wilayah_angka (a code's digits), wilayah_desa,
  wilayah_kecamatan (names in normal form). A name may also stand in the code's column, as
  `Desa Sodong, Kec. Wonotunggal`.
-#}
{% macro petunjuk_wilayah(kode, desa="null::text", kecamatan="null::text") -%}
    {%- set nama -%}
        regexp_replace(
            regexp_replace(
                lower(coalesce(nullif(btrim({{ desa }}), ''), case when {{ kode }} ~ '[A-Za-z]' then {{ kode }} end)),
                '^\s*(desa|kelurahan|kel|ds)\M\.?\s*', ''
            ),
            '[\s,;/(-]*\m(kecamatan|kec)\M\.?\s*|\s*[,;/(]\s*', '|', 'g'
        )
    {%- endset -%}
    case when {{ kode }} !~ '[A-Za-z]' then {{ angka(kode) }} end as wilayah_angka,
    {{ teks_normal("split_part(" ~ nama ~ ", '|', 1)") }} as wilayah_desa,
    coalesce(
        {{ teks_normal("regexp_replace(lower(" ~ kecamatan ~ "), '^\s*(kecamatan|kec)\M', '')") }},
        {{ teks_normal("split_part(" ~ nama ~ ", '|', 2)") }}
    ) as wilayah_kecamatan
{%- endmacro %}

{#- Joins the CTE `wilayah` (kunci_wilayah) four times to a relation with the columns of petunjuk_wilayah. -#}
{% macro gabung_wilayah(alias) -%}
    left join wilayah as w_kode on w_kode.kunci = 'k' || {{ alias }}.wilayah_angka
    left join wilayah as w_bps on w_bps.kunci = 'b' || {{ alias }}.wilayah_angka
    left join wilayah as w_nama
        on w_nama.kunci = 'n' || {{ alias }}.wilayah_desa || '|' || {{ alias }}.wilayah_kecamatan
    left join wilayah as w_unik
        on w_unik.kunci = 'u' || {{ alias }}.wilayah_desa and {{ alias }}.wilayah_kecamatan is null
{%- endmacro %}

{#- A Kemendagri code of a desa elsewhere: real province, kelurahan 1xxx or desa 2xxx, not the regency's own. -#}
{% macro _kode_luar(alias) -%}
    case
        when
            {{ alias }}.wilayah_angka ~ '^(1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-6])\d{4}[12]\d{3}$'
            and {{ alias }}.wilayah_angka not like '{{ var("kode_wilayah") }}%'
            then {{ alias }}.wilayah_angka
    end
{%- endmacro %}

{% macro kode_wilayah(alias) -%}
    coalesce(w_kode.kode, w_bps.kode, {{ _kode_luar(alias) }}, w_nama.kode, w_unik.kode)
{%- endmacro %}

{% macro asal_wilayah(alias) -%}
    case
        when w_kode.kode is not null then 'kode'
        when w_bps.kode is not null then 'kode_bps'
        when {{ _kode_luar(alias) }} is not null then 'kode'
        when coalesce(w_nama.kode, w_unik.kode) is not null then 'nama'
        else 'tidak_dikenal'
    end
{%- endmacro %}

{% macro di_kabupaten(kolom) -%}
    {{ kolom }} like '{{ var("kode_wilayah") }}%'
{%- endmacro %}

{#- ——— Education, disability, sex, receiver: a code of the book itself, else the dictionary ——— -#}

{% macro gabung_pendidikan(kolom) -%}
    left join {{ ref("ref_pendidikan") }} as p_kode on upper(btrim({{ kolom }})) = p_kode.kode
    left join {{ ref("ref_pendidikan_kamus") }} as p_kamus on {{ teks_normal(kolom) }} = p_kamus.teks_normal
{%- endmacro %}

{% macro pendidikan(nama="pendidikan") -%}
    coalesce(p_kode.kode, p_kamus.kode) as {{ nama }},
    case
        when p_kode.kode is not null then 'kode' when p_kamus.kode is not null then 'kamus' else 'tidak_dikenal'
    end as pendidikan_asal
{%- endmacro %}

{% macro gabung_jenis_kelamin(kolom) -%}
    left join {{ ref("ref_jenis_kelamin_kamus") }} as jk on {{ teks_normal(kolom) }} = jk.teks_normal
{%- endmacro %}

{#- ——— Occupation (KBJI): 1–4 digits, maybe with the edition before them; else the title in the dictionary ——— -#}

{% macro petunjuk_jabatan(kode) -%}
    {%- set bagian -%}
        regexp_match({{ kode }}, '^\s*(?:[Kk][Bb][Jj][Ii]\s*)?(?:(2014|2026)\s*[-:/ ]\s*)?(\d[\d.]{0,5})\s*$')
    {%- endset -%}
    case when {{ kode }} !~ '^\d{1,4}$' then ({{ bagian }})[1] end as jabatan_versi,
    case
        when {{ kode }} ~ '^\d{1,4}$' then {{ kode }}
        else replace(({{ bagian }})[2], '.', '')
    end as jabatan_angka
{%- endmacro %}

{#- The edition that is written; where none is, the older one that has the group. -#}
{% macro gabung_jabatan(alias, teks) -%}
    left join (
        select
            kode,
            versi,
            row_number() over (partition by kode order by versi) as urutan
        from {{ ref("ref_kbji") }}
    ) as j_kode
        on
            left({{ alias }}.jabatan_angka, 2) = j_kode.kode
            and (
                {{ alias }}.jabatan_versi = j_kode.versi
                or ({{ alias }}.jabatan_versi is null and j_kode.urutan = 1)
            )
    left join {{ ref("ref_jabatan_kamus") }} as j_kamus
        on j_kode.kode is null and {{ teks_normal(teks) }} = j_kamus.teks_normal
{%- endmacro %}

{% macro jabatan(alias, nama="kode_jabatan") -%}
    case
        when j_kode.kode is not null then {{ alias }}.jabatan_angka else j_kamus.kode_kbji
    end as {{ nama }},
    coalesce(j_kode.versi, j_kamus.versi) as versi_kbji,
    left(case when j_kode.kode is not null then {{ alias }}.jabatan_angka else j_kamus.kode_kbji end, 1)
        as golongan_kbji,
    case
        when j_kode.kode is not null then 'kode' when j_kamus.kode_kbji is not null then 'kamus'
        else 'tidak_dikenal'
    end as jabatan_asal
{%- endmacro %}

{#- ——— Industry (KBLI): letter, digits, or both, maybe with the edition before them ——— -#}

{% macro petunjuk_kbli(kode) -%}
    {%- set bagian -%}
        regexp_match(
            {{ kode }}, '^\s*(?:KBLI\s*)?(?:(2020|2025)\s*[-:/ ]\s*)?([A-V])?[-. ]?(\d{2}[\d.]{0,5})?\s*$', 'i'
        )
    {%- endset -%}
    ({{ bagian }})[1] as kbli_versi,
    upper(({{ bagian }})[2]) as kbli_huruf,
    replace(({{ bagian }})[3], '.', '') as kbli_angka
{%- endmacro %}

{#-
  The book entry of every distinct text of `kode_kbli_teks` in `relasi`: each is looked up once, however many
  rows hold it. It is the longest group of the code that the book has, in the edition that is written, else in
  the one edition that has it. A letter must be that group's own section. Where both editions fit, a code with
  digits is the older one (the divisions kept their numbers) and a lone letter is ambiguous, so NULL, unless
  the section has not moved.
-#}
{% macro buku_kbli(relasi) -%}
    select
        t.kode_kbli_teks,
        coalesce(t.kbli_angka, t.kbli_huruf) as kode_kbli,
        b.versi as versi_kbli,
        b.kategori as kategori_kbli
    from (
        select
            kode_kbli_teks,
            {{ petunjuk_kbli("kode_kbli_teks") }}
        from (select distinct kode_kbli_teks from {{ relasi }}) as teks
    ) as t
    cross join lateral (
        select
            versi,
            kategori,
            count(*) over (partition by tingkat) as banyak
        from {{ ref("ref_kbli") }}
        where
            kode in (
                left(t.kbli_angka, 3), left(t.kbli_angka, 2), case when t.kbli_angka is null then t.kbli_huruf end
            )
            and versi = coalesce(t.kbli_versi, versi)
            and kategori = coalesce(t.kbli_huruf, kategori)
        order by tingkat desc, versi
        limit 1
    ) as b
    where t.kbli_angka is not null or b.banyak = 1 or b.kategori < 'J'
{%- endmacro %}

{#- ——— Money ——— -#}

{#- The minimum wage in force: the latest year of the seed that is not after the present. -#}
{% macro umk() -%}
    (
        select umk_rupiah from {{ ref("ref_umk") }}
        where tahun <= extract(year from {{ hari_ini() }})
        order by tahun desc limit 1
    )
{%- endmacro %}

{#- Sources of funds as SIAPkerja writes them, from the normal form of the text. -#}
{% macro sumber_dana(kolom) -%}
    case
        when {{ kolom }} ~ '^apbd' then 'APBD'
        when {{ kolom }} ~ '^apbn' then 'APBN'
        when {{ kolom }} ~ '^(swasta|perusahaan|csr)' then 'SWASTA'
        when {{ kolom }} ~ '^(mandiri|swadaya|pribadi)' then 'MANDIRI'
    end
{%- endmacro %}
