"""The world in its other shapes holds what the world holds, and time only adds to it."""

import csv
import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from python_calamine import CalamineWorkbook

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world import build_world
from batang_assets.sandbox.world.advance import advance_world, later
from batang_assets.sandbox.world.export import export_world

UNTIL = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
DAY_BEFORE = datetime.fromisoformat("2026-10-31T00:00:00+07:00")
Records = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    build_world(tmp_path / "dunia.sqlite", people=300, seed=5, until=UNTIL)
    return tmp_path / "dunia.sqlite"


def _records(world: Path) -> Records:
    with sqlite3.connect(world) as connection:
        rows = connection.execute("select dataset, id, isi from catatan").fetchall()
    return {(dataset, str(key)): json.loads(text) for dataset, key, text in rows}


def _as_cells(records: Records) -> dict[tuple[str, str], dict[str, str]]:
    """Records as a table without types shows them: no NULL, every value its text."""
    return {
        key: {name: str(value) for name, value in record.items() if value is not None}
        for key, record in records.items()
    }


def test_csv_drops_hold_every_value_of_the_world(world: Path, tmp_path: Path):
    counts = export_world(world, str(tmp_path / "drop"))
    found = {}
    for path in (tmp_path / "drop").iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                dataset = path.name.removesuffix("_2026-10-31.csv")
                found[dataset, row["id"]] = {name: value for name, value in row.items() if value != ""}
    assert found == _as_cells(_records(world))
    assert sum(counts.values()) == len(found)


def test_workbooks_hold_every_value_of_the_world(world: Path, tmp_path: Path):
    export_world(world, str(tmp_path / "drop"), kind="xlsx")
    found = {}
    for path in (tmp_path / "drop").iterdir():
        header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        for row in rows:
            cells = {
                str(name): str(int(value)) if isinstance(value, float) else str(value)
                for name, value in zip(header, row, strict=True)
                if value != ""
            }
            found[path.name.removesuffix("_2026-10-31.xlsx"), cells["id"]] = cells
    expected = {
        key: {name: value.replace("\0", "")[:32767] for name, value in cells.items()}
        for key, cells in _as_cells(_records(world)).items()
    }
    assert found == expected


def test_a_database_holds_every_value_and_is_replaced_as_a_whole(
    world: Path, new_database: Callable[[], str]
):
    url = new_database()
    for _ in range(2):
        export_world(world, url.replace("postgresql://", "postgresql+psycopg://"))
    found = {}
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        ).fetchall()
        for (table,) in tables:
            query = sql.SQL("select to_jsonb(t) from {} t").format(sql.Identifier(table))
            for (row,) in connection.execute(query):
                found[table.replace("_", "-"), str(row["id"])] = row
    expected = _as_cells(_records(world))
    assert found.keys() == expected.keys()
    for key, row in found.items():
        cells = {name: str(value) for name, value in row.items() if value is not None}
        for stamp in ("created_at", "updated_at", "deleted_at"):
            # Without a zone, as the source keeps them: the clock of Asia/Jakarta.
            if stamp in cells:
                cells[stamp] += "+07:00"
        assert cells == {name: value.replace("\0", "") for name, value in expected[key].items()}, key


def test_a_drop_of_changes_holds_only_them(world: Path, tmp_path: Path):
    counts = export_world(world, str(tmp_path / "drop"), since=DAY_BEFORE)
    changed = [r for r in _records(world).values() if r["updated_at"] >= DAY_BEFORE.isoformat()]
    assert sum(counts.values()) == len(changed) > 0
    assert 0 not in counts.values()


def test_a_day_on_the_same_people_have_moved_and_nobody_is_lost(world: Path):
    before = _records(world)
    end = advance_world(world, days=1)
    after = _records(world)
    assert end == datetime.fromisoformat("2026-11-01T23:59:59+07:00")
    assert before.keys() <= after.keys()
    changed = {key for key, record in after.items() if before.get(key) != record}
    assert changed
    stamps = {after[key]["updated_at"] for key in changed}
    assert min(stamps) > UNTIL.isoformat()
    assert max(stamps) <= end.isoformat()


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [("10-31", 1, "11-30"), ("11-30", 1, "12-31"), ("02-28", 1, "03-31"), ("07-15", 2, "09-15")],
)
def test_a_month_from_a_months_end_is_a_months_end(start: str, months: int, expected: str):
    moment = datetime.fromisoformat(f"2026-{start}T23:59:59+07:00")
    assert later(moment, 0, months).isoformat() == f"2026-{expected}T23:59:59+07:00"


def test_what_cannot_be_done_is_said(world: Path, tmp_path: Path):
    for wrong in (
        lambda: advance_world(world),
        lambda: advance_world(tmp_path / "tiada.sqlite", days=1),
        lambda: export_world(world, "sqlite:///apa"),
        lambda: export_world(world, "bukan://"),
        lambda: export_world(world, str(tmp_path / "x"), kind="ods"),
    ):
        with pytest.raises(ConfigurationError):
            wrong()
