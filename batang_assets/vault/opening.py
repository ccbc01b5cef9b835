"""Opening the vault, with a log of for whom and for what (UU 27/2022; Nota Kesepakatan pasal 9)."""

import json
from collections.abc import Iterable

import psycopg

from batang_assets.errors import DataError
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.sealing import unseal


def identity_context(table: str, record_id: str, content_hash: bytes) -> bytes:
    """What a sealed identity is bound to: its raw table, source id and version."""
    return f"{table}|{record_id}|".encode() + content_hash


def open_identities(
    connection: psycopg.Connection,
    ring: KeyRing,
    table: str,
    keys: Iterable[tuple[str, bytes]],
    *,
    purpose: str,
    recipient: str,
    run_id: str,
) -> dict[str, dict[str, str | None]]:
    """Identities of the versions ``keys`` = (source id, isi_hash) of raw table ``table``: {id: {column: value}}.

    Writes one row of ``vault.pengungkapan`` in the caller's transaction. Raises DataError if one is missing.
    """
    ids, hashes = [], []
    for record_id, content_hash in keys:
        ids.append(record_id)
        hashes.append(bytes(content_hash))
    rows = connection.execute(
        "select v.id, v.isi_hash, v.sandi from vault.identitas v"
        " join unnest(%s::text[], %s::bytea[]) as k(id, isi_hash) using (id, isi_hash) where v.tabel = %s",
        [ids, hashes, table],
    ).fetchall()
    found = {
        record_id: json.loads(unseal(ring, sealed, identity_context(table, record_id, bytes(content_hash))))
        for record_id, content_hash, sealed in rows
    }
    if len(found) != len(set(ids)):
        raise DataError(f"the vault lacks {len(set(ids)) - len(found)} identities of {table}: extract again")
    connection.execute(
        "insert into vault.pengungkapan (run_id, tabel, penerima, tujuan, jumlah) values (%s, %s, %s, %s, %s)",
        [run_id, table, recipient, purpose, len(found)],
    )
    return found
