"""What guards the extraction: the newest row of a reading, refusals and their acceptance, sweeps, vanished rows."""

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = """
alter table raw.penarikan add column terbaru timestamptz, add column terbaru_id text;
comment on column raw.penarikan.terbaru is 'updated_at terbaru yang ditunjukkan sumber sampai penarikan ini';
comment on column raw.penarikan.terbaru_id is 'Kunci catatan dengan updated_at terbaru itu';

create table raw.penolakan (
    penolakan_id bigint generated always as identity primary key,
    run_id text not null,
    dataset text not null,
    periode date not null check (extract(day from periode) = 1),
    jenis text not null check (jenis in ('menyusut', 'sapuan_menyusut', 'kolom_wajib_hilang')),
    kolom text[] not null default '{}',
    dikenal bigint not null default 0,
    hilang bigint not null default 0 check (hilang <= dikenal),
    keadaan text not null,
    pada timestamptz not null default clock_timestamp()
);
create index penolakan_dataset_periode on raw.penolakan (dataset, periode, penolakan_id);
comment on table raw.penolakan is
    'Setiap pembacaan sumber yang tidak dipercaya: kolom wajib hilang, atau sumber kehilangan terlalu banyak baris';
comment on column raw.penolakan.kolom is 'Nama kolom wajib yang tidak ada pada satu pun catatan';
comment on column raw.penolakan.dikenal is 'Banyaknya catatan yang dikenal dan diharapkan ada';
comment on column raw.penolakan.hilang is 'Berapa di antaranya yang tidak ditunjukkan sumber';
comment on column raw.penolakan.keadaan is 'Sidik keadaan yang diamati; penerimaan hanya berlaku untuk keadaan ini';

create table raw.penerimaan (
    penolakan_id bigint primary key references raw.penolakan,
    oleh text not null check (btrim(oleh) <> ''),
    alasan text not null check (btrim(alasan) <> ''),
    pada timestamptz not null default clock_timestamp()
);
comment on table raw.penerimaan is 'Siapa yang menerima keadaan sumber yang ditolak, kapan, dan mengapa';

create table raw.sapuan (
    sapuan_id bigint generated always as identity primary key,
    run_id text not null,
    dataset text not null,
    periode date not null,
    pada timestamptz not null,
    dilihat bigint not null,
    dikenal bigint not null,
    hilang bigint not null,
    muncul_lagi bigint not null,
    selesai timestamptz not null default clock_timestamp()
);
create index sapuan_dataset on raw.sapuan (dataset, sapuan_id);
comment on table raw.sapuan is
    'Satu baris tiap sapuan selesai: semua kunci yang hidup dibandingkan dengan yang dikenal';

create table raw.hilang (
    hilang_id bigint generated always as identity primary key,
    dataset text not null,
    id text not null,
    hilang_pada timestamptz,
    muncul_lagi_pada timestamptz,
    run_id text not null,
    dicatat_pada timestamptz not null default clock_timestamp(),
    check (num_nonnulls(hilang_pada, muncul_lagi_pada) = 1)
);
create index hilang_dataset_id on raw.hilang (dataset, id, hilang_id);
comment on table raw.hilang is
    'Peristiwa: catatan hilang dari sumber tanpa dihapus secara lunak, atau muncul lagi; hanya bertambah';

create view raw.sedang_hilang as
select dataset, id, hilang_pada, dicatat_pada
from (
    select distinct on (dataset, id) dataset, id, hilang_pada, dicatat_pada
    from raw.hilang order by dataset, id, hilang_id desc
) as terakhir
where hilang_pada is not null;
comment on view raw.sedang_hilang is 'Catatan yang peristiwa terakhirnya adalah hilang dari sumber';

create function raw.tolak_perubahan() returns trigger language plpgsql as $$
begin
    raise exception 'raw.% is append-only', tg_table_name;
end $$;
create trigger hanya_bertambah before update or delete or truncate on raw.hilang
    for each statement execute function raw.tolak_perubahan();
create trigger hanya_bertambah before update or delete or truncate on raw.penolakan
    for each statement execute function raw.tolak_perubahan();
create trigger hanya_bertambah before update or delete or truncate on raw.penerimaan
    for each statement execute function raw.tolak_perubahan();
"""


def upgrade() -> None:
    """Create the tables of the guards and widen the extraction log."""
    op.execute(SQL)
