"""The warehouse's build beside the same SQL without dbt, the statutory tables of three years, and a day.

``make bench-marts`` (``--people 100000``). Raw rows are made by the server itself: seekers over 36 months, a third
of them registered twice, one in ten in two versions, placements, vacancies, applications, trainees and residents
at work. Each build is the pipeline's own (``build_warehouse``): statistics of the raw tables, then ``dbt build`` of
seeds, staging to reports and every data test. In one run:

* the first build, which makes everything, and its SQL executed one statement after the other without dbt;
* the two tables of IPK III/1-III/8 for 36 months, made and read;
* the next day's build after 1 % of every dataset has changed, and one after nothing has, against the first;
* the most memory that the server's processes held together (proportional set size, sampled).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.settings import Settings
from batang_assets.warehouse.project import WAREHOUSE, build_warehouse, failure, run_dbt

FIRST, CLOCK, NEXT_DAY = "2023-11", "2026-10-30T23:59:59+07:00", "2026-10-31T23:59:59+07:00"
MOST_TIMES, MOST_EXTRA_S, MOST_IPK_S, MOST_DAY = 1.15, 5.0, 5.0, 0.15
MOST_MONTH_S, MOST_MEMORY_GIB = 240.0, 4.0
IPK = ("rpt_ipk_arus", "rpt_ipk_penempatan")
PERSON = """
    lpad(to_hex(orang::bigint), 32, '0')::text as orang_token, 16 as nik_panjang, false as nik_angka,
    true as nik_struktur_sah, 'dikenal' as nik_wilayah, lahir as nik_tanggal_lahir, kelamin as nik_jenis_kelamin,
    true as nama_lengkap_ada, lahir::text as tanggal_lahir, kelamin as jenis_kelamin
"""
# One person in three has a second registration; a person's attributes follow from the number.
SEEKERS = """
    select n::text as id, n as nomor, (n % (%(people)s * 3 / 4)) as orang,
        date '1966-01-01' + ((n % (%(people)s * 3 / 4)) * 7919 % 15000)::int as lahir,
        (array['L', 'P'])[1 + (n % (%(people)s * 3 / 4)) % 2] as kelamin,
        date '2023-06-01' + (n * 104729 % 1240)::int as daftar
    from generate_series(1, %(people)s::bigint) as n
"""
EDUCATION = "(array['SD', 'SMP', 'SMA', 'SMK', 'D3', 'S1'])[1 + orang % 6]"
VILLAGE = "'33.25.' || lpad((1 + orang % 15)::text, 2, '0') || '.2001'"
OCCUPATION = "(array['2411', '5223', '7212', '91', '4110', '25', '31', '83'])[1 + orang % 8]"
STAMP = "'2026-09-' || lpad((1 + nomor % 28)::text, 2, '0') || 'T08:15:00+07:00'"
RAW = {
    "pemberi_kerja": """
        select n::text as id, 'Usaha ' || n as nama, (array['47', '10', '01', '2025-A'])[1 + n % 4] as kode_kbli,
            '33.25.11.1013' as kode_wilayah, 'aktif' as status, '2026-10-01T00:00:00+07:00' as updated_at
        from generate_series(1, greatest(150, %(people)s / 200)) as n
    """,
    "lowongan": """
        select n::text as id, (1 + n % 150)::text as pemberi_kerja_id, 'Tenaga kerja' as judul,
            (array['2411', '5223', '7212', '91', '4110'])[1 + n % 5] as kode_jabatan,
            (array['SMA', 'SMK', 'S1', 'SMP'])[1 + n % 4] as pendidikan_minimal,
            '33.25.' || lpad((1 + n % 15)::text, 2, '0') || '.2001' as kode_wilayah,
            (n % 3)::text as jumlah_l, (n % 4)::text as jumlah_p, '1' as jumlah_bebas,
            (date '2023-06-01' + n * 7919 % 1200)::text as tanggal_buka,
            (date '2023-06-01' + n * 7919 % 1200 + 60)::text as tanggal_tutup, 'buka' as status,
            '2026-10-01T00:00:00+07:00' as updated_at
        from generate_series(1, %(people)s / 25) as n
    """,
    "pencari_kerja": f"""
        select {PERSON}, id, daftar::text as tanggal_daftar, {STAMP} as updated_at,
            case when nomor % 5 = 0 then (daftar + 100)::text end as tanggal_lapor_terakhir,
            case when nomor % 7 = 0 then (daftar + 50)::text end as tanggal_dihapus,
            {EDUCATION} as pendidikan_terakhir, (2000 + orang % 25)::text as tahun_lulus,
            {OCCUPATION} as kode_jabatan_diminati, {VILLAGE} as kode_wilayah_domisili,
            'SMA Negeri ' || orang % 9 as institusi_pendidikan, 'menjahit, mengemudi' as keterampilan,
            'Rp ' || (1 + orang % 5) || '.500.000' as upah_diharapkan,
            'tidak' as disabilitas, 'belum pernah bekerja' as status_bekerja, 'aktif' as status
        from ({SEEKERS}) as t
    """,
    "penempatan": f"""
        select {PERSON}, id, id as pencari_kerja_id, (1 + nomor % (%(people)s / 25))::text as lowongan_id,
            'Usaha' as nama_pemberi_kerja, '5223' as kode_jabatan, {STAMP} as updated_at,
            (array['AKL', 'AKAD', 'AKAN'])[1 + orang % 3] as jenis_antar_kerja, 'swasta' as jenis_penerima,
            (daftar + 40)::text as tanggal_mulai
        from ({SEEKERS}) as t where nomor % 4 = 0 and daftar < date '2026-09-01'
    """,
    "lamaran": f"""
        select id, id as pencari_kerja_id, (1 + nomor % (%(people)s / 25))::text as lowongan_id,
            {STAMP} as updated_at, (daftar + 10)::text as tanggal_lamar, 'dikirim' as status
        from ({SEEKERS}) as t where nomor % 2 = 0
    """,
    "pelatihan": """
        select n::text as id, 'Menjahit ' || n as nama_program, 'BLK' as lembaga, 'apbd' as sumber_dana,
            '2.07.03' as kode_sub_kegiatan, (date '2023-06-01' + n * 7919 % 1200)::text as tanggal_mulai,
            (date '2023-06-01' + n * 7919 % 1200 + 20)::text as tanggal_selesai, '33.25.11.1013' as kode_wilayah,
            '2026-10-01T00:00:00+07:00' as updated_at
        from generate_series(1, greatest(20, %(people)s / 400)) as n
    """,
    "peserta_pelatihan": f"""
        select {PERSON}, id, (1 + nomor % greatest(20, %(people)s / 400))::text as pelatihan_id,
            {STAMP} as updated_at, {EDUCATION} as pendidikan_terakhir, {VILLAGE} as kode_wilayah, 'lulus' as status
        from ({SEEKERS}) as t where nomor % 20 = 0
    """,
    "penduduk_bekerja": f"""
        select {PERSON}, id, {EDUCATION} as pendidikan_terakhir, {VILLAGE} as kode_wilayah, {STAMP} as updated_at,
            '47' as kode_kbli, {OCCUPATION} as kode_jabatan, '4' as status_pekerjaan, '40' as jam_kerja_seminggu,
            '2500000' as upah, 'desa' as sumber, (daftar + 60)::text as tanggal_mulai,
            '2026-06-01' as tanggal_pendataan
        from ({SEEKERS}) as t where nomor % 5 = 0
    """,
}


def fill(conn: psycopg.Connection, people: int) -> None:
    """The raw rows of the world; every tenth record came in two versions."""
    conn.prepare_threshold = None
    for table, query in RAW.items():
        conn.execute(f"create temp table baru as {query.replace('%(people)s', str(people))}".encode())
        names = [c.name for c in conn.execute("select * from baru limit 0").description or ()]
        insert = (
            f"insert into raw.{table} (_isi_hash, _periode, _run_id, {', '.join(names)})"
            f" select sha256(id::bytea), date '2026-10-01', 'bench', {', '.join(names)} from baru"
        )
        conn.execute(insert.encode())
        conn.execute("drop table baru")
        _again(conn, table, 10, "2026-10-15T00:00:00+07:00")
    conn.commit()
    conn.autocommit = True
    conn.execute("vacuum analyze")
    conn.autocommit = False


def change(conn: psycopg.Connection) -> None:
    """A new version of one record in a hundred of every dataset; seekers report."""
    for table in RAW:
        _again(conn, table, 100, "2026-10-31T08:00:00+07:00")
    conn.execute(
        "update raw.pencari_kerja set tanggal_lapor_terakhir = '2026-10-30' where updated_at > '2026-10-31'"
    )
    conn.commit()


def _again(conn: psycopg.Connection, table: str, every: int, stamp: str) -> None:
    """A new version of the records whose number leaves 1 when divided by ``every``."""
    found = conn.execute(
        "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s"
        " and column_name not in ('_versi', '_isi_hash', '_diterima_pada', 'updated_at')",
        [table],
    )
    columns = ", ".join(row[0] for row in found)
    query = (
        f"insert into raw.{table} (_isi_hash, updated_at, {columns})"
        f" select distinct on (id) sha256(_isi_hash || '{every}'::bytea), '{stamp}', {columns} from raw.{table}"
        f" where id::bigint % {every} = 1 order by id, _versi desc"
    )
    conn.execute(query.encode())


def timed_build(settings: Settings) -> tuple[float, list[Any]]:
    """Seconds and results of one build as the pipeline makes it; stops at a failure."""
    started = time.monotonic()
    results = build_warehouse(settings, WAREHOUSE)
    seconds = time.monotonic() - started
    error = failure(results)
    if error:
        raise error
    return seconds, results


def bare(conn: psycopg.Connection, results: Sequence[Any]) -> dict[str, float]:
    """Seconds of each node's compiled SQL without dbt: tables as dbt left them, views, tests as they count."""
    seconds: dict[str, float] = {}
    conn.execute("create schema polos")
    for result in results:
        node = result.node
        code = getattr(node, "compiled_code", None)
        if node.resource_type not in ("model", "test") or not code:
            continue
        started = time.monotonic()
        if node.resource_type == "test":
            conn.execute(f"select count(*) from ({code}) as t".encode())
        else:
            if node.config.materialized == "view":
                conn.execute(f"create view polos.{node.name} as {code}".encode())
            else:
                # With the same constraints and indexes, which both must keep.
                table = f"create table polos.{node.name} (like {node.relation_name} including all)"
                conn.execute(table.encode())
                conn.execute(f"insert into polos.{node.name} {code}".encode())
                conn.execute(f"analyze polos.{node.name}".encode())
        conn.commit()
        seconds[node.name] = time.monotonic() - started
    conn.execute("drop schema polos cascade")
    conn.commit()
    return seconds


def read_ipk(conn: psycopg.Connection) -> tuple[float, int, int]:
    """Seconds to read both tables whole, their rows, and the months."""
    started = time.monotonic()
    rows = sum(len(conn.execute(f"select * from reports.{name}".encode()).fetchall()) for name in IPK)
    months = conn.execute("select count(distinct periode) from reports.rpt_ipk_arus").fetchone()
    return time.monotonic() - started, rows, months[0] if months else 0


def work(results: Sequence[Any]) -> float:
    """Seconds of all nodes, one after the other."""
    return sum(result.execution_time for result in results)


def main() -> int:
    """Print each measure with its goal; 1 if one is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder for the database, left behind to look at")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bm-", dir="/tmp") as folder:
        home = given.keep or Path(folder)
        settings = Settings.model_validate({"home": home, "clock": CLOCK, "first_period": FIRST})
        with EmbeddedServer(home).running():
            prepare_database(settings)
            with connect(settings) as conn:
                fill(conn, given.people)
                return report(settings, conn, given.people)


def report(settings: Settings, conn: psycopg.Connection, people: int) -> int:
    """Measure and print."""
    from benchmarks.consolidation import Memory

    pid = int((settings.home / "postgres" / "postmaster.pid").read_text(encoding="ascii").split()[0])
    # Parsing the project belongs to an installation, not to a build.
    run_dbt(settings, ["parse"])
    with Memory(pid) as memory:
        full_s, results = timed_build(settings)
    alone = bare(conn, results)
    alone_s = sum(alone.values())
    read_s, rows, months = read_ipk(conn)
    ipk_s = read_s + sum(alone[name] for name in IPK)
    change(conn)
    tomorrow = settings.model_copy(update={"clock": datetime.fromisoformat(NEXT_DAY)})
    day_s, day = timed_build(tomorrow)
    idle_s, _ = timed_build(tomorrow)
    memory_gib = memory.most / 2**30
    held = (
        full_s <= MOST_TIMES * alone_s + MOST_EXTRA_S,
        ipk_s <= MOST_IPK_S,
        day_s <= MOST_DAY * full_s,
        full_s <= MOST_MONTH_S and memory_gib <= MOST_MEMORY_GIB,
    )
    lines = (
        f"dbt build {full_s:.1f} s, the same SQL alone {alone_s:.1f} s"
        f" (goal <= {MOST_TIMES} x + {MOST_EXTRA_S:.0f} s)",
        f"IPK III/1-III/8, {months} months, {people:,} registrations: {ipk_s:.1f} s, of which reading {rows:,} rows"
        f" {read_s:.1f} s (goal <= {MOST_IPK_S:.0f} s)",
        f"after 1 % has changed {day_s:.1f} s = {day_s / full_s:.0%} of the full build (goal <= {MOST_DAY:.0%});"
        f" after nothing has {idle_s:.1f} s",
        f"{full_s:.0f} s and {memory_gib:.1f} GiB of PostgreSQL for {people:,} registrations (goal, at 1,000,000:"
        f" <= {MOST_MONTH_S:.0f} s and {MOST_MEMORY_GIB:.0f} GiB)",
    )
    for line, good in zip(lines, held, strict=True):
        print(f"{'ok  ' if good else 'MISS'} {line}")
    print(
        f"dbt's nodes: first build {work(results):.1f} s, next day's {work(day):.1f} s, of 4 threads together"
    )
    for title, nodes in (("first", results), ("next day's", day)):
        print(f"the slowest nodes of the {title} build:")
        for result in sorted(nodes, key=lambda one: -one.execution_time)[:25]:
            print(f"  {result.execution_time:6.2f} s  {result.node.name}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
