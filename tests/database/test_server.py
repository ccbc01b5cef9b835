"""The database: refused when too old, taken over after a crash, widened when a contract grows."""

import dataclasses
import os
import signal
import tempfile
from pathlib import Path

import psycopg
import pytest

from batang_assets.contracts import Column, load_contract
from batang_assets.database import connect, connection, dbt_env, migrate, prepare_database, sqlalchemy_url
from batang_assets.database.server import EmbeddedServer
from batang_assets.errors import ConfigurationError
from batang_assets.settings import Settings


def test_an_older_server_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "OLDEST_SERVER", 990000)
    with pytest.raises(ConfigurationError, match="too old: point BATANG_DATABASE_URL at version 15 or newer"):
        connect(settings)


def test_preparing_again_changes_nothing_and_keeps_rows(settings: Settings):
    with connect(settings) as c:
        c.execute(
            "insert into raw.lamaran (id, _isi_hash, _periode, _run_id) values ('1', 'x', '2026-10-01', 'r')"
        )
    prepare_database(settings)
    with connect(settings) as c:
        assert c.execute("select count(*) from raw.lamaran").fetchone() == (1,)


def test_a_database_of_a_newer_program_is_left_alone(settings: Settings):
    with connect(settings) as c:
        c.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(ConfigurationError, match="newer version of this program"):
        prepare_database(settings)


def test_a_column_added_to_a_contract_becomes_a_column_of_its_raw_table(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    contract = load_contract("batang_career", "lamaran")
    wider = dataclasses.replace(contract, columns=(*contract.columns, Column("catatan", "teks", "uji")))
    monkeypatch.setattr(
        migrate, "all_contracts", lambda source: (wider,) if source == "batang_career" else ()
    )
    prepare_database(settings)
    with connect(settings) as c:
        assert c.execute("select catatan from raw.lamaran").fetchall() == []


def test_a_server_left_behind_by_a_crash_starts_again_with_its_data():
    with tempfile.TemporaryDirectory(prefix="batang-uji-", dir="/tmp") as folder:
        server = EmbeddedServer(Path(folder))
        assert server.ensure()
        assert not server.ensure()
        with psycopg.connect(server.running_url()) as c:
            c.execute("create table uji as select 1 as n")
        pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ConfigurationError, match="not running"):
            _wait_until_gone(server)
        assert server.ensure()
        with psycopg.connect(server.running_url()) as c:
            assert c.execute("select n from uji").fetchone() == (1,)
        server.stop()
        with pytest.raises(ConfigurationError, match="not running"):
            server.running_url()


def _wait_until_gone(server: EmbeddedServer) -> None:
    """Ask for the URL until the killed server is no longer taken for running."""
    for _ in range(200):
        server.running_url()
        signal.sigtimedwait([], 0.05)


def test_one_url_in_every_spelling():
    settings = Settings.model_validate({"database_url": "postgresql://b:p%40s@10.0.0.1:5433/data"})
    assert sqlalchemy_url(settings) == "postgresql+psycopg2://b:p%40s@10.0.0.1:5433/data"
    assert dbt_env(settings) == {
        "BATANG_PG_HOST": "10.0.0.1", "BATANG_PG_PORT": "5433", "BATANG_PG_USER": "b",
        "BATANG_PG_PASSWORD": "p@s", "BATANG_PG_DBNAME": "data",
    }  # fmt: skip


def test_a_url_that_is_none_is_refused_without_showing_it():
    with pytest.raises(ConfigurationError, match="is not a PostgreSQL URL") as error:
        connect(Settings.model_validate({"database_url": "mysql://b:RAHASIA@h/d"}))
    assert "RAHASIA" not in str(error.value)
