"""dbt's build of the warehouse beside the same SQL without dbt, and the statutory tables of three years.

``make bench-marts`` (``--people 100000``). Raw rows are made by the server itself: seekers over 36 months, a third
of them registered twice, placements and vacancies. Then, in one run:

* ``dbt run`` of intermediate, marts and reports, and its compiled SQL executed one statement after the other;
* the two tables of IPK III/1–III/8 for 36 months, made and read;
* the same models after 1 % of the seekers has changed, against the full build.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt

FIRST, CLOCK = "2023-11", "2026-10-31T23:59:59+07:00"
MOST_TIMES, MOST_EXTRA_S, MOST_IPK_S, MOST_DAY = 1.15, 5.0, 5.0, 0.15
MODELS = ["path:models/intermediate", "path:models/marts", "path:models/laporan"]
IPK = ("rpt_ipk_arus", "rpt_ipk_penempatan")
PERSON = """
    lpad(to_hex(orang::bigint), 32, '0')::{token} as orang_token, 16 as nik_panjang, false as nik_angka,
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
RAW = {
    "pemberi_kerja": """
        select n::text as id, 'Usaha ' || n as nama, (array['47', '10', '01', '2025-A'])[1 + n % 4] as kode_kbli,
            '33.25.11.1013' as kode_wilayah, 'aktif' as status
        from generate_series(1, 150) as n
    """,
    "lowongan": """
        select n::text as id, (1 + n % 150)::text as pemberi_kerja_id, 'Tenaga kerja' as judul,
            (array['2411', '5223', '7212', '91', '4110'])[1 + n % 5] as kode_jabatan,
            (array['SMA', 'SMK', 'S1', 'SMP'])[1 + n % 4] as pendidikan_minimal,
            '33.25.' || lpad((1 + n % 15)::text, 2, '0') || '.2001' as kode_wilayah,
            (n % 3)::text as jumlah_l, (n % 4)::text as jumlah_p, '1' as jumlah_bebas,
            (date '2023-06-01' + n * 7919 % 1200)::text as tanggal_buka,
            (date '2023-06-01' + n * 7919 % 1200 + 60)::text as tanggal_tutup, 'buka' as status
        from generate_series(1, %(people)s / 25) as n
    """,
    "pencari_kerja": f"""
        select {PERSON}, id, daftar::text as tanggal_daftar,
            case when nomor % 5 = 0 then (daftar + 100)::text end as tanggal_lapor_terakhir,
            case when nomor % 7 = 0 then (daftar + 50)::text end as tanggal_dihapus,
            (array['SD', 'SMP', 'SMA', 'SMK', 'D3', 'S1'])[1 + orang % 6] as pendidikan_terakhir,
            (2000 + orang % 25)::text as tahun_lulus,
            (array['2411', '5223', '7212', '91', '4110', '25', '31', '83'])[1 + orang % 8] as kode_jabatan_diminati,
            '33.25.' || lpad((1 + orang % 15)::text, 2, '0') || '.2001' as kode_wilayah_domisili,
            'tidak' as disabilitas, 'belum pernah bekerja' as status_bekerja, 'aktif' as status
        from ({SEEKERS}) as t
    """,
    "penempatan": f"""
        select {PERSON}, id, id as pencari_kerja_id, (1 + nomor % (%(people)s / 25))::text as lowongan_id,
            'Usaha' as nama_pemberi_kerja, '5223' as kode_jabatan,
            (array['AKL', 'AKAD', 'AKAN'])[1 + orang % 3] as jenis_antar_kerja, 'swasta' as jenis_penerima,
            (daftar + 40)::text as tanggal_mulai
        from ({SEEKERS}) as t where nomor % 4 = 0 and daftar < date '2026-09-01'
    """,
}


def fill(conn: psycopg.Connection, people: int) -> None:
    """The raw rows of the world."""
    for table, query in RAW.items():
        token = conn.execute(
            "select format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = 'raw.pencari_kerja'::regclass and attname = 'orang_token'"
        ).fetchone()
        rows = f"create temp table baru as {query.replace('{token}', token[0] if token else 'text')}"
        parameters = {"people": people}
        conn.execute(_literal(rows, parameters))
        names = [c.name for c in conn.execute("select * from baru limit 0").description or ()]
        insert = (
            f"insert into raw.{table} (_isi_hash, _periode, _run_id, updated_at, {', '.join(names)})"
            f" select sha256(id::bytea), date '2026-10-01', 'bench', '2026-10-01T00:00:00+07:00',"
            f" {', '.join(names)} from baru"
        )
        conn.execute(insert.encode())
        conn.execute("drop table baru")
    conn.commit()
    conn.autocommit = True
    conn.execute("vacuum analyze")
    conn.autocommit = False


def change(conn: psycopg.Connection) -> None:
    """A new version of one seeker in a hundred."""
    names = [
        row[0]
        for row in conn.execute(
            "select column_name from information_schema.columns where table_schema = 'raw'"
            " and table_name = 'pencari_kerja' and column_name not in"
            " ('_versi', '_isi_hash', '_diterima_pada', 'updated_at', 'tanggal_lapor_terakhir')"
        )
    ]
    columns = ", ".join(names)
    query = (
        f"insert into raw.pencari_kerja (_isi_hash, updated_at, tanggal_lapor_terakhir, {columns})"
        f" select sha256(_isi_hash), '2026-10-30T00:00:00+07:00', '2026-10-30', {columns}"
        " from raw.pencari_kerja where id::bigint % 100 = 1"
    )
    conn.execute(query.encode())
    conn.commit()


def _literal(query: str, values: dict[str, int]) -> bytes:
    for name, value in values.items():
        query = query.replace(f"%({name})s", str(value))
    return query.encode()


def timed_dbt(settings: Settings, select: Sequence[str]) -> tuple[float, list[Any]]:
    """Seconds and results of one ``dbt run``; stops at a failure."""
    started = time.monotonic()
    results = run_dbt(settings, ["run", "--select", *select])
    seconds = time.monotonic() - started
    error = failure(results)
    if error:
        raise error
    return seconds, results


def bare(conn: psycopg.Connection, results: Sequence[Any]) -> dict[str, float]:
    """Seconds of each model's compiled SQL, run as ``create table as`` without dbt."""
    seconds = {}
    for result in results:
        name = result.node.name
        started = time.monotonic()
        conn.execute(f"create table public.{name} as {result.node.compiled_code}".encode())
        conn.commit()
        seconds[name] = time.monotonic() - started
    for name in seconds:
        conn.execute(f"drop table public.{name}".encode())
    conn.commit()
    return seconds


def read_ipk(conn: psycopg.Connection) -> tuple[float, int, int]:
    """Seconds to read both tables whole, their rows, and the months."""
    started = time.monotonic()
    rows = sum(len(conn.execute(f"select * from reports.{name}".encode()).fetchall()) for name in IPK)
    months = conn.execute("select count(distinct periode) from reports.rpt_ipk_arus").fetchone()
    return time.monotonic() - started, rows, months[0] if months else 0


def main() -> int:
    """Print each measure with its goal; 1 if one is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory(prefix="bm-", dir="/tmp") as folder:
        home = Path(folder)
        settings = Settings.model_validate({"home": home, "clock": CLOCK, "first_period": FIRST})
        with EmbeddedServer(home).running():
            prepare_database(settings)
            with connect(settings) as conn:
                fill(conn, people)
                error = failure(run_dbt(settings, ["seed"])) or failure(
                    run_dbt(settings, ["run", "--select", "path:models/staging"])
                )
                if error:
                    raise error
                return report(settings, conn, people)


def report(settings: Settings, conn: psycopg.Connection, people: int) -> int:
    """Measure and print."""
    full_s, results = timed_dbt(settings, MODELS)
    alone = bare(conn, results)
    alone_s = sum(alone.values())
    read_s, rows, months = read_ipk(conn)
    ipk_s = read_s + sum(alone[name] for name in IPK)
    change(conn)
    day_s, _ = timed_dbt(settings, MODELS)
    held = (
        full_s <= MOST_TIMES * alone_s + MOST_EXTRA_S,
        ipk_s <= MOST_IPK_S,
        day_s <= MOST_DAY * full_s,
    )
    lines = (
        f"dbt run {full_s:.1f} s, the same SQL alone {alone_s:.1f} s"
        f" (goal <= {MOST_TIMES} x + {MOST_EXTRA_S:.0f} s)",
        f"IPK III/1-III/8, {months} months, {people:,} registrations: {ipk_s:.1f} s, of which reading {rows:,} rows"
        f" {read_s:.1f} s (goal <= {MOST_IPK_S:.0f} s)",
        f"after 1 % has changed {day_s:.1f} s = {day_s / full_s:.0%} of the full build (goal <= {MOST_DAY:.0%})",
    )
    for line, good in zip(lines, held, strict=True):
        print(f"{'ok  ' if good else 'MISS'} {line}")
    print("the slowest models alone:")
    for name, seconds in sorted(alone.items(), key=lambda item: -item[1])[:8]:
        print(f"  {seconds:6.2f} s  {name}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
