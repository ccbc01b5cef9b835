"""The bridge of each month as it stood when the month was run: what progress is measured against."""

from alembic import op

revision = "0017"
down_revision = "0014"

SQL = """
create table reports.konsolidasi_riwayat (
    periode date not null check (extract(day from periode) = 1),
    domain text not null,
    kode_kecamatan text not null,
    apbd boolean not null,
    kode_sub_kegiatan text not null,
    tahun_anggaran integer,
    sebab text not null,
    daerah bigint not null check (daerah >= 0),
    pusat bigint not null check (pusat >= 0),
    selisih bigint not null check (selisih = daerah - pusat),
    run_id text not null,
    unique nulls not distinct (periode, domain, kode_kecamatan, apbd, kode_sub_kegiatan, tahun_anggaran, sebab)
);
comment on table reports.konsolidasi_riwayat is
    'Jembatan konsolidasi tiap bulan, sebagaimana keadaannya ketika bulan itu terakhir dijalankan';

create table reports.konsolidasi_pekerjaan (
    periode date not null check (extract(day from periode) = 1),
    domain text not null,
    hubungan text not null,
    sebab text not null,
    penanggung_jawab text not null,
    jumlah bigint not null check (jumlah > 0),
    run_id text not null,
    primary key (periode, domain, hubungan, sebab, penanggung_jawab)
);
comment on table reports.konsolidasi_pekerjaan is
    'Banyaknya selisih pada daftar kerja tiap bulan menurut sebab dan pihak yang dapat memperbaikinya';
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
