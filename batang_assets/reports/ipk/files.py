"""The tables as files: a csv a table and region, a page and a workbook a span, an index over the pages."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from batang_assets.partitions import Span
from batang_assets.reports.ipk.grid import Grid
from batang_assets.settings import Settings

INDEX = "index.html"


def folder(settings: Settings) -> Path:
    """Where everything lies: ``<home>/keluaran/ipk``; the kecamatan's tables below it in ``kecamatan/``."""
    return settings.outputs / "ipk"


def page_path(settings: Settings, span: Span) -> Path:
    """The page of a span: ``ipk-2026-10.html``."""
    return folder(settings) / f"ipk-{span.key}.html"


def workbook_path(settings: Settings, span: Span) -> Path:
    """The workbook of a span: ``ipk-2026-10.xlsx``."""
    return folder(settings) / f"ipk-{span.key}.xlsx"


def csv_path(settings: Settings, table: str, span: Span, region: str | None = None) -> Path:
    """The csv of a table: ``ipk-iii-1-2026-10.csv``, of a kecamatan in ``kecamatan/332501/``."""
    name = f"ipk-{table.lower().replace('/', '-')}-{span.key}.csv"
    return folder(settings) / "kecamatan" / region / name if region else folder(settings) / name


def csv_text(grid: Grid, table: np.ndarray) -> str:
    """RFC 4180: section, row code, label, one column each; empty where the table has no such cell."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(("bagian", "baris", "uraian", *(column.name for column in grid.columns)))
    for row, values, there in zip(grid.rows, table.tolist(), grid.mask.tolist(), strict=True):
        cells = (value if has else None for value, has in zip(values, there, strict=True))
        writer.writerow((grid.layout.sections[row.section].code, row.code, row.label, *cells))
    return target.getvalue()


def write_csvs(
    settings: Settings,
    span: Span,
    grids: Sequence[Grid],
    tables: Sequence[np.ndarray],
    regions: Sequence[str],
) -> int:
    """Every table of every region; the first region is the regency. Returns how many files were written."""
    paths = [
        (csv_path(settings, grid.layout.table, span, region if place else None), csv_text(grid, table[place]))
        for grid, table in zip(grids, tables, strict=True)
        for place, region in enumerate(regions)
    ]
    for path, text in paths:
        replace(path, text.encode())
    return len(paths)


def spans_with_pages(settings: Settings) -> list[Span]:
    """The spans whose page lies in the folder, newest first, the longer before the shorter."""
    keys = [path.stem.removeprefix("ipk-") for path in folder(settings).glob("ipk-*.html")]
    return sorted(
        (Span.parse(key) for key in keys), key=lambda span: (span.last, -len(span.months)), reverse=True
    )


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step; a failure leaves the old file and nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".ipk-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def groups(names: Iterable[str]) -> list[tuple[str, int]]:
    """Neighbouring equal headings as (heading, how many columns)."""
    found: list[tuple[str, int]] = []
    for name in names:
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + 1)
        else:
            found.append((name, 1))
    return found
