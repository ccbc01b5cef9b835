"""Official code lists that an operator loaded, and what free texts were conformed to, with who decided."""

from alembic import op

revision = "0010"
down_revision = "0011"

SQL = """
create schema reference;
comment on schema reference is 'Daftar resmi buku kode yang dimuat operator';

create table reference.muatan (
    muatan_id bigint generated always as identity primary key,
    buku text not null check (buku in ('kbji', 'kbli', 'wilayah')),
    versi text not null,
    berkas text not null,
    sidik text not null check (sidik ~ '^[0-9a-f]{64}$'),
    baris integer not null check (baris > 0),
    diperbaiki integer not null check (diperbaiki between 0 and baris),
    oleh text not null check (btrim(oleh) <> ''),
    pada timestamptz not null
);
comment on table reference.muatan is
    'Setiap pemuatan daftar resmi: buku, versi, sidik SHA-256 berkas, siapa, kapan; yang terakhir berlaku';
comment on column reference.muatan.diperbaiki is
    'Banyaknya kode yang nol di depannya hilang (kebiasaan Excel) dan dipulihkan menurut tingkatnya';

create table reference.kode (
    muatan_id bigint not null references reference.muatan,
    kode text not null,
    tingkat integer not null check (tingkat > 0),
    induk text,
    kategori text,
    judul text not null check (btrim(judul) <> ''),
    teks text not null,
    primary key (muatan_id, kode),
    foreign key (muatan_id, induk) references reference.kode (muatan_id, kode) deferrable initially deferred
);
comment on column reference.kode.teks is 'Bentuk normal judul, untuk dicocokkan dengan sebutan bebas';
comment on table reference.kode is 'Isi setiap daftar yang dimuat, sebagai pohon: induk setiap kode ada padanya';

create view reference.kode_berlaku as
select m.buku, m.versi, k.kode, k.tingkat, k.induk, k.kategori, k.judul, k.teks
from (select distinct on (buku, versi) * from reference.muatan order by buku, versi, muatan_id desc) as m
inner join reference.kode as k on m.muatan_id = k.muatan_id;
comment on view reference.kode_berlaku is 'Daftar terakhir yang dimuat dari setiap buku dan versi';

create view reference.sebutan_jabatan as
select distinct on (teks) teks, kode, versi
from (
    select teks, versi, tingkat, min(kode) as kode
    from reference.kode_berlaku
    where buku = 'kbji' and tingkat >= 4 and teks <> ''
    group by teks, versi, tingkat
    having count(*) = 1
) as tunggal
order by teks, versi, tingkat;
comment on view reference.sebutan_jabatan is
    'Judul KBJI yang menunjuk tepat satu kode; edisi dan tingkat yang lebih dulu didahulukan';

create table quality.penyelarasan (
    jenis text not null check (jenis in ('pendidikan', 'jabatan')),
    teks text not null check (btrim(teks) <> ''),
    kode text,
    versi text,
    padanan text,
    keyakinan numeric(4, 3) check (keyakinan between 0 and 1),
    otomatis boolean not null,
    pertama_terlihat timestamptz not null,
    primary key (jenis, teks),
    check ((kode is null) = (keyakinan is null)),
    check (not otomatis or kode is not null)
);
comment on table quality.penyelarasan is
    'Sebutan bebas yang tidak ada di kamus: calon kode menurut kemiripan, keyakinannya, dan apakah dipakai';
comment on column quality.penyelarasan.teks is 'Bentuk normal sebutan; tidak pernah nama atau nomor identitas';
comment on column quality.penyelarasan.padanan is 'Sebutan kamus yang paling mirip';
comment on column quality.penyelarasan.otomatis is
    'Benar bila keyakinan mencapai ambang: dipakai dengan cara fuzzy';

create table quality.penyelarasan_hitungan (
    jenis text not null,
    teks text not null,
    periode date not null,
    banyak bigint not null check (banyak > 0),
    primary key (jenis, teks, periode),
    foreign key (jenis, teks) references quality.penyelarasan on delete cascade
);
comment on table quality.penyelarasan_hitungan is
    'Banyaknya versi catatan yang memakai sebutan itu, menurut bulan tarik';

create table quality.penyelarasan_tanda (
    periode date primary key,
    sidik text not null
);
comment on table quality.penyelarasan_tanda is
    'Sidik bahan penyelarasan setiap bulan (versi terbaru, kamus, ambang); bila sama, tidak ada yang dikerjakan';

create table quality.keputusan_penyelarasan (
    keputusan_id bigint generated always as identity primary key,
    jenis text not null check (jenis in ('pendidikan', 'jabatan')),
    teks text not null,
    tindakan text not null check (tindakan in ('terima', 'tolak', 'cabut')),
    kode text,
    versi text,
    oleh text not null check (btrim(oleh) <> ''),
    alasan text not null check (btrim(alasan) <> ''),
    pada timestamptz not null,
    check ((tindakan = 'terima') = (kode is not null))
);
create index keputusan_penyelarasan_teks on quality.keputusan_penyelarasan (jenis, teks, keputusan_id desc);
comment on table quality.keputusan_penyelarasan is
    'Keputusan orang atas sebutan bebas, hanya bertambah; yang terakhir berlaku; cabut mengembalikan ke antrean';

create function quality.tolak_perubahan_penyelarasan() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op;
end
$$;
create trigger keputusan_penyelarasan_tetap before update or delete or truncate on quality.keputusan_penyelarasan
    for each statement execute function quality.tolak_perubahan_penyelarasan();

create view quality.penyelarasan_berlaku as
with putusan as (
    select distinct on (jenis, teks) jenis, teks, tindakan, kode, versi
    from quality.keputusan_penyelarasan
    order by jenis, teks, keputusan_id desc
)
select jenis, teks, kode, versi, 'keputusan' as cara, null::numeric as keyakinan
from putusan
where tindakan = 'terima'
union all
select p.jenis, p.teks, p.kode, p.versi, 'fuzzy' as cara, p.keyakinan
from quality.penyelarasan as p
where
    p.otomatis
    and not exists (
        select 1 from putusan as u where u.jenis = p.jenis and u.teks = p.teks and u.tindakan <> 'cabut'
    );
comment on view quality.penyelarasan_berlaku is
    'Yang dibaca dbt: satu baris tiap sebutan yang sudah terselaraskan, dengan cara dan keyakinannya';
"""


def upgrade() -> None:
    """Create the schema reference and the tables of conforming in the schema quality."""
    op.execute(SQL)
