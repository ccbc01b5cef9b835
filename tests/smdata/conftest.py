"""A prepared database with the handmade report tables, and what a package needs."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import JAKARTA, Settings
from batang_assets.smdata.package import PackageFacts
from batang_assets.vault import KeyRing
from tests.smdata.smdata_truth import PERIOD, fill


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
    return PackageFacts("3325", PERIOD, "run-1", "0.1.0", datetime(2026, 10, 31, 23, 59, 59, tzinfo=JAKARTA))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for packages."""
    return tmp_path / "keluaran" / "smdata"
