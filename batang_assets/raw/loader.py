"""The loader: records of a source, through the door, into ``raw`` and ``vault``.

Raw only grows: a version is (source id, content hash), stored once, never changed and never deleted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import Contract
from batang_assets.database.migrate import fact_columns, finding_columns
from batang_assets.partitions import Period
from batang_assets.raw.inspection.readability import unreadable
from batang_assets.vault import Door, KeyRing
from batang_assets.vault.kept_out import Doorkeeper

CHUNK_RECORDS = 2000
META_TYPES = {
    "id": "text",
    "_isi_hash": "bytea",
    "_identitas_hash": "bytea",
    "_periode": "date",
    "_run_id": "text",
    "_kolom_asing": "text[]",
    "_catatan": "text[]",
}


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
    total = LoadResult()
    for chunk in chunks(records):
        total.add(
            _load_chunk(connection, door, keeper, period, run_id, chunk, total.seen, ring.current, judged)
        )
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
    period: Period,
    run_id: str,
    chunk: list[Mapping[str, Any]],
    offset: int,
    key_id: str,
    judged: bool,
) -> LoadResult:
    contract = door.contract
    ids = [door.record_id(record, position) for position, record in enumerate(chunk, start=offset + 1)]
    known = set(
        connection.execute(
            sql.SQL("select id, _isi_hash from {} where id = any(%s)").format(
                sql.Identifier("raw", contract.table)
            ),
            [ids],
        )
    )
    vault_rows: list[tuple[Any, ...]] = []
    findings = list(finding_columns(contract))
    token = findings.index("orang_token") if "orang_token" in findings else None
    before = len(known)

    def raw_rows() -> Iterator[tuple[Any, ...]]:
        # One pass while PostgreSQL takes in the rows before: a record is read, and split if new, while it is
        # at hand.
        for record_id, record in zip(ids, chunk, strict=True):
            if keeper.bars(record_id):
                continue
            one = door.show(record_id, record)
            key = (record_id, one.content_hash)
            if key in known:
                continue
            split = door.split(one)
            if token is not None and keeper.bars(record_id, split.findings[token]):
                continue
            known.add(key)
            if split.sealed is not None:
                vault_rows.append((contract.table, *key, key_id, split.sealed))
            notes = split.notes
            if judged and (broken := unreadable(contract, record)):
                notes = [*(notes or []), *(f"tidak_terbaca:{name}" for name in broken)]
            yield (
                *key, split.identity_hash, period.first_day, run_id,
                split.unknown_columns, notes, *split.findings, *split.facts,
            )  # fmt: skip

    columns = META_TYPES | finding_columns(contract) | fact_columns(contract)
    _copy(connection, sql.Identifier("raw", contract.table), columns, raw_rows())
    if vault_rows:
        _copy(
            connection,
            sql.Identifier("vault", "identitas"),
            {"tabel": "text", "id": "text", "isi_hash": "bytea", "kunci_id": "text", "sandi": "bytea"},
            vault_rows,
        )
    return LoadResult(len(chunk), len(known) - before, len(vault_rows), keeper.note(run_id))


def _copy(
    connection: psycopg.Connection,
    table: sql.Identifier,
    columns: dict[str, str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Binary COPY of ``rows`` into ``table``."""
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
