"""Why a published figure changed: every changed event has one cause; a cell's causes add up to its difference.

In order, for an event between the previous publication and this one:

1. its person was merged with another or split, no record of theirs having been edited: ``penggabungan``;
2. it is new and was learnt after the previous publication: ``laporan_terlambat``;
3. a record that it rests on is gone, deleted or in quarantine: ``penarikan``;
4. it was displaced by such a late report of the same person or vacancy: ``laporan_terlambat``;
5. a record that it rests on was edited, or came back from quarantine: ``koreksi``;
6. it follows what happened to another event of the same person or vacancy: that one's cause, withdrawn
   before edited;
7. nothing of the source has changed: the code book, or a rule that reads it, has: ``buku_kode``.

A lapse is reported by nobody, so rule 2 is not for it. What an event of an earlier month does to the
opening stock, and to the closing stock through it, is ``perambatan``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from batang_assets.partitions import Span
from batang_assets.reports.ipk.cube import CLOSING, ENTERED, OPENING, Key
from batang_assets.reports.ipk.layout import MEASURES
from batang_assets.reports.ipk.snapshot import Change, RecordChange

LATE, CORRECTED, MERGED = "laporan_terlambat", "koreksi", "penggabungan"
WITHDRAWN, CODE_BOOK, PROPAGATED = "penarikan", "buku_kode", "perambatan"
CAUSES = (LATE, CORRECTED, MERGED, WITHDRAWN, CODE_BOOK, PROPAGATED)
LAPSE = "kedaluwarsa"


@dataclass(frozen=True)
class Evidence:
    """What is known of one changed event, or of all those of a person or vacancy together."""

    late: bool = False
    gone: bool = False
    edited: bool = False

    def __or__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.late or other.late, self.gone or other.gone, self.edited or other.edited)


def causes(
    changes: Sequence[Change], records: Mapping[str, RecordChange], known_until: datetime, last: date
) -> list[str]:
    """One cause for each change, in order. ``known_until``: what the previous publication knew; events after the
    month ``last`` say nothing about the others."""
    moved = frozenset().union(*(record.moved for record in records.values()))
    own = [_evidence(change, records, known_until) for change in changes]
    groups: dict[str, Evidence] = {}
    for change, evidence in zip(changes, own, strict=True):
        for event in (change.old, change.new):
            if event is not None and event.month <= last:
                groups[event.group] = groups.get(event.group, Evidence()) | evidence
    return [_cause(change, evidence, groups, moved) for change, evidence in zip(changes, own, strict=True)]


def _evidence(change: Change, records: Mapping[str, RecordChange], known_until: datetime) -> Evidence:
    touched = [records[record] for event in change if event for record in event.records if record in records]
    late = (
        change.old is None
        and change.new is not None
        and change.new.kind != LAPSE
        and change.new.known > known_until
    )
    return Evidence(late, any(record.gone for record in touched), any(record.edited for record in touched))


def _cause(change: Change, own: Evidence, groups: Mapping[str, Evidence], moved: frozenset[str]) -> str:
    around = Evidence()
    for event in (change.old, change.new):
        if event is None:
            continue
        if event.group in moved:
            return MERGED
        around |= groups.get(event.group, Evidence())
    if own.late:
        return LATE
    if own.gone:
        return WITHDRAWN
    if around.late:
        return LATE
    if own.edited:
        return CORRECTED
    if around.gone:
        return WITHDRAWN
    return CORRECTED if around.edited else CODE_BOOK


class Differences:
    """What the changes do to the cells of any span, by cause; cells are those that any of them counts in."""

    def __init__(
        self, changes: Sequence[Change], records: Mapping[str, RecordChange], known_until: datetime
    ) -> None:
        self._changes, self._records, self._known_until = changes, records, known_until
        self._causes: dict[date, list[str]] = {}
        index: dict[Key, int] = {}
        moves = []
        for number, (old, new) in enumerate(changes):
            for event, sign in ((old, -1), (new, 1)):
                if event is None:
                    continue
                for key, measure, amount in event.counts():
                    cell = index.setdefault(key, len(index))
                    moves.append((number, cell, event.month, measure, sign * amount))
        self.keys = tuple(index)
        self._moves = moves

    def over(self, span: Span) -> dict[str, np.ndarray]:
        """Cause → ``[key, measure]``, the difference that it makes in the span."""
        last, first = span.last.first_day, span.first.first_day
        if last not in self._causes:
            self._causes[last] = causes(self._changes, self._records, self._known_until, last)
        named = self._causes[last]
        found = {cause: np.zeros((len(self.keys), len(MEASURES)), dtype=np.int64) for cause in CAUSES}
        for number, key, month, measure, amount in self._moves:
            if month > last:
                continue
            stock = amount if measure == ENTERED else -amount
            if month < first:
                found[PROPAGATED][key, OPENING] += stock
                found[PROPAGATED][key, CLOSING] += stock
            else:
                found[named[number]][key, measure] += amount
                found[named[number]][key, CLOSING] += stock
        return found
