"""Schemas, the extraction log, and the vault."""

from alembic import op

revision = "0001"
down_revision = None

SQL = """
create schema if not exists raw;
create schema if not exists vault;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
create schema if not exists quality;
create schema if not exists delivery;
create schema if not exists reports;
create schema if not exists dagster;

create table raw.penarikan (
    penarikan_id bigint generated always as identity primary key,
    run_id text not null,
    dataset text not null,
    periode date not null,
    jendela_dari timestamptz not null,
    jendela_sampai timestamptz not null,
    dilihat integer not null,
    versi_baru integer not null,
    tersegel integer not null,
    mulai timestamptz not null,
    selesai timestamptz not null,
    lengkap boolean not null
);
create index penarikan_dataset_periode on raw.penarikan (dataset, periode, penarikan_id);
comment on table raw.penarikan is 'Satu baris untuk setiap jendela waktu yang selesai dibaca';

create table vault.identitas (
    tabel text not null,
    id text not null,
    isi_hash bytea not null,
    kunci_id text not null,
    sandi bytea not null,
    dibuat_pada timestamptz not null default clock_timestamp(),
    primary key (tabel, id, isi_hash)
);
comment on table vault.identitas is 'Pengenal langsung, disegel AES-256-GCM; kunci berada di luar basis data';

create table vault.pengungkapan (
    pengungkapan_id bigint generated always as identity primary key,
    waktu timestamptz not null default clock_timestamp(),
    run_id text not null,
    tabel text not null,
    penerima text not null,
    tujuan text not null,
    jumlah integer not null
);
comment on table vault.pengungkapan is 'Setiap pembukaan segel: untuk siapa, untuk apa, berapa catatan';
revoke all on schema vault from public;
"""


def upgrade() -> None:
    """Create what every later revision stands on."""
    op.execute(SQL)
