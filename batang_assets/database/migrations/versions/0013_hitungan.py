"""The numbers that the suites judge: one a rule, dataset and month, counted before Great Expectations looks."""

from alembic import op

revision = "0013"
down_revision = "0017"

SQL = """
create table quality.hitungan (
    periode date not null check (extract(day from periode) = 1),
    dataset text not null,
    kode text not null,
    diperiksa bigint not null check (diperiksa >= 0),
    salah bigint not null check (salah between 0 and diperiksa),
    nilai double precision not null,
    primary key (dataset, periode, kode)
);
comment on table quality.hitungan is
    'Hitungan setiap aturan dari penilaian terakhir, yang dibaca Great Expectations: hitungan, tanpa nilai data';
comment on column quality.hitungan.nilai is
    'Yang dibandingkan dengan ambang: bagian yang salah (0..1), atau ukurannya (baris, hari kerja, jam, PSI)';
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(SQL)
