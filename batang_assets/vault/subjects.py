"""Requests of data subjects (``vault.permintaan_subjek``): access, correction, restriction, erasure.

UU 27/2022 asks for an answer within 3×24 hours. Who asked is a reference number of the office's own register, never
a name or a NIK.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import psycopg

from batang_assets.errors import DataError

ERASURE, ACCESS = "penghapusan", "akses"
KINDS = (ACCESS, "pembetulan", "pembatasan", ERASURE)
VERDICTS = GRANTED, REFUSED = "dipenuhi", "ditolak"
ANSWER_H = 72
# Has a digit, no blank, and no sixteen digits in a row: neither a name nor a NIK.
_NUMBER = re.compile(r"(?=.*\d)(?!.*\d{13})[A-Za-z0-9][A-Za-z0-9./-]{0,39}")
_NIK = re.compile(r"\d{13}")


@dataclass(frozen=True)
class Request:
    """One request. ``hours``: from receipt to the answer, or to ``now`` while it is open. ``records``: erased for
    it; ``shown_again``: records of that person that the source or the centre still shows."""

    number: str
    kind: str
    received: datetime
    answered: datetime | None
    verdict: str | None
    by: str | None
    reason: str | None
    hours: float
    records: int
    shown_again: int


def register(
    connection: psycopg.Connection, number: str, kind: str, received: datetime, now: datetime
) -> None:
    """Record that a request came in; the caller commits.

    Raises DataError if the number is none, is known, the kind is not, or the request would come from the future.
    """
    if not _NUMBER.fullmatch(number):
        raise DataError(
            "a request is known by a reference number of letters, digits and ./- (at most 40), never by a name"
        )
    if kind not in KINDS:
        raise DataError(f"no kind of request {kind!r}: known are {', '.join(KINDS)}")
    if received > now:
        raise DataError(f"request {number}: it cannot be received after now")
    stored = connection.execute(
        "insert into vault.permintaan_subjek (nomor, jenis, diterima_pada) values (%s, %s, %s)"
        " on conflict (nomor) do nothing",
        [number, kind, received],
    ).rowcount
    if not stored:
        raise DataError(f"request {number} is in the register already: see `batang requests list`")


def answer(
    connection: psycopg.Connection, number: str, verdict: str, by: str, reason: str, now: datetime
) -> None:
    """Record the decision on an open request; the caller commits.

    Raises DataError if there is no such request, it is answered, the verdict is none, or name or reason is missing.
    """
    if verdict not in VERDICTS:
        raise DataError(f"no decision {verdict!r}: write {GRANTED} or {REFUSED}")
    if not by.strip() or not reason.strip():
        raise DataError("an answer needs a name (--by) and a reason (--reason)")
    if _NIK.search(reason):
        raise DataError("the reason holds a long number, perhaps a NIK: write it without")
    open_request(connection, number)
    connection.execute(
        "update vault.permintaan_subjek set selesai_pada = %s, putusan = %s, oleh = %s, alasan = %s"
        " where nomor = %s",
        [now, verdict, by.strip(), reason.strip(), number],
    )


def open_request(connection: psycopg.Connection, number: str) -> tuple[int, str]:
    """(permintaan_id, jenis) of a request that waits for its answer; its row is locked.

    Raises DataError if there is none.
    """
    row = connection.execute(
        "select permintaan_id, jenis, selesai_pada from vault.permintaan_subjek where nomor = %s for update",
        [number],
    ).fetchone()
    if row is None:
        raise DataError("no such request: record it first with `batang requests add`")
    if row[2] is not None:
        raise DataError(f"request {number} is answered already: see `batang requests list`")
    return row[0], row[1]


def requests(connection: psycopg.Connection, now: datetime) -> list[Request]:
    """Every request, newest first."""
    rows = connection.execute(
        """
        select p.nomor, p.jenis, p.diterima_pada, p.selesai_pada, p.putusan, p.oleh, p.alasan,
               (extract(epoch from coalesce(p.selesai_pada, %s) - p.diterima_pada) / 3600)::float8,
               (select count(*) from vault.terhapus t where t.permintaan_id = p.permintaan_id),
               (select count(*) from vault.ditolak_di_pintu d where d.permintaan_id = p.permintaan_id)
        from vault.permintaan_subjek p order by p.diterima_pada desc, p.permintaan_id desc
        """,
        [now],
    ).fetchall()
    return [Request(*row) for row in rows]
