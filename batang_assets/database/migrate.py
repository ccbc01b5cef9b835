"""Bringing the database to the state this code needs: Alembic migrations, then the raw tables.

Raw tables follow the contracts, which are data: a column added to a declaration becomes a column added to
the table, without a new migration. Nothing is ever dropped.
"""

from pathlib import Path
from typing import LiteralString

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg import sql

from batang_assets.contracts import Contract, all_contracts
from batang_assets.contracts.declaration import SOURCES
from batang_assets.database import locks
from batang_assets.database.connection import connect, sqlalchemy_url
from batang_assets.errors import ConfigurationError
from batang_assets.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"

META = sql.SQL("""
    _versi bigint generated always as identity primary key,
    id text not null,
    _isi_hash bytea not null,
    _identitas_hash bytea,
    _periode date not null,
    _run_id text not null,
    _diterima_pada timestamptz not null default clock_timestamp(),
    _kolom_asing text[],
    _catatan text[]
""")
COLUMN_TYPES: dict[str, LiteralString] = {
    "text": "text",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "bytea": "bytea",
}
NIK_FINDINGS = {
    "orang_token": "text",
    "nik_panjang": "integer",
    "nik_angka": "boolean",
    "nik_struktur_sah": "boolean",
    "nik_wilayah": "text",
    "nik_tanggal_lahir": "date",
    "nik_jenis_kelamin": "text",
}


def prepare_database(settings: Settings) -> None:
    """Migrate to the newest revision and create or widen the raw tables. Safe to run at any time, by many.

    Raises ConfigurationError if the database knows revisions that this program does not.
    """
    with connect(settings) as connection:
        # Two processes that start together must not migrate together.
        connection.execute("select pg_advisory_lock(%s)", [locks.MIGRATE])
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        # Alembic's own interpolation reads a percent sign in a URL as its own.
        config.set_main_option("sqlalchemy.url", sqlalchemy_url(settings).replace("%", "%%"))
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigurationError(
                f"the database was prepared by a newer version of this program ({error}): update the program"
            ) from None
        for source in SOURCES:
            for contract in all_contracts(source):
                _sync_raw_table(connection, contract)


def finding_columns(contract: Contract) -> dict[str, str]:
    """Column → SQL type of what the door finds about the identifiers of ``contract``, never their values."""
    found: dict[str, str] = {}
    for column in contract.identities:
        if column.type == "nik":
            found |= NIK_FINDINGS
            continue
        found[f"{column.name}_ada"] = "boolean"
        if column.type in ("telepon", "surel"):
            found[f"{column.name}_sah"] = "boolean"
    return found


def fact_columns(contract: Contract) -> dict[str, str]:
    """Column → SQL type of the non-identifying contract columns, as the source wrote them."""
    return {
        column.name: "bytea" if column.type == "bita" else "text"
        for column in contract.facts
        if column.name != "id"
    }


def _sync_raw_table(connection: psycopg.Connection, contract: Contract) -> None:
    table = sql.Identifier("raw", contract.table)
    connection.execute(
        sql.SQL("create table if not exists {} ({}, unique (id, _isi_hash))").format(table, META)
    )
    connection.execute(
        sql.SQL("create index if not exists {} on {} (_periode, _versi)").format(
            sql.Identifier(f"{contract.table}_periode"), table
        )
    )
    have = {
        row[0]
        for row in connection.execute(
            "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s",
            [contract.table],
        )
    }
    for name, kind in (finding_columns(contract) | fact_columns(contract)).items():
        if name not in have:
            connection.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    table, sql.Identifier(name), sql.SQL(COLUMN_TYPES[kind])
                )
            )
    if contract.source == "siapkerja":
        # The consolidation finds by it, without a look at the table, what the centre holds twice.
        connection.execute(
            sql.SQL(
                "create index if not exists {} on {} (id_daerah, id) where ditarik is distinct from 'true'"
            ).format(sql.Identifier(f"{contract.table}_id_daerah"), table)
        )
