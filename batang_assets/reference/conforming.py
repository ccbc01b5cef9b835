"""Free texts that no dictionary knows: counted month by month, likened to the dictionary, and queued for a person.

Only distinct texts are likened, never rows; and only texts about education and occupation. A text that could hold
someone's name or number (long, or with many digits) is not taken at all: it stays unknown.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg import sql

from batang_assets.database import locks
from batang_assets.partitions import Period
from batang_assets.reference.books import seed
from batang_assets.reference.likeness import nearest
from batang_assets.reference.normal import teks_normal
from batang_assets.reference.terms import Terms, load_terms

# Kind → (raw table, column of the text, column of a code that makes the text needless).
SOURCES: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "pendidikan": (
        ("pencari_kerja", "pendidikan_terakhir", None),
        ("lowongan", "pendidikan_minimal", None),
        ("peserta_pelatihan", "pendidikan_terakhir", None),
        ("penduduk_bekerja", "pendidikan_terakhir", None),
    ),
    "jabatan": (
        ("pencari_kerja", "jabatan_diminati", "kode_jabatan_diminati"),
        ("lowongan", "judul", "kode_jabatan"),
        ("penempatan", "jabatan", "kode_jabatan"),
        ("penduduk_bekerja", "jabatan", "kode_jabatan"),
    ),
}
TABLES = tuple(sorted({table for sources in SOURCES.values() for table, _, _ in sources}))
MAX_LENGTH = 60
_LIKE_A_NUMBER = re.compile(r"\d{5}|\d.*\d.*\d.*\d.*\d")
# The mark of the dictionaries themselves, in a row of no month.
DICTIONARY_MARK = date(1900, 1, 1)


@dataclass
class Conformed:
    """What a round did: months read, texts likened, used at once, and left for a person."""

    months: int = 0
    texts: int = 0
    sure: int = 0
    waiting: int = 0


def conform(conn: psycopg.Connection, periods: Iterable[Period], now: datetime) -> Conformed:
    """Bring the queue up to date with the raw rows of ``periods``; a month in which nothing is new costs one look.

    The caller commits. Decisions that people took are never touched.
    """
    conn.execute("select pg_advisory_xact_lock(%s)", [locks.CONFORM])
    terms = load_terms(conn)
    dictionaries = hashlib.sha256("".join(t.fingerprint() for t in terms.values()).encode()).hexdigest()
    result = Conformed()
    if _mark(conn, DICTIONARY_MARK) != dictionaries:
        _liken_again(conn, terms)
        _set_mark(conn, DICTIONARY_MARK, dictionaries)
    for period in periods:
        mark = f"{dictionaries}:{_newest(conn, period)}"
        if _mark(conn, period.first_day) == mark:
            continue
        result.months += 1
        _take_month(conn, terms, period, now, result)
        _set_mark(conn, period.first_day, mark)
    row = conn.execute(
        "select count(*) filter (where otomatis), count(*) filter (where not otomatis) from quality.penyelarasan"
    ).fetchone()
    result.sure, result.waiting = row or (0, 0)
    return result


def usable(text: str) -> bool:
    """Whether a normal text may be kept and shown: short, and without what could be someone's number."""
    return 2 <= len(text) <= MAX_LENGTH and not _LIKE_A_NUMBER.search(text)


def _take_month(
    conn: psycopg.Connection, terms: dict[str, Terms], period: Period, now: datetime, result: Conformed
) -> None:
    conn.execute("delete from quality.penyelarasan_hitungan where periode = %s", [period.first_day])
    for kind, dictionary in terms.items():
        counts = _unknown(conn, kind, dictionary, period)
        known = {
            row[0] for row in conn.execute("select teks from quality.penyelarasan where jenis = %s", [kind])
        }
        fresh = [text for text in sorted(counts) if text not in known]
        result.texts += len(fresh)
        _store(conn, dictionary, fresh, now)
        with conn.cursor() as cursor:
            cursor.executemany(
                "insert into quality.penyelarasan_hitungan (jenis, teks, periode, banyak) values (%s, %s, %s, %s)",
                [(kind, text, period.first_day, count) for text, count in sorted(counts.items())],
            )


def _unknown(conn: psycopg.Connection, kind: str, terms: Terms, period: Period) -> Counter[str]:
    """Normal text → how many rows of the month say so, of texts that neither a code nor the dictionary settles."""
    codes = {row["kode"] for row in seed("ref_pendidikan")} if kind == "pendidikan" else set()
    counts: Counter[str] = Counter()
    for table, column, code in SOURCES[kind]:
        for written, count in _distinct(conn, table, column, code, period):
            text = teks_normal(written)
            if text and text not in terms.codes and written.strip().upper() not in codes and usable(text):
                counts[text] += count
    return counts


def _distinct(
    conn: psycopg.Connection, table: str, column: str, code: str | None, period: Period
) -> Sequence[tuple[str, int]]:
    text = sql.Identifier(column)
    needed = sql.SQL("true")
    if code is not None:
        # A code whose group the book knows is read as such; anything else falls back on the title.
        groups = sorted({row["kode"] for row in seed("ref_kbji") if row["tingkat"] == "2"})
        needed = sql.SQL("(left({code}, 2) = any({groups})) is not true").format(
            code=sql.Identifier(code), groups=sql.Literal(groups)
        )
    query = sql.SQL(
        "select {text}, count(*) from raw.{table}"
        " where _periode = %s and {text} is not null and {needed} group by 1"
    )
    return conn.execute(
        query.format(text=text, table=sql.Identifier(table), needed=needed), [period.first_day]
    ).fetchall()


def _store(conn: psycopg.Connection, terms: Terms, texts: Sequence[str], now: datetime) -> None:
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into quality.penyelarasan"
            " (jenis, teks, kode, versi, padanan, keyakinan, otomatis, pertama_terlihat)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (jenis, teks) do update set kode = excluded.kode,"
            " versi = excluded.versi, padanan = excluded.padanan, keyakinan = excluded.keyakinan,"
            " otomatis = excluded.otomatis",
            [_row(terms, text, now) for text in texts],
        )


def _row(terms: Terms, text: str, now: datetime) -> tuple[object, ...]:
    found = nearest(terms, text)
    if found is None:
        return terms.kind, text, None, None, None, None, False, now
    return (
        terms.kind, text, found.code.code, found.code.version, found.text, found.confidence, found.sure, now,
    )  # fmt: skip


def _liken_again(conn: psycopg.Connection, terms: dict[str, Terms]) -> None:
    """After a dictionary or a threshold changed: what it now knows leaves the queue, the rest is likened afresh."""
    for kind, dictionary in terms.items():
        rows = conn.execute(
            "select teks, pertama_terlihat from quality.penyelarasan where jenis = %s", [kind]
        ).fetchall()
        settled = [text for text, _ in rows if text in dictionary.codes]
        conn.execute("delete from quality.penyelarasan where jenis = %s and teks = any(%s)", [kind, settled])
        for text, seen in rows:
            if text not in dictionary.codes:
                _store(conn, dictionary, [text], seen)


def _newest(conn: psycopg.Connection, period: Period) -> str:
    """The newest version of the month in each table that is read."""
    found = []
    for table in TABLES:
        query = sql.SQL("select coalesce(max(_versi), 0) from raw.{} where _periode = %s")
        row = conn.execute(query.format(sql.Identifier(table)), [period.first_day]).fetchone()
        found.append(str((row or (0,))[0]))
    return ",".join(found)


def _mark(conn: psycopg.Connection, month: date) -> str | None:
    row = conn.execute("select sidik from quality.penyelarasan_tanda where periode = %s", [month]).fetchone()
    return row[0] if row else None


def _set_mark(conn: psycopg.Connection, month: date, mark: str) -> None:
    conn.execute(
        "insert into quality.penyelarasan_tanda (periode, sidik) values (%s, %s)"
        " on conflict (periode) do update set sidik = excluded.sidik",
        [month, mark],
    )
