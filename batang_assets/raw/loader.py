"""The loader: records of a source, through the door, into ``raw`` and ``vault``.

Raw only grows: a version is (source id, content hash), stored once, never changed and never deleted.
"""

import gc
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg

from batang_assets.contracts import Contract
from batang_assets.partitions import Period
from batang_assets.raw.inspection.readability import unreadable
from batang_assets.raw.rows import Key, RawTable
from batang_assets.vault import Door, KeyRing, Split
from batang_assets.vault.kept_out import Doorkeeper
from batang_assets.vault.records import Shown

CHUNK_RECORDS = 2000
# So many go through the door together: what one step of it touches is still at hand for the next.
STEP_RECORDS = 200


@dataclass
class LoadResult:
    """Records the source showed, versions that were new, identities sealed, and records not let in because the
    person's data were erased."""

    seen: int = 0
    new_versions: int = 0
    sealed: int = 0
    kept_out: int = 0

    def add(self, other: "LoadResult") -> None:
        """Add the counts of another load."""
        self.seen += other.seen
        self.new_versions += other.new_versions
        self.sealed += other.sealed
        self.kept_out += other.kept_out


def load_records(
    connection: psycopg.Connection,
    ring: KeyRing,
    contract: Contract,
    period: Period,
    run_id: str,
    records: Iterable[Mapping[str, Any]],
    *,
    home: str = "3325",
    judged: bool = False,
) -> LoadResult:
    """Store what is new among ``records`` in the caller's transaction; memory is bounded by a chunk.

    ``judged``: note in ``_catatan`` which facts are none of their column's type (``tidak_terbaca:<kolom>``), for
    rows that no rule judges later: those of the centre.

    Raises SourceError for a record without an id, before anything of its chunk is stored.
    """
    # The advisory lock makes "look up, then copy" safe against another run of the same dataset.
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"raw.{contract.table}"])
    door = Door(contract, ring, home, pivot_year=period.year)
    keeper = Doorkeeper(connection, contract.table)
    table = RawTable(contract, period, run_id)
    total = LoadResult()
    for chunk in chunks(records):
        with _collector_paused():
            total.add(_load_chunk(connection, door, keeper, table, chunk, total.seen, judged))
    return total


def chunks(records: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """``records`` in lists of at most CHUNK_RECORDS."""
    iterator = iter(records)
    while chunk := list(islice(iterator, CHUNK_RECORDS)):
        yield chunk


def _load_chunk(
    connection: psycopg.Connection,
    door: Door,
    keeper: Doorkeeper,
    table: RawTable,
    chunk: list[Mapping[str, Any]],
    offset: int,
    judged: bool,
) -> LoadResult:
    ids = [door.record_id(record, position) for position, record in enumerate(chunk, start=offset + 1)]
    known = table.known(connection, ids)
    sealed: list[tuple[str, bytes, bytes]] = []
    new_versions = 0
    with table.copying(connection) as write:
        for start in range(0, len(chunk), STEP_RECORDS):
            step = slice(start, start + STEP_RECORDS)
            let_in = _let_in(door, keeper, known, ids[step], chunk[step])
            if judged:
                _judge(door.contract, let_in)
            write(let_in)
            new_versions += len(let_in)
            sealed += [
                (one.record_id, one.content_hash, split.sealed) for one, split in let_in if split.sealed
            ]
    if sealed:
        _copy_sealed(connection, door, sealed)
    return LoadResult(len(chunk), new_versions, len(sealed), keeper.note(table.run_id))


def _let_in(
    door: Door, keeper: Doorkeeper, known: set[Key], ids: list[str], records: list[Mapping[str, Any]]
) -> list[tuple[Shown, Split]]:
    """The records that are new, and nobody's who was erased; adds them to ``known``."""
    fresh: list[Shown] = []
    for one in door.show(ids, records):
        key = (one.record_id, one.content_hash)
        if not keeper.bars(one.record_id) and key not in known:
            known.add(key)
            fresh.append(one)
    passed = zip(fresh, door.split(fresh), strict=True)
    return [(one, split) for one, split in passed if not keeper.bars(one.record_id, door.token(split))]


def _judge(contract: Contract, let_in: Iterable[tuple[Shown, Split]]) -> None:
    """Note which facts of each record are none of their column's type."""
    for one, split in let_in:
        broken = unreadable(contract, one.record)
        if broken:
            split.notes = [*(split.notes or []), *(f"tidak_terbaca:{name}" for name in broken)]


@contextmanager
def _collector_paused() -> Generator[None]:
    """No search for cyclic garbage for a moment: a chunk makes a great many tuples, without a cycle, and every so
    many of them would have the whole heap walked through."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _copy_sealed(
    connection: psycopg.Connection, door: Door, rows: Iterable[tuple[str, bytes, bytes]]
) -> None:
    """Binary COPY of (id, content hash, seal) into the vault."""
    statement = "copy vault.identitas (tabel, id, isi_hash, kunci_id, sandi) from stdin (format binary)"
    table, key_id = door.contract.table, door.key_id
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["text", "text", "bytea", "text", "bytea"])
        for record_id, content_hash, seal in rows:
            copy.write_row((table, record_id, content_hash, key_id, seal))
