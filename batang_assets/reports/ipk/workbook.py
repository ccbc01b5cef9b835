"""The eight tables of a span as one workbook, a sheet each, ready to print."""

import io
from collections.abc import Sequence

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from batang_assets.partitions import Span
from batang_assets.reports.ipk.files import groups
from batang_assets.reports.ipk.grid import Grid

HEAD = 4


def workbook(
    span: Span, note: str, region: str, grids: Sequence[Grid], tables: Sequence[np.ndarray]
) -> bytes:
    """An xlsx of one region's tables ``[row, column]``; ``note``: the revision, or that they are provisional."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        formats = {
            "judul": book.add_format({"bold": True, "font_size": 13}),
            "kepala": book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True}),
            "bagian": book.add_format({"bold": True, "bg_color": "#E8ECF0"}),
            "isi": book.add_format({"num_format": "#,##0", "border": 1}),
            "jumlah": book.add_format({"num_format": "#,##0", "border": 1, "bold": True}),
            "catatan": book.add_format({"font_color": "#555555"}),
        }
        for grid, table in zip(grids, tables, strict=True):
            sheet = book.add_worksheet(f"IPK {grid.layout.table.replace('/', '-')}")
            _sheet(sheet, formats, grid, table, (f"{region}, {span.label}", note))
    return target.getvalue()


def _sheet(
    sheet: Worksheet, formats: dict[str, Format], grid: Grid, table: np.ndarray, titles: Sequence[str]
) -> None:
    layout = grid.layout
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 52)
    sheet.set_column(2, 1 + len(grid.columns), 9)
    sheet.write_string(0, 0, f"IPK {layout.table} {layout.title}", formats["judul"])
    sheet.write_string(1, 0, "; ".join((*titles, f"satuan: {layout.unit}")))
    sheet.write_string(2, 0, f"Dasar: {layout.basis}", formats["catatan"])
    _heading(sheet, formats["kepala"], grid)
    sheet.freeze_panes(HEAD + 1, 2)
    sheet.repeat_rows(HEAD - 1, HEAD)
    line, section = HEAD + 1, -1
    for row, values, there in zip(grid.rows, table.tolist(), grid.mask.tolist(), strict=True):
        if row.section != section:
            section = row.section
            sheet.write_string(line, 0, layout.sections[section].title, formats["bagian"])
            line += 1
        style = formats["isi" if row.kind == "isi" else "jumlah"]
        sheet.write_string(line, 0, row.code, style)
        sheet.write_string(line, 1, "  " * row.depth + row.label, style)
        for place, (value, has) in enumerate(zip(values, there, strict=True), start=2):
            if has:
                sheet.write_number(line, place, value, style)
            else:
                sheet.write_blank(line, place, None, style)
        line += 1
    for note in layout.notes:
        sheet.write_string(line + 1, 0, note, formats["catatan"])
        line += 1


def _heading(sheet: Worksheet, style: Format, grid: Grid) -> None:
    sheet.merge_range(HEAD - 1, 0, HEAD, 0, "Kode", style)
    sheet.merge_range(HEAD - 1, 1, HEAD, 1, grid.layout.row_heading, style)
    place = 2
    for title, width in groups(column.group for column in grid.columns):
        if width > 1:
            sheet.merge_range(HEAD - 1, place, HEAD - 1, place + width - 1, title, style)
        else:
            sheet.write_string(HEAD - 1, place, title, style)
        place += width
    for place, column in enumerate(grid.columns, start=2):
        sheet.write_string(HEAD, place, column.head, style)
