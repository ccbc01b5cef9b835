"""Decisions of people about who is who (``vault.keputusan_orang``, append-only), replayed at every linkage.

A decision is about two records, so it outlives a NIK that is mended. The last one about a pair holds: a merge is
undone by a split, a split by a merge.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from batang_assets.errors import DataError
from batang_assets.vault.linkage.records import DATASETS, read_record

Kind = Literal["gabung", "pisah"]


@dataclass(frozen=True)
class Decision:
    """Who merged (``gabung``) or split (``pisah``) which two records (``dataset:id``), and why."""

    kind: Kind
    record_a: str
    record_b: str
    by: str
    reason: str
    at: datetime


def decide(
    connection: psycopg.Connection, kind: Kind, one: str, other: str, by: str, reason: str, now: datetime
) -> Decision:
    """Record a decision; the caller commits.

    Raises DataError if name or reason is blank, a record is not known, or both carry the same NIK and so cannot be
    parted here.
    """
    if not by.strip() or not reason.strip():
        raise DataError("a decision needs a name (--by) and a reason (--reason)")
    first, second = sorted((record_key(one), record_key(other)))
    if first == second:
        raise DataError(f"{first} is one record: name two")
    found = [read_record(connection, key) for key in (first, second)]
    for key, record in zip((first, second), found, strict=True):
        if record is None:
            raise DataError(f"no record {key}: write dataset:id as `batang people list` shows it")
    if kind == "pisah" and found[0] and found[1] and found[0].origin == found[1].origin:
        raise DataError(f"{first} dan {second} memuat NIK yang sama: perbaiki NIK-nya pada sumbernya")
    connection.execute(
        "insert into vault.keputusan_orang (jenis, catatan_a, catatan_b, oleh, alasan, pada)"
        " values (%s, %s, %s, %s, %s, %s)",
        [kind, first, second, by.strip(), reason.strip(), now],
    )
    return Decision(kind, first, second, by.strip(), reason.strip(), now)


def record_key(text: str) -> str:
    """``dataset:id`` as the tables have it; the dataset's wire name (``pencari-kerja:7``) is taken too.

    A record of the centre is ``siapkerja__pencari_kerja:<id_siapkerja>``.
    """
    dataset, _, record_id = text.strip().partition(":")
    dataset = dataset.replace("-", "_")
    if dataset not in DATASETS or not record_id:
        raise DataError(f"a record is written dataset:id; datasets are {', '.join(DATASETS)}")
    return f"{dataset}:{record_id}"


def decisions_about(connection: psycopg.Connection, record: str | None = None) -> list[Decision]:
    """Every decision, or those about one record (``dataset:id``), oldest first."""
    rows = connection.execute(
        "select jenis, catatan_a, catatan_b, oleh, alasan, pada from vault.keputusan_orang"
        " where %(key)s::text is null or %(key)s in (catatan_a, catatan_b) order by keputusan_id",
        {"key": record},
    )
    return [Decision(*row) for row in rows]


def standing(decisions: list[Decision]) -> list[Decision]:
    """The last decision about each pair, in the order they were taken."""
    last = {(decision.record_a, decision.record_b): decision for decision in decisions}
    return [decision for decision in decisions if last[decision.record_a, decision.record_b] is decision]
