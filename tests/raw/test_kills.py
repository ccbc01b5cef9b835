"""Extractions killed at random points while the source goes on: nothing is lost, and nothing stands twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from batang_assets.contracts import Contract, all_contracts
from batang_assets.database import connect
from batang_assets.sandbox.world import build_world
from batang_assets.settings import Settings
from batang_assets.vault.values import LONGEST_TEXT, NumberText, as_text
from tests.raw.career import TOKEN, serving_world

PEOPLE = 300
BEGIN, END = (datetime.fromisoformat(f"2026-{day}T22:00:00+07:00") for day in ("07-02", "10-02"))
CONTRACTS = all_contracts("batang_career")
Row = tuple[str | None, ...]


class Nursery:
    """Starts extractions and tells how they ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def run(self, clock: datetime, seed: int, kill_after_s: float | None = None) -> int:
        """Extract, or be killed after a while; returns the exit status."""
        self._tell(json.dumps({"clock": clock.isoformat(), "seed": seed}))
        pid = int(self._line())
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            os.kill(pid, signal.SIGKILL)
        self._tell("")
        return int(self._line())


@contextmanager
def nursery(settings: Settings, folder: Path) -> Generator[Nursery]:
    assert settings.database_url
    given = {
        "home": str(settings.home), "database_url": settings.database_url.get_secret_value(),
        "career_url": settings.career_url, "career_token": TOKEN, "career_page_size": 50,
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(given))
    script = Path(__file__).with_name("kill_nursery.py")
    with subprocess.Popen(
        [sys.executable, script, folder / "settings.json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline().strip() == "ready"
        yield Nursery(process)
        assert process.stdin
        process.stdin.close()


def _facts(contract: Contract) -> list[str]:
    return [column.name for column in contract.facts]


def shown_by(world: Path) -> dict[str, set[Row]]:
    """Every row of the world as raw must hold it, by dataset."""
    rows: dict[str, set[Row]] = {}
    with sqlite3.connect(world) as connection:
        for contract in CONTRACTS:
            found = connection.execute("select isi from catatan where dataset = ?", [contract.dataset])
            records = [json.loads(text, parse_int=NumberText, parse_float=NumberText) for (text,) in found]
            rows[contract.dataset] = {
                tuple(_kept(record.get(name)) for name in _facts(contract)) for record in records
            }
    return rows


def _kept(value: Any) -> str | None:
    text = as_text(value)
    return None if text is None else text.replace("\0", "")[:LONGEST_TEXT]


def stored(connection: psycopg.Connection, contract: Contract, *, current: bool) -> list[Row]:
    """Rows of raw; ``current``: of each id the latest by ``updated_at``, then the last to arrive, as in staging."""
    columns = sql.SQL(", ").join(map(sql.Identifier, _facts(contract)))
    query = sql.SQL(
        "select distinct on (id) {} from {} order by id, updated_at::timestamptz desc, _versi desc"
        if current
        else "select {} from {}"
    ).format(columns, sql.Identifier("raw", contract.table))
    return connection.execute(query).fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_world(tmp_path / "dunia.sqlite", people=PEOPLE, seed=11, until=BEGIN)
    return tmp_path


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.nightly)])
def test_killed_extractions_lose_nothing_and_store_nothing_twice(
    kills: int, folder: Path, new_settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
):
    world, chance = folder / "dunia.sqlite", random.Random(kills)
    ever = {dataset: set(rows) for dataset, rows in shown_by(world).items()}
    with serving_world(world) as url:
        settings = new_settings(career_url=url, career_token=TOKEN)
        with nursery(settings, folder) as extractions, connect(settings) as connection:
            connection.autocommit = True
            killed = halfway = attempts = 0
            life_s = 1.0
            while killed < kills:
                attempts += 1
                assert attempts < 4 * kills + 20, "most extractions ended before they could be killed"
                until = BEGIN + (END - BEGIN) * min(1.0, killed / kills)
                build_world(world, people=PEOPLE, seed=11, until=until)
                for dataset, rows in shown_by(world).items():
                    ever[dataset] |= rows
                before = _versions(connection)
                # Anywhere, but mostly when it is well under way.
                moment_s = chance.triangular(0, life_s, life_s * 0.9)
                status = extractions.run(until + timedelta(seconds=1), attempts, moment_s)
                if status == -signal.SIGKILL:
                    killed += 1
                    halfway += _versions(connection) > before
                    life_s *= 1.05
                else:
                    # It was done first: the next ones are killed earlier.
                    assert status == 0
                    life_s *= 0.8
            with capsys.disabled():
                print(f"\n{killed} extractions killed, {halfway} of them after something had been committed")
            assert halfway >= 2
            assert extractions.run(until + timedelta(seconds=1), 0) == 0
            _judge(connection, world, ever)


def _versions(connection: psycopg.Connection) -> int:
    tables = [sql.Identifier("raw", contract.table) for contract in CONTRACTS]
    counts = sql.SQL(" + ").join(sql.SQL("(select count(*) from {})").format(table) for table in tables)
    row = connection.execute(sql.SQL("select {}").format(counts)).fetchone()
    assert row
    return row[0]


def _judge(connection: psycopg.Connection, world: Path, ever: dict[str, set[Row]]) -> None:
    """Raw against all that the world ever showed, the present state against the world, vault against raw."""
    for contract in CONTRACTS:
        rows, now = stored(connection, contract, current=False), shown_by(world)[contract.dataset]
        assert len(rows) == len(set(rows)), f"{contract.dataset}: a version stands twice"
        assert set(rows) <= ever[contract.dataset], (
            f"{contract.dataset}: a version that the source never showed"
        )
        present = set(stored(connection, contract, current=True))
        assert present == now, f"{contract.dataset}: the present state is another"
        pairs = connection.execute(
            sql.SQL(
                "select count(*) filter (where v.id is null), count(*) filter (where r.id is null)"
                " from (select id, _isi_hash from {}) r full join"
                " (select id, isi_hash from vault.identitas where tabel = %s) v"
                " on v.id = r.id and v.isi_hash = r._isi_hash"
            ).format(sql.Identifier("raw", contract.table)),
            [contract.table],
        ).fetchone()
        assert pairs is not None
        unsealed, orphaned = pairs
        assert orphaned == 0, contract.dataset
        assert unsealed == 0 or not contract.identities, contract.dataset
