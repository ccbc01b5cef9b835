"""A prepared database with the handmade report tables, and what a package needs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import JAKARTA, Settings
from batang_assets.smdata.facts import GateRecord, PackageFacts, Persetujuan
from batang_assets.smdata.package import Package, write_package
from batang_assets.smdata.tables import collect
from batang_assets.smdata.template import DEFAULT, load_template
from batang_assets.vault import KeyRing
from tests.smdata.smdata_truth import SPAN, fill

Build = Callable[..., Package]
MADE_AT = datetime(2026, 10, 31, 23, 59, 59, tzinfo=JAKARTA)


@pytest.fixture(scope="session")
def settings(new_settings: Callable[..., Settings]) -> Settings:
    """Settings whose database holds the handmade reports; tests roll back what they change in it."""
    settings = new_settings()
    with connect(settings) as connection:
        fill(connection)
    return settings


@pytest.fixture
def connection(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection whose changes are rolled back."""
    with connect(settings) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def ring(settings: Settings) -> KeyRing:
    """The key ring of the home."""
    return KeyRing.load(settings.keys)


@pytest.fixture
def facts() -> PackageFacts:
    """The facts of one run."""
    gates = (
        GateRecord("2026-10", "Pencari kerja", "abc123def456", True, 400, 398, (), None),
        GateRecord(
            "2026-10",
            "Penempatan",
            "abc123def457",
            False,
            90,
            80,
            ("PP_A01",),
            "Dibuka oleh Sri Lestari pada 30-10-2026 10.00 WIB untuk PP_A01: sudah diperiksa manual",
        ),
    )
    approval = Persetujuan("Budi Santoso", "Rina Wulandari", "sudah dicocokkan", MADE_AT)
    return PackageFacts("3325", SPAN, "run-1", "0.1.0", MADE_AT, approval, gates)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for packages."""
    return tmp_path / "keluaran" / "smdata"


@pytest.fixture
def build(connection: psycopg.Connection, ring: KeyRing, facts: PackageFacts, folder: Path) -> Build:
    """A function that writes the package of the present reports."""

    def make(run_id: str = "run-1", into: Path = folder, template_path: Path = DEFAULT, **changes) -> Package:
        template = load_template(template_path)
        own = replace(facts, run_id=run_id, **changes)
        sheets = collect(connection, template, own.span, "3325")
        return write_package(into, template, sheets, own, ring)

    return make
