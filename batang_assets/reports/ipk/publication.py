"""Closing a span: its figures are published as revision 0, and once they differ, as the next with every cause.

Nothing published is ever changed. A run looks at every span that is over: what arrives today may be about
any month, and moves the stocks of all that follow. A revision whose causes do not add up to its differences
is refused whole.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import psycopg

from batang_assets.database import locks
from batang_assets.errors import DataError
from batang_assets.partitions import Period, Span
from batang_assets.reports.ipk.causes import CODE_BOOK, Differences
from batang_assets.reports.ipk.employers import keep_employers
from batang_assets.reports.ipk.grid import Filler, Grid
from batang_assets.reports.ipk.snapshot import event_changes, record_changes, take_snapshot
from batang_assets.reports.ipk.tables import Book
from batang_assets.settings import Settings

HEAD = (
    "terbitan_id", "tabel", "periode", "wilayah", "revisi", "judul", "diterbitkan_pada", "diketahui_sampai",
    "run_id", "potret_id", "susunan_digest", "bentuk_digest", "isi_digest",
)  # fmt: skip
CellName = tuple[str, str, str]


@dataclass(frozen=True)
class Last:
    """The newest revision of one table, span and region."""

    number: int
    revision: int
    snapshot: int
    counting: str
    content: str


@dataclass(frozen=True)
class Due:
    """A table that has to be published: ``place`` is its region in the book, ``last`` what it revises."""

    span: Span
    grid: int
    place: int
    table: np.ndarray
    content: str
    last: Last | None


@dataclass(frozen=True)
class Published:
    """One publication: table III/1 … III/8, key of the span, region, revision, cells that changed."""

    table: str
    span: str
    region: str
    revision: int
    changed: int


def spans_of(months: tuple[Period, ...]) -> list[Span]:
    """Every month, quarter, semester and year that lies wholly within ``months``, by their ends."""
    keys = {month.key for month in months}
    for month in months:
        keys |= {f"{month.year}-T{(month.month + 2) // 3}", f"{month.year}-S{(month.month + 5) // 6}"}
        keys.add(f"{month.year}")
    spans = (Span.parse(key) for key in keys)
    whole = [span for span in spans if span.first >= months[0] and span.last <= months[-1]]
    return sorted(whole, key=lambda span: (span.last, span.first))


def is_closed(span: Span, settings: Settings) -> bool:
    """Whether the span is over; a running one is *sementara* and not published."""
    return span.last.is_over(settings.now())


def publish(conn: psycopg.Connection, book: Book, settings: Settings, run_id: str) -> list[Published]:
    """Publish every table of every closed span whose figures are new or differ from the last revision.

    Runs in the caller's transaction, which must be repeatable read, so that the figures and the events behind them
    are of one moment. Raises DataError, and then nothing may be committed, if the causes of a change do not add up.
    """
    conn.execute("select pg_advisory_xact_lock(%s)", [locks.IPK])
    due = _due(conn, book, settings)
    done = []
    if due:
        snapshot, known = take_snapshot(conn, settings.kode_wilayah, settings.now(), run_id)
        causes = _Causes(conn, book)
        changed = [causes.of(item) if item.last else {} for item in due]
        done = _store(conn, book, due, changed, (settings.now(), known, run_id, snapshot))
    closed = [span for span in spans_of(book.cube.months) if is_closed(span, settings)]
    keep_employers(conn, book.grids, book.cube.months, closed, settings.kode_wilayah)
    return done


def _due(conn: psycopg.Connection, book: Book, settings: Settings) -> list[Due]:
    last = _newest(conn)
    shapes = [shape(grid) for grid in book.grids]
    found = []
    for span in spans_of(book.cube.months):
        if not is_closed(span, settings):
            continue
        for number, (grid, tables) in enumerate(zip(book.grids, book.tables(span), strict=True)):
            for place, region in enumerate(book.regions):
                content = hashlib.sha256(shapes[number].encode() + tables[place].tobytes()).hexdigest()
                before = last.get((grid.layout.table, span.key, region))
                if before is None or before.content != content:
                    found.append(Due(span, number, place, tables[place], content, before))
    return found


def _newest(conn: psycopg.Connection) -> dict[tuple[str, str, str], Last]:
    rows = conn.execute(
        "select distinct on (tabel, periode, wilayah) tabel, periode, wilayah, terbitan_id, revisi, potret_id,"
        " susunan_digest, isi_digest from reports.ipk_terbitan order by tabel, periode, wilayah, revisi desc"
    )
    return {(table, span, region): Last(*rest) for table, span, region, *rest in rows}


def shape(grid: Grid) -> str:
    """A digest of the codes of rows and columns and of which cells there are."""
    rows = [[grid.layout.sections[row.section].code, row.code] for row in grid.rows]
    columns = [column.name for column in grid.columns]
    said = json.dumps([rows, columns, grid.mask.tolist()], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


class _Causes:
    """Why cells changed since earlier publications; what concerns one earlier snapshot is worked out once."""

    def __init__(self, conn: psycopg.Connection, book: Book) -> None:
        self._conn, self._book = conn, book
        self._differences: dict[int, Differences] = {}
        self._fillers: dict[tuple[int, int], Filler] = {}
        self._tables: dict[tuple[int, int, str], dict[str, np.ndarray]] = {}

    def of(self, item: Due) -> dict[tuple[CellName, str], int]:
        """(cell, cause) → difference, for every cell that changed; together exactly new minus old."""
        assert item.last is not None
        grid = self._book.grids[item.grid]
        names = cell_names(grid)
        parts = self._by_cause(item.last.snapshot, item.grid, item.span)
        explained = {cause: table[item.place] for cause, table in parts.items()}
        old = _published(self._conn, item.last.number)
        found: dict[tuple[CellName, str], int] = {}
        rest: dict[CellName, int] = {}
        for row, column in np.argwhere(grid.mask):
            name = names[row][column]
            difference = int(item.table[row, column]) - old.pop(name, 0)
            for cause, table in explained.items():
                if table[row, column]:
                    found[name, cause] = int(table[row, column])
                    difference -= found[name, cause]
            if difference:
                rest[name] = difference
        rest |= {name: -value for name, value in old.items() if value}
        if rest and item.last.counting == grid.digest:
            table, region = grid.layout.table, self._book.regions[item.place]
            raise DataError(
                f"IPK {table} {item.span.key} wilayah {region}: sebab-sebab perubahan tidak sama dengan "
                f"selisihnya pada {len(rest)} sel, mulai dari {' / '.join(next(iter(rest)))}; tidak ada yang "
                "diterbitkan. Bangun ulang mart, lalu jalankan lagi"
            )
        # Another list or crosswalk counts the same events in other rows.
        for name, value in rest.items():
            total = found.get((name, CODE_BOOK), 0) + value
            found[name, CODE_BOOK] = total
        return {key: value for key, value in found.items() if value}

    def _by_cause(self, snapshot: int, number: int, span: Span) -> Mapping[str, np.ndarray]:
        key = (snapshot, number, span.key)
        if key not in self._tables:
            if snapshot not in self._differences:
                self._differences[snapshot] = _differences(self._conn, snapshot)
            differences = self._differences[snapshot]
            if (snapshot, number) not in self._fillers:
                self._fillers[snapshot, number] = Filler(
                    self._book.grids[number], differences.keys, self._book.regions[1:]
                )
            filler = self._fillers[snapshot, number]
            self._tables[key] = {
                cause: filler.fill(values) for cause, values in differences.over(span).items() if values.any()
            }
        return self._tables[key]


def _differences(conn: psycopg.Connection, snapshot: int) -> Differences:
    row = conn.execute(
        "select diketahui_sampai from reports.ipk_potret where potret_id = %s", [snapshot]
    ).fetchone()
    if row is None:
        raise DataError(
            "IPK: terbitan sebelumnya tidak mempunyai potret buku peristiwa; sebabnya tidak dapat dihitung"
        )
    return Differences(event_changes(conn, snapshot), record_changes(conn, snapshot), row[0])


def cell_names(grid: Grid) -> list[list[CellName]]:
    """(section, row code, column) of every cell, by row and column."""
    return [
        [(grid.layout.sections[row.section].code, row.code, column.name) for column in grid.columns]
        for row in grid.rows
    ]


def _published(conn: psycopg.Connection, number: int) -> dict[CellName, int]:
    rows = conn.execute(
        "select bagian, kode_baris, kolom, nilai from reports.ipk_terbitan_sel"
        " where terbitan_id = %s and nilai <> 0",
        [number],
    )
    return {(section, row, column): value for section, row, column, value in rows}


def _store(
    conn: psycopg.Connection,
    book: Book,
    due: Sequence[Due],
    changed: Sequence[Mapping[tuple[CellName, str], int]],
    moment: tuple[datetime, datetime, str, int],
) -> list[Published]:
    """Three copies, whatever the number of tables."""
    numbers = conn.execute(
        "select nextval(pg_get_serial_sequence('reports.ipk_terbitan', 'terbitan_id')) from generate_series(1, %s)",
        [len(due)],
    ).fetchall()
    shapes = [shape(grid) for grid in book.grids]
    done = []
    with conn.cursor() as cursor:
        with cursor.copy(f"copy reports.ipk_terbitan ({', '.join(HEAD)}) from stdin") as copy:
            for (number,), item, moves in zip(numbers, due, changed, strict=True):
                grid, region = book.grids[item.grid], book.regions[item.place]
                revision = item.last.revision + 1 if item.last else 0
                head = (grid.layout.table, item.span.key, region, revision)
                digests = (grid.digest, shapes[item.grid], item.content)
                copy.write_row((number, *head, grid.layout.title, *moment, *digests))
                done.append(Published(*head, len({name for name, _ in moves})))
        with cursor.copy("copy reports.ipk_terbitan_sel from stdin") as copy:
            for (number,), item in zip(numbers, due, strict=True):
                for cell in _cells(book.grids[item.grid], item.table, whole=item.place == 0):
                    copy.write_row((number, *cell))
        with cursor.copy("copy reports.ipk_terbitan_perubahan from stdin") as copy:
            for (number,), moves in zip(numbers, changed, strict=True):
                for (name, cause), value in moves.items():
                    copy.write_row((number, *name, cause, value))
    return done


def _cells(grid: Grid, table: np.ndarray, *, whole: bool) -> Iterable[tuple]:
    """Every cell of the regency's table, those of a kecamatan's that are not 0 (see ipk_terbitan_sel)."""
    mask, columns = grid.mask, [column.name for column in grid.columns]
    for number, row in enumerate(grid.rows):
        section = grid.layout.sections[row.section].code
        for place, name in enumerate(columns):
            value = int(table[number, place]) if mask[number, place] else None
            if whole or value:
                yield number, section, row.code, row.label, place, name, value
