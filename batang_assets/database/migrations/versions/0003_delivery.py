"""Tables of the schema delivery: what was sent, what is still to be sent, and the ledger that proves it."""

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = """
create table delivery.catatan_status (
    id_daerah text primary key,
    domain text not null,
    versi bigint not null check (versi > 0),
    operasi text not null check (operasi in ('simpan', 'tarik')),
    keadaan text not null check (keadaan in ('menunggu', 'diterima', 'tidak_berubah', 'ditolak', 'ditarik')),
    di_pusat boolean not null default false,
    sidik_sumber bytea,
    sidik_data bytea,
    id_siapkerja text,
    galat jsonb,
    diakui_pada timestamptz,
    diubah_pada timestamptz not null default clock_timestamp()
);
create index catatan_status_domain on delivery.catatan_status (domain, keadaan);
comment on table delivery.catatan_status is
    'Satu baris tiap catatan yang pernah masuk kotak keluar: versi terakhir dan hasilnya';
comment on column delivery.catatan_status.di_pusat is
    'Benar bila versi terakhir yang diakui SIAPkerja adalah simpan (catatan ada di pusat)';
comment on column delivery.catatan_status.sidik_sumber is
    'Sidik kolom mart yang dikirim dan sidik pengenalnya; kosong berarti kirim lagi';
comment on column delivery.catatan_status.sidik_data is
    'Sidik berkunci atas data yang dikirim, sebanding dengan sidik_data pada baca ulang';

create table delivery.kiriman (
    kiriman_id bigint generated always as identity primary key,
    kunci text not null unique check (length(kunci) between 1 and 255),
    domain text not null,
    operasi text not null check (operasi in ('simpan', 'tarik')),
    tahap smallint not null,
    periode date not null,
    run_id text not null,
    induk bigint references delivery.kiriman,
    jumlah integer not null check (jumlah between 1 and 500),
    ukuran integer not null,
    sidik_isi bytea not null,
    badan bytea,
    keadaan text not null default 'siap' check (keadaan in ('siap', 'dikirim', 'diakui', 'dipecah', 'gagal')),
    percobaan integer not null default 0,
    id_kiriman text,
    coba_lagi_pada timestamptz,
    dibuat_pada timestamptz not null default clock_timestamp(),
    dikirim_pada timestamptz,
    selesai_pada timestamptz,
    -- The sealed body lives exactly as long as it may have to be sent again.
    check ((badan is not null) = (keadaan in ('siap', 'dikirim')))
);
create index kiriman_terbuka on delivery.kiriman (tahap, kiriman_id) where keadaan in ('siap', 'dikirim');
comment on table delivery.kiriman is 'Satu baris tiap kiriman: kunci idempoten, sidik, dan badan yang disegel';

create table delivery.kotak_keluar (
    id_daerah text not null references delivery.catatan_status,
    versi bigint not null,
    kiriman_id bigint not null references delivery.kiriman,
    posisi integer not null,
    keadaan text not null default 'menunggu'
        check (keadaan in ('menunggu', 'diterima', 'tidak_berubah', 'ditolak', 'gagal')),
    galat jsonb,
    primary key (id_daerah, versi)
);
create index kotak_keluar_kiriman on delivery.kotak_keluar (kiriman_id, posisi);
create index kotak_keluar_menunggu on delivery.kotak_keluar (id_daerah, versi) where keadaan = 'menunggu';
comment on table delivery.kotak_keluar is 'Satu baris tiap versi catatan yang dikirim, dan hasilnya';

create table delivery.tertahan (
    id_daerah text primary key,
    domain text not null,
    rujukan text[] not null,
    alasan text not null check (
        alasan in ('RUJUKAN_DITOLAK', 'RUJUKAN_DITARIK', 'RUJUKAN_TIDAK_ADA', 'BIDANG_TIDAK_SAH')),
    sejak timestamptz not null default clock_timestamp()
);
comment on table delivery.tertahan is
    'Catatan yang belum dapat dikirim: rujukannya belum diakui SIAPkerja, atau bidangnya tidak dapat dibentuk';
comment on column delivery.tertahan.rujukan is 'id_daerah yang ditunggu, atau nama bidang yang tidak sah';

create table delivery.baca_ulang (
    baca_id bigint generated always as identity primary key,
    domain text not null,
    run_id text not null,
    diubah_sejak timestamptz,
    diubah_sampai timestamptz,
    baris integer not null,
    halaman integer not null,
    diulang integer not null,
    versi_baru integer not null,
    mulai timestamptz not null,
    selesai timestamptz not null default clock_timestamp()
);
create index baca_ulang_domain on delivery.baca_ulang (domain, baca_id);
comment on table delivery.baca_ulang is 'Satu baris tiap pembacaan ulang satu domain yang selesai utuh';

create table delivery.buku_besar (
    nomor bigint primary key check (nomor > 0),
    jenis text not null,
    isi text not null,
    sidik_sebelum bytea not null check (length(sidik_sebelum) = 32),
    sidik bytea not null unique check (length(sidik) = 32),
    tanda_tangan bytea not null check (length(tanda_tangan) = 64)
);
comment on table delivery.buku_besar is
    'Buku besar kiriman: hanya bertambah; JSON kanonik, rantai SHA-256, tanda tangan Ed25519';

create function delivery.tolak_perubahan() returns trigger language plpgsql as $$
begin
    raise exception 'delivery.buku_besar is append-only';
end $$;
create trigger hanya_bertambah before update or delete on delivery.buku_besar
    for each row execute function delivery.tolak_perubahan();
create trigger hanya_bertambah_truncate before truncate on delivery.buku_besar
    for each statement execute function delivery.tolak_perubahan();
-- Always: also where a role has switched ordinary triggers off for its session.
alter table delivery.buku_besar enable always trigger hanya_bertambah;
alter table delivery.buku_besar enable always trigger hanya_bertambah_truncate;
revoke update, delete, truncate on delivery.buku_besar from public;
"""


def upgrade() -> None:
    """Create the tables of the schema delivery."""
    op.execute(SQL)
