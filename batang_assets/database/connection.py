"""One database URL, in the spellings that psycopg, SQLAlchemy, Dagster and dbt each want."""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import URL

from batang_assets.database.server import EmbeddedServer
from batang_assets.errors import ConfigurationError
from batang_assets.settings import Settings

OLDEST_SERVER = 150000
SESSION = {"options": "-c timezone=Asia/Jakarta -c jit=off", "application_name": "batang-assets"}
DAGSTER_SCHEMA = "dagster"


def database_url(settings: Settings) -> str:
    """The libpq URL: the setting, else that of the running embedded server.

    Raises ConfigurationError if neither is there.
    """
    if settings.database_url:
        return settings.database_url.get_secret_value()
    return EmbeddedServer(settings.home).running_url()


def connect(settings: Settings) -> psycopg.Connection:
    """A new connection; transactions are the caller's (``with connect(...) as c`` commits or rolls back).

    Raises ConfigurationError, in one line and without the password, if the server cannot be reached or is
    older than PostgreSQL 15.
    """
    parameters = _parameters(settings)
    try:
        connection = psycopg.connect(make_conninfo(**(parameters | SESSION)))
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"PostgreSQL cannot be reached (BATANG_DATABASE_URL): {reason}") from None
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        connection.close()
        raise ConfigurationError(
            f"PostgreSQL {version // 10000} is too old: point BATANG_DATABASE_URL at version 15 or newer"
        )
    return connection


def sqlalchemy_url(settings: Settings, schema: str | None = None) -> str:
    """URL for SQLAlchemy's psycopg2 dialect; always has a host, since Great Expectations refuses one without.

    For a socket the directory travels in the query; ``schema`` becomes the search path.
    """
    parameters = _parameters(settings)
    host = parameters.get("host", "localhost")
    query: dict[str, str] = {}
    if host.startswith("/"):
        query["host"], host = host, "localhost"
    if schema:
        query["options"] = f"-csearch_path={schema}"
    url = URL.create(
        "postgresql+psycopg2",
        username=parameters.get("user"),
        password=parameters.get("password"),
        host=host,
        port=int(parameters["port"]) if "port" in parameters else None,
        database=parameters.get("dbname"),
        query=query,
    )
    return url.render_as_string(hide_password=False)


def dagster_url(settings: Settings) -> str:
    """URL of Dagster's own storage: the same database, schema ``dagster``."""
    return sqlalchemy_url(settings, schema=DAGSTER_SCHEMA)


def dbt_env(settings: Settings) -> dict[str, str]:
    """The environment that ``dbt_project/profiles.yml`` reads."""
    parameters = _parameters(settings)
    return {
        "BATANG_PG_HOST": parameters.get("host", "localhost"),
        "BATANG_PG_PORT": str(parameters.get("port", "5432")),
        "BATANG_PG_USER": parameters.get("user", "postgres"),
        "BATANG_PG_PASSWORD": parameters.get("password", ""),
        "BATANG_PG_DBNAME": parameters.get("dbname", parameters.get("user", "postgres")),
    }


def _parameters(settings: Settings) -> dict[str, str]:
    url = database_url(settings)
    # A SQLAlchemy spelling is a frequent slip, and harmless.
    for dialect in ("postgresql+psycopg2://", "postgresql+psycopg://"):
        url = url.replace(dialect, "postgresql://", 1)
    try:
        parsed = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ConfigurationError(
            "BATANG_DATABASE_URL is not a PostgreSQL URL: write postgresql://user:password@host:port/database"
        ) from None
    return {key: str(value) for key, value in parsed.items() if value not in (None, "")}
