"""What was published as IPK III: every revision with its cells, and what each one changed and why."""

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = """
create table reports.ipk_terbitan (
    terbitan_id bigint generated always as identity primary key,
    tabel text not null check (tabel ~ '^III/[1-8]$'),
    periode text not null check (periode ~ '^[0-9]{4}(-(T[1-4]|S[12]|0[1-9]|1[0-2]))?$'),
    wilayah text not null check (wilayah ~ '^([0-9]{4}|[0-9]{6}|luar_kabupaten|tidak_diketahui)$'),
    revisi integer not null check (revisi >= 0),
    judul text not null,
    diterbitkan_pada timestamptz not null,
    diketahui_sampai timestamptz not null,
    run_id text not null,
    unique (tabel, periode, wilayah, revisi)
);
comment on table reports.ipk_terbitan is
    'Satu baris tiap terbitan tabel IPK III: tabel, periode, wilayah (kabupaten atau kecamatan) dan revisi';
comment on column reports.ipk_terbitan.diketahui_sampai is
    'Peristiwa yang diketahui sampai waktu ini termuat dalam angkanya';

create table reports.ipk_terbitan_sel (
    terbitan_id bigint not null references reports.ipk_terbitan,
    urutan_baris integer not null,
    bagian text not null,
    kode_baris text not null,
    uraian_baris text not null,
    urutan_kolom integer not null,
    kolom text not null,
    nilai bigint,
    primary key (terbitan_id, urutan_baris, urutan_kolom)
);
comment on table reports.ipk_terbitan_sel is
    'Sel-sel satu terbitan menurut susunan tabelnya; nilai kosong berarti sel itu tidak ada pada susunan. '
    'Kabupaten: semua sel; kecamatan: hanya yang bukan nol, selebihnya seperti terbitan kabupaten yang sebentuk';

create table reports.ipk_terbitan_perubahan (
    terbitan_id bigint not null references reports.ipk_terbitan,
    bagian text not null,
    kode_baris text not null,
    kolom text not null,
    sebab text not null check (
        sebab in ('laporan_terlambat', 'koreksi', 'penggabungan', 'penarikan', 'buku_kode', 'perambatan')
    ),
    selisih bigint not null,
    primary key (terbitan_id, bagian, kode_baris, kolom, sebab)
);
comment on table reports.ipk_terbitan_perubahan is
    'Selisih tiap sel dari revisi sebelumnya menurut sebab; jumlah sebab sama dengan selisih sel';

create function reports.tolak_perubahan() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op;
end
$$;
create trigger ipk_terbitan_tetap before update or delete or truncate on reports.ipk_terbitan
    for each statement execute function reports.tolak_perubahan();
create trigger ipk_terbitan_sel_tetap before update or delete or truncate on reports.ipk_terbitan_sel
    for each statement execute function reports.tolak_perubahan();
create trigger ipk_terbitan_perubahan_tetap before update or delete or truncate on reports.ipk_terbitan_perubahan
    for each statement execute function reports.tolak_perubahan();
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
