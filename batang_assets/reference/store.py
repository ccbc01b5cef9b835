"""The loaded lists in the schema ``reference``: one load at a time, the last one of an edition holds."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from batang_assets.database import locks
from batang_assets.errors import DataError
from batang_assets.reference.books import Book
from batang_assets.reference.lists import OfficialList


@dataclass(frozen=True)
class Load:
    """One load; ``level`` is the finest level (digits) of its list. ``current``: it is the one that holds."""

    book: str
    version: str
    file: str
    digest: str
    rows: int
    mended: int
    level: int
    by: str
    at: datetime
    current: bool


def store_list(
    conn: psycopg.Connection, book: Book, official: OfficialList, file: str, by: str, now: datetime
) -> bool:
    """Store the list as the one that holds for its edition, whole or not at all; False if it holds already.

    The caller commits. Raises DataError if ``by`` is blank.
    """
    if not by.strip():
        raise DataError("a load needs a name (--by)")
    conn.execute("select pg_advisory_xact_lock(%s)", [locks.REFERENCE])
    held = conn.execute(
        "select sidik from reference.muatan where buku = %s and versi = %s order by muatan_id desc limit 1",
        [book.name, book.version],
    ).fetchone()
    if held and held[0] == official.digest:
        return False
    row = conn.execute(
        "insert into reference.muatan (buku, versi, berkas, sidik, baris, diperbaiki, oleh, pada)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) returning muatan_id",
        [
            book.name, book.version, file, official.digest, len(official.entries), official.mended,
            by.strip(), now,
        ],
    ).fetchone()  # fmt: skip
    assert row is not None
    columns = "muatan_id, kode, tingkat, induk, kategori, judul, teks"
    with conn.cursor() as cursor, cursor.copy(f"copy reference.kode ({columns}) from stdin") as copy:
        for entry in official.entries:
            copy.write_row(
                (
                    row[0],
                    entry.code,
                    entry.level,
                    entry.parent,
                    entry.section,
                    entry.title,
                    entry.normal_title,
                )
            )
    return True


def loads(conn: psycopg.Connection) -> list[Load]:
    """Every load, newest first within its edition."""
    rows = conn.execute(
        "select buku, versi, berkas, sidik, baris, diperbaiki,"
        " (select max(tingkat) from reference.kode k where k.muatan_id = m.muatan_id), oleh, pada,"
        " muatan_id = max(muatan_id) over (partition by buku, versi)"
        " from reference.muatan m order by buku, versi, muatan_id desc"
    )
    return [Load(*row) for row in rows]


def reference_state(conn: psycopg.Connection) -> str:
    """What the conformed values rest on besides the raw rows: the loads and the decisions, as a short text."""
    row = conn.execute(
        "select (select coalesce(max(muatan_id), 0) from reference.muatan),"
        " (select coalesce(max(keputusan_id), 0) from quality.keputusan_penyelarasan)"
    ).fetchone()
    return ":".join(map(str, row or ()))
