"""What people decide about a text in the queue (``quality.keputusan_penyelarasan``, append-only).

A decision is about a text, so it is replayed on every row and in every build that says it, from the next build on.
The last one about a text holds; to revoke is a decision of its own, which puts the text back into the queue.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg

from batang_assets.errors import DataError
from batang_assets.reference.books import BOOKS, seed
from batang_assets.reference.normal import teks_normal
from batang_assets.reference.terms import KINDS

ACTIONS = {"terima": "diterima", "tolak": "ditolak", "cabut": "dicabut"}


@dataclass(frozen=True)
class Waiting:
    """A text with its candidate. ``state``: menunggu, fuzzy, diterima or ditolak; ``rows``: who say it."""

    kind: str
    text: str
    code: str | None
    version: str | None
    near: str | None
    confidence: Decimal | None
    rows: int
    state: str
    decided_code: str | None
    by: str | None
    at: datetime | None
    note: str | None


def waiting(
    conn: psycopg.Connection, *, kind: str | None = None, state: str | None = None, text: str | None = None,
    limit: int = 100,
) -> list[Waiting]:  # fmt: skip
    """Texts of the queue, those that most rows say first."""
    rows = conn.execute(
        """
        with putusan as (
            select distinct on (jenis, teks) * from quality.keputusan_penyelarasan
            order by jenis, teks, keputusan_id desc
        ), antrean as (
            select p.jenis, p.teks, p.kode, p.versi, p.padanan, p.keyakinan,
                coalesce((select sum(h.banyak) from quality.penyelarasan_hitungan h
                    where h.jenis = p.jenis and h.teks = p.teks), 0)::bigint as banyak,
                case u.tindakan when 'terima' then 'diterima' when 'tolak' then 'ditolak'
                    else case when p.otomatis then 'fuzzy' else 'menunggu' end end as keadaan,
                u.kode as kode_putusan, u.oleh, u.pada, u.alasan
            from quality.penyelarasan p left join putusan u using (jenis, teks)
        )
        select * from antrean
        where jenis = coalesce(%(kind)s, jenis) and keadaan = coalesce(%(state)s, keadaan)
            and teks = coalesce(%(text)s, teks)
        order by banyak desc, jenis, teks limit %(limit)s
        """,
        {"kind": kind, "state": state, "text": text, "limit": limit},
    )
    return [Waiting(*row) for row in rows]


def decide(
    conn: psycopg.Connection, kind: str, text: str, action: str, by: str, note: str, now: datetime,
    code: str | None = None, version: str | None = None,
) -> None:  # fmt: skip
    """Record a decision; the caller commits. ``terima`` without a code takes the queue's candidate.

    Raises DataError if name or note is blank, the text is not in the queue, the code is not in its book, or there
    is nothing to revoke.
    """
    if kind not in KINDS or action not in ACTIONS:
        raise DataError(f"unknown kind or action: kinds are {', '.join(KINDS)}; actions {', '.join(ACTIONS)}")
    if not by.strip() or not note.strip():
        raise DataError("a decision needs a name (--by) and a note (--note)")
    normal = teks_normal(text) or ""
    found = waiting(conn, kind=kind, text=normal)
    if not found:
        raise DataError(f"that text is not in the queue of {kind}: see `batang quality conforming list`")
    if action == "terima":
        code, version = _checked(conn, kind, code or found[0].code, version or found[0].version)
    elif action == "cabut" and found[0].by is None:
        raise DataError("nothing was decided about that text, so there is nothing to revoke")
    else:
        code = version = None
    conn.execute(
        "insert into quality.keputusan_penyelarasan (jenis, teks, tindakan, kode, versi, oleh, alasan, pada)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [kind, normal, action, code, version, by.strip(), note.strip(), now],
    )


def history(conn: psycopg.Connection, kind: str, text: str) -> list[dict[str, Any]]:
    """Every decision about a text, oldest first."""
    rows = conn.execute(
        "select tindakan, kode, versi, oleh, alasan, pada from quality.keputusan_penyelarasan"
        " where jenis = %s and teks = %s order by keputusan_id",
        [kind, teks_normal(text)],
    )
    names = ("action", "code", "version", "by", "note", "at")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _checked(
    conn: psycopg.Connection, kind: str, code: str | None, version: str | None
) -> tuple[str, str | None]:
    """The code as the book writes it and its edition; DataError if the book does not have it."""
    if code is None:
        raise DataError("the queue has no candidate for that text: give the code (--code)")
    if kind == "pendidikan":
        known = [row["kode"] for row in seed("ref_pendidikan")]
        if code.upper() not in known:
            raise DataError(f"no level of education {code!r}: known are {', '.join(known)}")
        return code.upper(), None
    edition = version or "2014"
    if edition not in {book.version for book in BOOKS if book.name == "kbji"}:
        raise DataError(f"no edition {edition!r} of KBJI")
    digits = code.replace(".", "")
    loaded = conn.execute(
        "select count(*) filter (where kode = %s), count(*) from reference.kode_berlaku"
        " where buku = 'kbji' and versi = %s",
        [digits, edition],
    ).fetchone() or (0, 0)
    groups = {row["kode"] for row in seed("ref_kbji") if row["versi"] == edition}
    known_group = digits.isdigit() and 2 <= len(digits) <= 6 and digits[:2] in groups
    if not known_group or (loaded[1] and not loaded[0]):
        raise DataError(f"KBJI {edition} has no code {code!r}")
    return digits, edition
