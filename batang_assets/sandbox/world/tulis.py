"""The two files of a world: what the servers show, and the truth they never open."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from batang_assets.sandbox.world.waktu import iso_utc

BATCH = 2000
UNJOURNALED = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;"
SCHEMA = """
CREATE TABLE catatan (dataset TEXT NOT NULL, id INTEGER NOT NULL, updated_at TEXT NOT NULL,
    deleted INTEGER NOT NULL, isi TEXT NOT NULL, PRIMARY KEY (dataset, id));
CREATE TABLE meta (kunci TEXT PRIMARY KEY, nilai TEXT NOT NULL);
CREATE TABLE pusat (domain TEXT NOT NULL, id_siapkerja TEXT NOT NULL, diubah_pada TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (domain, id_siapkerja));
"""
INDEX = "CREATE INDEX catatan_waktu ON catatan (dataset, updated_at, id, deleted)"
TRUTH_SCHEMA = """
CREATE TABLE kesalahan (dataset TEXT NOT NULL, id INTEGER NOT NULL, kolom TEXT NOT NULL, jenis TEXT NOT NULL);
CREATE TABLE jumlah (dataset TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE peristiwa (pencari_kerja_id INTEGER PRIMARY KEY, tanggal_daftar TEXT NOT NULL, keluar TEXT,
    tanggal_keluar TEXT, jenis_kelamin TEXT NOT NULL, tanggal_lahir TEXT NOT NULL, deleted_at TEXT);
CREATE TABLE pusat (domain TEXT NOT NULL, id_siapkerja TEXT NOT NULL, jenis TEXT NOT NULL, sebab TEXT, cara TEXT,
    id_daerah TEXT, PRIMARY KEY (domain, id_siapkerja));
CREATE TABLE orang (dataset TEXT NOT NULL, id INTEGER NOT NULL, orang_id INTEGER NOT NULL,
    PRIMARY KEY (dataset, id));
"""
INSERTS = {
    "catatan": "INSERT INTO catatan VALUES (?,?,?,?,?)",
    "pusat": "INSERT INTO pusat VALUES (?,?,?,?)",
    "kesalahan": "INSERT INTO kesalahan VALUES (?,?,?,?)",
    "peristiwa": "INSERT INTO peristiwa VALUES (?,?,?,?,?,?,?)",
    "orang": "INSERT INTO orang VALUES (?,?,?)",
    "label_pusat": "INSERT INTO pusat VALUES (?,?,?,?,?,?)",
}
IN_MAIN = frozenset({"catatan", "pusat"})


def truth_path(path: Path) -> Path:
    """The truth file beside a world file."""
    return path.with_name(path.stem + ".truth.sqlite")


class WorldWriter:
    """Writes both files in batches under temporary names; ``finish`` puts them in place, truth first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = {p: p.with_name(p.name + ".sebagian") for p in (truth_path(path), path)}
        for temporary in self._temporary.values():
            temporary.unlink(missing_ok=True)
        self._main = self._open(self._temporary[path], SCHEMA)
        self._truth = self._open(self._temporary[truth_path(path)], TRUTH_SCHEMA)
        self._waiting: dict[str, list[tuple]] = {table: [] for table in INSERTS}
        self._counts: dict[str, int] = {}
        self._dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    @staticmethod
    def _open(path: Path, schema: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        # An interrupted build is thrown away whole, so its file needs no journal.
        connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;" + schema
        )
        connection.execute("BEGIN")
        return connection

    def _add(self, table: str, values: tuple) -> None:
        waiting = self._waiting[table]
        waiting.append(values)
        if len(waiting) >= BATCH:
            self._flush(table)

    def _flush(self, table: str) -> None:
        connection = self._main if table in IN_MAIN else self._truth
        connection.executemany(INSERTS[table], self._waiting[table])
        self._waiting[table].clear()

    def row(self, dataset: str, identity: int, row: dict[str, Any], updated: int, deleted: bool) -> None:
        """One record as the source shows it."""
        self._counts[dataset] = self._counts.get(dataset, 0) + 1
        self._add("catatan", (dataset, identity, iso_utc(updated), int(deleted), self._dump(row)))

    def central(self, domain: str, identity: str, changed: int, data: dict[str, Any] | None) -> None:
        """One record that was entered at the centre (siapkerja.md § Records); ``data`` None: since withdrawn."""
        self._add("pusat", (domain, identity, iso_utc(changed), self._dump(data)))

    def central_label(
        self, domain: str, identity: str, label: tuple[str, str | None, str | None, str | None]
    ) -> None:
        """What a record of the centre is: kind, the cause it must be found under (None: it does not count), how its
        subject is known to be ours (``pengenal``, ``tautan`` or None), and which record of ours that is."""
        self._add("label_pusat", (domain, identity, *label))

    def fault(self, dataset: str, identity: int, column: str, kind: str) -> None:
        """Label an injected fault."""
        self._add("kesalahan", (dataset, identity, column, kind))

    def person(self, dataset: str, identity: int, orang_id: int) -> None:
        """Which real person a row belongs to."""
        self._add("orang", (dataset, identity, orang_id))

    def event(self, *values: Any) -> None:
        """A row of `peristiwa`, in its column order."""
        self._add("peristiwa", values)

    def finish(self, meta: dict[str, str]) -> None:
        """Write what waits, the counts, `meta` and the index, then rename both files into place."""
        for table in INSERTS:
            self._flush(table)
        self._main.executemany("INSERT INTO meta VALUES (?,?)", sorted(meta.items()))
        self._main.execute(INDEX)
        self._truth.executemany("INSERT INTO jumlah VALUES (?,?)", sorted(self._counts.items()))
        for connection in (self._main, self._truth):
            connection.execute("COMMIT")
            connection.close()
        for final, temporary in self._temporary.items():
            temporary.replace(final)

    def abandon(self) -> None:
        """Throw the unfinished files away."""
        for connection in (self._main, self._truth):
            connection.close()
        for temporary in self._temporary.values():
            temporary.unlink(missing_ok=True)
