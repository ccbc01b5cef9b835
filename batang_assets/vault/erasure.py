"""Erasure: whose records they are, and destroying what is sealed of them.

What stays are the raw rows without identifiers, under their pseudonym: the statistics that were made of them hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from batang_assets.database import locks
from batang_assets.errors import DataError
from batang_assets.vault.linkage.decisions import record_key
from batang_assets.vault.linkage.records import DATASETS, read_record


@dataclass(frozen=True)
class PersonRecord:
    """One record of a person: raw table (dataset), id, and the pseudonym where its NIK is usable."""

    table: str
    id: str
    token: str | None


def lock_people(connection: psycopg.Connection, tables: Iterable[str]) -> None:
    """Until the transaction ends nobody links people, or loads a record into one of the raw ``tables``."""
    connection.execute("select pg_advisory_xact_lock(%s)", [locks.LINK])
    for table in sorted(tables):
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"raw.{table}"])


def find_person(connection: psycopg.Connection, key: str) -> list[PersonRecord]:
    """Every record of the person whose record ``key`` (dataset:id) is: by NIK, and by the links in force.

    Raises DataError if raw has no such record.
    """
    key = record_key(key)
    found = read_record(connection, key)
    if found is None:
        raise DataError(f"no record {key}: write dataset:id as `batang people list` shows it")
    origins = _linked(connection, found.origin)
    records = []
    for dataset in DATASETS:
        own = [one.partition(":")[2] for one in origins if one.startswith(f"{dataset}:")]
        query = sql.SQL("select distinct id from raw.{} where orang_token = any(%s) or id = any(%s)")
        for (record_id,) in connection.execute(
            query.format(sql.Identifier(dataset)), [origins, own]
        ).fetchall():
            record = read_record(connection, f"{dataset}:{record_id}")
            # A record that only once bore this NIK is somebody else's now.
            if record and record.origin in origins:
                records.append(PersonRecord(dataset, record_id, record.origin if record.usable else None))
    return sorted(records, key=lambda record: (record.table, record.id))


def _linked(connection: psycopg.Connection, origin: str) -> list[str]:
    rows = connection.execute(
        """
        with orang as (
            select coalesce((select orang_id from vault.tautan_orang where asal_id = %(asal)s and sampai is null),
                            %(asal)s) as id
        )
        select id from orang
        union select t.asal_id from vault.tautan_orang t join orang on t.orang_id = orang.id where t.sampai is null
        """,
        {"asal": origin},
    )
    return sorted(row[0] for row in rows)


def keep_out(connection: psycopg.Connection, request_id: int, records: list[PersonRecord]) -> None:
    """From now on the door lets none of ``records``, nor their pseudonyms, in; in the caller's transaction."""
    connection.execute(
        "insert into vault.terhapus (tabel, id, orang_token, permintaan_id)"
        " select b.*, %s from unnest(%s::text[], %s::text[], %s::text[]) as b on conflict (tabel, id) do nothing",
        [
            request_id,
            [record.table for record in records],
            [record.id for record in records],
            [record.token for record in records],
        ],
    )


def destroy_identities(connection: psycopg.Connection, keys: Iterable[tuple[str, str]]) -> int:
    """Delete what is sealed of every version of ``keys`` (raw table, id); returns how many there were."""
    tables, ids = zip(*keys, strict=True)
    return connection.execute(
        "delete from vault.identitas v using unnest(%s::text[], %s::text[]) as k(tabel, id)"
        " where v.tabel = k.tabel and v.id = k.id",
        [list(tables), list(ids)],
    ).rowcount
