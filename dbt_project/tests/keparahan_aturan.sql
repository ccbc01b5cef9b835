-- A rule stands in the list of its own severity: a blocking one never only warns, and the other way round.
{% set dataset = [
    "pencari_kerja", "pemberi_kerja", "lowongan", "lamaran", "pelatihan", "peserta_pelatihan", "penempatan",
    "penduduk_bekerja",
] %}
with terpakai as (
    {% for d in dataset %}
        select distinct
            kode,
            'blokir' as keparahan
        from {{ ref("int_" ~ d ~ "__dinilai") }}
        cross join unnest(aturan_gagal) as kode
        {{ hanya_yang_dibangun("id in " ~ kunci_berubah(d), "where") }}
        union all
        select distinct
            kode,
            'peringatan' as keparahan
        from {{ ref("int_" ~ d ~ "__dinilai") }}
        cross join unnest(peringatan) as kode
        {{ hanya_yang_dibangun("id in " ~ kunci_berubah(d), "where") }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select
    terpakai.kode,
    terpakai.keparahan,
    katalog.keparahan as keparahan_katalog
from terpakai
left join {{ ref("ref_aturan") }} as katalog on terpakai.kode = katalog.kode
where katalog.keparahan is distinct from terpakai.keparahan
