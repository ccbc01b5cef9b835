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
from batang_assets.vault.findings import Examine
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.opening import identity_context
from batang_assets.vault.records import Row, Shown, Split
from batang_assets.vault.sealing import seal
from batang_assets.vault.values import LONGEST_TEXT, MARKUP_SIGNS, NULL, SEPARATOR, NumberText, is_markup

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
        self._pick_facts = self._picker(c.name for c in contract.facts if c.name != "id")
        self._pick_identities = self._picker(self._identities)
        self._pick_texts = self._picker(self._texts)

    def _picker(self, names: Iterable[str]) -> Callable[[Row], Row]:
        """A function that takes the values of ``names`` out of a row."""
        places = [self._kept.index(name) for name in names]
        # itemgetter of one place gives no tuple.
        return itemgetter(*places) if len(places) > 1 else lambda row: tuple(row[place] for place in places)

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
            if int in kinds:
                number = NumberText if name in self._identities else str
                column = [number(value) if type(value) is int else value for value in column]
            columns.append(column)
            if type(None) in kinds:
                nulls += column.count(None)
                marked.append([NULL if value is None else value for value in column])
            else:
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
        rows = [one.row or () for one in shown]
        facts = map(self._pick_facts, rows)
        if not shown or not self._identities:
            return [Split(None, values, (), None, None, None, plain=True) for values in facts]
        identities = list(map(self._pick_identities, rows))
        found = [
            finding
            for examine, column in zip(self._examiners, zip(*identities, strict=True), strict=True)
            for finding in zip(*map(examine, column, column), strict=True)
        ]
        splits: list[Split] = []
        findings = zip(*found, strict=True)
        for one, row, secret, values, finding in zip(shown, rows, identities, facts, findings, strict=True):
            fingerprint, sealed = self._seal(one, secret)
            splits.append(Split(fingerprint, values, finding, None, self._notes(row), sealed, plain=True))
        return splits

    def _notes(self, row: Row) -> list[str] | None:
        texts = self._pick_texts(row)
        if MARKUP_SIGNS.search("".join(filter(None, texts))) is None:
            return None
        notes = [f"markah:{n}" for n, text in zip(self._texts, texts, strict=True) if is_markup(text)]
        return notes or None

    def _seal(self, one: Shown, secret: Row) -> tuple[bytes, bytes]:
        """The identity's fingerprint and its seal."""
        text = SEPARATOR.join([NULL if value is None else value for value in secret])
        content = orjson.dumps(dict(zip(self._identities, secret, strict=True)))
        context = identity_context(self._contract.table, one.record_id, one.content_hash)
        return self._ring.fingerprint(text.encode()), seal(self._ring, content, context)
