"""Every way a database can refuse us is one line that says what to mend, and never a password or a value."""

import secrets
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from batang_assets.contracts import load_contract
from batang_assets.errors import BatangError, SourceError
from batang_assets.raw.database.source import open_database_source
from batang_assets.settings import JAKARTA, Settings, load_settings
from tests.raw.servers import STAMP, Server, lamaran_table, write_map

pytest_plugins = ["tests.raw.databases"]

LAMARAN = load_contract("batang_career", "lamaran")
OCTOBER, NOVEMBER = (datetime(2026, month, 1, tzinfo=JAKARTA) for month in (10, 11))


def _as_user(url: str, user: str, password: str) -> str:
    return sa.make_url(url).set(username=user, password=password).render_as_string(hide_password=False)


def _read_all(settings: Settings) -> None:
    with open_database_source(settings) as source:
        source.check()
        list(source.window(LAMARAN, OCTOBER, NOVEMBER))


def _message(url: str, **more: str) -> str:
    settings = load_settings({"BATANG_CAREER_DATABASE_URL": url, "BATANG_HTTP_TIMEOUT_S": "2", **more})
    with pytest.raises(BatangError) as error:
        _read_all(settings)
    assert "\n" not in str(error.value)
    assert "rahasia" not in str(error.value)
    return str(error.value)


def test_every_wrong_setting_is_one_line_that_names_it_and_never_the_password(
    server: Server, mariadb_url: str
):
    setting = "BATANG_CAREER_DATABASE_URL"
    wrong_user = {
        "postgresql": _as_user(server.url, "siapa", "rahasia"),
        "mariadb": _as_user(server.url, "root", "rahasia"),
    }[server.kind]
    assert _message(wrong_user) == f"the Batang Career database refuses the user or the password ({setting})"
    no_base = server.url.replace(f"/{sa.make_url(server.url).database}", "/tidak_ada")
    assert "has no such database" in _message(no_base)
    scheme = sa.make_url(server.url).drivername
    assert f"cannot be reached: check host, port and network ({setting})" in _message(
        f"{scheme}://u:rahasia@127.0.0.1:9/x"
    )
    assert "the Batang Career database has no table lamaran for lamaran" in _message(server.url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("rahasia", "is not a SQLAlchemy URL"),
        ("postgresql://u:rah@sia:rahasia@h:port/x", "is not a SQLAlchemy URL"),
        ("mssql+pyodbc://u:rahasia@h/x", "no driver for mssql"),
        ("antahberantah://u:rahasia@h/x", "no driver for antahberantah"),
    ],
)
def test_a_url_that_is_none_is_one_line_without_it(url: str, message: str):
    assert message in _message(url)


def test_a_map_that_names_what_is_not_there_is_told_by_file_and_line(server: Server, tmp_path: Path):
    lamaran_table(server, [(1, OCTOBER)])
    folder = str(write_map(tmp_path, "lamaran", kolom={"status": "keadaan"}))
    assert _message(server.url, BATANG_CAREER_MAP=folder) == (
        "lamaran.yaml:3: table lamaran has no column keadaan (for status)"
    )
    write_map(tmp_path, "lamaran", tabel="lowker_lamar")
    assert "has no table lowker_lamar for lamaran: mend tabel in lamaran.yaml" in _message(
        server.url, BATANG_CAREER_MAP=folder
    )
    server.execute("drop table lamaran", "create table lamaran (id int, keterangan text)")
    assert "no column for updated_at" in _message(server.url)


def test_rows_that_cannot_be_told_apart_are_refused(server: Server):
    server.execute(
        f"create table lamaran (id int null, updated_at {STAMP[server.kind]})",
        "insert into lamaran values (1, '2026-10-02'), (1, '2026-10-02')",
    )
    assert "two rows have the same id and time of change" in _message(server.url)
    server.execute("delete from lamaran", "insert into lamaran values (null, '2026-10-02')")
    assert "a row has no id" in _message(server.url)


def test_a_user_who_may_read_only_some_columns_reads_those(server: Server, tmp_path: Path):
    server.execute(
        f"create table lamaran (id int primary key, updated_at {STAMP[server.kind]}, status text, kata_sandi text)",
        "insert into lamaran values (1, '2026-10-02', 'dikirim', 'x')",
    )
    user = f"pembaca_{secrets.token_hex(4)}"
    if server.kind == "postgresql":
        server.execute(
            f"create role {user} login", f"grant select (id, updated_at, status) on lamaran to {user}"
        )
        url = _as_user(server.url, user, "rahasia")
    else:
        server.execute(
            f"create user {user}@127.0.0.1 identified by 'rahasia'",
            f"grant select (id, updated_at, status) on lamaran to {user}@127.0.0.1",
        )
        url = (
            sa.make_url(server.url)
            .set(username=user, password="rahasia")
            .render_as_string(hide_password=False)
        )
        assert _reads(url) == [{"id": "1", "status": "dikirim"}]
        return
    assert "may not read it: grant SELECT, or name the columns" in _message(url)
    folder = str(write_map(tmp_path, "lamaran", abaikan=["kata_sandi"]))
    assert _reads(url, BATANG_CAREER_MAP=folder) == [{"id": "1", "status": "dikirim"}]


def _reads(url: str, **more: str) -> list[dict[str, object]]:
    with open_database_source(load_settings({"BATANG_CAREER_DATABASE_URL": url, **more})) as source:
        records = list(source.window(LAMARAN, OCTOBER, NOVEMBER))
    return [{name: record[name] for name in record if name != "updated_at"} for record in records]


class Lax(SQLiteDialect_pysqlite):
    """A database that knows no read-only transaction, as far as its name tells."""

    name = "lax"
    supports_statement_cache = True


def test_a_server_that_cannot_promise_to_be_read_only_is_refused(tmp_path: Path):
    registry.register("lax", __name__, "Lax")
    message = _message(f"lax:///{tmp_path}/lax.sqlite")
    assert "lax knows no read-only transaction, so it is not read" in message


@pytest.mark.parametrize(
    ("column", "updated_at", "message"),
    [
        ("varchar(20)", {"dari": "tgl", "ubah": "waktu:%d/%m/%Y"}, "lamaran.yaml:4: .*does not sort by time"),
        ("int", "tgl", "lamaran.yaml:3: .*a number needs the converter"),
    ],
)
def test_a_time_of_change_that_does_not_sort_is_refused(
    server: Server, tmp_path: Path, column: str, updated_at: object, message: str
):
    server.execute(f"create table lamaran (id int primary key, tgl {column})")
    folder = write_map(tmp_path, "lamaran", kolom={"updated_at": updated_at})
    with (
        open_database_source(server.settings(career_map=folder)) as source,
        pytest.raises(SourceError, match=message),
    ):
        list(source.window(LAMARAN, OCTOBER, NOVEMBER))
