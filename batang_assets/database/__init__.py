"""The PostgreSQL that everything stands on: which server, how to reach it, what Python owns in it."""

from batang_assets.database.connection import (
    connect,
    dagster_url,
    database_url,
    dbt_env,
    sqlalchemy_url,
)
from batang_assets.database.migrate import prepare_database

__all__ = ["connect", "dagster_url", "database_url", "dbt_env", "prepare_database", "sqlalchemy_url"]
