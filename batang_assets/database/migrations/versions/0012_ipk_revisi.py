"""Why a published figure changed: what each event counted when it was published, and operators' row lists."""

from alembic import op

revision = "0012"
down_revision = "0010"

SQL = """
create table reports.ipk_potret (
    potret_id bigint generated always as identity primary key,
    diambil_pada timestamptz not null,
    diketahui_sampai timestamptz not null,
    run_id text not null
);
comment on table reports.ipk_potret is
    'Saat-saat buku peristiwa dipotret untuk penerbitan IPK III; isinya pada ipk_kontribusi dan ipk_catatan';

create table reports.ipk_kontribusi (
    kunci uuid not null,
    potret_id bigint not null references reports.ipk_potret,
    ada boolean not null,
    kelompok uuid,
    catatan uuid[],
    diketahui_pada timestamptz,
    bagian text check (bagian in ('pencari_kerja', 'lowongan')),
    jenis text,
    bulan date,
    koordinat text[],
    jumlah integer[],
    primary key (kunci, potret_id),
    check (ada = (bulan is not null))
);
create index ipk_kontribusi_potret on reports.ipk_kontribusi (potret_id);
comment on table reports.ipk_kontribusi is
    'Apa yang dihitung dari tiap peristiwa pada tiap potret: hanya yang baru, berubah, atau hilang (ada = false) '
    'sejak potret sebelumnya. Kunci, kelompok dan catatan adalah sidik, bukan pengenal';
comment on column reports.ipk_kontribusi.kelompok is 'Sidik orangnya, atau lowongannya';
comment on column reports.ipk_kontribusi.catatan is 'Sidik catatan sumber yang menentukan peristiwa itu';
comment on column reports.ipk_kontribusi.koordinat is
    'pencari_kerja: kecamatan, jenis kelamin, umur, pendidikan, jabatan, versinya, lama lulus, jenis '
    'penempatan, penerima; lowongan: kecamatan, pendidikan, jabatan, versinya, lapangan usaha, versinya';
comment on column reports.ipk_kontribusi.jumlah is 'pencari_kerja: orang; lowongan: tempat kerja L, P, bebas';

create table reports.ipk_catatan (
    catatan uuid not null,
    potret_id bigint not null references reports.ipk_potret,
    ada boolean not null,
    orang uuid,
    isi uuid,
    primary key (catatan, potret_id)
);
create index ipk_catatan_potret on reports.ipk_catatan (potret_id);
comment on table reports.ipk_catatan is
    'Keadaan tiap catatan sumber pada tiap potret, hanya yang berubah: masih ada dan layak, milik orang yang '
    'mana, dan sidik isi mentahnya';

alter table reports.ipk_terbitan
    add column potret_id bigint references reports.ipk_potret,
    add column susunan_digest text,
    add column bentuk_digest text,
    add column isi_digest text;
comment on column reports.ipk_terbitan.susunan_digest is
    'Sidik susunan, daftar baris dan tabel padanan: menentukan sel mana menghitung apa';
comment on column reports.ipk_terbitan.bentuk_digest is 'Sidik kode baris dan kolom';
comment on column reports.ipk_terbitan.isi_digest is 'Sidik kode baris, kolom dan nilai semua sel';

create table reports.ipk_daftar (
    daftar_id bigint generated always as identity primary key,
    tabel text not null check (tabel ~ '^III/[2-7]$'),
    versi text not null,
    nama_berkas text not null,
    sha256 text not null,
    dimuat_pada timestamptz not null,
    berlaku boolean not null
);
comment on table reports.ipk_daftar is
    'Daftar baris yang dimuat operator untuk satu tabel IPK III; yang terakhir menentukan, berlaku = false '
    'kembali ke daftar bawaan';

create table reports.ipk_daftar_baris (
    daftar_id bigint not null references reports.ipk_daftar,
    urutan integer not null,
    kode text not null,
    uraian text not null,
    primary key (daftar_id, urutan),
    unique (daftar_id, kode)
);

create table reports.ipk_daftar_padanan (
    daftar_id bigint not null references reports.ipk_daftar,
    dari_versi text not null,
    dari_kode text not null,
    ke_kode text not null,
    primary key (daftar_id, dari_versi, dari_kode, ke_kode)
);
comment on table reports.ipk_daftar_padanan is
    'Kode data (dari_versi, dari_kode) ke kode daftar; beberapa tujuan berarti tidak dapat dipetakan, kecuali '
    'semuanya jatuh pada satu baris';
"""

TABLES = (
    "ipk_potret", "ipk_kontribusi", "ipk_catatan", "ipk_daftar", "ipk_daftar_baris", "ipk_daftar_padanan"
)  # fmt: skip


def upgrade() -> None:
    """Create them; all only grow."""
    op.execute(SQL)
    for table in TABLES:
        op.execute(
            f"create trigger {table}_tetap before update or delete or truncate on reports.{table} "
            "for each statement execute function reports.tolak_perubahan()"
        )
