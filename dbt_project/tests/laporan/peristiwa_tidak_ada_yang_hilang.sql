-- Nothing is dropped without a word: every registration and every placement that is fit and has happened is
-- an event, counted or with the rule that does not count it; a vacancy's places, once it has ended, add up
-- to none.
{% set sampai = hari_ini() %}
select
    'pendaftaran' as apa,
    pencari_kerja_id as id
from {{ ref('int_pencari_kerja__dinilai') }}
where
    layak
    and tanggal_daftar <= {{ sampai }}
    and 'daftar:' || pencari_kerja_id
    not in (select peristiwa_id from {{ ref('fct_peristiwa_pencari_kerja') }})
union all
select
    'penempatan' as apa,
    penempatan.penempatan_id as id
from {{ ref('fct_penempatan') }} as penempatan
inner join {{ ref('int_orang__anggota') }} as anggota
    on anggota.dataset = 'pencari_kerja' and penempatan.pencari_kerja_id::text = anggota.id
where
    penempatan.tanggal_mulai <= {{ sampai }}
    and 'ditempatkan:' || penempatan.penempatan_id
    not in (select peristiwa_id from {{ ref('int_pencari_kerja__peristiwa') }})
union all
select
    'lowongan' as apa,
    lowongan_id as id
from {{ ref('fct_peristiwa_lowongan') }}
group by lowongan_id
having
    bool_or(jenis = 'dihapus')
    and (
        sum(case jenis when 'dibuka' then jumlah_l else -jumlah_l end) <> 0
        or sum(case jenis when 'dibuka' then jumlah_p else -jumlah_p end) <> 0
        or sum(case jenis when 'dibuka' then jumlah_bebas else -jumlah_bebas end) <> 0
    )
