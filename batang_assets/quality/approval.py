"""Approval by two people (``quality.persetujuan``, append-only): one prepares a month, another lets it out.

An approval is for what was judged: the data versions of the eight datasets up to that month. New data, a
changed suite or a withdrawn approval closes the way again. Nothing is sent or packed without one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from batang_assets.errors import DataError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.gate import data_version, verdicts
from batang_assets.settings import JAKARTA

PERSON = "orang"
DEMO = "demo"
DEMO_PREPARER = "demo (persiapan otomatis)"
DEMO_APPROVER = "demo (persetujuan otomatis)"
How = Literal["orang", "demo"]


@dataclass(frozen=True)
class Approval:
    """Who prepared and who approved a month's data, when, how and with which remark."""

    period: str
    digest: str
    disiapkan_oleh: str
    disetujui_oleh: str
    catatan: str
    cara: str
    pada: datetime

    def sentence(self) -> str:
        """One Indonesian line for a report."""
        if self.cara == DEMO:
            return "Disetujui otomatis oleh mode demo: data sintetis, tanpa persetujuan dua orang"
        when = f"{self.pada.astimezone(JAKARTA):%d-%m-%Y %H.%M}"
        note = f": {self.catatan}" if self.catatan else ""
        return f"Disiapkan oleh {self.disiapkan_oleh}, disetujui oleh {self.disetujui_oleh} pada {when} WIB{note}"


@dataclass(frozen=True)
class Standing:
    """Where a month's present data stand: ``preparer`` None = not prepared, ``approval`` None = waiting."""

    period: Period
    digest: str
    preparer: str | None
    approval: Approval | None

    def as_data(self) -> dict[str, Any]:
        """The ``approval`` object of ``batang status --json``."""
        state = "approved" if self.approval else "waiting" if self.preparer else "not prepared"
        given = self.approval
        return {
            "state": state,
            "prepared_by": self.preparer,
            "approved_by": given.disetujui_oleh if given else None,
            "note": given.catatan if given else None,
            "at": given.pada.isoformat() if given else None,
            "demo": bool(given and given.cara == DEMO),
            "data_digest": self.digest,
        }


def judged_digest(conn: psycopg.Connection, period: Period) -> str:
    """Sixteen hex digits over the present data versions of all datasets up to the month."""
    versions = [f"{dataset.wire}:{data_version(conn, period, dataset.wire)}" for dataset in DATASETS]
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:16]


def standing(conn: psycopg.Connection, period: Period) -> Standing:
    """Who prepared and who approved the month's present data, if anybody did and nobody took it back."""
    digest = judged_digest(conn, period)
    preparer: str | None = None
    approval: Approval | None = None
    for step, by, note, how, at in conn.execute(
        "select langkah, oleh, catatan, cara, pada from quality.persetujuan"
        " where (periode, sidik) = (%s, %s) order by persetujuan_id",
        [period.first_day, digest],
    ):
        if step == "disiapkan":
            # Preparing the same data again does not take an approval back.
            preparer = preparer if approval else by
        elif step == "disetujui" and preparer:
            approval = Approval(period.key, digest, preparer, by, note, how, at)
        elif step == "dicabut":
            preparer, approval = None, None
    return Standing(period, digest, preparer, approval)


def require_approved(conn: psycopg.Connection, period: Period) -> Approval:
    """The approval in force for the month's present data; raises GateClosed, in Indonesian, without one."""
    now = standing(conn, period)
    if now.approval is None:
        raise GateClosed(waiting_sentence(now))
    return now.approval


def waiting_sentence(now: Standing) -> str:
    """What is missing before the month may leave, and how to give it."""
    if now.preparer is None:
        return (
            f"{now.period.label} belum disiapkan untuk dikeluarkan: jalankan `batang run --period {now.period.key} "
            "--prepared-by NAMA`, lalu minta orang lain menyetujuinya"
        )
    return (
        f"{now.period.label} menunggu persetujuan orang kedua (disiapkan oleh {now.preparer}): `batang approve "
        f"--period {now.period.key} --by NAMA --note …`"
    )


def prepare(
    conn: psycopg.Connection,
    period: Period,
    by: str,
    now: datetime,
    *,
    how: How = PERSON,
    run_id: str | None = None,
) -> None:
    """Record, in the caller's transaction, that ``by`` prepared the month's present data.

    Does nothing where they were prepared by the same person, or are approved. Raises DataError for a blank name.
    """
    present = standing(conn, period)
    if present.approval or (present.preparer and same_person(present.preparer, by)):
        return
    _record(conn, period, "disiapkan", present.digest, by, "", how, now, run_id)


def approve(
    conn: psycopg.Connection,
    period: Period,
    by: str,
    note: str,
    now: datetime,
    *,
    how: How = PERSON,
    run_id: str | None = None,
) -> tuple[Approval, bool]:
    """Record, in the caller's transaction, that ``by`` lets the month's present data out.

    Returns the approval, and whether it is new. A closed gate still holds back what depends on it, and nothing
    else. Raises GateClosed while a dataset's present data have not been judged, DataError if nobody prepared
    them or if preparer and approver are one person.
    """
    _require_judged(conn, period)
    present = standing(conn, period)
    if present.approval:
        return present.approval, False
    if present.preparer is None:
        raise DataError(waiting_sentence(present))
    if how == PERSON and same_person(present.preparer, by):
        raise DataError(
            f"{period.label} disiapkan oleh {present.preparer}: persetujuan harus diberikan oleh orang lain"
        )
    _record(conn, period, "disetujui", present.digest, by, note, how, now, run_id)
    approval = standing(conn, period).approval
    assert approval is not None
    return approval, True


def revoke(conn: psycopg.Connection, period: Period, by: str, reason: str, now: datetime) -> None:
    """Take preparation and approval of the present data back; what has left already cannot be called back.

    Raises DataError if there is nothing to take back, or no reason.
    """
    present = standing(conn, period)
    if present.preparer is None:
        raise DataError(f"{period.label}: tidak ada persiapan atau persetujuan yang berlaku untuk dicabut")
    if not reason.strip():
        raise DataError("pencabutan persetujuan memerlukan alasan (--note)")
    _record(conn, period, "dicabut", present.digest, by, reason, PERSON, now, None)


def same_person(one: str, other: str) -> bool:
    """Whether two names as typed are one: case, accents, blanks and punctuation aside."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]+", "", "".join(c for c in folded if not unicodedata.combining(c)))


def require_two_people(prepared_by: str, approved_by: str) -> None:
    """Raises DataError if one of the names is blank or both are one person's."""
    for name, option in ((prepared_by, "--prepared-by"), (approved_by, "--approved-by")):
        if not _plain(name):
            raise DataError(f"{option} memerlukan nama orang")
    if same_person(prepared_by, approved_by):
        raise DataError(
            f"{prepared_by.strip()} tidak dapat menyiapkan dan menyetujui sekaligus: persetujuan memerlukan "
            "dua orang"
        )


def approvals(conn: psycopg.Connection, periods: Iterable[Period]) -> list[dict[str, Any]]:
    """Every step ever recorded for the months, oldest first (for reports): periode, langkah, sidik, oleh, catatan,
    cara, run_id, pada."""
    cursor = conn.execute(
        "select periode, langkah, sidik, oleh, catatan, cara, run_id, pada from quality.persetujuan"
        " where periode = any(%s) order by persetujuan_id",
        [[period.first_day for period in periods]],
    )
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _require_judged(conn: psycopg.Connection, period: Period) -> None:
    stored = verdicts(conn, period)
    for dataset in DATASETS:
        verdict = stored.get(dataset.wire)
        if verdict is None or verdict.versi_data != data_version(conn, period, dataset.wire):
            raise GateClosed(
                f"{period.label}: {dataset.judul.lower()} belum dinilai untuk versi data ini; jalankan bulan ini "
                "dahulu, agar yang disetujui sama dengan yang dinilai"
            )


def _record(
    conn: psycopg.Connection,
    period: Period,
    step: str,
    digest: str,
    by: str,
    note: str,
    how: str,
    now: datetime,
    run_id: str | None,
) -> None:
    if not _plain(by):
        raise DataError("langkah persetujuan memerlukan nama orang (--by)")
    conn.execute(
        "insert into quality.persetujuan (periode, langkah, sidik, oleh, catatan, cara, run_id, pada)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [period.first_day, step, digest, by.strip(), note.strip(), how, run_id, now],
    )
