"""Quarantine over time, the decisions people take about it and about closed gates, balances, and sent alerts."""

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = """
create table quality.riwayat_karantina (
    riwayat_id bigint generated always as identity primary key,
    dataset text not null,
    id text not null,
    isi_hash bytea not null,
    periode date not null,
    aturan text[] not null check (cardinality(aturan) > 0),
    keadaan text not null check (keadaan in ('terbuka', 'diterima', 'diperbaiki')),
    pertama_terlihat timestamptz not null,
    terakhir_terlihat timestamptz not null,
    keluar_pada timestamptz,
    sebab_keluar text check (sebab_keluar in ('versi_baru', 'dihapus', 'hilang', 'rujukan_atau_aturan')),
    check ((keadaan = 'diperbaiki') = (keluar_pada is not null)),
    check ((keadaan = 'diperbaiki') = (sebab_keluar is not null))
);
create unique index riwayat_karantina_berjalan on quality.riwayat_karantina (dataset, id)
    where keadaan <> 'diperbaiki';
create index riwayat_karantina_catatan on quality.riwayat_karantina (dataset, id, riwayat_id);
comment on table quality.riwayat_karantina is
    'Satu baris untuk setiap kali sebuah catatan masuk karantina, sampai ia diperbaiki di sumber';
comment on column quality.riwayat_karantina.sebab_keluar is
    'versi_baru: sumber mengirim versi yang benar; dihapus, hilang: catatan tidak ada lagi di sumber; '
    'rujukan_atau_aturan: catatan yang dirujuk membaik, atau aturannya berubah';

create table quality.keputusan_karantina (
    keputusan_id bigint generated always as identity primary key,
    dataset text not null,
    id text not null,
    isi_hash bytea not null,
    aturan text[] not null check (cardinality(aturan) > 0),
    oleh text not null check (btrim(oleh) <> ''),
    alasan text not null check (btrim(alasan) <> ''),
    pada timestamptz not null default clock_timestamp()
);
create index keputusan_karantina_catatan on quality.keputusan_karantina (dataset, id, isi_hash);
comment on table quality.keputusan_karantina is
    'Siapa menerima catatan karantina yang mana, untuk aturan apa, dan mengapa; berlaku untuk versi itu saja';

create table quality.pengecualian_gerbang (
    pengecualian_id bigint generated always as identity primary key,
    periode date not null check (extract(day from periode) = 1),
    dataset text not null,
    versi_data text not null,
    aturan text[] not null check (cardinality(aturan) > 0),
    oleh text not null check (btrim(oleh) <> ''),
    alasan text not null check (btrim(alasan) <> ''),
    pada timestamptz not null default clock_timestamp()
);
create index pengecualian_gerbang_kunci on quality.pengecualian_gerbang (periode, dataset, versi_data);
comment on table quality.pengecualian_gerbang is
    'Siapa membuka gerbang yang tertutup, untuk aturan apa, dan mengapa; berlaku untuk versi data itu saja';

create table quality.neraca (
    periode date not null check (extract(day from periode) = 1),
    kode text not null,
    diperiksa bigint not null check (diperiksa >= 0),
    salah bigint not null check (salah between 0 and diperiksa),
    lulus boolean not null,
    sidik text not null,
    run_id text not null,
    dinilai_pada timestamptz not null default clock_timestamp(),
    primary key (periode, kode)
);
comment on table quality.neraca is
    'Hasil terakhir pemeriksaan neraca antartabel konsolidasi; sidik: isi tabel yang dinilai';

create table quality.peringatan (
    peringatan_id bigint generated always as identity primary key,
    kunci text not null,
    kejadian text not null check (kejadian in ('gangguan', 'pulih')),
    ringkasan text not null,
    pada timestamptz not null default clock_timestamp()
);
create index peringatan_kunci on quality.peringatan (kunci, peringatan_id);
comment on table quality.peringatan is
    'Setiap gangguan dan pemulihan yang diberitahukan: hitungan dan kode, tanpa nilai data';

create table quality.peringatan_terkirim (
    peringatan_id bigint not null references quality.peringatan,
    saluran text not null check (saluran in ('webhook', 'surel')),
    pada timestamptz not null default clock_timestamp(),
    primary key (peringatan_id, saluran)
);
comment on table quality.peringatan_terkirim is 'Saluran yang sudah menerima pemberitahuan ini';

create function quality.tolak_perubahan() returns trigger language plpgsql as $$
begin
    raise exception 'quality.% is append-only', tg_table_name;
end $$;
create trigger hanya_bertambah before update or delete or truncate on quality.keputusan_karantina
    for each statement execute function quality.tolak_perubahan();
create trigger hanya_bertambah before update or delete or truncate on quality.pengecualian_gerbang
    for each statement execute function quality.tolak_perubahan();
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
