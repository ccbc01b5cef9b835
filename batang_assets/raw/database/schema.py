"""Which columns a table of the source has, as far as our user may see them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql

Columns = dict[str, types.TypeEngine[Any]]


def columns_of(connection: sa.Connection, table: str) -> Columns:
    """Columns of ``table`` (``schema.table`` or ``table``; views too) in their order; empty if there is none."""
    schema, _, name = table.rpartition(".")
    if isinstance(connection.dialect, mysql.dialect):
        return _mysql_columns(connection, schema, name)
    inspector = sa.inspect(connection)
    if not inspector.has_table(name, schema=schema or None):
        return {}
    return {str(column["name"]): column["type"] for column in inspector.get_columns(name, schema or None)}


def table_names(connection: sa.Connection) -> list[str]:
    """Tables and views of the schema the user stands in, and of PostgreSQL's others as ``schema.table``."""
    inspector = sa.inspect(connection)
    names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    if connection.dialect.name == "postgresql":
        others = [name for name in inspector.get_schema_names() if name != inspector.default_schema_name]
        for schema in others:
            if schema != "information_schema":
                found = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
                names += sorted(f"{schema}.{name}" for name in found)
    return names


def _mysql_columns(connection: sa.Connection, schema: str, name: str) -> Columns:
    # Not SHOW CREATE TABLE, as SQLAlchemy does: a user with rights on some columns, or on a view, may not.
    rows = connection.execute(
        sa.text(
            "select column_name, data_type, numeric_precision from information_schema.columns"
            " where table_schema = coalesce(nullif(:schema, ''), database()) and table_name = :name"
            " order by ordinal_position"
        ),
        {"schema": schema, "name": name},
    )
    return {column: _mysql_type(kind.lower(), precision) for column, kind, precision in rows}


def _mysql_type(kind: str, precision: int | None) -> types.TypeEngine[Any]:
    if kind == "bit":
        return mysql.BIT(precision)
    if kind in ("enum", "set"):
        return types.String()
    known = mysql.dialect.ischema_names.get(kind, types.NullType)
    return known()
