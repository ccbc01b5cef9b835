"""Who is who: links between people without a usable NIK, what was weighed, and the decisions of people."""

from alembic import op

revision = "0011"
down_revision = "0013"

SQL = """
create table vault.keputusan_orang (
    keputusan_id bigint generated always as identity primary key,
    jenis text not null check (jenis in ('gabung', 'pisah')),
    catatan_a text not null,
    catatan_b text not null,
    oleh text not null check (btrim(oleh) <> ''),
    alasan text not null check (btrim(alasan) <> ''),
    pada timestamptz not null default clock_timestamp(),
    check (catatan_a < catatan_b)
);
comment on table vault.keputusan_orang is
    'Siapa menggabungkan atau memisahkan dua catatan (dataset:kunci), dan mengapa; '
    'keputusan terakhir atas sepasang berlaku';

create table vault.penautan (
    penautan_id bigint generated always as identity primary key,
    run_id text not null,
    pada timestamptz not null,
    sidik text not null,
    model text not null,
    parameter jsonb not null,
    catatan integer not null,
    ekor integer not null,
    dibuka integer not null,
    pasangan integer not null,
    tertaut integer not null,
    usulan integer not null
);
comment on table vault.penautan is
    'Satu baris tiap penautan yang dihitung: sidik masukan, parameter model (tanpa nilai orang), hitungan';

create table vault.tautan_pasangan (
    asal_a text not null,
    asal_b text not null,
    catatan_a text not null,
    catatan_b text not null,
    bobot double precision not null,
    keyakinan double precision not null check (keyakinan between 0 and 1),
    pola jsonb not null,
    putusan text not null check (putusan in ('ditautkan', 'usulan')),
    sebab text,
    model text not null,
    primary key (asal_a, asal_b),
    check (asal_a < asal_b)
);
comment on table vault.tautan_pasangan is
    'Pasangan yang ditimbang pada penautan terakhir: kunci, bobot, tingkat kecocokan tiap ciri (bukan nilainya)';

create table vault.tautan_orang (
    tautan_id bigint generated always as identity primary key,
    asal_id text not null,
    orang_id text not null,
    cara text not null check (cara in ('model', 'keputusan')),
    keyakinan double precision not null check (keyakinan between 0 and 1),
    bobot double precision,
    model text,
    sejak timestamptz not null,
    sampai timestamptz,
    sebab_dicabut text check (sebab_dicabut in ('keputusan', 'data_berubah')),
    check (asal_id <> orang_id),
    check ((sampai is null) = (sebab_dicabut is null))
);
create unique index tautan_orang_berlaku on vault.tautan_orang (asal_id) where sampai is null;
create index tautan_orang_orang on vault.tautan_orang (orang_id);
comment on table vault.tautan_orang is
    'Riwayat penggabungan: asal_id (nama samaran NIK, atau dataset:kunci) adalah orang_id, sejak dan sampai kapan';

create function vault.tolak_perubahan() returns trigger language plpgsql as $$
begin
    raise exception 'vault.% is append-only', tg_table_name;
end $$;
create trigger hanya_bertambah before update or delete or truncate on vault.keputusan_orang
    for each statement execute function vault.tolak_perubahan();
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SQL)
