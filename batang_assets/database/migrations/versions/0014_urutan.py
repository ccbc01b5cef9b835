"""What a record in the outbox waits for; time stamps on the ledger."""

from alembic import op

revision = "0014"
down_revision = "0016"

SQL = """
drop index delivery.kiriman_terbuka;
alter table delivery.kiriman drop column tahap;
alter table delivery.kiriman add column asal bigint;
alter table delivery.kiriman
    add column urutan bigint not null generated always as (coalesce(asal, kiriman_id)) stored;
create index kiriman_terbuka on delivery.kiriman (urutan, kiriman_id) where keadaan in ('siap', 'dikirim');
comment on column delivery.kiriman.asal is 'Kiriman yang pertama dipecah atau disaring hingga menjadi kiriman ini';
comment on column delivery.kiriman.urutan is 'Tempat dalam antrean: kiriman hanya menunggu urutan yang lebih kecil';

alter table delivery.kotak_keluar
    add column rujukan text[],
    drop constraint kotak_keluar_keadaan_check,
    add constraint kotak_keluar_keadaan_check check (
        keadaan in ('menunggu', 'diterima', 'tidak_berubah', 'ditolak', 'gagal', 'batal'));
comment on column delivery.kotak_keluar.rujukan is
    'id_daerah yang harus selesai lebih dahulu: yang dirujuk; pada penarikan, yang masih merujuk';
comment on column delivery.kotak_keluar.keadaan is
    'Hasil versi ini; batal: dikeluarkan sebelum pernah dikirim, karena rujukannya tidak diakui';

alter table delivery.tertahan
    drop constraint tertahan_alasan_check,
    add constraint tertahan_alasan_check check (alasan in (
        'RUJUKAN_DITOLAK', 'RUJUKAN_DITARIK', 'RUJUKAN_BELUM_DIAKUI', 'RUJUKAN_TIDAK_ADA', 'BIDANG_TIDAK_SAH'));

create view delivery.menunggu as
select
    k.kiriman_id,
    r.id_daerah,
    r.versi,
    'VERSI_SEBELUMNYA' as alasan,
    o.id_daerah as ditunggu,
    o.kiriman_id as oleh
from delivery.kiriman k
join delivery.kotak_keluar r using (kiriman_id)
join delivery.kotak_keluar o on o.id_daerah = r.id_daerah and o.versi < r.versi and o.keadaan = 'menunggu'
where k.keadaan = 'siap'
union all
select
    k.kiriman_id,
    r.id_daerah,
    r.versi,
    case
        when o.kiriman_id is null then 'RUJUKAN_TIDAK_DIAKUI'
        when k.operasi = 'tarik' then 'MASIH_DIRUJUK'
        else 'RUJUKAN_BELUM_DIAKUI'
    end,
    ke.id,
    o.kiriman_id
from delivery.kiriman k
join delivery.kotak_keluar r using (kiriman_id)
cross join lateral unnest(r.rujukan) as ke (id)
left join delivery.catatan_status c on c.id_daerah = ke.id
left join lateral (
    select p.kiriman_id
    from delivery.kotak_keluar p
    join delivery.kiriman pk using (kiriman_id)
    where
        p.id_daerah = ke.id and p.keadaan = 'menunggu' and pk.urutan < k.urutan
        and (k.operasi = 'tarik' or pk.operasi = 'tarik' or not c.di_pusat)
    limit 1
) o on true
where
    k.keadaan = 'siap'
    and (o.kiriman_id is not null or (k.operasi = 'simpan' and not coalesce(c.di_pusat, false)));
create table delivery.stempel_waktu (
    nomor bigint primary key references delivery.buku_besar,
    respons bytea not null,
    dicatat_pada timestamptz not null default clock_timestamp()
);
comment on table delivery.stempel_waktu is
    'Stempel waktu RFC 3161 atas tanda tangan entri buku besar; tanda terima tanpa baris di sini belum distempel';
create or replace function delivery.tolak_perubahan() returns trigger language plpgsql as $$
begin
    raise exception 'delivery.% is append-only', tg_table_name;
end $$;
create trigger hanya_bertambah before update or delete on delivery.stempel_waktu
    for each row execute function delivery.tolak_perubahan();
create trigger hanya_bertambah_truncate before truncate on delivery.stempel_waktu
    for each statement execute function delivery.tolak_perubahan();
alter table delivery.stempel_waktu enable always trigger hanya_bertambah;
alter table delivery.stempel_waktu enable always trigger hanya_bertambah_truncate;
revoke update, delete, truncate on delivery.stempel_waktu from public;

comment on view delivery.menunggu is
    'Catatan dalam kotak keluar yang belum boleh dikirim: yang ditunggu, alasannya, dan kiriman yang memuatnya';
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
