"""What the tests of the reports share: a database with judged tables made by hand, rolled back after each test."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from tests.quality import judged


@pytest.fixture(scope="module")
def judged_settings(new_settings: Callable[..., Settings]) -> Settings:
    """Settings of a database whose judged tables exist and are empty."""
    settings = new_settings()
    with connect(settings) as conn:
        judged.reset(conn)
    return settings


@pytest.fixture
def conn(judged_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection whose changes nobody else sees."""
    with connect(judged_settings) as connection:
        yield connection
        connection.rollback()
