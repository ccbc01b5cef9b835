{#-
  From what people write to a code of a code book. Each dictionary is a seed; a model joins it through the macros
  here, so that one value is looked up in one way everywhere. `asal` says how the code was got:
  'kode', 'kode_bps', 'nama', 'kamus', 'fuzzy' (like a text of the dictionary, with its `keyakinan`), 'keputusan' (a
  person said so), or 'tidak_dikenal' (nothing fits, or more than one thing does). Books are the models
  int_<book>__digabung: what we ship and, where an operator loaded one, the official list with its finer levels.
-#}

{#- ——— Region ——— -#}

{#-
  Every key that leads to one desa: `k` Kemendagri code, `b` BPS code, `n` desa|kecamatan (its name, or its code of
  Kemendagri or of BPS, who number kecamatan 13–15 differently), `u` a desa name that only one kecamatan has (eleven
  names of Batang occur in two).
-#}
{% macro kunci_wilayah() -%}
    {%- set wilayah = ref("int_wilayah__digabung") -%}
    select
        'k' || kode as kunci,
        kode
    from {{ wilayah }}
    union all
    select
        'b' || kode_bps as kunci,
        kode
    from {{ wilayah }}
    where kode_bps is not null
    union all
    select
        'n' || {{ teks_normal("nama") }} || '|' || konteks.kecamatan as kunci,
        min(kode) as kode
    from {{ wilayah }}
    cross join lateral (
        select {{ teks_normal("kecamatan") }} as kecamatan
        union
        select left(kode, 6) as kecamatan
        union
        select kode_bps_kecamatan as kecamatan
        where kode_bps_kecamatan is not null
    ) as konteks
    group by {{ teks_normal("nama") }}, konteks.kecamatan
    having count(*) = 1
    union all
    select
        'u' || {{ teks_normal("nama") }} as kunci,
        min(kode) as kode
    from {{ wilayah }}
    group by {{ teks_normal("nama") }}
    having count(*) = 1
{%- endmacro %}

{#-
  What a row says about its region, as three columns: wilayah_angka (a code's digits), wilayah_desa,
  wilayah_kecamatan (names in normal form). A name may also stand in the code's column, as
  `Desa Sodong, Kec. Wonotunggal`; where no kecamatan is named, a code of six or seven digits stands for one.
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
        {{ teks_normal("split_part(" ~ nama ~ ", '|', 2)") }},
        case when {{ kode }} !~ '[A-Za-z]' and length({{ angka(kode) }}) in (6, 7) then {{ angka(kode) }} end
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
    left join {{ ref("stg_quality__penyelarasan") }} as p_selaras
        on
            p_selaras.jenis = 'pendidikan'
            and p_kode.kode is null
            and p_kamus.kode is null
            and {{ teks_normal(kolom) }} = p_selaras.teks
{%- endmacro %}

{% macro pendidikan(nama="pendidikan") -%}
    coalesce(p_kode.kode, p_kamus.kode, p_selaras.kode) as {{ nama }},
    case
        when p_kode.kode is not null then 'kode' when p_kamus.kode is not null then 'kamus'
        else coalesce(p_selaras.cara, 'tidak_dikenal')
    end as pendidikan_asal,
    p_selaras.keyakinan as pendidikan_keyakinan
{%- endmacro %}

{#- How a value was got that only a dictionary can give. -#}
{% macro asal_kamus(kode) -%}
    case when {{ kode }} is not null then 'kamus' else 'tidak_dikenal' end
{%- endmacro %}

{% macro gabung_jenis_kelamin(kolom) -%}
    left join {{ ref("ref_jenis_kelamin_kamus") }} as jk on {{ teks_normal(kolom) }} = jk.teks_normal
{%- endmacro %}

{#- ——— Occupation (KBJI): 1–6 digits, maybe with the edition before them; else the title in the dictionary ——— -#}

{% macro petunjuk_jabatan(kode) -%}
    {%- set bagian -%}
        regexp_match({{ kode }}, '^\s*(?:[Kk][Bb][Jj][Ii]\s*)?(?:(2014|2026)\s*[-:/ ]\s*)?(\d[\d.]{0,6})\s*$')
    {%- endset -%}
    case when {{ kode }} !~ '^\d{1,4}$' then ({{ bagian }})[1] end as jabatan_versi,
    case
        when {{ kode }} ~ '^\d{1,4}$' then {{ kode }}
        else replace(({{ bagian }})[2], '.', '')
    end as jabatan_angka
{%- endmacro %}

{#-
  The book entry of every distinct text of `kode_jabatan_teks` in `relasi`. It is the longest group of the code that
  the book has: in the edition that is written, else in the one that has the whole code, else in one whose list does
  not reach so far down, else in the older. `kode` is the code as written where the book does not reach down to it,
  and the longest known group where the book does and has no such code; `tingkat` says how many digits are confirmed.
-#}
{% macro buku_jabatan(relasi) -%}
    select
        t.kode_jabatan_teks,
        case
            when b.kode <> t.jabatan_angka and b.kedalaman >= length(t.jabatan_angka) then b.kode
            else t.jabatan_angka
        end as kode,
        b.versi,
        b.tingkat
    from (
        select
            kode_jabatan_teks,
            {{ petunjuk_jabatan("kode_jabatan_teks") }}
        from (select distinct kode_jabatan_teks from {{ relasi }}) as teks
    ) as t
    cross join lateral (
        select
            kode,
            versi,
            tingkat,
            kedalaman
        from {{ ref("int_kbji__digabung") }}
        where
            kode in (
                t.jabatan_angka, left(t.jabatan_angka, 4), left(t.jabatan_angka, 3), left(t.jabatan_angka, 2)
            )
            and versi = coalesce(t.jabatan_versi, versi)
        order by kode = t.jabatan_angka desc, kedalaman >= length(t.jabatan_angka) asc, tingkat desc, versi asc
        limit 1
    ) as b
{%- endmacro %}

{#- Joins the CTE `buku_jabatan`, else the dictionary, else what the text was conformed to. -#}
{% macro gabung_jabatan(alias, teks) -%}
    left join buku_jabatan as j_kode on {{ alias }}.kode_jabatan_teks = j_kode.kode_jabatan_teks
    left join {{ ref("int_sebutan_jabatan__digabung") }} as j_kamus
        on j_kode.kode is null and {{ teks_normal(teks) }} = j_kamus.teks_normal
    left join {{ ref("stg_quality__penyelarasan") }} as j_selaras
        on
            j_selaras.jenis = 'jabatan'
            and j_kode.kode is null
            and j_kamus.kode_kbji is null
            and {{ teks_normal(teks) }} = j_selaras.teks
{%- endmacro %}

{% macro jabatan(nama="kode_jabatan") -%}
    coalesce(j_kode.kode, j_kamus.kode_kbji, j_selaras.kode) as {{ nama }},
    coalesce(j_kode.versi, j_kamus.versi, j_selaras.versi) as versi_kbji,
    left(coalesce(j_kode.kode, j_kamus.kode_kbji, j_selaras.kode), 1) as golongan_kbji,
    case
        when j_kode.kode is not null then 'kode' when j_kamus.kode_kbji is not null then 'kamus'
        else coalesce(j_selaras.cara, 'tidak_dikenal')
    end as jabatan_asal,
    j_selaras.keyakinan as jabatan_keyakinan,
    coalesce(j_kode.tingkat, length(coalesce(j_kamus.kode_kbji, j_selaras.kode))) as jabatan_tingkat
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
  rows hold it. It is the longest group of the code that the book has, chosen as in buku_jabatan; a letter must be
  that group's own section. Where both editions fit alike, a code with digits is the older one (the divisions kept
  their numbers) and a lone letter is ambiguous, so NULL, unless the section has not moved.
-#}
{% macro buku_kbli(relasi) -%}
    select
        t.kode_kbli_teks,
        case
            when b.kode <> t.kbli_angka and b.kedalaman >= length(t.kbli_angka) then b.kode
            else coalesce(t.kbli_angka, t.kbli_huruf)
        end as kode_kbli,
        b.versi as versi_kbli,
        b.kategori as kategori_kbli,
        b.tingkat as kbli_tingkat
    from (
        select
            kode_kbli_teks,
            {{ petunjuk_kbli("kode_kbli_teks") }}
        from (select distinct kode_kbli_teks from {{ relasi }}) as teks
    ) as t
    cross join lateral (
        select
            kode,
            versi,
            kategori,
            tingkat,
            kedalaman,
            count(*) over (partition by tingkat) as banyak
        from {{ ref("int_kbli__digabung") }}
        where
            kode in (
                t.kbli_angka, left(t.kbli_angka, 4), left(t.kbli_angka, 3), left(t.kbli_angka, 2),
                case when t.kbli_angka is null then t.kbli_huruf end
            )
            and versi = coalesce(t.kbli_versi, versi)
            and kategori = coalesce(t.kbli_huruf, kategori)
        order by kode = t.kbli_angka desc, kedalaman >= length(t.kbli_angka) asc, tingkat desc, versi asc
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

{#-
  The band of a monthly wage beside the minimum wage of the year of `tanggal` (ref_rentang_upah): rentang.kode, NULL
  where the wage, the day or that year's minimum wage is unknown.
-#}
{% macro gabung_rentang_upah(upah, tanggal) -%}
    left join {{ ref("ref_umk") }} as umk_tahun on extract(year from {{ tanggal }}) = umk_tahun.tahun
    left join {{ ref("ref_rentang_upah") }} as rentang
        on
            {{ upah }} >= umk_tahun.umk_rupiah * rentang.batas_bawah_umk
            and ({{ upah }} < umk_tahun.umk_rupiah * rentang.batas_atas_umk or rentang.batas_atas_umk is null)
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
