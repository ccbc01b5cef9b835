"""The ledger ``delivery.buku_besar``: every attempt and receipt, in a signed hash chain.

Entry n: ``isi`` is canonical JSON with ``nomor``, ``waktu`` (RFC 3339, UTC), ``jenis`` and what happened;
``sidik`` = SHA-256(``sidik_sebelum`` ‖ ``isi`` as UTF-8); ``tanda_tangan`` = Ed25519 over ``sidik``. The first
entry follows 32 zero bytes. Entries hold keys, digests, versions and codes, never a value of a person.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from batang_assets.database import locks
from batang_assets.siapkerja.canonical import canonical_json
from batang_assets.siapkerja.chain import GENESIS, ChainCheck
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.vault import KeyRing

Entry = tuple[int, str, str, bytes, bytes, bytes]


@dataclass(frozen=True)
class VerifyResult:
    """``first_bad``: number of the first entry that does not fit (None: none). ``head``: hex of the last digest."""

    entries: int
    ok: bool
    first_bad: int | None
    head: str | None


def append(connection: psycopg.Connection, ring: KeyRing, kind: str, content: dict[str, Any]) -> int:
    """Append one entry in the caller's transaction, which holds the chain's end until it ends.

    Returns the entry's number.
    """
    connection.execute("select pg_advisory_xact_lock(%s)", [locks.LEDGER])
    failpoint("buku_besar.terkunci")
    last = connection.execute(
        "select nomor, sidik from delivery.buku_besar order by nomor desc limit 1"
    ).fetchone()
    number, previous = (last[0] + 1, bytes(last[1])) if last else (1, GENESIS)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    text = canonical_json(content | {"nomor": number, "waktu": now, "jenis": kind})
    digest = hashlib.sha256(previous + text).digest()
    connection.execute(
        "insert into delivery.buku_besar (nomor, jenis, isi, sidik_sebelum, sidik, tanda_tangan)"
        " values (%s, %s, %s, %s, %s, %s)",
        [number, kind, text.decode(), previous, digest, ring.sign(digest)],
    )
    failpoint("buku_besar.tercatat")
    return number


def entries(connection: psycopg.Connection) -> Iterator[Entry]:
    """Every entry in order: nomor, jenis, isi, sidik_sebelum, sidik, tanda_tangan."""
    with connection.cursor(name="buku_besar") as cursor:
        cursor.itersize = 1000
        cursor.execute(
            "select nomor, jenis, isi, sidik_sebelum, sidik, tanda_tangan from delivery.buku_besar order by nomor"
        )
        for number, kind, text, *digests in cursor:
            before, digest, signature = map(bytes, digests)
            yield number, kind, text, before, digest, signature


def verify(connection: psycopg.Connection, public_key: bytes) -> VerifyResult:
    """Check numbering, chain and signatures of the whole ledger with the PEM public key alone."""
    check = ChainCheck(public_key)
    for entry in entries(connection):
        check.take(*entry)
    head = check.head.hex() if check.entries else None
    return VerifyResult(check.entries, check.first_bad is None, check.first_bad, head)
