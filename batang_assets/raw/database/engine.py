"""A connection to a foreign database that can only read."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg2.extensions
import pymysql.constants.FIELD_TYPE as FIELD_TYPE
import pymysql.converters
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from batang_assets.errors import ConfigurationError
from batang_assets.raw.database.errors import SETTING
from batang_assets.settings import Settings

# The first statements of a transaction; they fail where the server cannot keep us from writing.
BEGIN = {
    "postgresql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET LOCAL TIME ZONE '<+07>-07'",
        "SET LOCAL datestyle = 'ISO, YMD'",
    ),
    "mysql": (
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET SESSION time_zone = '+07:00'",
    ),
    "sqlite": ("PRAGMA query_only = ON",),
}
STANDARD = ("SET TRANSACTION READ ONLY",)
DRIVERS = {"postgresql": "postgresql+psycopg2", "postgres": "postgresql+psycopg2", "mysql": "mysql+pymysql",
           "mariadb": "mariadb+pymysql"}  # fmt: skip
# date, timestamp, timestamptz, time, timetz: kept as the server writes them, since years BC and infinity are no
# Python dates.
_TEMPORAL = psycopg2.extensions.new_type(
    (1082, 1114, 1184, 1083, 1266), "WAKTU", lambda value, _cursor: value
)
_MYSQL_TEMPORAL = (
    FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME,
)  # fmt: skip


def make_engine(settings: Settings) -> sa.Engine:
    """An engine for the configured URL; connects to nothing yet. Raises ConfigurationError, without the URL."""
    if settings.career_database_url is None:
        raise ConfigurationError(f"no source: set {SETTING}")
    try:
        url = sa.make_url(settings.career_database_url.get_secret_value())
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            f"{SETTING} is not a SQLAlchemy URL: write dialect://user:password@host:port/database "
            "(escape special characters of the password, e.g. @ as %40)"
        ) from None
    family = url.drivername.partition("+")[0]
    url = url.set(drivername=DRIVERS.get(family, url.drivername))
    wait_s = max(1, round(settings.http_timeout_s))
    arguments: dict[str, Any] = {}
    if family in ("postgresql", "postgres"):
        arguments = {"connect_timeout": wait_s, "application_name": "batang-assets"}
    elif family in ("mysql", "mariadb"):
        keep = {key: to for key, to in pymysql.converters.conversions.items() if key not in _MYSQL_TEMPORAL}
        arguments = {"connect_timeout": wait_s, "read_timeout": settings.career_deadline_s, "conv": keep,
                     "charset": "utf8mb4"}  # fmt: skip
    try:
        engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise ConfigurationError(
            f"{SETTING}: no driver for {url.drivername} is installed (postgresql, mysql and mariadb are built in)"
        ) from None
    except (ArgumentError, TypeError):
        raise ConfigurationError(f"{SETTING}: the driver does not take this URL") from None
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _keep_temporal_text)
    return engine


def _keep_temporal_text(connection: Any, _record: Any) -> None:
    psycopg2.extensions.register_type(_TEMPORAL, connection)


@contextmanager
def read_only(connection: sa.Connection, deadline_s: int) -> Generator[sa.Connection]:
    """One read-only transaction with one snapshot, where the server has such; ended by rollback.

    Raises ConfigurationError if the server cannot keep us from writing.
    """
    dialect = connection.dialect.name
    name = "mysql" if dialect == "mariadb" else dialect
    for statement in BEGIN.get(name, STANDARD):
        try:
            connection.exec_driver_sql(statement)
        except DBAPIError as error:
            if error.connection_invalidated or name in BEGIN:
                raise
            raise ConfigurationError(
                f"{SETTING}: {dialect} knows no read-only transaction, so it is not read; "
                "use a server that does, or the kinds http and files"
            ) from None
    if name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {deadline_s * 1000}")
    try:
        yield connection
    finally:
        connection.rollback()
