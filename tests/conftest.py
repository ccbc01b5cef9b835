"""What every test stands on: one real PostgreSQL for the session, a fresh database for each test that asks."""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from batang_assets.database import prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.settings import Settings, get_settings
from batang_assets.vault import KeyRing

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> None:
    """No setting of the person who runs the tests may change what is tested."""
    for variable in list(os.environ):
        if variable.startswith("BATANG_"):
            del os.environ[variable]
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The libpq URL of a PostgreSQL server that lives as long as the session."""
    # Not tmp_path: a Unix socket's path may have 100 bytes at most.
    with (
        tempfile.TemporaryDirectory(prefix="batang-uji-", dir="/tmp") as folder,
        EmbeddedServer(Path(folder)).running() as url,
    ):
        yield url


@pytest.fixture(scope="session")
def new_database(server_url: str) -> Callable[[], str]:
    """A function that makes an empty database and returns its URL."""

    def make() -> str:
        name = f"uji_{next(_numbers)}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return server_url.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(scope="session")
def new_settings(new_database: Callable[[], str]) -> Iterator[Callable[..., Settings]]:
    """A function that makes Settings with a prepared fresh database, a home and a new key ring.

    Keyword arguments are further settings. The clock stands at the end of October 2026 unless given.
    """
    with tempfile.TemporaryDirectory(prefix="batang-rumah-", dir="/tmp") as folder:

        def make(**values: object) -> Settings:
            home = Path(folder) / str(next(_numbers))
            home.mkdir()
            base: dict[str, object] = {
                "home": home,
                "database_url": SecretStr(new_database()),
                "clock": "2026-10-31T23:59:59+07:00",
            }
            settings = Settings.model_validate(base | values)
            KeyRing.create(settings.keys)
            prepare_database(settings)
            return settings

        yield make


@pytest.fixture
def settings(new_settings: Callable[..., Settings]) -> Settings:
    """Settings with a database of this test's own."""
    return new_settings()
