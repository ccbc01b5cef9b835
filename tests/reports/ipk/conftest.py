"""A database whose ledger and report tables a test writes by hand."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from batang_assets.database import connect
from batang_assets.settings import Settings
from tests.reports.ipk.ledger import DDL

NOVEMBER = "2026-11-02T03:00:00+07:00"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def ipk_pattern(new_settings: Callable[..., Settings]) -> Settings:
    """The prepared database that every test copies: what is published is never undone."""
    settings = new_settings(clock=NOVEMBER, first_period="2026-07")
    with connect(settings) as conn:
        conn.execute(DDL)
    return settings


@pytest.fixture
def ipk_settings(ipk_pattern: Settings, server_url: str, tmp_path: Path) -> Settings:
    """Settings at the beginning of November 2026, the months from July on reported."""
    assert ipk_pattern.database_url
    url = ipk_pattern.database_url.get_secret_value()
    pattern = conninfo_to_dict(url)["dbname"]
    name = f"ipk_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        statement = sql.SQL("create database {} template {}")
        conn.execute(statement.format(sql.Identifier(name), sql.Identifier(str(pattern))))
    own = url.replace(f"/{pattern}?", f"/{name}?")
    return ipk_pattern.model_copy(update={"database_url": SecretStr(own), "home": tmp_path})


@pytest.fixture
def conn(ipk_settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(ipk_settings) as connection:
        yield connection
        connection.rollback()
