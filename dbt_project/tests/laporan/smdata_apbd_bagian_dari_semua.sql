-- What APBD pays for is part of everything: in no cell may the part exceed the whole.
with gabungan as (
    select
        'penempatan' as domain,
        rentang,
        cakupan,
        kode_kecamatan,
        jenis_kelamin,
        kelompok_umur,
        pendidikan,
        jumlah
    from {{ ref('rpt_smdata_penempatan') }}
    union all
    select
        'pelatihan' as domain,
        rentang,
        cakupan,
        kode_kecamatan,
        jenis_kelamin,
        kelompok_umur,
        pendidikan,
        jumlah
    from {{ ref('rpt_smdata_pelatihan') }}
)

select
    domain,
    rentang,
    kode_kecamatan,
    jenis_kelamin,
    kelompok_umur,
    pendidikan
from gabungan
group by 1, 2, 3, 4, 5, 6
having
    coalesce(sum(jumlah) filter (where cakupan = 'apbd'), 0)
    > coalesce(sum(jumlah) filter (where cakupan = 'semua'), 0)
