"""What the Ministry holds, in one SQLite file (WAL) that survives restarts: records, deliveries, request ids.

One process and one thread write it. A delivery's records and its result are committed in one transaction.
"""

import json
import os
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .auth import parse_time

LAYOUT = 1
# Of the ids given to records of the regency; rows of the centre must not carry it.
ID_PREFIX = "SKD-"
KEY_LIFETIME_S = 86_400
REQUEST_ID_LIFETIME_S = 86_400
SCHEMA = """
CREATE TABLE catatan(
  nomor INTEGER PRIMARY KEY, id_siapkerja TEXT NOT NULL UNIQUE, domain TEXT NOT NULL,
  id_daerah TEXT, versi INTEGER, sumber TEXT NOT NULL CHECK(sumber IN ('daerah', 'pusat')),
  ditarik INTEGER NOT NULL, diubah_pada TEXT NOT NULL, data TEXT, UNIQUE(domain, id_daerah));
CREATE INDEX catatan_urut ON catatan(domain, diubah_pada, id_siapkerja);
CREATE TABLE kiriman(
  id_kiriman TEXT PRIMARY KEY, kunci TEXT NOT NULL UNIQUE, domain TEXT NOT NULL, sidik_isi TEXT NOT NULL,
  diterima_pada TEXT NOT NULL, badan BLOB, hasil BLOB, CHECK((badan IS NULL) <> (hasil IS NULL)));
CREATE TABLE permintaan(id TEXT PRIMARY KEY, pada TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE keadaan(nama TEXT PRIMARY KEY, nilai TEXT NOT NULL) WITHOUT ROWID;
"""


def stamp(moment: datetime) -> str:
    """UTC with microseconds and a Z: text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Held:
    """A record as held. ``data`` is JSON text, or None once withdrawn."""

    id_siapkerja: str
    versi: int
    ditarik: bool
    data: str | None


@dataclass(frozen=True)
class Delivery:
    """A delivery: ``hasil`` (the answer's bytes) once processed, ``badan`` (the body) until then."""

    id_kiriman: str
    kunci: str
    domain: str
    sidik_isi: str
    diterima_pada: str
    badan: bytes | None
    hasil: bytes | None


class Store:
    """Opens or makes the file (mode 0600: it holds personal data).

    ``key_lifetime_s``: how long a key answers with its first result; the contract promises 24 hours, no more.
    Raises ValueError when the file is of another layout, sqlite3.DatabaseError when it is no SQLite file.
    """

    def __init__(self, path: Path, key_lifetime_s: float = KEY_LIFETIME_S) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None)
        self._key_lifetime_s = key_lifetime_s
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        layout = self._one("PRAGMA user_version")[0]
        if layout == 0:
            self._db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={LAYOUT}; COMMIT;")
        elif layout != LAYOUT:
            raise ValueError(
                f"{path}: layout {layout}, this program reads {LAYOUT}; use a new file for --store"
            )
        last = self._one("SELECT max(diubah_pada) FROM catatan WHERE sumber = 'daerah'")[0]
        self._last_moment = parse_time(last) if last else datetime.min.replace(tzinfo=UTC)
        self._generation = 0
        self._totals: dict[tuple[str, str], tuple[int, int]] = {}
        self._bookmarks: dict[tuple[str, str, int], tuple[int, int, str, str]] = {}
        self._forget_old()

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._db.close()

    def _one(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).fetchone()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self._generation += 1

    def now(self) -> datetime:
        """The wall clock, but never twice the same: what is read back after T misses nothing written at T."""
        self._last_moment = max(datetime.now(UTC), self._last_moment + timedelta(microseconds=1))
        return self._last_moment

    # -- records --

    def held(self, domain: str, ids: Iterable[str]) -> dict[str, Held]:
        """The held records among these ``id_daerah``."""
        rows = self._db.execute(
            "SELECT id_daerah, id_siapkerja, versi, ditarik, data FROM catatan"
            " WHERE domain = ? AND id_daerah IN (SELECT value FROM json_each(?))",
            (domain, json.dumps(list(ids))),
        )
        return {row[0]: Held(row[1], row[2], bool(row[3]), row[4]) for row in rows}

    def present(self, domain: str, ids: Iterable[str]) -> set[str]:
        """Those of these ``id_daerah`` that are held and not withdrawn."""
        rows = self._db.execute(
            "SELECT id_daerah FROM catatan WHERE domain = ? AND NOT ditarik"
            " AND id_daerah IN (SELECT value FROM json_each(?))",
            (domain, json.dumps(list(ids))),
        )
        return {row[0] for row in rows}

    def next_number(self) -> int:
        """The number that the next new record gets. Only inside a transaction."""
        return self._one("SELECT coalesce(max(nomor), 0) + 1 FROM catatan")[0]

    def write(self, domain: str, rows: dict[str, Held], changed: datetime) -> None:
        """Insert or replace these records, by ``id_daerah``. Only inside a transaction."""
        when = stamp(changed)
        self._db.executemany(
            "INSERT INTO catatan(id_siapkerja, domain, id_daerah, versi, sumber, ditarik, diubah_pada, data)"
            " VALUES (?, ?, ?, ?, 'daerah', ?, ?, ?) ON CONFLICT(domain, id_daerah) DO UPDATE SET"
            " versi = excluded.versi, ditarik = excluded.ditarik, diubah_pada = excluded.diubah_pada,"
            " data = excluded.data",
            [(r.id_siapkerja, domain, key, r.versi, r.ditarik, when, r.data) for key, r in rows.items()],
        )

    def total(self, domain: str, since: str) -> int:
        """How many records were changed at or after ``since`` (a ``stamp``, or the empty string for all)."""
        generation, total = self._totals.get((domain, since), (-1, 0))
        if generation != self._generation:
            total = self._one(
                "SELECT count(*) FROM catatan WHERE domain = ? AND diubah_pada >= ?", domain, since
            )[0]
            self._totals = {k: v for k, v in self._totals.items() if v[0] == self._generation}
            self._totals[domain, since] = (self._generation, total)
        return total

    def page(self, domain: str, since: str, page: int, limit: int) -> list[str]:
        """Page ``page`` (from 1), by ``diubah_pada, id_siapkerja``; each row is the contract's JSON text."""
        after, skip = ("", ""), (page - 1) * limit
        mark = self._bookmarks.get((domain, since, limit))
        # Page after page goes on from the last row: OFFSET alone would make a long read quadratic.
        if mark and mark[:2] == (self._generation, page - 1):
            after, skip = mark[2:], 0
        rows = self._db.execute(
            "SELECT id_siapkerja, id_daerah, versi, sumber, ditarik, diubah_pada, data FROM catatan"
            " WHERE nomor IN (SELECT nomor FROM catatan WHERE domain = ? AND diubah_pada >= ?"
            "  AND (diubah_pada, id_siapkerja) > (?, ?) ORDER BY diubah_pada, id_siapkerja LIMIT ? OFFSET ?)"
            " ORDER BY diubah_pada, id_siapkerja",
            (domain, max(since, after[0]), *after, limit, skip),
        ).fetchall()
        if rows:
            self._bookmarks = {k: v for k, v in self._bookmarks.items() if v[0] == self._generation}
            self._bookmarks[domain, since, limit] = (self._generation, page, rows[-1][5], rows[-1][0])
        return [_row_json(row) for row in rows]

    def import_centre(self, world: Path, domains: Iterable[str]) -> int:
        """Once in the life of the file: import table ``pusat(domain, id_siapkerja, diubah_pada, data)``.

        ``data`` null: the record was withdrawn there. Returns how many. Raises ValueError for a row of an unknown
        domain, a bad time or bad JSON.
        """
        if self._one("SELECT 1 FROM keadaan WHERE nama = 'pusat'"):
            return 0
        known, source = frozenset(domains), sqlite3.connect(f"{world.resolve().as_uri()}?mode=ro", uri=True)
        try:
            with self.transaction():
                rows = source.execute(
                    "SELECT domain, id_siapkerja, diubah_pada, data FROM pusat ORDER BY rowid"
                )
                count = self._db.executemany(
                    "INSERT INTO catatan(domain, id_siapkerja, diubah_pada, data, sumber, ditarik)"
                    " VALUES (?1, ?2, ?3, ?4, 'pusat', ?4 IS NULL)",
                    (_centre_row(row, known) for row in rows),
                ).rowcount
                self._db.execute("INSERT INTO keadaan VALUES ('pusat', ?)", (stamp(datetime.now(UTC)),))
        finally:
            source.close()
        return max(count, 0)

    # -- deliveries --

    def delivery(self, *, key: str = "", id_kiriman: str = "") -> Delivery | None:
        """A delivery by its key or its id; None when unknown, or forgotten after the key's lifetime."""
        row = self._one("SELECT * FROM kiriman WHERE kunci = ? OR id_kiriman = ?", key, id_kiriman)
        if row is None:
            return None
        found = Delivery(*row)
        if found.hasil is not None and found.diterima_pada < self._oldest_key():
            self._db.execute("DELETE FROM kiriman WHERE id_kiriman = ?", (found.id_kiriman,))
            return None
        return found

    def _oldest_key(self) -> str:
        return stamp(datetime.now(UTC) - timedelta(seconds=self._key_lifetime_s))

    def pending(self) -> list[str]:
        """Ids of the deliveries accepted with 202 and not processed yet, oldest first."""
        rows = self._db.execute("SELECT id_kiriman FROM kiriman WHERE hasil IS NULL ORDER BY diterima_pada")
        return [row[0] for row in rows]

    def save_delivery(self, delivery: Delivery) -> None:
        """Insert a delivery, or give a pending one its result (its body goes)."""
        self._db.execute(
            "INSERT INTO kiriman VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(id_kiriman) DO UPDATE SET badan = NULL, hasil = excluded.hasil",
            (
                delivery.id_kiriman,
                delivery.kunci,
                delivery.domain,
                delivery.sidik_isi,
                delivery.diterima_pada,
                delivery.badan,
                delivery.hasil,
            ),
        )

    # -- request ids --

    def remember_request(self, request_id: str) -> bool:
        """Store a request id; False when it was seen before."""
        done = self._db.execute(
            "INSERT INTO permintaan VALUES (?, ?) ON CONFLICT DO NOTHING",
            (request_id, stamp(datetime.now(UTC))),
        )
        return done.rowcount == 1

    def _forget_old(self) -> None:
        self._db.execute(
            "DELETE FROM kiriman WHERE hasil IS NOT NULL AND diterima_pada < ?", (self._oldest_key(),)
        )
        # A request older than the clock tolerance is refused anyway, so its id need not be kept for ever.
        oldest = stamp(datetime.now(UTC) - timedelta(seconds=REQUEST_ID_LIFETIME_S))
        self._db.execute("DELETE FROM permintaan WHERE pada < ?", (oldest,))


def _row_json(row: tuple[Any, ...]) -> str:
    id_siapkerja, id_daerah, versi, sumber, ditarik, diubah_pada, data = row
    return (
        f'{{"id_siapkerja":{json.dumps(id_siapkerja)},"id_daerah":{json.dumps(id_daerah)},"versi":{json.dumps(versi)},'
        f'"sumber":"{sumber}","ditarik":{"true" if ditarik else "false"},"diubah_pada":"{diubah_pada}",'
        f'"data":{data or "null"}}}'
    )


def _centre_row(row: tuple[str, str, str, str], known: frozenset[str]) -> tuple[str, str, str, str | None]:
    domain, id_siapkerja, changed, data = row
    domain = domain.replace("_", "-")
    if id_siapkerja.startswith(ID_PREFIX):
        raise ValueError(
            f"--world: table pusat: ids beginning with {ID_PREFIX} belong to the regency's records"
        )
    if domain not in known:
        raise ValueError(f"--world: table pusat: unknown domain {domain!r}")
    try:
        record = json.loads(data)
        if record is not None and not isinstance(record, dict):
            raise ValueError("not an object")
        return domain, id_siapkerja, stamp(parse_time(changed)), None if record is None else data
    except ValueError:
        # No cause attached: a JSON error quotes what it could not read.
        raise ValueError(f"--world: table pusat: {domain} {id_siapkerja}: bad diubah_pada or data") from None
