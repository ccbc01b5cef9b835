"""Batang Career as a database: on real servers, every row once, as one moment saw it, and nothing ever written."""

import itertools
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as thoroughness
from hypothesis import strategies as st

from batang_assets.contracts import load_contract
from batang_assets.errors import SourceError
from batang_assets.raw.database.source import DatabaseSource, open_database_source
from batang_assets.raw.source import WindowMoved
from batang_assets.settings import JAKARTA, load_settings
from batang_assets.vault.values import NumberText
from tests.raw.servers import STAMP, Server, lamaran_table, write_map

pytest_plugins = ["tests.raw.databases"]

LAMARAN = load_contract("batang_career", "lamaran")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
SEPTEMBER, OCTOBER, NOVEMBER = (datetime(2026, month, 1, tzinfo=JAKARTA) for month in (9, 10, 11))


def _ids(source: DatabaseSource, start: datetime, end: datetime) -> list[int]:
    return [int(record["id"]) for record in source.window(LAMARAN, start, end)]


def test_values_arrive_as_the_extract_api_would_show_them(server: Server):
    postgres = server.kind == "postgresql"
    server.execute(
        "create table lamaran (id bigint primary key, bulat int, besar bigint, uang numeric(15,2), pecahan double"
        " precision, teks text, kosong text, tiada text, tanggal date, jam time, "
        + (
            "sakelar boolean, tetap char(10), tanpa_zona timestamp, updated_at timestamptz, jauh date,"
            " berkas bytea, susun jsonb)"
            if postgres
            else "sakelar bit(1), tetap char(10), tanpa_zona datetime, updated_at timestamp(6), jauh varchar(30),"
            " berkas blob, susun json)"
        ),
        "set time_zone = '+00:00'" if not postgres else "set time zone 'UTC'",
        "insert into lamaran values (1, 42, 9007199254740993, 2534382.50, 2534382, 'a''b ', '', null, '1963-01-31',"
        f" '08:05:09', {'true' if postgres else '1'}, 'ab', '2026-10-01 23:59:59', '2026-10-01 10:00:00.25',"
        f" '{'0044-03-15 BC' if postgres else 'x'}', 'abc', '[1, {{\"a\": null}}]')",
    )
    with open_database_source(server.settings()) as source:
        record = dict(next(iter(source.window(LAMARAN, OCTOBER, NOVEMBER))))
    susun = record.pop("susun")
    assert susun in ([1, {"a": None}], ["1", {"a": None}], '[1, {"a": null}]')
    assert record == {
        "id": "1", "bulat": "42", "besar": "9007199254740993", "uang": "2534382.5", "pecahan": "2534382",
        "teks": "a'b ", "kosong": "", "tiada": None, "tanggal": "1963-01-31", "jam": "08:05:09", "sakelar": True,
        "tetap": "ab", "tanpa_zona": "2026-10-01T23:59:59+07:00", "updated_at": "2026-10-01T17:00:00.25+07:00",
        "jauh": "0044-03-15 BC" if postgres else "x", "berkas": "abc",
    }  # fmt: skip
    numeric = {name for name, value in record.items() if isinstance(value, NumberText)}
    assert numeric == {"id", "bulat", "besar", "uang", "pecahan"}


MOMENTS = st.integers(-3, 40).map(lambda n: OCTOBER + timedelta(hours=n * 20))


@thoroughness(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(st.one_of(st.none(), MOMENTS), max_size=25), size=st.integers(2, 6), cut=MOMENTS)
def test_windows_together_show_every_row_once_in_order_whatever_the_segments(
    server: Server, moments: list[datetime | None], size: int, cut: datetime
):
    lamaran_table(server, list(enumerate(moments)))
    known = [(moment, n) for n, moment in enumerate(moments) if moment is not None]
    undated = [n for n, moment in enumerate(moments) if moment is None]
    with open_database_source(server.settings()) as source:
        source.segment_rows = size
        before, after = _ids(source, BEGINNING, cut), _ids(source, cut, OCTOBER + timedelta(days=99))
        assert not set(undated) & set(_ids(source, SEPTEMBER, OCTOBER))
    assert before == undated + [n for moment, n in sorted(known) if moment < cut]
    # The second window reaches the present, and so shows rows that no other would.
    assert after == undated + [n for moment, n in sorted(known) if moment >= cut]


def test_a_window_is_one_moment_although_rows_are_edited_deleted_and_added_while_it_is_read(server: Server):
    lamaran_table(server, [(n, OCTOBER + timedelta(minutes=n)) for n in range(1, 21)])
    with open_database_source(server.settings()) as source:
        source.segment_rows = 4
        reading = iter(source.window(LAMARAN, OCTOBER, NOVEMBER))
        seen = [next(reading)]
        server.execute(
            "update lamaran set updated_at = '2026-10-20 00:00:00', status = 'ditolak' where id in (2, 9)",
            "delete from lamaran where id in (10, 20)",
            "insert into lamaran values (99, 'dikirim', '2026-10-01 00:15:30')",
        )
        seen += reading
        again = _ids(source, OCTOBER, NOVEMBER)
    assert [int(record["id"]) for record in seen] == list(range(1, 21))
    assert {record["status"] for record in seen} == {"dikirim"}
    assert again == [*(n for n in range(1, 16) if n not in (2, 9, 10)), 99, *range(16, 20), 2, 9]


@pytest.mark.parametrize(
    "change",
    ["delete from lamaran where id = 4", "insert into lamaran values (99, 'x', '2026-10-01 00:00:30')"],
)
def test_rows_that_move_under_tables_without_snapshots_are_found_out(mariadb: Server, change: str):
    lamaran_table(mariadb, [(n, OCTOBER + timedelta(minutes=n)) for n in range(1, 21)], " engine=MyISAM")
    with open_database_source(mariadb.settings()) as source:
        source.segment_rows = 4
        reading = iter(source.window(LAMARAN, OCTOBER, NOVEMBER))
        next(reading)
        # The first segment is on its way by now: what it holds does not change.
        next(reading)
        list(itertools.islice(reading, 2))
        mariadb.execute(change)
        with pytest.raises(WindowMoved, match=r"has moved|counted"):
            list(reading)


def test_the_source_cannot_be_written_to(server: Server):
    lamaran_table(server, [(1, OCTOBER)])
    for statement in (
        "delete from lamaran",
        "insert into lamaran (id) values (2)",
        "update lamaran set status='x'",
    ):
        with pytest.raises(SourceError, match="query failed"):
            _write(server, statement)
    with open_database_source(server.settings()) as source:
        assert [record["status"] for record in source.window(LAMARAN, OCTOBER, NOVEMBER)] == ["dikirim"]


def _write(server: Server, statement: str) -> None:
    with open_database_source(server.settings()) as source, source.reading("lamaran", "peta") as connection:
        connection.exec_driver_sql(statement)
        connection.commit()


def test_reading_again_after_the_connection_was_cut_is_asked_for(server: Server):
    lamaran_table(server, [(n, OCTOBER + timedelta(minutes=n)) for n in range(1, 3001)])
    kill = {
        "postgresql": "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
        " and datname = current_database()",
        "mariadb": None,
    }[server.kind]
    with open_database_source(server.settings()) as source:
        source.segment_rows = 1000
        reading = iter(source.window(LAMARAN, OCTOBER, NOVEMBER))
        next(reading)
        if kill is None:
            engine = sa.create_engine(server.url)
            with engine.connect() as connection:
                others = connection.exec_driver_sql(
                    "select id from information_schema.processlist where db = database() and id <> connection_id()"
                ).scalars()
                for number in list(others):
                    connection.exec_driver_sql(f"kill {number}")
            engine.dispose()
        else:
            server.execute(kill)
        with pytest.raises(WindowMoved, match="connection was lost"):
            list(reading)
        assert len(_ids(source, OCTOBER, NOVEMBER)) == 3000


def test_live_ids_are_those_that_are_not_soft_deleted(server: Server, tmp_path: Path):
    stamp = STAMP[server.kind]
    server.execute(
        f"create table lamaran (id varchar(20) primary key, updated_at {stamp}, deleted_at {stamp} null, sts int)",
        "insert into lamaran values ('a1', '2026-10-01', null, 1), ('a2', '2026-10-01', '2026-10-02', 1),"
        " ('a3', null, null, 0), ('a4', '2026-10-01', null, null)",
    )
    with open_database_source(server.settings()) as source:
        source.segment_rows = 2
        assert list(source.live_ids(LAMARAN)) == ["a1", "a3", "a4"]
    folder = write_map(tmp_path, "lamaran", hapus={"dari": "sts", "bila": ["0"]})
    with open_database_source(server.settings(career_map=folder)) as source:
        assert list(source.live_ids(LAMARAN)) == ["a1", "a2", "a4"]


OTHER_CLOCKS = {
    "day and time of day": (
        "tgl date, jam time", "'{:%Y-%m-%d}', '{:%H:%M:%S}'", {"gabung": ["tgl", "jam"], "ubah": "waktu_wib"}, "s"
    ),
    "day and time of day as text": (
        "tgl varchar(10), jam varchar(8)", "'{:%Y-%m-%d}', '{:%H:%M:%S}'",
        {"gabung": ["tgl", "jam"], "ubah": "waktu_wib"}, "s",
    ),
    "text of the extract api": ("tgl varchar(40)", "'{:%Y-%m-%dT%H:%M:%S+07:00}'", "tgl", "s"),
    "text without a zone": ("tgl varchar(40)", "'{:%Y-%m-%d %H:%M:%S}'", {"dari": "tgl", "ubah": "waktu_wib"}, "s"),
    "text that sorts": (
        "tgl varchar(40)", "'{:%Y/%m/%d %H.%M.%S}'", {"dari": "tgl", "ubah": "waktu:%Y/%m/%d %H.%M.%S"}, "s"
    ),
    "seconds since 1970": ("tgl bigint", "{epoch}", {"dari": "tgl", "ubah": "waktu_epoch"}, "s"),
    "milliseconds since 1970": ("tgl bigint", "{epoch}000", {"dari": "tgl", "ubah": "waktu_epoch:ms"}, "s"),
    "excel serial": ("tgl double precision", "{serial!r}", {"dari": "tgl", "ubah": "waktu_excel"}, "s"),
    "day alone": ("tgl date", "'{:%Y-%m-%d}'", "tgl", "day"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_CLOCKS)
def test_windows_hold_however_a_source_writes_the_time_of_change(server: Server, tmp_path: Path, name: str):
    columns, form, updated_at, precision = OTHER_CLOCKS[name]
    moments = [OCTOBER + timedelta(hours=h) for h in (-1, 0, 12, 36, 40, 24 * 31 - 1, 24 * 31)]
    server.execute(f"create table lamaran (id int primary key, {columns})")
    for n, moment in enumerate(moments):
        serial = (moment.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)
        values = form.format(moment, moment, epoch=int(moment.timestamp()), serial=serial)
        server.execute(f"insert into lamaran values ({n}, {values})".replace("%", "%%"))
    folder = write_map(tmp_path, "lamaran", kolom={"updated_at": updated_at})
    middle = OCTOBER + timedelta(hours=38)
    with open_database_source(server.settings(career_map=folder)) as source:
        month = list(source.window(LAMARAN, OCTOBER, NOVEMBER))
        first, second = _ids(source, OCTOBER, middle), _ids(source, middle, NOVEMBER)
    assert [int(record["id"]) for record in month] == [1, 2, 3, 4, 5]
    if precision == "s":
        assert [datetime.fromisoformat(str(record["updated_at"])) for record in month] == moments[1:6]
        assert (first, second) == ([1, 2, 3], [4, 5])
    else:
        assert [date.fromisoformat(str(record["updated_at"])) for record in month] == [
            moment.date() for moment in moments[1:6]
        ]
        # A row of today may change again today: the day is read whole from both sides.
        assert (first, second) == ([1, 2, 3, 4], [3, 4, 5])


def test_a_million_rows_would_not_fill_the_memory(server: Server):
    lamaran_table(server, [])
    rows = 60_000
    numbers = f"generate_series(1, {rows}) n" if server.kind == "postgresql" else f"seq_1_to_{rows}"
    number = "n" if server.kind == "postgresql" else "seq"
    server.execute(
        f"insert into lamaran select {number}, repeat('x', 500), '2026-10-05 00:00:00' from {numbers}"
    )
    with open_database_source(server.settings()) as source:
        tracemalloc.start()
        try:
            count = sum(1 for _ in source.window(LAMARAN, OCTOBER, NOVEMBER))
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert count == rows
    # All rows at once are 40 MB and more.
    assert peak_bytes < 8e6


def test_another_dialect_is_read_too(tmp_path: Path):
    path = tmp_path / "karir.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table lamaran (id integer, updated_at datetime, status text)")
        connection.exec_driver_sql("insert into lamaran values (1, '2026-10-02 10:00:00', 'dikirim')")
    engine.dispose()
    with open_database_source(load_settings({"BATANG_CAREER_DATABASE_URL": f"sqlite:///{path}"})) as source:
        assert list(source.window(LAMARAN, OCTOBER, NOVEMBER)) == [
            {"id": "1", "updated_at": "2026-10-02T10:00:00+07:00", "status": "dikirim"}
        ]
        with pytest.raises(SourceError), source.reading("lamaran", "peta") as connection:
            connection.exec_driver_sql("delete from lamaran")
