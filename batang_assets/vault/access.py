"""Access that a person asked for (UU 27/2022): all that is kept of them, opened for them and logged as such."""

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from batang_assets.errors import DataError
from batang_assets.vault.erasure import find_person
from batang_assets.vault.kept_out import erased_records
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.linkage.records import read_record
from batang_assets.vault.opening import open_identities
from batang_assets.vault.subjects import ACCESS, open_request

RECIPIENT = "subjek data"


def open_person(connection: psycopg.Connection, ring: KeyRing, number: str, key: str) -> list[dict[str, Any]]:
    """The current version of every record of the person whose record ``key`` (dataset:id) is, for request
    ``number``: ``{"catatan", "pengenal", "isi"}``; in the caller's transaction, which also logs the opening.

    Raises DataError if the request is not an open one for access, or the record is not known.
    """
    _, kind = open_request(connection, number)
    if kind != ACCESS:
        raise DataError(f"request {number} is one of {kind}, not of {ACCESS}: nothing was opened")
    erased = erased_records(connection)
    found = []
    for record in find_person(connection, key):
        name = f"{record.table}:{record.id}"
        current = read_record(connection, name)
        if current is None or name in erased:
            continue
        version = (record.id, current.content_hash)
        identities = open_identities(
            connection, ring, record.table, [version], purpose=f"akses subjek data, permintaan {number}",
            recipient=RECIPIENT, run_id=f"permintaan {number}",
        )  # fmt: skip
        query = sql.SQL("select * from raw.{} where id = %s and _isi_hash = %s").format(
            sql.Identifier(record.table)
        )
        row = connection.cursor(row_factory=dict_row).execute(query, version).fetchone() or {}
        facts = {
            column: value for column, value in row.items() if not column.startswith("_") and value is not None
        }
        found.append({"catatan": name, "pengenal": identities[record.id], "isi": facts})
    return found
