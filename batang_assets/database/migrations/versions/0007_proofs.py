"""What proves a delivery: acknowledged versions, the centre's view, rejected records, and the way to an entry."""

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = """
alter table delivery.kotak_keluar add column sidik_data bytea;
comment on column delivery.kotak_keluar.sidik_data is 'Sidik berkunci atas data versi ini; kosong untuk penarikan';

alter table delivery.catatan_status
    add column versi_diakui bigint,
    add column sidik_diakui bytea,
    add column ulangi boolean not null default false,
    add column ulangan smallint not null default 0;
comment on column delivery.catatan_status.versi_diakui is 'Versi terakhir yang diakui SIAPkerja';
comment on column delivery.catatan_status.sidik_diakui is
    'Sidik data versi yang diakui; kosong bila penarikan atau belum diketahui';
comment on column delivery.catatan_status.ulangi is
    'Benar bila catatan harus dikirim atau ditarik lagi meskipun tidak berubah (perbaikan, permintaan operator)';
comment on column delivery.catatan_status.ulangan is
    'Berapa kali berturut-turut dikirim lagi tanpa perubahan; perbaikan berhenti setelah tiga kali';
update delivery.catatan_status
set versi_diakui = versi, sidik_diakui = sidik_data
where diakui_pada is not null and keadaan in ('diterima', 'tidak_berubah', 'ditarik');

create table delivery.pandangan_pusat (
    domain text not null,
    id_siapkerja text not null,
    id_daerah text,
    versi bigint,
    sumber text,
    ditarik boolean not null,
    sidik_data bytea,
    dilihat_pada timestamptz not null,
    primary key (domain, id_siapkerja)
);
create index pandangan_pusat_daerah on delivery.pandangan_pusat (domain, id_daerah) where id_daerah is not null;
comment on table delivery.pandangan_pusat is
    'Satu baris tiap catatan yang dipegang SIAPkerja menurut pembacaan ulang terakhir; tanpa data pribadi';

alter table delivery.baca_ulang add column pandangan boolean not null default false;
comment on column delivery.baca_ulang.pandangan is
    'Benar bila pembacaan ini memperbarui pandangan_pusat; yang pertama membaca seluruhnya';

create index kotak_keluar_ditolak on delivery.kotak_keluar (id_daerah) where keadaan = 'ditolak';
create index buku_besar_kunci on delivery.buku_besar (((isi::jsonb) ->> 'kunci'));
create index buku_besar_catatan on delivery.buku_besar (((isi::jsonb) ->> 'id_daerah'))
    where jenis = 'kirim_ulang';
create index buku_besar_perbaikan on delivery.buku_besar (nomor) where jenis = 'perbaikan';

create view delivery.ditolak as
select
    c.domain,
    c.id_daerah,
    c.versi,
    c.operasi,
    coalesce(g.galat ->> 'kode', 'LAINNYA') as kode,
    coalesce(g.galat ->> 'bidang', 'lainnya') as bidang,
    c.di_pusat,
    c.diubah_pada as ditolak_pada,
    (
        select count(*) from delivery.kotak_keluar k
        where k.id_daerah = c.id_daerah and k.keadaan = 'ditolak'
    ) as kali_ditolak
from delivery.catatan_status c
left join lateral jsonb_array_elements(c.galat) g (galat) on true
where c.keadaan = 'ditolak';
comment on view delivery.ditolak is
    'Karantina kiriman: satu baris tiap galat catatan yang versi terakhirnya ditolak SIAPkerja';
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
