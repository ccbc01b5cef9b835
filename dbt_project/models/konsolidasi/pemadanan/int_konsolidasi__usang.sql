{#- Both indexes of a raw table are read in their order, each by a core of its own: no count in memory. -#}
{{ config(pre_hook="set local enable_hashagg = off; set local random_page_cost = 1.1") }}

-- The versions of the centre's records that do not stand. A version of a record that changed later makes an
-- earlier one void; of several records under one id_daerah all are repeated but the one that changed last.
-- Few keys have more than one row: they are found first, from the indexes alone, and only their rows are
-- compared.
{% set tabel = {} %}
{% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
    {% do tabel.update({nama: source("siapkerja", "siapkerja__" ~ nama | replace("-", "_"))}) %}
{% endfor %}
with ganda as materialized (
    {% for nama, asal in tabel.items() %}
        select
            '{{ nama }}' as domain,
            'id' as kolom,
            id as kunci
        from {{ asal }}
        group by id
        having count(*) > 1
        union all
        select
            '{{ nama }}' as domain,
            'id_daerah' as kolom,
            id_daerah as kunci
        from {{ asal }}
        where id_daerah is not null and ditarik is distinct from 'true'
        group by id_daerah
        having min(id) <> max(id)
        {{ "union all" if not loop.last }}
    {% endfor %}
),

catatan as materialized (
    {% for nama, asal in tabel.items() %}
        {% set satu = loop %}
        {% for kolom in ["id", "id_daerah"] %}
            select
                '{{ nama }}' as domain,
                ganda.kolom,
                ganda.kunci,
                asal._versi as versi,
                asal.id,
                asal.diubah_pada::timestamptz as diubah_pada
            from {{ asal }} as asal
            inner join ganda
                on
                    ganda.domain = '{{ nama }}'
                    and ganda.kolom = '{{ kolom }}'
                    and asal.{{ kolom }} = ganda.kunci
            {{ "where asal.ditarik is distinct from 'true'" if kolom == "id_daerah" }}
            {{ "union all" if not (loop.last and satu.last) }}
        {% endfor %}
    {% endfor %}
),

digantikan as materialized (
    select distinct
        lama.domain,
        lama.versi
    from catatan as lama
    inner join catatan as baru
        on
            lama.domain = baru.domain
            and lama.kunci = baru.kunci
            and (lama.diubah_pada, lama.versi) < (baru.diubah_pada, baru.versi)
    where lama.kolom = 'id' and baru.kolom = 'id'
),

berlaku as materialized (
    select catatan.*
    from catatan
    left join digantikan on catatan.domain = digantikan.domain and catatan.versi = digantikan.versi
    where catatan.kolom = 'id_daerah' and digantikan.versi is null
)

select
    domain,
    versi,
    'digantikan' as keadaan
from digantikan
union all
select distinct
    lama.domain,
    lama.versi,
    'berulang' as keadaan
from berlaku as lama
inner join berlaku as baru
    on
        lama.domain = baru.domain
        and lama.kunci = baru.kunci
        and lama.id <> baru.id
        and (lama.diubah_pada, lama.versi) < (baru.diubah_pada, baru.versi)
