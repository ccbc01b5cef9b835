{{ config(materialized='table', schema='reports', contract={'enforced': true}) }}

-- Administrative indicators by span and kecamatan, from the same events as IPK III. Definitions:
-- batang_assets/reports/indikator.yaml. Sakernas figures (ref_sakernas) are never mixed in here.
with masa as (
    select
        bulan.periode as bulan,
        masa.jenis_masa,
        masa.periode
    from ({{ bulan_laporan() }}) as bulan
    cross join
        lateral (
            values
            ('bulan', to_char(bulan.periode, 'YYYY-MM'), bulan.periode),
            (
                'triwulan',
                to_char(bulan.periode, 'YYYY"-T"Q'),
                date_trunc('quarter', bulan.periode)::date
            ),
            (
                'semester',
                to_char(bulan.periode, 'YYYY"-S"')
                || case when extract(month from bulan.periode) <= 6 then 1 else 2 end,
                case
                    when extract(month from bulan.periode) <= 6 then date_trunc('year', bulan.periode)::date
                    else (date_trunc('year', bulan.periode) + interval '6 months')::date
                end
            ),
            ('tahun', to_char(bulan.periode, 'YYYY'), date_trunc('year', bulan.periode)::date)
        ) as masa (jenis_masa, periode, mulai)
    -- A span that began before the first reported month would count half of itself.
    where masa.mulai >= {{ awal_laporan() }}
),

rentang as (
    select
        jenis_masa,
        periode,
        min(bulan) as bulan_pertama
    from masa
    group by jenis_masa, periode
),

arus as (
    select
        masa.periode,
        coalesce(arus.kode_kecamatan, 'semua') as kode_kecamatan,
        arus.bagian,
        coalesce(sum(arus.awal) filter (where arus.periode = rentang.bulan_pertama), 0) as awal,
        sum(arus.masuk) as masuk,
        sum(arus.terpenuhi) as terpenuhi
    from {{ ref('rpt_ipk_arus') }} as arus
    inner join masa on arus.periode = masa.bulan
    inner join rentang on masa.periode = rentang.periode
    where arus.tabel = 'III/1'
    group by grouping sets ((masa.periode, arus.bagian, arus.kode_kecamatan), (masa.periode, arus.bagian))
),

-- Days from the registration that opened the spell to the placement that ended it.
tunggu as (
    select
        masa.periode,
        coalesce({{ kecamatan_ipk('penempatan.kode_kecamatan') }}, 'semua') as kode_kecamatan,
        count(*) as banyak,
        percentile_cont(0.5) within group (
            order by penempatan.tanggal_peristiwa - pendaftaran.tanggal_peristiwa
        )::numeric as nilai
    from {{ ref('fct_peristiwa_pencari_kerja') }} as penempatan
    inner join {{ ref('fct_peristiwa_pencari_kerja') }} as pendaftaran
        on
            penempatan.pendaftaran_id = pendaftaran.pendaftaran_id
            and penempatan.jenis = 'ditempatkan'
            and pendaftaran.jenis = 'terdaftar'
    inner join masa on masa.bulan = date_trunc('month', penempatan.tanggal_peristiwa)::date
    group by
        grouping sets ((masa.periode, {{ kecamatan_ipk('penempatan.kode_kecamatan') }}), (masa.periode))
),

-- Days from the opening to the fill, each place once.
lama_lowongan as (
    select
        masa.periode,
        coalesce({{ kecamatan_ipk('terisi.kode_kecamatan') }}, 'semua') as kode_kecamatan,
        count(*) as banyak,
        percentile_cont(0.5) within group (
            order by terisi.tanggal_peristiwa - dibuka.tanggal_peristiwa
        )::numeric as nilai
    from {{ ref('fct_peristiwa_lowongan') }} as terisi
    inner join {{ ref('fct_peristiwa_lowongan') }} as dibuka
        on
            terisi.lowongan_id = dibuka.lowongan_id
            and terisi.jenis = 'terisi'
            and dibuka.jenis = 'dibuka'
    inner join masa on masa.bulan = date_trunc('month', terisi.tanggal_peristiwa)::date
    cross join generate_series(1, terisi.jumlah_l + terisi.jumlah_p + terisi.jumlah_bebas)
    group by
        grouping sets ((masa.periode, {{ kecamatan_ipk('terisi.kode_kecamatan') }}), (masa.periode))
),

pelatihan as (
    select
        masa.periode,
        coalesce({{ kecamatan_ipk('peserta.kode_kecamatan') }}, 'semua') as kode_kecamatan,
        count(*) as selesai,
        count(*) filter (where peserta.hasil = 'LULUS') as lulus
    from {{ ref('fct_peserta_pelatihan') }} as peserta
    inner join masa on masa.bulan = date_trunc('month', peserta.tanggal_selesai)::date
    where
        peserta.hasil is distinct from 'BERLANGSUNG'
        and peserta.tanggal_selesai between peserta.tanggal_mulai and {{ hari_ini() }}
    group by
        grouping sets ((masa.periode, {{ kecamatan_ipk('peserta.kode_kecamatan') }}), (masa.periode))
),

-- A graduate counts in the span in which the window after the training closes: nobody is judged early.
lulusan as (
    select
        peserta.peserta_pelatihan_id,
        peserta.kode_kecamatan,
        peserta.tanggal_selesai,
        anggota.orang_id,
        (peserta.tanggal_selesai + make_interval(months => {{ var('bulan_penempatan_pelatihan') }}))::date
            as tanggal_batas
    from {{ ref('fct_peserta_pelatihan') }} as peserta
    inner join {{ ref('int_orang__anggota') }} as anggota
        on anggota.dataset = 'peserta_pelatihan' and peserta.peserta_pelatihan_id::text = anggota.id
    where peserta.hasil = 'LULUS' and peserta.tanggal_selesai >= peserta.tanggal_mulai
),

penempatan as (
    select
        anggota.orang_id,
        penempatan.tanggal_mulai
    from {{ ref('fct_penempatan') }} as penempatan
    inner join {{ ref('int_orang__anggota') }} as anggota
        on anggota.dataset = 'penempatan' and penempatan.penempatan_id::text = anggota.id
),

-- Graduates with a placement inside their window; joined by person, since a look at every placement for every
-- graduate grows with the square of the people.
lulusan_ditempatkan as (
    select distinct lulusan.peserta_pelatihan_id
    from lulusan
    inner join penempatan
        on
            lulusan.orang_id = penempatan.orang_id
            and penempatan.tanggal_mulai between lulusan.tanggal_selesai and lulusan.tanggal_batas
),

setelah_pelatihan as (
    select
        masa.periode,
        coalesce({{ kecamatan_ipk('lulusan.kode_kecamatan') }}, 'semua') as kode_kecamatan,
        count(*) as lulusan,
        count(lulusan_ditempatkan.peserta_pelatihan_id) as ditempatkan
    from lulusan
    inner join masa on masa.bulan = date_trunc('month', lulusan.tanggal_batas)::date
    left join lulusan_ditempatkan on lulusan.peserta_pelatihan_id = lulusan_ditempatkan.peserta_pelatihan_id
    where lulusan.tanggal_batas <= {{ hari_ini() }}
    group by
        grouping sets ((masa.periode, {{ kecamatan_ipk('lulusan.kode_kecamatan') }}), (masa.periode))
),

hitungan as (
    select
        arus.periode,
        arus.kode_kecamatan,
        isi.indikator,
        isi.pembilang,
        isi.penyebut,
        isi.nilai
    from arus
    cross join
        lateral (
            values
            ('pencari_kerja', 'TERDAFTAR', arus.masuk, null::numeric, arus.masuk),
            ('pencari_kerja', 'DITEMPATKAN', arus.terpenuhi, null, arus.terpenuhi),
            (
                'pencari_kerja', 'TINGKAT_PENEMPATAN', arus.terpenuhi, arus.awal + arus.masuk,
                100.0 * arus.terpenuhi / nullif(arus.awal + arus.masuk, 0)
            ),
            (
                'lowongan', 'TINGKAT_PEMENUHAN_LOWONGAN', arus.terpenuhi, arus.awal + arus.masuk,
                100.0 * arus.terpenuhi / nullif(arus.awal + arus.masuk, 0)
            )
        ) as isi (bagian, indikator, pembilang, penyebut, nilai)
    where arus.bagian = isi.bagian
    union all
    select
        periode,
        kode_kecamatan,
        'LAMA_PEMENUHAN_LOWONGAN' as indikator,
        banyak as pembilang,
        null as penyebut,
        nilai
    from lama_lowongan
    union all
    select
        periode,
        kode_kecamatan,
        'LAMA_MENUNGGU_PENEMPATAN' as indikator,
        banyak as pembilang,
        null as penyebut,
        nilai
    from tunggu
    union all
    select
        periode,
        kode_kecamatan,
        'TINGKAT_KELULUSAN_PELATIHAN' as indikator,
        lulus as pembilang,
        selesai as penyebut,
        100.0 * lulus / selesai as nilai
    from pelatihan
    union all
    select
        periode,
        kode_kecamatan,
        'PENEMPATAN_SETELAH_PELATIHAN' as indikator,
        ditempatkan as pembilang,
        lulusan as penyebut,
        100.0 * ditempatkan / lulusan as nilai
    from setelah_pelatihan
),

-- Every span of every place that anything is known of; what was not counted is 0, what cannot be divided
-- is empty.
kisi as (
    select
        rentang.periode,
        rentang.jenis_masa,
        wilayah.kode_kecamatan,
        daftar.indikator,
        daftar.median
    from rentang
    cross join (
        select 'semua' as kode_kecamatan
        union
        select kode_kecamatan from hitungan
    ) as wilayah
    cross join
        (
            values
            ('TERDAFTAR', false),
            ('DITEMPATKAN', false),
            ('TINGKAT_PENEMPATAN', false),
            ('TINGKAT_PEMENUHAN_LOWONGAN', false),
            ('LAMA_PEMENUHAN_LOWONGAN', true),
            ('LAMA_MENUNGGU_PENEMPATAN', true),
            ('TINGKAT_KELULUSAN_PELATIHAN', false),
            ('PENEMPATAN_SETELAH_PELATIHAN', false)
        ) as daftar (indikator, median)
)

select
    kisi.periode,
    kisi.jenis_masa,
    kisi.kode_kecamatan,
    kisi.indikator,
    coalesce(hitungan.pembilang, 0)::bigint as pembilang,
    case
        when kisi.median or kisi.indikator in ('TERDAFTAR', 'DITEMPATKAN') then null
        else coalesce(hitungan.penyebut, 0)
    end::bigint as penyebut,
    case
        when kisi.indikator in ('TERDAFTAR', 'DITEMPATKAN') then coalesce(hitungan.nilai, 0)
        else round(hitungan.nilai, 4)
    end as nilai
from kisi
left join hitungan
    on
        kisi.periode = hitungan.periode
        and kisi.kode_kecamatan = hitungan.kode_kecamatan
        and kisi.indikator = hitungan.indikator
