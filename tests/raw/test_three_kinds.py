"""One world read over HTTP, from databases and from files: the same raw facts and the same warehouse.

What no text column or CSV can say is taken out of the world first: that a NIK arrived as a JSON number, and NUL.
"""

import json
import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.sandbox.world import build_world
from batang_assets.sandbox.world.export import export_world
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.raw.career import TOKEN, extract_all, serving_world
from tests.raw.mariadb import running_mariadb
from tests.raw.unfamiliar import made_unfamiliar

PEOPLE = 500
# ``asing``: PostgreSQL where every table and column has another name, read through field maps.
KINDS = ["postgresql", "mariadb", "csv", "xlsx", "asing"]
# Who was read when and by whom; the fingerprint of a record as that kind of source showed it, with the unknown
# columns that a table has in every row and a JSON record only where it has a value.
OF_THE_READING = {"_versi", "_isi_hash", "_run_id", "_diterima_pada", "_kolom_asing"}
DERIVED = {"versi", "isi_hash", "diterima_pada", "pertama_terlihat", "diketahui_pada", "kolom_asing"}
BUILD = ["build", "--resource-type", "seed", "--resource-type", "model"]
ReadAs = Callable[[str], Settings]


def _plain(world: Path) -> None:
    with sqlite3.connect(world) as connection:
        rows = connection.execute("select rowid, isi from catatan").fetchall()
        for number, text in rows:
            record = json.loads(text.replace("\\u0000", ""))
            if isinstance(record.get("nik"), int):
                record["nik"] = str(record["nik"])
            connection.execute(
                "update catatan set isi = ? where rowid = ?", [json.dumps(record, ensure_ascii=False), number]
            )


def _source(kind: str, world: Path, servers: ExitStack, new_database: Callable[[], str]) -> dict[str, Any]:
    """Make the world a source of that kind; returns the settings that reach it."""
    if kind == "http":
        return {"career_url": servers.enter_context(serving_world(world)), "career_token": TOKEN}
    if kind in ("csv", "xlsx"):
        folder = world.parent / kind
        export_world(world, str(folder), kind=kind)
        for path in folder.iterdir():
            # Old enough to be no longer written to.
            os.utime(path, (time.time() - 3600, time.time() - 3600))
        return {"career_files": folder}
    url = servers.enter_context(running_mariadb()) if kind == "mariadb" else new_database()
    if kind == "mariadb":
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("create database karir character set utf8mb4"))
        engine.dispose()
        url += "/karir"
    export_world(world, url.replace("postgresql://", "postgresql+psycopg://"))
    if kind == "asing":
        return {"career_database_url": url, "career_map": made_unfamiliar(url, world.parent / "peta")}
    return {"career_database_url": url}


@pytest.fixture(scope="module")
def read_as(
    tmp_path_factory: pytest.TempPathFactory,
    new_settings: Callable[..., Settings],
    new_database: Callable[[], str],
) -> Iterator[ReadAs]:
    """A function that reads the world through one kind of source and returns the settings of the result."""
    world = tmp_path_factory.mktemp("dunia") / "dunia.sqlite"
    build_world(world, people=PEOPLE, seed=3325, until=datetime.fromisoformat("2026-10-31T23:59:59+07:00"))
    _plain(world)
    done: dict[str, Settings] = {}
    with ExitStack() as servers:

        def read(kind: str) -> Settings:
            if kind not in done:
                settings = new_settings(**_source(kind, world, servers, new_database))
                if done:
                    # The same keys, so that pseudonyms and fingerprints can be compared.
                    shutil.copytree(next(iter(done.values())).keys, settings.keys, dirs_exist_ok=True)
                extract_all(settings)
                done[kind] = settings
            return done[kind]

        yield read


def _table(settings: Settings, schema: str, name: str, without: set[str]) -> tuple[list[str], Counter[Any]]:
    """Names of the columns that count, and the rows as a bag."""
    with connect(settings) as connection:
        found = connection.execute(
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
            " order by 1",
            [schema, name],
        ).fetchall()
        columns = [column for (column,) in found if column not in without]
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns),
            sql.Identifier(schema, name),
        )
        return columns, Counter(connection.execute(query).fetchall())


def _differences(one: Settings, other: Settings, schema: str, name: str, without: set[str]) -> list[str]:
    """Which columns differ in how many rows; values stay out of it, they may be personal."""
    (columns, first), (same, second) = (_table(settings, schema, name, without) for settings in (one, other))
    assert columns == same
    assert first, f"{schema}.{name} is empty: nothing was compared"
    if first == second:
        return []
    left, right = first - second, second - first
    wrong = [
        column
        for place, column in enumerate(columns)
        if Counter(row[place] for row in left.elements()) != Counter(row[place] for row in right.elements())
    ]
    return [f"{schema}.{name}: {left.total()} and {right.total()} rows differ, in {wrong}"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_raw_facts_findings_and_identities(read_as: ReadAs, kind: str):
    reference, other = read_as("http"), read_as(kind)
    differences = [
        line
        for contract in all_contracts("batang_career")
        for line in _differences(reference, other, "raw", contract.table, OF_THE_READING)
    ]
    assert differences == []


@pytest.mark.parametrize("kind", ["mariadb", "csv", "asing"])
def test_every_kind_gives_the_same_warehouse(read_as: ReadAs, kind: str):
    reference, other = read_as("http"), read_as(kind)
    for settings in (reference, other):
        if not (settings.home / "dbt").exists():
            assert failure(run_dbt(settings, BUILD)) is None
    with connect(reference) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema = 'marts' or (table_schema, table_name) = ('quality', 'karantina')"
            " or (table_schema = 'reports' and table_name ~ '^rpt_(smdata|ipk)')"
            # No linkage ran, so nobody was merged.
            " except select 'marts', 'fct_penggabungan_orang'"
        ).fetchall()
    assert len(tables) > 12
    differences = [
        line for schema, name in tables for line in _differences(reference, other, schema, name, DERIVED)
    ]
    assert differences == []
