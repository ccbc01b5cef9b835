"""What left as SMData packages: what the public ones hold, and how each package was handed over."""

from alembic import op

revision = "0015"
down_revision = "0012"

SQL = """
create table delivery.smdata_publik (
    publik_id bigint generated always as identity primary key,
    kode_wilayah text not null check (kode_wilayah ~ '^[0-9]{4}$'),
    periode text not null check (periode ~ '^[0-9]{4}(-(T[1-4]|S[12]|0[1-9]|1[0-2]))?$'),
    sistem jsonb not null,
    ditahan jsonb not null,
    run_id text not null,
    dicatat_pada timestamptz not null default clock_timestamp()
);
create index smdata_publik_periode on delivery.smdata_publik (kode_wilayah, periode, publik_id);
comment on table delivery.smdata_publik is
    'Angka dan hubungan tiap paket publik, untuk menahan angka paket berikutnya; agregat, tidak untuk diedarkan';
comment on column delivery.smdata_publik.ditahan is 'Alamat sel yang ditahan (berkas/baris/kolom)';

create table delivery.smdata_penyerahan (
    penyerahan_id bigint generated always as identity primary key,
    kode_wilayah text not null check (kode_wilayah ~ '^[0-9]{4}$'),
    periode text not null check (periode ~ '^[0-9]{4}(-(T[1-4]|S[12]|0[1-9]|1[0-2]))?$'),
    kelas text not null check (kelas in ('terbatas', 'publik')),
    revisi integer not null check (revisi > 0),
    manifest_sha256 text not null check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    cara text not null check (cara in ('folder', 'unggah', 'tangan')),
    nomor text check (btrim(nomor) <> ''),
    oleh text not null check (btrim(oleh) <> ''),
    tanda_terima jsonb,
    pada timestamptz not null,
    check ((cara = 'folder') = (nomor is null))
);
create unique index smdata_penyerahan_sekali
    on delivery.smdata_penyerahan (manifest_sha256, cara, coalesce(nomor, ''));
comment on table delivery.smdata_penyerahan is
    'Penyerahan paket SMData: ke folder, diunggah, atau dibawa sendiri; satu baris tiap tanda terima';
comment on column delivery.smdata_penyerahan.nomor is 'Nomor tanda terima; kosong untuk folder';
comment on column delivery.smdata_penyerahan.tanda_terima is 'Jawaban penerima unggahan, sebagaimana diterima';

create trigger smdata_publik_tetap before update or delete or truncate on delivery.smdata_publik
    for each statement execute function quality.tolak_perubahan();
create trigger smdata_penyerahan_tetap before update or delete or truncate on delivery.smdata_penyerahan
    for each statement execute function quality.tolak_perubahan();
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
