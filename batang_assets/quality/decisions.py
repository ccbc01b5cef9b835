"""Accepting a quarantined row as it is, by name and reason (``quality.keputusan_karantina``, append-only).

The rule: only a row that SIAPkerja would take, and that leaves the statutory tables in balance, may be
accepted. The catalogue says so a rule at a time (``dapat_diterima``): every rule the row breaks must allow
it. A decision is about one version of the row and the rules it broke then; a new version, or another rule,
puts the row back into quarantine. dbt reads the decisions (macro ``putusan``): an accepted row is fit, flows
into the marts from the next build, and still counts as wrong in the gate.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import psycopg

from batang_assets.errors import DataError
from batang_assets.quality.datasets import dataset_of
from batang_assets.quality.suites import suite_of
from batang_assets.quality.sync import read_catalogue


@dataclass(frozen=True)
class Decision:
    """Who accepted which version of which row, for which rules, and why. ``berlaku``: it is the row's present
    version in quarantine or in the marts."""

    dataset: str
    id: str
    aturan: tuple[str, ...]
    oleh: str
    alasan: str
    pada: datetime
    berlaku: bool


@cache
def acceptable_rules() -> frozenset[str]:
    """Codes of the blocking rules that a person may set aside for one row."""
    return frozenset(
        row["kode"] for rows in read_catalogue().values() for row in rows if row["dapat_diterima"] == "ya"
    )


def accept(
    conn: psycopg.Connection, dataset: str, record_id: str, by: str, reason: str, now: datetime
) -> Decision:
    """Accept the present version of a quarantined row; the caller commits.

    Raises DataError if it is not in quarantine, if name or reason is blank, or if it breaks a rule that
    nobody may set aside.
    """
    wire = dataset_of(dataset).wire
    if not by.strip() or not reason.strip():
        raise DataError("an acceptance needs a name (--by) and a reason (--reason)")
    row = conn.execute(
        "select isi_hash, aturan from quality.karantina where dataset = %s and id = %s", [wire, record_id]
    ).fetchone()
    if row is None:
        raise DataError(f"{wire} {record_id} is not in quarantine: see `batang quality list`")
    digest, rules = row
    if hard := sorted(set(rules) - acceptable_rules()):
        rule = suite_of(wire).rule(hard[0])
        raise DataError(
            f"{wire} {record_id} melanggar {', '.join(hard)} dan tidak dapat diterima: SIAPkerja akan menolaknya "
            f"atau tabel IPK menjadi tidak seimbang. {rule.kode}: {rule.tindakan}"
        )
    conn.execute(
        "insert into quality.keputusan_karantina (dataset, id, isi_hash, aturan, oleh, alasan, pada)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [wire, record_id, digest, rules, by.strip(), reason.strip(), now],
    )
    return Decision(wire, record_id, tuple(rules), by.strip(), reason.strip(), now, berlaku=True)


def decisions(conn: psycopg.Connection, dataset: str, record_id: str) -> list[Decision]:
    """Every decision about a row, oldest first."""
    rows = conn.execute(
        "select k.aturan, k.oleh, k.alasan, k.pada, exists (select 1 from quality.riwayat_karantina r"
        "   where r.dataset = k.dataset and r.id = k.id and r.isi_hash = k.isi_hash and r.aturan <@ k.aturan"
        "   and r.keadaan <> 'diperbaiki')"
        " from quality.keputusan_karantina k where k.dataset = %s and k.id = %s order by k.keputusan_id",
        [dataset, record_id],
    )
    return [
        Decision(dataset, record_id, tuple(rules), by, reason, at, current)
        for rules, by, reason, at, current in rows
    ]
