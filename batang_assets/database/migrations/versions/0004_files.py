"""Drops of the files source: one row a content, and the names it was seen under."""

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = """
create sequence raw.berkas_urutan;
create table raw.berkas (
    berkas_id bigint generated always as identity primary key,
    sidik bytea not null unique check (length(sidik) = 32),
    nama text not null,
    ukuran bigint not null check (ukuran >= 0),
    keadaan text not null check (keadaan in ('diterima', 'ditolak')),
    alasan text check ((alasan is not null) = (keadaan = 'ditolak')),
    catatan text[] not null default '{}',
    dataset text check (dataset is not null or keadaan = 'ditolak'),
    bentuk jsonb not null,
    baris bigint not null default 0 check (baris >= 0),
    bulan date[] not null default '{}',
    tiba_pada timestamptz not null,
    peta bytea not null,
    urutan bigint not null default nextval('raw.berkas_urutan'),
    run_id text,
    dicatat_pada timestamptz not null default clock_timestamp()
);
create index berkas_dataset on raw.berkas (dataset, berkas_id);
comment on table raw.berkas is
    'Satu baris tiap isi berkas yang pernah tiba; isinya disimpan tersegel di luar basis data';
comment on column raw.berkas.sidik is 'SHA-256 isi berkas: isi yang sama diproses satu kali, apa pun namanya';
comment on column raw.berkas.alasan is 'Mengapa berkas disisihkan: tempat dan sebabnya, tanpa nilai data';
comment on column raw.berkas.bulan is
    'Bulan (WIB) dari updated_at baris-barisnya; bulan lain tidak perlu membaca berkas ini';
comment on column raw.berkas.tiba_pada is 'Waktu tiba: mewakili updated_at baris yang tidak dapat dibaca';
comment on column raw.berkas.peta is 'Sidik peta kolom saat berkas diperiksa; peta lain berarti diperiksa lagi';
comment on column raw.berkas.urutan is
    'Naik setiap kali berkas diperiksa; sensor meminta run sejak urutan terakhirnya';

create table raw.berkas_nama (
    nama text primary key,
    ukuran bigint not null,
    diubah_ns bigint not null,
    sidik bytea not null references raw.berkas (sidik),
    dilihat_pada timestamptz not null default clock_timestamp()
);
comment on table raw.berkas_nama is
    'Berkas di folder yang dipantau dan isinya; selama ukuran dan waktu ubahnya tetap, berkas tidak dibaca lagi';
"""


def upgrade() -> None:
    """Create the tables of the files source."""
    op.execute(SQL)
