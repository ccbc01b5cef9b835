"""What a build of the warehouse must know to make anew only what changed since the last one."""

from alembic import op

revision = "0022"
down_revision = "0019"

SQL = """
create schema gudang;

create table gudang.pembangunan (
    satu boolean primary key default true check (satu),
    utuh boolean not null,
    sidik text not null,
    sekarang timestamptz not null,
    penyelarasan text not null,
    dibaca jsonb not null
);
comment on table gudang.pembangunan is
    'Pembangunan gudang yang terakhir; satu baris. Tabelnya hanya diperbarui sebagian bila yang terakhir utuh';
comment on column gudang.pembangunan.utuh is
    'Benar bila semua tabel selesai dibangun; salah selama membangun, setelah gagal, dan setelah sebagian dibangun';
comment on column gudang.pembangunan.sidik is
    'Sidik semua yang tidak berasal dari catatan: model, seed, buku kode yang dimuat, setelan, tahun';
comment on column gudang.pembangunan.sekarang is 'Waktu (jam setelan) yang dipakai';
comment on column gudang.pembangunan.penyelarasan is 'Sidik sebutan bebas yang sudah diselaraskan';
comment on column gudang.pembangunan.dibaca is
    'Tiap tabel mentah: _versi (versi) dan hilang_id (hilang) tertinggi yang sudah terbaca';

create unlogged table gudang.perubahan (apa text not null, kunci text not null);
comment on table gudang.perubahan is
    'Yang berubah sejak pembangunan terakhir: nama dataset dan kunci catatan, atau jenis kunci lain '
    '(dbt_project/macros/perubahan.sql)';
"""


def upgrade() -> None:
    """Create both tables."""
    op.execute(SQL)
