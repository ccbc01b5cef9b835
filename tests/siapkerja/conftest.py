"""A real database, a real key ring and real sandbox processes for the delivery's tests."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import Dunia
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat


@pytest.fixture(scope="package")
def house(new_settings: Callable[..., Settings]) -> Settings:
    """One database for this package; ``dunia`` empties what the tests write."""
    return new_settings()


@pytest.fixture(scope="package")
def ring(house: Settings) -> KeyRing:
    return KeyRing.load(house.keys)


@pytest.fixture
def connection(house: Settings) -> Iterator[psycopg.Connection]:
    with connect(house) as conn:
        yield conn


@pytest.fixture
def start_pusat(tmp_path: Path) -> Generator[Callable[..., Pusat]]:
    """Start a SIAPkerja sandbox with the given faults; all are ended with the test."""
    running: list[Pusat] = []

    def start(faults: str = "", *options: str) -> Pusat:
        server = Pusat(tmp_path / f"pusat-{len(running)}", faults, *options)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def settings_for(house: Settings) -> Callable[..., Settings]:
    """The settings that deliver to one sandbox, in small batches."""

    def make(pusat: Pusat, **changes: object) -> Settings:
        values: dict[str, object] = {
            "siapkerja_url": pusat.url,
            "siapkerja_client_id": pusat.client_id,
            "siapkerja_client_secret": SECRET,
            "siapkerja_batch_records": 10,
            "siapkerja_deadline_s": 60,
            "http_timeout_s": 5,
        }
        return Settings.model_validate(house.model_dump() | values | changes)

    return make


@pytest.fixture
def dunia(connection: psycopg.Connection, ring: KeyRing) -> Dunia:
    """Empty delivery tables and marts, and a small world in them whose gates are open."""
    world = Dunia(connection, ring)
    world.reset()
    world.fill()
    return world
