{{ config(materialized='table', schema='reports', tags=['konsolidasi'], contract={'enforced': true}) }}

-- daerah and pusat are counted from the pairing and, in a data test, from the two sides themselves.
select
    domain.domain,
    count(padanan.id_daerah) as daerah,
    count(padanan.id_siapkerja) as pusat,
    count(*) filter (where padanan.hubungan = 'cocok') as cocok,
    count(*) filter (where padanan.hubungan = 'beda') as beda,
    count(*) filter (where padanan.hubungan = 'hanya_daerah') as hanya_daerah,
    count(*) filter (where padanan.hubungan = 'hanya_pusat') as hanya_pusat
from
    (
        values
        ('pencari-kerja'),
        ('pemberi-kerja'),
        ('lowongan'),
        ('penduduk-bekerja'),
        ('pelatihan'),
        ('penempatan')
    ) as domain (domain)
left join {{ ref('int_konsolidasi__padanan') }} as padanan on domain.domain = padanan.domain
group by 1
