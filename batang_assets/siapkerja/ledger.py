"""The ledger ``delivery.buku_besar``: every attempt and receipt, in a signed hash chain.

Entry n: ``isi`` is canonical JSON with ``nomor``, ``waktu`` (RFC 3339, UTC), ``jenis`` and what happened;
``sidik`` = SHA-256(``sidik_sebelum`` ‖ ``isi`` as UTF-8); ``tanda_tangan`` = Ed25519 over ``sidik``. The first
entry follows 32 zero bytes. Entries hold keys, digests, versions and codes, never a value of a person.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from batang_assets.siapkerja.canonical import canonical_json
from batang_assets.vault import KeyRing, verify_signature

# One appender at a time: the chain has one end.
APPEND_LOCK = 33_25_06
GENESIS = bytes(32)


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
    connection.execute("select pg_advisory_xact_lock(%s)", [APPEND_LOCK])
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
    return number


def verify(connection: psycopg.Connection, public_key: bytes) -> VerifyResult:
    """Check numbering, chain and signatures of the whole ledger with the PEM public key alone."""
    expected, previous, first_bad = 1, GENESIS, None
    with connection.cursor(name="buku_besar") as cursor:
        cursor.itersize = 1000
        cursor.execute(
            "select nomor, jenis, isi, sidik_sebelum, sidik, tanda_tangan from delivery.buku_besar order by nomor"
        )
        for number, kind, text, before, digest, signature in cursor:
            before, digest, signature = bytes(before), bytes(digest), bytes(signature)
            fits = (
                number == expected
                and before == previous
                and hashlib.sha256(before + text.encode()).digest() == digest
                and _agrees(text, number, kind)
                and verify_signature(public_key, signature, digest)
            )
            if not fits and first_bad is None:
                first_bad = number
            expected, previous = expected + 1, digest
    entries = expected - 1
    return VerifyResult(entries, first_bad is None, first_bad, previous.hex() if entries else None)


def _agrees(text: str, number: int, kind: str) -> bool:
    """Whether the signed text says the number and kind that its columns say."""
    try:
        content = json.loads(text)
    except ValueError:
        return False
    return isinstance(content, dict) and content.get("nomor") == number and content.get("jenis") == kind
