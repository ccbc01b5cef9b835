"""Code lists and conformed texts as they were known at a time; what holds now is what is known at any time."""

from alembic import op

revision = "0030"
down_revision = "0023"

SQL = """
create function reference.kode_diketahui(sampai timestamptz)
returns table (
    buku text, versi text, kode text, tingkat integer, induk text, kategori text, judul text, teks text
)
language sql stable as $$
select m.buku, m.versi, k.kode, k.tingkat, k.induk, k.kategori, k.judul, k.teks
from (
    select distinct on (buku, versi) *
    from reference.muatan
    where pada <= sampai
    order by buku, versi, muatan_id desc
) as m
inner join reference.kode as k on m.muatan_id = k.muatan_id
$$;
comment on function reference.kode_diketahui is
    'Daftar terakhir dari setiap buku dan versi yang sudah dimuat pada saat itu';

create function reference.sebutan_jabatan_diketahui(sampai timestamptz)
returns table (teks text, kode text, versi text)
language sql stable as $$
select distinct on (teks) teks, kode, versi
from (
    select teks, versi, tingkat, min(kode) as kode
    from reference.kode_diketahui(sampai)
    where buku = 'kbji' and tingkat >= 4 and teks <> ''
    group by teks, versi, tingkat
    having count(*) = 1
) as tunggal
order by teks, versi, tingkat
$$;
comment on function reference.sebutan_jabatan_diketahui is
    'Judul KBJI pada daftar itu yang menunjuk tepat satu kode; edisi dan tingkat yang lebih dulu didahulukan';

create function quality.penyelarasan_diketahui(sampai timestamptz)
returns table (jenis text, teks text, kode text, versi text, cara text, keyakinan numeric)
language sql stable as $$
with putusan as (
    select distinct on (jenis, teks) jenis, teks, tindakan, kode, versi
    from quality.keputusan_penyelarasan
    where pada <= sampai
    order by jenis, teks, keputusan_id desc
)
select jenis, teks, kode, versi, 'keputusan', null::numeric
from putusan
where tindakan = 'terima'
union all
select p.jenis, p.teks, p.kode, p.versi, 'fuzzy', p.keyakinan
from quality.penyelarasan as p
where
    p.otomatis
    and p.pertama_terlihat <= sampai
    and not exists (
        select from putusan as u where u.jenis = p.jenis and u.teks = p.teks and u.tindakan <> 'cabut'
    )
$$;
comment on function quality.penyelarasan_diketahui is
    'Satu baris tiap sebutan yang pada saat itu sudah terselaraskan, dengan cara dan keyakinannya';

create or replace view reference.kode_berlaku as
select * from reference.kode_diketahui('infinity');
create or replace view reference.sebutan_jabatan as
select * from reference.sebutan_jabatan_diketahui('infinity');
create or replace view quality.penyelarasan_berlaku as
select * from quality.penyelarasan_diketahui('infinity');
"""


def upgrade() -> None:
    """Create the functions, and let the views that say what holds now ask them."""
    op.execute(SQL)
