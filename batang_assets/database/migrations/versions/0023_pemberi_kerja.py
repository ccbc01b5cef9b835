"""How many employers stand behind the vacancy figures of a publication, for the rule of three employers."""

from alembic import op

revision = "0023"
down_revision = "0020"

SQL = """
create table reports.ipk_terbitan_pemberi_kerja (
    terbitan_id bigint primary key references reports.ipk_terbitan,
    jumlah integer[] not null
);
comment on table reports.ipk_terbitan_pemberi_kerja is
    'Banyaknya pemberi kerja di balik tiap sel lowongan satu terbitan kabupaten, untuk menilai paket publik; tidak '
    'diterbitkan. Diperbarui bila pemberi kerjanya dikoreksi sedangkan angkanya tetap';
comment on column reports.ipk_terbitan_pemberi_kerja.jumlah is
    'Menurut urutan_baris dan urutan_kolom ipk_terbitan_sel (mulai dari 1): pemberi kerja yang berbeda, yang tidak '
    'diketahui tidak dihitung';
"""


def upgrade() -> None:
    """Create it."""
    op.execute(SQL)
