"""The short way through the door, a chunk at a time and column by column, for the records that need no care.

Plain is a record of exactly the contract's columns, whose values are NULL, whole numbers or ASCII text, short
together, without a character that separates values here or in COPY's text form: nothing to clean, to bound or to
note but markup. What comes out is what ``Door`` makes of such a record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson

from batang_assets.contracts import Contract
from batang_assets.database.migrate import finding_columns
from batang_assets.vault.findings import Examine
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.opening import identity_context
from batang_assets.vault.records import Row, Shown, Split
from batang_assets.vault.sealing import seal_all
from batang_assets.vault.values import (
    COPY_BOOLEANS,
    COPY_NULL,
    LONGEST_TEXT,
    MARKUP_SIGNS,
    NULL,
    SEPARATOR,
    NumberText,
    is_markup,
)

Columns = Sequence[Sequence[str | None]]
PLAIN = frozenset({str, NumberText, int, type(None)})
# Besides NULL and SEPARATOR: what COPY's text form writes otherwise, and NUL.
ESCAPED = "\0\t\n\r\\"


class PlainWay:
    """Shows and splits the plain ones among the records of one contract."""

    def __init__(self, contract: Contract, ring: KeyRing, examiners: Mapping[str, Examine]) -> None:
        self._contract = contract
        self._ring = ring
        self._known = frozenset(column.name for column in contract.columns)
        self._kept = sorted(column.name for column in contract.columns if column.extract)
        self._pick_kept = itemgetter(*self._kept)
        self._identities = list(examiners)
        self._examiners = list(examiners.values())
        self._texts = [column.name for column in contract.identities if column.type == "teks"]
        kinds = finding_columns(contract).values()
        self._writers = [_booleans if kind == "boolean" else _texts for kind in kinds]
        self._pick_facts = self._picker(c.name for c in contract.facts if c.name != "id")
        self._pick_identities = self._picker(self._identities)
        self._pick_texts = self._picker(self._texts)

    def _picker(self, names: Iterable[str]) -> Callable[[Columns], Columns]:
        """A function that takes the columns of ``names`` out of all of them."""
        places = [self._kept.index(name) for name in names]
        # itemgetter of one place gives no tuple.
        return itemgetter(*places) if len(places) > 1 else lambda all_: tuple(all_[place] for place in places)

    def show(self, records: Sequence[Mapping[str, Any]]) -> list[tuple[bytes, Row] | None]:
        """Of every record its content's fingerprint and its row of texts; None where it is not plain."""
        shown: list[tuple[bytes, Row] | None] = [None] * len(records)
        usual = [place for place, record in enumerate(records) if record.keys() == self._known]
        if not usual:
            return shown
        columns: list[Sequence[str | None]] = []
        marked: list[Sequence[Any]] = []
        nulls, odd = 0, set[int]()
        values = zip(*[self._pick_kept(records[place]) for place in usual], strict=True)
        for name, column in zip(self._kept, values, strict=True):
            kinds = set(map(type, column))
            if not kinds <= PLAIN:
                odd.update(place for place, value in enumerate(column) if type(value) not in PLAIN)
                column = [value if type(value) in PLAIN else None for value in column]
                kinds.add(type(None))
            if int in kinds and name in self._identities:
                column = [NumberText(value) if type(value) is int else value for value in column]
            elif int in kinds:
                # Years, codes and amounts come again and again.
                texts = {value: str(value) for value in set(column) if value is not None}
                column = list(map(texts.get, column))
            columns.append(column)
            if type(None) in kinds:
                nulls += column.count(None)
                column = _with_null(column, NULL)
            marked.append(column)
        rows = zip(*columns, strict=True)
        texts = list(map(SEPARATOR.join, zip(*marked, strict=True)))
        clean = self._clean("".join(texts), len(texts), nulls)
        for place, (row, text) in enumerate(zip(rows, texts, strict=True)):
            if place in odd or len(text) > LONGEST_TEXT:
                continue
            if clean or self._clean(text, 1, row.count(None)):
                shown[usual[place]] = self._ring.fingerprint(text.encode()), row
        return shown

    def _clean(self, text: str, rows: int, nulls: int) -> bool:
        """Whether ``text``, joined of so many rows with so many NULLs, holds nothing but plain characters."""
        return (
            text.isascii()
            and text.count(NULL) == nulls
            and text.count(SEPARATOR) == (len(self._kept) - 1) * rows
            and not any(character in text for character in ESCAPED)
        )

    def split(self, shown: Sequence[Shown]) -> list[Split]:
        """See ``Door.split``; every one of ``shown`` is plain."""
        if not shown:
            return []
        columns = list(zip(*[one.row or () for one in shown], strict=True))
        facts = self._pick_facts(columns)
        fact_texts = [_with_null(column, COPY_NULL) for column in facts]
        if not self._identities:
            lines = map("\t".join, zip(*fact_texts, strict=True))
            return [
                Split(None, values, (), None, None, None, line)
                for values, line in zip(zip(*facts, strict=True), lines, strict=True)
            ]
        secrets = self._pick_identities(columns)
        findings = [
            finding
            for examine, column in zip(self._examiners, secrets, strict=True)
            for finding in zip(*map(examine, column, column), strict=True)
        ]
        found_texts = [write(column) for write, column in zip(self._writers, findings, strict=True)]
        lines = map("\t".join, zip(*found_texts, *fact_texts, strict=True))
        rows = zip(
            self._fingerprints(secrets), zip(*facts, strict=True), zip(*findings, strict=True),
            self._notes(self._pick_texts(columns), len(shown)), self._seals(shown, secrets), lines, strict=True,
        )  # fmt: skip
        return [
            Split(fingerprint, values, found, None, notes, sealed, line)
            for fingerprint, values, found, notes, sealed, line in rows
        ]

    def _notes(self, columns: Columns, rows: int) -> list[list[str] | None]:
        notes: list[list[str] | None] = [None] * rows
        for name, column in zip(self._texts, columns, strict=True):
            if MARKUP_SIGNS.search("".join(filter(None, column))) is None:
                continue
            for place, text in enumerate(column):
                if text is not None and is_markup(text):
                    notes[place] = [*(notes[place] or ()), f"markah:{name}"]
        return notes

    def _fingerprints(self, secrets: Columns) -> list[bytes]:
        """The identities' fingerprints."""
        marked = [_with_null(column, NULL) for column in secrets]
        fingerprint = self._ring.fingerprint
        return [fingerprint(text.encode()) for text in map(SEPARATOR.join, zip(*marked, strict=True))]

    def _seals(self, shown: Sequence[Shown], secrets: Columns) -> list[bytes]:
        names, table = self._identities, self._contract.table
        contents = [orjson.dumps(dict(zip(names, row, strict=True))) for row in zip(*secrets, strict=True)]
        contexts = [identity_context(table, one.record_id, one.content_hash) for one in shown]
        return seal_all(self._ring, contents, contexts)


def _with_null(column: Sequence[str | None], null: str) -> Sequence[str]:
    """``column`` with ``null`` in the place of every NULL."""
    return [null if text is None else text for text in column]


def _booleans(column: Sequence[bool | None]) -> Sequence[str]:
    return [COPY_BOOLEANS[value] for value in column]


def _texts(column: Sequence[Any]) -> Sequence[str]:
    return [COPY_NULL if value is None else str(value) for value in column]
