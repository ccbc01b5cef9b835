-- The pairing counted once, for every report that counts it: those that agree, and the rest.
{% for asal, syarat, tanpa_sidik, tertaut in [
    ("int_konsolidasi__temu", "where hubungan = 'cocok'", "count(*) filter (where tanpa_sidik)", "0"),
    ("int_konsolidasi__selisih", "", "0", "count(*) filter (where padanan = 'tautan')"),
] %}
    select
        domain,
        hubungan,
        sebab,
        kecamatan_daerah,
        kecamatan_pusat,
        apbd,
        kode_sub_kegiatan,
        tahun_anggaran,
        count(*) as jumlah,
        {{ tanpa_sidik }} as tanpa_sidik,
        {{ tertaut }} as tertaut
    from {{ ref(asal) }}
    {{ syarat }}
    group by 1, 2, 3, 4, 5, 6, 7, 8
    {{ "union all" if not loop.last }}
{% endfor %}
