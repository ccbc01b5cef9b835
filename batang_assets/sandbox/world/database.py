"""A world as the database behind Batang Career: one table a dataset, PostgreSQL or MariaDB/MySQL.

Typed as a source system would: numbers and dates where every value of a column is one, else text, because dirt
must survive; the three stamps as times of Asia/Jakarta without a zone, as Laravel keeps them.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import DATETIME, MEDIUMTEXT
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.exc import ArgumentError, DBAPIError

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.baca import Kind, Table, WorldReader

BATCH = 1000
NEW, OLD = "__baru", "__lama"
DIALECTS = ("postgresql", "mysql", "mariadb")
TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    "bilangan": sa.BigInteger(),
    "tanggal": sa.Date(),
    "waktu": TIMESTAMP(precision=0).with_variant(DATETIME(), "mysql", "mariadb"),
    # TEXT of MariaDB ends at 64 KiB, and a cell may hold more.
    "teks": sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb"),
}


def write_database(world: WorldReader, url: str) -> dict[str, int]:
    """Write the world to the database at `url` (any SQLAlchemy URL of the two kinds); returns rows a table.

    The tables are filled under other names and take the place of the old ones together, so a reader finds the world
    before or after. PostgreSQL cannot keep a NUL in text: there it is left out. Raises ConfigurationError.
    """
    try:
        engine = sa.create_engine(url)
        if engine.dialect.name not in DIALECTS:
            raise ConfigurationError(f"--to {engine.dialect.name}: hanya {', '.join(DIALECTS)}")
        with engine.connect() as connection:
            counts = {}
            tables = world.tables()
            for table in tables:
                counts[table.name] = _fill(connection, world, table)
            _swap(connection, [table.name for table in tables])
    except ArgumentError:
        raise ConfigurationError("--to bukan URL basis data: tulis dialek://pengguna@inang/nama") from None
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise ConfigurationError(f"--to: basis data menolak ({reason[:300]})") from None
    engine.dispose()
    return counts


def _fill(connection: sa.Connection, world: WorldReader, table: Table) -> int:
    """Make and fill the new table; committed, since MariaDB's definitions cannot be rolled back anyway."""
    target = sa.Table(
        table.name + NEW,
        sa.MetaData(),
        *(
            sa.Column(name, TYPES[kind], primary_key=name == "id", autoincrement=False)
            for name, kind in table.columns.items()
        ),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
    target.drop(connection, checkfirst=True)
    target.create(connection)
    postgres = connection.dialect.name == "postgresql"
    converted = (_values(row, table, postgres) for row in world.rows(table))
    count = (_copy if postgres else _insert)(connection, target, converted)
    quoted = connection.dialect.identifier_preparer.quote(target.name)
    name = "" if postgres else "waktu_ubah "
    connection.execute(sa.text(f"CREATE INDEX {name}ON {quoted} (updated_at, id)"))
    connection.commit()
    return count


def _values(row: list[Any], table: Table, postgres: bool) -> list[Any]:
    values: list[Any] = []
    for value, kind in zip(row, table.columns.values(), strict=True):
        if value is None:
            values.append(None)
        elif kind == "waktu":
            values.append(datetime.fromisoformat(value).replace(tzinfo=None))
        elif kind == "tanggal":
            values.append(date.fromisoformat(value))
        elif kind == "teks":
            values.append(str(value).replace("\0", "") if postgres else str(value))
        else:
            values.append(value)
    return values


def _copy(connection: sa.Connection, target: sa.Table, rows: Iterator[list[Any]]) -> int:
    """COPY as text: a world of a million people is three million rows."""
    prepare = connection.dialect.identifier_preparer
    names = ", ".join(prepare.quote(column.name) for column in target.columns)
    statement = f"COPY {prepare.quote(target.name)} ({names}) FROM STDIN"
    count = 0
    with closing(connection.connection.cursor()) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _insert(connection: sa.Connection, target: sa.Table, rows: Iterator[list[Any]]) -> int:
    """Inserts of many rows each: the drivers of MariaDB join them into one statement."""
    names = [column.name for column in target.columns]
    count = 0
    while batch := list(islice(rows, BATCH)):
        connection.execute(target.insert(), [dict(zip(names, row, strict=True)) for row in batch])
        count += len(batch)
    return count


def _swap(connection: sa.Connection, names: list[str]) -> None:
    """Put the new tables in place of the old: one transaction in PostgreSQL, one RENAME in MariaDB."""
    quote = connection.dialect.identifier_preparer.quote
    present = set(sa.inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {quote(name)}"))
            connection.execute(sa.text(f"ALTER TABLE {quote(name + NEW)} RENAME TO {quote(name)}"))
    else:
        _drop(connection, [name + OLD for name in names])
        moves = [f"{quote(name)} TO {quote(name + OLD)}" for name in names if name in present]
        moves += [f"{quote(name + NEW)} TO {quote(name)}" for name in names]
        connection.execute(sa.text("RENAME TABLE " + ", ".join(moves)))
        _drop(connection, [name + OLD for name in names])
    connection.commit()


def _drop(connection: sa.Connection, names: list[str]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for name in names:
        connection.execute(sa.text(f"DROP TABLE IF EXISTS {quote(name)}"))
