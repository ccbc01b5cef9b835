{# What the statutory tables and the SMData sheets share: the reported months, unknown values, places, scopes. #}

{# First day of the first reported month. #}
{% macro awal_laporan() -%}
    date '{{ var("first_period") }}-01'
{%- endmacro %}

{# Every reported month: periode (first day) and hari_terakhir (last day that has happened in it). #}
{% macro bulan_laporan() -%}
    select
        bulan::date as periode,
        least((bulan + interval '1 month' - interval '1 day')::date, {{ hari_ini() }}) as hari_terakhir
    from
        generate_series(
            {{ awal_laporan() }}::timestamp, date_trunc('month', {{ hari_ini() }}::timestamp), interval '1 month'
        ) as bulan
{%- endmacro %}

{# A dimension of a published table: what is not known is a value of its own, so that no total loses it. #}
{% macro atau_tidak_diketahui(kolom) -%}
    coalesce({{ kolom }}, 'tidak_diketahui')
{%- endmacro %}

{# Name of a kecamatan for readers, beside `gabung_kecamatan`: a code outside the regency's list is `Luar Batang`. #}
{% macro nama_kecamatan(kolom) -%}
    coalesce(wilayah.kecamatan, case {{ kolom }} when 'tidak_diketahui' then 'Tidak diketahui' else 'Luar Batang' end)
{%- endmacro %}

{% macro gabung_kecamatan(kolom) -%}
    left join (
        select distinct
            kode_kecamatan,
            kecamatan
        from {{ ref('dim_wilayah') }}
    ) as wilayah on {{ kolom }} = wilayah.kode_kecamatan
{%- endmacro %}

{# The two scopes of an SMData sheet: everything, and what the regency's own budget (APBD) pays for. #}
{% macro cakupan(sumber_dana) -%}
    (values ('semua', true), ('apbd', {{ sumber_dana }} = 'APBD')) as lingkup (cakupan, termasuk)
{%- endmacro %}

{# Age band of IPK III from an age in whole years. An unknown age and one below 15 are a band of their own, outside the
   statutory ones and never dropped (DOMAIN.md section 3). #}
{% macro kelompok_umur(umur) -%}
    case
        when {{ umur }} between 15 and 19 then '15-19'
        when {{ umur }} between 20 and 29 then '20-29'
        when {{ umur }} between 30 and 44 then '30-44'
        when {{ umur }} between 45 and 54 then '45-54'
        when {{ umur }} >= 55 then '55+'
        else 'tidak_diketahui'
    end
{%- endmacro %}

{# The bands of `kelompok_umur` as times of life, values for a lateral join: kelompok_umur, dari (first day, null: from
   ever) and sampai (the day after the last, null: for ever). Somebody without a birth date has only the first. #}
{% macro masa_kelompok_umur(lahir) -%}
    (
        values
        ('tidak_diketahui', null::date, {{ ulang_tahun(lahir, 15) }}),
        ('15-19', {{ ulang_tahun(lahir, 15) }}, {{ ulang_tahun(lahir, 20) }}),
        ('20-29', {{ ulang_tahun(lahir, 20) }}, {{ ulang_tahun(lahir, 30) }}),
        ('30-44', {{ ulang_tahun(lahir, 30) }}, {{ ulang_tahun(lahir, 45) }}),
        ('45-54', {{ ulang_tahun(lahir, 45) }}, {{ ulang_tahun(lahir, 55) }}),
        ('55+', {{ ulang_tahun(lahir, 55) }}, null)
    ) as kelompok (kelompok_umur, dari, sampai)
{%- endmacro %}

{# Years between graduation and registration, as IPK III/7 groups them; a year not known, or one that lies ahead, is a
   group of its own. #}
{% macro lama_lulus(tahun_lulus, pada) -%}
    case
        when extract(year from {{ pada }}) - {{ tahun_lulus }} between 0 and 2 then '0-2'
        when extract(year from {{ pada }}) - {{ tahun_lulus }} between 3 and 5 then '3-5'
        when extract(year from {{ pada }}) - {{ tahun_lulus }} >= 6 then '6+'
        else 'tidak_diketahui'
    end
{%- endmacro %}

{# The kecamatan of a statutory table: the regency's own by code, any other place in one row, an unknown one in another. #}
{% macro kecamatan_ipk(kolom) -%}
    case
        when {{ kolom }} is null then 'tidak_diketahui'
        when {{ kolom }} like '{{ var("kode_wilayah") }}__' then {{ kolom }}
        else 'luar_kabupaten'
    end
{%- endmacro %}

{# The month in which an event counts: what lies before the first reported month is one opening bucket before it. #}
{% macro bulan_arus(kolom) -%}
    greatest(
        date_trunc('month', {{ kolom }})::date,
        ({{ awal_laporan() }} - interval '1 month')::date
    )
{%- endmacro %}

{# Stocks as running sums of flows. `gerakan`: a relation with the columns `kunci`, periode (month) and the flows, one
   row a cell and month. Gives kunci, the flows `arus` and the stocks `sisa` (name ->
   what a row of gerakan adds to it) for each month in which anything moved, and those after it up to now while any
   stock is left. #}
{% macro persediaan(gerakan, kunci, arus, sisa) -%}
    {%- set bulan_ini = "date_trunc('month', " ~ hari_ini() ~ "::timestamp)" -%}
    select
        {% for kolom in kunci %}
            urut.{{ kolom }},
        {% endfor %}
        {% for kolom in arus %}
            case when bulan.periode = urut.periode then urut.{{ kolom }} else 0 end as {{ kolom }},
        {% endfor %}
        {% for kolom in sisa %}
            urut.sisa_{{ kolom }} as {{ kolom }},
        {% endfor %}
        bulan.periode::date as periode
    from (
        select
            *,
            {% for kolom, tambahan in sisa.items() %}
                sum({{ tambahan }}) over sel as sisa_{{ kolom }},
            {% endfor %}
            (lead(periode) over sel)::timestamp as berikutnya
        from {{ gerakan }}
        where
            {% for tambahan in arus + sisa.values() | list %}
                {{ tambahan }} <> 0 {{ "or" if not loop.last }}
            {% endfor %}
        window sel as (partition by {{ kunci | join(", ") }} order by periode)
    ) as urut
    cross join lateral generate_series(
        urut.periode::timestamp,
        case
            when
                {% for kolom in sisa %}
                    urut.sisa_{{ kolom }} <> 0 {{ "or" if not loop.last }}
                {% endfor %}
                then coalesce(urut.berikutnya - interval '1 month', {{ bulan_ini }})
            else urut.periode::timestamp
        end,
        interval '1 month'
    ) as bulan (periode)
{%- endmacro %}

{# The earliest valid end of a vacancy: a date before its opening is no end. `alias` with its dot. #}
{% macro akhir_lowongan(alias='') -%}
    {%- set buka = alias ~ "tanggal_buka" -%}
    least(
        case when {{ alias }}tanggal_tutup >= {{ buka }} then {{ alias }}tanggal_tutup end,
        case when {{ alias }}tanggal_dihapus >= {{ buka }} then {{ alias }}tanggal_dihapus end,
        case
            when ({{ alias }}deleted_at at time zone 'Asia/Jakarta')::date >= {{ buka }}
                then ({{ alias }}deleted_at at time zone 'Asia/Jakarta')::date
        end
    )
{%- endmacro %}

{# Every place of every vacancy event in `peristiwa` (rows of fct_peristiwa_lowongan with bobot), once for each statutory
   table that counts it: jenis, periode, tabel, kode, versi, kode_kecamatan, jenis_kelamin (for whom it was announced),
   jumlah, bobot, and the columns `lain` of the event. An event without a place of a kind touches no cell of it. #}
{% macro tempat_lowongan(peristiwa, lain=[]) -%}
    select
        peristiwa.jenis,
        {{ bulan_arus('peristiwa.tanggal_peristiwa') }} as periode,
        isi.tabel,
        {{ atau_tidak_diketahui('isi.kode') }} as kode,
        coalesce(isi.versi, '') as versi,
        {{ kecamatan_ipk('peristiwa.kode_kecamatan') }} as kode_kecamatan,
        tempat.jenis_kelamin,
        tempat.jumlah,
        {% for kolom in lain %}peristiwa.{{ kolom }}, {% endfor %}
        peristiwa.bobot
    from {{ peristiwa }} as peristiwa
    cross join
        lateral (
            values
            ('L', peristiwa.jumlah_l),
            ('P', peristiwa.jumlah_p),
            ('bebas', peristiwa.jumlah_bebas)
        ) as tempat (jenis_kelamin, jumlah)
    cross join
        lateral (
            values
            ('III/1', 'semua', null),
            ('III/4', peristiwa.pendidikan_minimal, null),
            ('III/5', peristiwa.kode_jabatan, peristiwa.versi_kbji),
            ('III/6', peristiwa.kode_kbli, peristiwa.versi_kbli)
        ) as isi (tabel, kode, versi)
    where tempat.jumlah <> 0
{%- endmacro %}

{# The events of vacancies with who stands behind each, as selisih_fakta gives a model: pemberi_kerja_id (see
   int_lowongan__pemilik) and sebab, which tells the two differences apart: first the events that changed under the
   employer they had, then all events of a vacancy under the employer that it lost (-1) or got (1). The rows of one
   vacancy, sebab and bobot are one whole version of it. #}
{% macro peristiwa_berpemilik() -%}
    {%- set peristiwa, pemilik = ref("fct_peristiwa_lowongan"), ref("int_lowongan__pemilik") -%}
    {%- set beda = selisih_fakta("int_lowongan__pemilik") -%}
    {%- set sebelumnya -%}
        (
            select lowongan_id, pemberi_kerja_id from {{ pemilik }}
            where id not in (select id from {{ beda }} as beda)
            union all
            select lowongan_id, pemberi_kerja_id from {{ beda }} as beda where bobot = -1
        )
    {%- endset -%}
    (
        select
            peristiwa.*,
            pemilik.pemberi_kerja_id,
            'peristiwa' as sebab
        from {{ selisih_fakta("fct_peristiwa_lowongan") }} as peristiwa
        inner join {{ sebelumnya if bertambah() else pemilik }} as pemilik
            on peristiwa.lowongan_id = pemilik.lowongan_id
        {%- if bertambah() %}
        union all
        select
            peristiwa.*,
            pemilik.bobot,
            pemilik.hari,
            pemilik.pemberi_kerja_id,
            'pemilik' as sebab
        from {{ peristiwa }} as peristiwa
        inner join {{ beda }} as pemilik on peristiwa.lowongan_id = pemilik.lowongan_id
        {%- endif %}
    )
{%- endmacro %}
