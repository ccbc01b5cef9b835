"""The ledger as one file that anyone can check offline: JSON Lines, a signed head and then every entry.

Head: ``bentuk`` (FORM), ``kunci_publik`` (PEM), ``entri`` (how many), ``sidik_akhir`` (hex of the last digest),
``dibuat_pada``, and ``tanda_tangan`` over the canonical JSON of the others: an end that was cut off shows.
Entries as in ``batang_assets.siapkerja.ledger``, digests and signatures in hex, with ``stempel_waktu`` (a DER
response in hex) where there is one. The ledger holds no personal value.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import psycopg
from psycopg import IsolationLevel

from batang_assets.database import connect
from batang_assets.errors import ConfigurationError, DataError
from batang_assets.settings import Settings
from batang_assets.siapkerja.canonical import canonical_json
from batang_assets.siapkerja.chain import GENESIS, ChainCheck, DeliveryCheck
from batang_assets.siapkerja.ledger import entries
from batang_assets.vault import KeyRing, StampVerifier, verify_signature

FORM = "batang-buku-besar/1"
MAX_LINE_CHARACTERS = 4 * 1024 * 1024


@dataclass(frozen=True)
class BundleResult:
    """``entries``: how many were read; ``stamps``: how many time stamps were checked.

    ``first_bad``: number of the first bad entry, 0 for the head, None if none. ``reason``: why, in
    Indonesian. ``head``: hex of the last digest. ``key_sha256``: of the PEM used; compare it with the one that
    Disnaker published, since who replaces a whole bundle also replaces the key in it.
    """

    entries: int
    first_bad: int | None
    reason: str
    head: str
    key_sha256: str
    stamps: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return self.first_bad is None


def export_bundle(settings: Settings, path: Path) -> int:
    """Write the whole ledger to ``path``, replacing it only when complete; returns the number of entries.

    Raises ConfigurationError if the folder cannot be written.
    """
    ring = KeyRing.load(settings.keys)
    partial = path.with_name(path.name + ".sementara")
    try:
        with connect(settings) as connection, partial.open("w", encoding="utf-8", newline="\n") as file:
            # One snapshot: head and entries agree even while somebody sends.
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            row = connection.execute(
                "select nomor, sidik from delivery.buku_besar order by nomor desc limit 1"
            ).fetchone()
            count, last = (row[0], bytes(row[1])) if row else (0, GENESIS)
            _write(file, _signed_head(ring, count, last))
            stamps = _Stamps(connection)
            for entry in entries(connection):
                _write(file, _as_line(*entry) | stamps.member(entry[0]))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}): name another file") from None
    finally:
        partial.unlink(missing_ok=True)
    return count


def verify_bundle(
    path: Path, public_key: bytes | None = None, authority: StampVerifier | None = None
) -> BundleResult:
    """Check chain, signatures and digests of a bundle with nothing but the file.

    ``public_key`` (PEM): the key to trust, instead of the one in the bundle. ``authority``: whose time stamps are
    checked; without it none is. Raises DataError if ``path`` is no
    bundle at all; whatever else is wrong is in the result.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            lines = _lines(file)
            head = _read_head(next(lines, ""), path)
            key = public_key or head["kunci_publik"].encode()
            return _verify(head, lines, key, public_key is not None, authority)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is no ledger bundle: it is not UTF-8") from None


def _verify(
    head: dict[str, Any], lines: Iterator[str], key: bytes, trusted: bool, authority: StampVerifier | None
) -> BundleResult:
    check, deliveries, stamps = ChainCheck(key), DeliveryCheck(), 0
    problem = _head_problem(head, key, trusted)
    if problem:
        check.blame(0, problem)
    for line in lines:
        entry = _read_entry(line)
        if entry is None:
            check.blame(check.entries + 1, "barisnya tidak dapat dibaca")
            break
        content = check.take(*entry)
        if content is not None and (contradiction := deliveries.take(content)):
            check.blame(entry[0], contradiction)
        stamp = _read_stamp(line) if authority else None
        if authority and stamp is not None:
            stamps += 1
            if not authority.holds(stamp, entry[5]):
                check.blame(entry[0], "stempel waktunya bukan stempel lembaga itu atas tanda tangan ini")
    if check.first_bad is None and check.entries != head["entri"]:
        check.blame(check.entries + 1, f"berkas berhenti sebelum atau melewati entri {head['entri']}")
    if check.first_bad is None and check.head.hex() != head["sidik_akhir"]:
        check.blame(check.entries, "sidik terakhir berbeda dari kepala berkas")
    fingerprint = hashlib.sha256(key).hexdigest()
    return BundleResult(check.entries, check.first_bad, check.reason, check.head.hex(), fingerprint, stamps)


def _signed_head(ring: KeyRing, count: int, last: bytes) -> dict[str, Any]:
    head = {
        "bentuk": FORM,
        "kunci_publik": ring.public_key_pem().decode(),
        "entri": count,
        "sidik_akhir": last.hex(),
        "dibuat_pada": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return head | {"tanda_tangan": ring.sign(canonical_json(head)).hex()}


def _head_problem(head: dict[str, Any], key: bytes, trusted: bool) -> str:
    if trusted and head["kunci_publik"].encode() != key:
        return "kunci publik di dalam berkas bukan kunci yang dipercaya"
    unsigned = {name: value for name, value in head.items() if name != "tanda_tangan"}
    try:
        signature = bytes.fromhex(head["tanda_tangan"])
        signed = verify_signature(key, signature, canonical_json(unsigned))
    except (ValueError, ConfigurationError):
        return "kunci publik atau tanda tangannya bukan Ed25519"
    return "" if signed else "tanda tangannya tidak cocok dengan kunci publik"


def _as_line(
    number: int, kind: str, text: str, before: bytes, digest: bytes, signature: bytes
) -> dict[str, Any]:
    digests = {"sidik_sebelum": before.hex(), "sidik": digest.hex(), "tanda_tangan": signature.hex()}
    return {"nomor": number, "jenis": kind, "isi": text, **digests}


def _write(file: TextIO, line: dict[str, Any]) -> None:
    file.write(canonical_json(line).decode() + "\n")


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(MAX_LINE_CHARACTERS):
        yield line


def _read_head(line: str, path: Path) -> dict[str, Any]:
    kinds = {"bentuk": str, "kunci_publik": str, "entri": int, "sidik_akhir": str, "tanda_tangan": str}
    head = _read_object(line)
    if head is None or any(type(head.get(name)) is not kind for name, kind in kinds.items()):
        raise DataError(f"{path} is no ledger bundle: make one with `batang ledger export`")
    if head["bentuk"] != FORM:
        raise DataError(f"{path} is a bundle of another form than {FORM}: use the program that made it")
    return head


def _read_entry(line: str) -> tuple[int, str, str, bytes, bytes, bytes] | None:
    entry = _read_object(line)
    try:
        if entry is None or type(entry["nomor"]) is not int:
            return None
        before, digest, signature = (
            bytes.fromhex(entry[name]) for name in ("sidik_sebelum", "sidik", "tanda_tangan")
        )
        return entry["nomor"], str(entry["jenis"]), str(entry["isi"]), before, digest, signature
    except (KeyError, TypeError, ValueError):
        return None


class _Stamps:
    """The time stamps of the entries, read in step with them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        cursor = connection.cursor(name="stempel_waktu")
        cursor.itersize = 1000
        cursor.execute("select nomor, respons from delivery.stempel_waktu order by nomor")
        self._rows = iter(cursor)
        self._next = next(self._rows, None)

    def member(self, number: int) -> dict[str, str]:
        """``stempel_waktu`` of entry ``number``, asked for in rising order; nothing if it has none."""
        if self._next is None or self._next[0] != number:
            return {}
        stamp = bytes(self._next[1]).hex()
        self._next = next(self._rows, None)
        return {"stempel_waktu": stamp}


def _read_stamp(line: str) -> bytes | None:
    """The stamp of an entry's line, None if it has none; one that is no hex is empty, and holds for nothing."""
    stamp = (_read_object(line) or {}).get("stempel_waktu")
    if stamp is None:
        return None
    try:
        return bytes.fromhex(stamp)
    except (TypeError, ValueError):
        return b""


def _read_object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
