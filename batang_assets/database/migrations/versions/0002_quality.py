"""Tables of the schema quality: the verdicts of the gates, and the results of the rules behind them."""

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = """
create table quality.gerbang (
    periode date not null check (extract(day from periode) = 1),
    dataset text not null,
    versi_data text not null,
    lulus boolean not null,
    ringkasan jsonb not null,
    dinilai_pada timestamptz not null default clock_timestamp(),
    run_id text not null,
    primary key (periode, dataset, versi_data)
);
comment on table quality.gerbang is
    'Putusan gerbang mutu untuk satu bulan, satu dataset, dan satu versi data (Nota Kesepakatan pasal 6(1)c)';
comment on column quality.gerbang.ringkasan is
    'Hitungan dan kode aturan saja, tanpa nilai data: baris, layak, gagal, peringatan, umur_data_hari';

create table quality.hasil_aturan (
    periode date not null,
    dataset text not null,
    versi_data text not null,
    kode text not null,
    dimensi text not null check (dimensi in ('relevan', 'akurat', 'terkini')),
    keparahan text not null check (keparahan in ('blokir', 'peringatan')),
    diperiksa bigint not null check (diperiksa >= 0),
    salah bigint not null check (salah between 0 and diperiksa),
    batas text not null,
    bobot bigint not null check (bobot >= 0),
    lulus boolean not null,
    primary key (periode, dataset, versi_data, kode),
    foreign key (periode, dataset, versi_data) references quality.gerbang on delete cascade
);
comment on table quality.hasil_aturan is 'Hasil setiap aturan di balik putusan gerbang: hitungan, tanpa nilai data';
comment on column quality.hasil_aturan.bobot is
    'Bobot dalam skor: baris yang diperiksa; untuk aturan atas seluruh tabel, banyaknya baris tabel itu';
"""


def upgrade() -> None:
    """Create the tables of the schema quality."""
    op.execute(SQL)
