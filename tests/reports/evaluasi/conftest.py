"""One database with a whole year by hand, and another that nothing has run on."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from tests.reports.evaluasi import year


@pytest.fixture(scope="session")
def year_settings(new_settings: Callable[..., Settings]) -> Settings:
    """Settings whose database holds the year of ``year.make``."""
    settings = new_settings(clock=year.NOW.isoformat())
    with connect(settings) as conn:
        year.make(conn, settings)
    return settings


@pytest.fixture
def conn(year_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection to the year whose changes nobody else sees."""
    with connect(year_settings) as connection:
        yield connection
        connection.rollback()
