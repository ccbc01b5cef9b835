-- Nothing is dropped without a word: every registration and every placement that is fit and has happened is
-- an event, counted or with the rule that does not count it; a vacancy's places, once it has ended, add up
-- to none.
{% set sampai = hari_ini() %}
-- Registrations that changed, of people whose events were made, and of placements that changed.
{% set pendaftaran_dibangun %}
    (
        select kunci
        from gudang.perubahan
        where apa = 'pencari_kerja'
        union all
        select id
        from {{ ref('int_orang__anggota') }}
        where dataset = 'pencari_kerja' and orang_id in {{ kunci_berubah("masa") }}
        union all
        select pencari_kerja_id::text
        from {{ ref('fct_penempatan') }}
        where penempatan_id in {{ kunci_berubah("penempatan", bilangan=true) }}
    )
{% endset %}
select
    'pendaftaran' as apa,
    pencari_kerja_id as id
from {{ ref('int_pencari_kerja__dinilai') }} as pendaftaran
where
    layak
    and tanggal_daftar <= {{ sampai }}
    {{ hanya_yang_dibangun("id in " ~ pendaftaran_dibangun) }}
    and not exists (
        select from {{ ref('fct_peristiwa_pencari_kerja') }} as peristiwa
        where peristiwa.peristiwa_id = 'daftar:' || pendaftaran.pencari_kerja_id
    )
union all
select
    'penempatan' as apa,
    penempatan.penempatan_id as id
from {{ ref('fct_penempatan') }} as penempatan
inner join {{ ref('int_orang__anggota') }} as anggota
    on anggota.dataset = 'pencari_kerja' and penempatan.pencari_kerja_id::text = anggota.id
where
    penempatan.tanggal_mulai <= {{ sampai }}
    {{ hanya_yang_dibangun("anggota.id in " ~ pendaftaran_dibangun) }}
    and not exists (
        select from {{ ref('int_pencari_kerja__peristiwa') }} as peristiwa
        where peristiwa.peristiwa_id = 'ditempatkan:' || penempatan.penempatan_id
    )
union all
select
    'lowongan' as apa,
    lowongan_id as id
from {{ ref('fct_peristiwa_lowongan') }}
{{ hanya_yang_dibangun("lowongan_id in " ~ kunci_berubah("pengisian", bilangan=true), "where") }}
group by lowongan_id
having
    bool_or(jenis = 'dihapus')
    and (
        sum(case jenis when 'dibuka' then jumlah_l else -jumlah_l end) <> 0
        or sum(case jenis when 'dibuka' then jumlah_p else -jumlah_p end) <> 0
        or sum(case jenis when 'dibuka' then jumlah_bebas else -jumlah_bebas end) <> 0
    )
