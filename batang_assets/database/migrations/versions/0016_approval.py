"""Approval by two people: who prepared and who approved which data of a month."""

from alembic import op

revision = "0016"
down_revision = "0008"

SQL = """
create table quality.persetujuan (
    persetujuan_id bigint generated always as identity primary key,
    periode date not null check (extract(day from periode) = 1),
    langkah text not null check (langkah in ('disiapkan', 'disetujui', 'dicabut')),
    sidik text not null,
    oleh text not null check (btrim(oleh) <> ''),
    catatan text not null default '',
    cara text not null check (cara in ('orang', 'demo')),
    run_id text,
    pada timestamptz not null,
    check (langkah <> 'dicabut' or btrim(catatan) <> '')
);
create index persetujuan_kunci on quality.persetujuan (periode, sidik, persetujuan_id);
comment on table quality.persetujuan is
    'Siapa menyiapkan, menyetujui, atau mencabut pengeluaran data suatu bulan; berlaku untuk versi data itu saja';
comment on column quality.persetujuan.sidik is
    'Sidik versi data kedelapan dataset yang dinilai gerbang ketika langkah ini diambil';
comment on column quality.persetujuan.cara is
    'orang: dua orang yang berbeda; demo: disetujui sendiri oleh mode demo, hanya untuk data sintetis';
create trigger hanya_bertambah before update or delete or truncate on quality.persetujuan
    for each statement execute function quality.tolak_perubahan();
"""


def upgrade() -> None:
    """Create it."""
    op.execute(SQL)
