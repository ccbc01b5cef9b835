"""A soft-deleted row that is no longer live is an event too, so that its id can begin a new life."""

from alembic import op

revision = "0020"
down_revision = "0022"

SQL = """
alter table raw.hilang
    add column sudah_dihapus boolean not null default false,
    add check (not sudah_dihapus or hilang_pada is not null);
comment on column raw.hilang.sudah_dihapus is
    'Sumber sudah menunjukkannya terhapus secara lunak: tidak mengubah hitungan, memisahkan yang baru darinya';
comment on table raw.hilang is
    'Peristiwa: catatan tidak lagi hidup pada sumber, atau hidup lagi; hanya bertambah';
"""


def upgrade() -> None:
    """Tell the two kinds of vanishing apart."""
    op.execute(SQL)
