"""Requests of data subjects, and what stays erased."""

from alembic import op

revision = "0018"
down_revision = "0015"

SQL = """
create table vault.permintaan_subjek (
    permintaan_id bigint generated always as identity primary key,
    nomor text not null unique,
    jenis text not null check (jenis in ('akses', 'pembetulan', 'pembatasan', 'penghapusan')),
    diterima_pada timestamptz not null,
    selesai_pada timestamptz,
    putusan text check (putusan in ('dipenuhi', 'ditolak')),
    oleh text check (btrim(oleh) <> ''),
    alasan text check (btrim(alasan) <> ''),
    dicatat_pada timestamptz not null default clock_timestamp(),
    check (num_nulls(selesai_pada, putusan, oleh, alasan) in (0, 4)),
    check (selesai_pada >= diterima_pada)
);
create index permintaan_subjek_diterima on vault.permintaan_subjek (diterima_pada);
comment on table vault.permintaan_subjek is
    'Permintaan subjek data (UU 27/2022): jam terima dan jam jawab, putusan dan alasannya; pemohon hanya nomor';
comment on column vault.permintaan_subjek.nomor is 'Nomor agenda permintaan; bukan nama atau NIK';
comment on column vault.permintaan_subjek.oleh is 'Pejabat yang memutus';

create table vault.terhapus (
    tabel text not null,
    id text not null,
    orang_token text,
    permintaan_id bigint not null references vault.permintaan_subjek,
    primary key (tabel, id)
);
create index terhapus_token on vault.terhapus (orang_token) where orang_token is not null;
comment on table vault.terhapus is
    'Catatan orang yang pengenalnya dimusnahkan: tidak disegel lagi, tidak dikirim, ditolak bila datang kembali';
comment on column vault.terhapus.orang_token is
    'Nama samaran NIK yang sah; catatan lain dengan nama samaran ini juga ditolak di pintu';

create table vault.ditolak_di_pintu (
    tabel text not null,
    id text not null,
    permintaan_id bigint not null references vault.permintaan_subjek,
    pertama_pada timestamptz not null default clock_timestamp(),
    terakhir_pada timestamptz not null default clock_timestamp(),
    run_id text not null,
    primary key (tabel, id)
);
comment on table vault.ditolak_di_pintu is
    'Catatan orang terhapus yang masih ditunjukkan sumber: tidak disimpan, dihitung di sini; run_id: yang terakhir';

create index buku_besar_penghapusan on delivery.buku_besar (nomor) where jenis = 'penghapusan';
comment on column delivery.kotak_keluar.keadaan is
    'Hasil versi ini; batal: dikeluarkan dari antrean, karena rujukannya tidak diakui atau orangnya terhapus';
"""


def upgrade() -> None:
    """Create them, and say what batal now means."""
    op.execute(SQL)
