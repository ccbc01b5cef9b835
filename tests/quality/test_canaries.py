"""No value of a row in anything that quality writes: 200 unique canaries in every field, then a search of it all.

Real records through the door, the whole dbt project, the gates, Data Docs, the report, the alerts; then every file
under the home, every table of the schema quality, every event, and what was logged and printed.
"""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from psycopg import sql

from batang_assets.contracts import Contract, load_contract
from batang_assets.database import connect
from batang_assets.quality import assets as quality
from batang_assets.quality import data_docs
from batang_assets.quality.alerts import troubles
from batang_assets.quality.datasets import DATASETS
from batang_assets.reports.mutu import assets as mutu
from batang_assets.settings import Settings, get_settings
from batang_assets.warehouse.assets import gudang
from tests.quality.source_rows import OCTOBER, Rows, base, load, record

COUNT = 200
MARK = re.compile(r"KNR[0-9A-F]{8}QX", re.IGNORECASE)
KEPT = {"id", "created_at", "updated_at", "deleted_at", "nik"}


class Canaries:
    """Hands out unique values, and finds them again."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.numbers: set[str] = set()

    def word(self) -> str:
        value = f"KNR{len(self.words):08X}QX"
        self.words.add(value)
        return value

    def number(self, column: str) -> str:
        """A NIK of its own person, or a phone number; digits that nothing else writes."""
        value = (
            f"332504120590{len(self.numbers) + 1:04d}"
            if column == "nik"
            else f"0857{len(self.numbers):08d}77"
        )
        self.numbers.add(value)
        return value

    def value(self, column: str) -> str:
        if column in ("nik", "no_hp", "hp_kontak", "telepon"):
            return self.number(column)
        return self.word() + "@surel.example" if column == "email" else self.word()

    def found(self, text: str) -> set[str]:
        """Every canary in the text; identifiers also as a part of a longer run of digits."""
        digits = set(re.findall(r"\d{14,16}", text))
        return set(MARK.findall(text)) | (digits & self.numbers)


def rows(canaries: Canaries) -> Rows:
    """Each dataset twice ``COUNT`` rows: canaries in identifiers and free text alone, then in every column."""
    made = base()
    for dataset in DATASETS:
        contract = load_contract("batang_career", dataset.wire)
        for number in range(COUNT):
            free = {name: canaries.value(name) for name in _free(contract)}
            made.append((dataset.wire, record(dataset.wire, 10_000 + number) | free))
            every = {c.name: canaries.value(c.name) for c in contract.columns if c.name not in KEPT}
            if "nik" in free:
                every["nik"] = canaries.number("nik")
            made.append((dataset.wire, record(dataset.wire, 20_000 + number) | every))
    return made


def _free(contract: Contract) -> list[str]:
    """Identifiers, and text that no code book, calendar or number limits."""
    coded = re.compile(
        r"kode|tanggal|status|jenis|sumber|pendidikan_|disabilitas|desa|kecamatan|jumlah|upah|_id$|nib"
    )
    clean: dict[str, Any] = record(contract.dataset, 1)
    return [
        column.name
        for column in contract.columns
        if column.name not in KEPT - {"nik"}
        and (
            column.identity or (isinstance(clean.get(column.name, ""), str) and not coded.search(column.name))
        )
    ]


@pytest.fixture
def in_use(new_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    settings = new_settings(first_period="2026-10")
    assert settings.database_url is not None
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    monkeypatch.setenv("BATANG_FIRST_PERIOD", "2026-10")
    get_settings.cache_clear()
    yield settings
    get_settings.cache_clear()


@pytest.mark.nightly
def test_no_canary_is_in_anything_that_quality_writes(in_use: Settings, caplog, capfd) -> None:
    canaries = Canaries()
    with connect(in_use) as conn:
        load(conn, in_use, rows(canaries))
    caplog.set_level(logging.INFO)
    caplog.clear()
    report = [asset for asset in mutu.assets if asset.key == dg.AssetKey(["reports", "laporan_mutu_data"])]
    assets = [*quality.assets, *data_docs.assets, *report]
    definitions = dg.Definitions(
        assets=[gudang, *assets],
        asset_checks=quality.asset_checks,
        jobs=[
            dg.define_asset_job(
                "uji", dg.AssetSelection.all(), partitions_def=quality.assets[0].partitions_def
            )
        ],
        executor=dg.in_process_executor,
    )
    result = definitions.resolve_job_def("uji").execute_in_process(
        partition_key=OCTOBER.key, raise_on_error=False
    )
    events = result.all_events
    built = {event.asset_key for event in events if event.is_step_materialization}
    assert {asset.key for asset in assets} <= built, [event.message for event in events if event.is_failure]
    with connect(in_use) as conn:
        tables = _tables(conn)
        lines = list(troubles(conn).values())
    # The faults were met: gates are closed and rows are held, so there was something to leak.
    assert len(lines) >= 6
    assert len(tables["karantina"].splitlines()) >= 8 * COUNT

    printed = capfd.readouterr()
    seen = {f"quality.{name}": text for name, text in tables.items()}
    seen |= {"events": "\n".join(map(repr, events)), "alerts": "\n".join(lines)}
    seen |= {"log": caplog.text, "stdout": printed.out, "stderr": printed.err}
    seen |= {str(path): path.read_bytes().decode("utf-8", "replace") for path in _files(in_use.home)}
    assert any("gx/validations" in name for name in seen)
    assert any("data-docs" in name for name in seen)
    assert any("dbt.log" in name for name in seen)
    leaks = {name: sorted(found)[:3] for name, text in seen.items() if (found := canaries.found(text))}
    assert leaks == {}
    assert len(canaries.words) + len(canaries.numbers) > 100 * COUNT
    # The search can find: the warehouse itself holds free text, which is why it is the warehouse.
    with connect(in_use) as conn:
        row = conn.execute("select string_agg(judul, ' ') from intermediate.int_lowongan__dinilai").fetchone()
    assert row is not None
    assert len(canaries.found(row[0])) >= COUNT


def _tables(conn: Any) -> dict[str, str]:
    names = conn.execute(
        "select table_name from information_schema.tables where table_schema = 'quality'"
    ).fetchall()
    return {
        name: "\n".join(
            line
            for (line,) in conn.execute(
                sql.SQL("select t::text from quality.{} t").format(sql.Identifier(name))
            )
        )
        for (name,) in names
    }


def _files(home: Path) -> list[Path]:
    """All files of the home but the key ring."""
    return [path for path in home.rglob("*") if path.is_file() and "kunci" not in path.parts]
