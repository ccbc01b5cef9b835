"""Writing rows into a raw table: COPY in its text form, a plain record as one ready line."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import Contract
from batang_assets.database.migrate import fact_columns, finding_columns
from batang_assets.partitions import Period
from batang_assets.vault.records import Shown, Split
from batang_assets.vault.values import COPY_BOOLEANS, COPY_NULL

META = ("id", "_isi_hash", "_identitas_hash", "_periode", "_run_id", "_kolom_asing", "_catatan")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

# A version: source id and content hash.
Key = tuple[str, bytes]
Write = Callable[[Iterable[tuple[Shown, Split]]], None]


class RawTable:
    """The raw table of ``contract``, written to by one run for one month."""

    def __init__(self, contract: Contract, period: Period, run_id: str) -> None:
        findings, facts = finding_columns(contract), fact_columns(contract)
        self._period, self.run_id = period.first_day, run_id
        self._lookup = sql.SQL("select id, _isi_hash from {} where id = any(%s)").format(
            sql.Identifier("raw", contract.table)
        )
        self._statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier("raw", contract.table),
            sql.SQL(", ").join(map(sql.Identifier, [*META, *findings, *facts])),
        )
        # The middle of every line: month, run, no unknown column, no note.
        self._middle = f"{self._period}\t{field(run_id)}\t{COPY_NULL}\t{COPY_NULL}"

    def known(self, connection: psycopg.Connection, ids: list[str]) -> set[Key]:
        """The versions of these records that are stored already."""
        return set(connection.execute(self._lookup, [ids]))

    @contextmanager
    def copying(self, connection: psycopg.Connection) -> Generator[Write]:
        """Gives the function that COPYs records, in their order, in the caller's transaction."""
        with connection.cursor() as cursor, cursor.copy(self._statement) as copy:

            def write(records: Iterable[tuple[Shown, Split]]) -> None:
                copy.write("".join([self._line(one, split) for one, split in records]))

            yield write

    def _line(self, one: Shown, split: Split) -> str:
        if split.line is None or split.notes is not None:
            return self._careful_line(one, split)
        identity = COPY_NULL if split.identity_hash is None else rf"\\x{split.identity_hash.hex()}"
        content = one.content_hash.hex()
        return f"{one.record_id}\t\\\\x{content}\t{identity}\t{self._middle}\t{split.line}\n"

    def _careful_line(self, one: Shown, split: Split) -> str:
        values = (
            one.record_id, one.content_hash, split.identity_hash, self._period, self.run_id,
            split.unknown_columns, split.notes, *split.findings, *split.facts,
        )  # fmt: skip
        return "\t".join(map(field, values)) + "\n"


def field(value: Any) -> str:
    """``value`` (None, text, bytes, a list of texts, boolean, number, date) in COPY's text form."""
    if value is None or isinstance(value, bool):
        return COPY_BOOLEANS[value]
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, list):
        quoted = (item.replace("\\", r"\\").replace('"', r"\"") for item in value)
        value = "{" + ",".join([f'"{item}"' for item in quoted]) + "}"
    return str(value).translate(_ESCAPES)
