"""Extracts of SIAPkerja as drops: a register by source, and by which of the two ways the centre was last seen."""

from alembic import op

revision = "0019"
down_revision = "0018"

SQL = """
alter table raw.berkas_nama drop constraint berkas_nama_sidik_fkey, drop constraint berkas_nama_pkey;
alter table raw.berkas drop constraint berkas_sidik_key;
alter table raw.berkas
    add column sumber text not null default 'batang_career' check (sumber in ('batang_career', 'siapkerja')),
    add unique (sumber, sidik);
alter table raw.berkas_nama
    add column sumber text not null default 'batang_career',
    add primary key (sumber, nama),
    add foreign key (sumber, sidik) references raw.berkas (sumber, sidik);
alter table raw.berkas alter column sumber drop default;
alter table raw.berkas_nama alter column sumber drop default;
comment on column raw.berkas.sumber is 'Folder siapa: batang_career, atau siapkerja (berkas ekstrak pusat)';

alter table delivery.baca_ulang
    add column cara text not null default 'baca_ulang' check (cara in ('baca_ulang', 'ekstrak')),
    add column berkas_urutan bigint,
    add column keadaan_pada date,
    add check ((cara = 'ekstrak') = (berkas_urutan is not null));
comment on column delivery.baca_ulang.berkas_urutan is
    'raw.berkas.urutan dari berkas ekstrak yang dimuat: tiap pemeriksaan berkas dimuat satu kali';
comment on column delivery.baca_ulang.cara is
    'Bagaimana pusat dilihat: baca_ulang (antarmuka SIAPkerja) atau ekstrak (berkas yang dijatuhkan operator)';
comment on column delivery.baca_ulang.keadaan_pada is
    'Hari (WIB) yang ditunjukkan pembacaan ini; kosong: hari pembacaannya';
"""


def upgrade() -> None:
    """Tell the two folders, and the two ways, apart."""
    op.execute(SQL)
