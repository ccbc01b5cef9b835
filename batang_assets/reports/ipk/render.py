"""One page a span and an index over them: Indonesian, self-contained, printable, like the quality report."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import psycopg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from batang_assets.partitions import Span
from batang_assets.reports.ipk.causes import (
    CODE_BOOK,
    CORRECTED,
    LATE,
    MERGED,
    PROPAGATED,
    WITHDRAWN,
)
from batang_assets.reports.ipk.files import csv_path, groups, page_path, spans_with_pages, workbook_path
from batang_assets.reports.ipk.grid import Grid
from batang_assets.reports.ipk.history import CellChange, Revision, changes, revisions
from batang_assets.reports.ipk.indicators import IndicatorSection, indicator_section
from batang_assets.reports.mutu.render import FOLDER as SHARED
from batang_assets.reports.mutu.render import day, number
from batang_assets.settings import Settings

FOLDER = Path(__file__).parent / "templates"
CAUSE_LABELS = {
    LATE: "Laporan terlambat",
    CORRECTED: "Koreksi catatan",
    MERGED: "Penggabungan atau pemisahan orang",
    WITHDRAWN: "Penarikan catatan",
    CODE_BOOK: "Perubahan buku kode",
    PROPAGATED: "Perambatan dari bulan sebelumnya",
}
# Beyond these the page points to `batang ipk revisions`.
SHOWN_CHANGES = 60


@dataclass(frozen=True)
class TableView:
    """One table as the page shows it: the grid's sections, each with its own columns."""

    grid: Grid
    sections: tuple["SectionView", ...]
    revisions: tuple[Revision, ...]
    changes: tuple[CellChange, ...]
    csv: str

    @property
    def anchor(self) -> str:
        """``iii-1``."""
        return self.grid.layout.table.lower().replace("/", "-")


@dataclass(frozen=True)
class SectionView:
    """Headings (title, width), column heads, and rows of (row, values)."""

    title: str
    headings: list[tuple[str, int]]
    heads: list[str]
    # The places at which a group of columns begins, for the rule between groups.
    starts: frozenset[int]
    rows: list[tuple]


@dataclass(frozen=True)
class IndexRow:
    """One page in the index; ``revision`` is the highest of its tables, None for a provisional one."""

    span: Span
    file: str
    workbook: str | None
    revision: int | None


@cache
def environment() -> Environment:
    """The templates with their filters; every value is escaped."""
    found = Environment(
        loader=FileSystemLoader([FOLDER, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"angka": number, "bilangan": _whole, "hari": day}
    return found


def _whole(value: int) -> str:
    """A count as Indonesians write it; a page has thousands, so without the general machinery."""
    return f"{value:,}".replace(",", ".").replace("-", "−")


@cache
def _style() -> Markup:
    shared = (SHARED / "laporan_mutu.css").read_text(encoding="utf-8")
    return Markup(shared + (FOLDER / "ipk.css").read_text(encoding="utf-8"))


def render_page(
    conn: psycopg.Connection,
    settings: Settings,
    span: Span,
    grids: Sequence[Grid],
    tables: Sequence[np.ndarray],
) -> str:
    """The regency's tables of a span ``[row, column]``, their revisions and the indicators as one HTML document."""
    listed = revisions(conn, span, region=settings.kode_wilayah)
    views = []
    for grid, table in zip(grids, tables, strict=True):
        own = tuple(one for one in listed if one.table == grid.layout.table)
        moved = changes(conn, grid.layout.table, span, settings.kode_wilayah, own[-1].revision) if own else []
        name = csv_path(settings, grid.layout.table, span).name
        views.append(TableView(grid, tuple(_sections(grid, table)), own, tuple(moved), name))
    indicators: IndicatorSection = indicator_section(conn, span)
    return (
        environment()
        .get_template("ipk.html.j2")
        .render(
            css=_style(),
            span=span,
            tabel=views,
            sementara=not listed,
            indikator=indicators,
            sebab=CAUSE_LABELS,
            banyak_perubahan=SHOWN_CHANGES,
            buku_kerja=workbook_path(settings, span).name,
            kini=settings.now(),
        )
    )


def render_index(conn: psycopg.Connection, settings: Settings) -> str:
    """The index over the pages that lie in the folder, newest first."""
    rows = conn.execute(
        "select periode, max(revisi) from reports.ipk_terbitan where wilayah = %s group by periode",
        [settings.kode_wilayah],
    )
    highest = dict(rows.fetchall())
    found = []
    for span in spans_with_pages(settings):
        book = workbook_path(settings, span)
        found.append(
            IndexRow(
                span,
                page_path(settings, span).name,
                book.name if book.exists() else None,
                highest.get(span.key),
            )
        )
    return environment().get_template("ipk_indeks.html.j2").render(css=_style(), baris=found)


def _sections(grid: Grid, table: np.ndarray) -> list[SectionView]:
    found = []
    for number_, section in enumerate(grid.layout.sections):
        places = [place for place, column in enumerate(grid.columns) if number_ in column.sections]
        columns = [grid.columns[place] for place in places]
        headings = groups(column.group for column in columns)
        starts, at = set(), 0
        for _, width in headings:
            starts.add(at)
            at += width
        rows = [
            (row, table[line, places].tolist())
            for line, row in enumerate(grid.rows)
            if row.section == number_
        ]
        heads = [column.head for column in columns]
        found.append(SectionView(section.title, headings, heads, frozenset(starts), rows))
    return found
