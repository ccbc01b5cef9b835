"""A database whose ledger and report tables a test writes by hand."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from tests.reports.ipk.ledger import DDL

NOVEMBER = "2026-11-02T03:00:00+07:00"


@pytest.fixture
def ipk_settings(new_settings: Callable[..., Settings]) -> Settings:
    """Settings at the beginning of November 2026, the months from July on reported."""
    settings = new_settings(clock=NOVEMBER, first_period="2026-07")
    with connect(settings) as conn:
        conn.execute(DDL)
    return settings


@pytest.fixture
def conn(ipk_settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(ipk_settings) as connection:
        yield connection
        connection.rollback()
