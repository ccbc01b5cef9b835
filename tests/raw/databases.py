"""Fixtures: an empty database of a foreign system on each kind of server (``pytest_plugins``)."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.raw.mariadb import running_mariadb
from tests.raw.servers import Server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """The URL of a MariaDB server that lives as long as the session."""
    with running_mariadb() as url:
        yield url


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> Server:
    """An empty database on each kind of server."""
    if request.param == "postgresql":
        return Server("postgresql", new_database())
    return _mariadb(request.getfixturevalue("mariadb_url"))


@pytest.fixture
def mariadb(mariadb_url: str) -> Server:
    """An empty database on MariaDB."""
    return _mariadb(mariadb_url)


def _mariadb(url: str) -> Server:
    name = f"uji_{next(_numbers)}"
    Server("mariadb", url).execute(f"create database {name}")
    return Server("mariadb", f"{url}/{name}")
