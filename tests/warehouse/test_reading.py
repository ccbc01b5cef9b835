"""The staging views read whatever a source may write: never an error, and never a wrong date."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import psycopg
import pytest
from psycopg import sql

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.settings import JAKARTA, Settings
from batang_assets.warehouse.project import failure, run_dbt

WORDS = """0 1 9 12 31 29 02 13 1999 2024 99999 0000-00-00 9999999999999999999 1e400 infinity nan - / . : , ( ' "
    \\ % _ = @ T Z +07:00 +99:99 jt juta rb Rp e5 E K KBLI KBJI 2025 33 25 Agustus feb bulan UMK desa kec
    Kalisari <b> é ² ٣ １ 😀 orang"""
PIECES = [*WORDS.split(), " ", "\t", "\n", "\u00a0"]
RECORDS = 1500
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


@pytest.fixture(scope="module")
def settings(new_settings) -> Settings:
    """A database with the staging views on empty raw tables."""
    settings = new_settings()
    error = failure(run_dbt(settings, ["run", "--select", "staging"]))
    assert error is None, error
    return settings


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(settings) as connection:
        yield connection
        connection.rollback()


def junk(rng: random.Random) -> str | None:
    """Text that nobody should write, often close to a date, a time or an amount."""
    kind = rng.random()
    if kind < 0.5:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(9)))
    if kind < 0.6:
        return None
    year, month, day = rng.randrange(10000), rng.randrange(15), rng.randrange(34)
    hour, minute, offset = rng.randrange(26), rng.randrange(62), rng.randrange(17)
    return rng.choice(
        (
            f"{year:04d}-{month:02d}-{day:02d}",
            f"{day}-{month}-{year:04d}",
            f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{minute:02d}+{offset:02d}:{minute:02d}",
            f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:59.{rng.randrange(10**9)}-{offset:02d}00",
        )
    )


def insert(conn: psycopg.Connection, table: str, columns: list[str], rows: list[list]) -> None:
    """Put versions into a raw table: id, then `columns`; hashes and arrival are made up."""
    names = ["id", "_isi_hash", "_periode", "_run_id", *columns]
    statement = sql.SQL("insert into raw.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )
    filled = [[row[0], str(n).encode(), "2026-10-01", "uji", *row[1:]] for n, row in enumerate(rows)]
    with conn.cursor() as cursor:
        cursor.executemany(statement, filled)


def test_every_worked_example_of_the_staging_views_holds(settings: Settings) -> None:
    """The dbt unit tests of the layer: how values are read, which version is current, since when it is known."""
    results = run_dbt(settings, ["test", "--select", "test_type:unit,staging"])
    assert failure(results) is None, failure(results)
    tested = {result.node.tested_node_unique_id.split(".")[-1] for result in results}
    assert {"stg_batang_career__kedatangan", "stg_batang_career__lamaran"} <= tested


def test_no_text_makes_a_staging_view_raise_and_each_id_has_one_current_version(
    conn: psycopg.Connection,
) -> None:
    rng = random.Random(31)
    for contract in all_contracts("batang_career"):
        columns = [column.name for column in contract.facts if column.name != "id"]
        rows = [[f"{n // 2}", *(junk(rng) for _ in columns)] for n in range(RECORDS)]
        insert(conn, contract.table, columns, rows)
        view = sql.Identifier(f"stg_batang_career__{contract.table}")
        # `select *` inside an aggregate would be optimised away; row_to_json needs every column.
        query = sql.SQL(
            "select count(*), count(distinct id), sum(length(row_to_json(s)::text)) from staging.{} s"
        )
        row = conn.execute(query.format(view)).fetchone()
        assert row is not None
        assert row[:2] == (RECORDS // 2, RECORDS // 2), contract.dataset


def test_every_day_reads_the_same_in_each_of_its_spellings(conn: psycopg.Connection) -> None:
    rng = random.Random(7)
    days = [date(1930, 1, 1) + timedelta(days=rng.randrange(40000)) for _ in range(400)]
    spelled = [
        (day, text)
        for day in [*days, date(2000, 2, 29), date(2024, 12, 31)]
        for text in (
            day.isoformat(),
            f"{day:%d-%m-%Y}",
            f"{day.day}/{day.month}/{day.year}",
            f"{day.day} {MONTHS[day.month - 1]} {day.year}",
            f"{day.isoformat()}T23:30:00+07:00",
            f"{day.isoformat()} 00:00:01",
            str((day - date(1899, 12, 30)).days),
        )
        if len(text) != 5 or text >= "10000"
    ]
    insert(conn, "lamaran", ["tanggal_lamar"], [[str(n), text] for n, (_, text) in enumerate(spelled)])
    found = dict(
        conn.execute("select id::int, tanggal_lamar from staging.stg_batang_career__lamaran").fetchall()
    )
    assert [(text, found[n]) for n, (_, text) in enumerate(spelled)] == [(text, day) for day, text in spelled]


def test_a_time_is_the_same_instant_whatever_its_offset(conn: psycopg.Connection) -> None:
    rng = random.Random(8)
    texts: list[tuple[str, datetime]] = []
    for _ in range(400):
        moment = datetime(2020, 1, 1, tzinfo=JAKARTA) + timedelta(seconds=rng.randrange(300_000_000))
        zone = timezone(timedelta(minutes=rng.choice((0, 420, 480, 540, -210))))
        texts.append((moment.astimezone(zone).isoformat(), moment))
        texts.append((moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), moment))
        texts.append((moment.strftime("%Y-%m-%d %H:%M:%S"), moment))
    insert(conn, "lamaran", ["created_at"], [[str(n), text] for n, (text, _) in enumerate(texts)])
    found = dict(
        conn.execute("select id::int, created_at from staging.stg_batang_career__lamaran").fetchall()
    )
    assert [found[n] for n in range(len(texts))] == [moment for _, moment in texts]
