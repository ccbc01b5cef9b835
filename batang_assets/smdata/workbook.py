"""The workbook that an official uploads: the same tables as the csv, laid out to be read and printed.

Rows are streamed (XlsxWriter's constant memory), so a sheet is written strictly downwards. Text stays text: a
value such as ``=1+1``, ``+62…`` or a 16-digit number must never become a formula, a link or a number. Totals are
formulas that carry their value, so that a reader that does not calculate shows the same figures.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.smdata.published import Sum
from batang_assets.smdata.sheets import Block, Formula, MadeSheet, PublishedSheet, TableColumn, TableSheet
from batang_assets.smdata.tables import HELD, SheetData, Value

# Indonesian (0421): point between thousands, comma before decimals, month names.
INTEGER = "[$-421]#,##0"
PERCENT = "[$-421]0.00"
DATE = "[$-421]d mmmm yyyy"
LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_576
A4 = 9
ROW_HEIGHT = 17
# A column this wide holds sentences: its text wraps, and the row grows with it.
WIDE = 40
NAVY, PALE, GREY = "#1F3864", "#DCE6F1", "#F2F2F2"
NO_DATA = "Tidak ada data pada periode ini."
STATUTORY_WIDTHS = (7, 58)
# Rows that fit on a landscape page of a statutory table, and those of a block's title and headers.
PAGE_ROWS, BLOCK_HEAD = 42, 3


class _Styles:
    """The cell formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        base: dict[str, Any] = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
        cell = {**base, "border": 1, "border_color": "#BFBFBF"}
        total = {**cell, "bold": True, "bg_color": PALE}
        head = {**cell, "bold": True, "bg_color": NAVY, "font_color": "white", "align": "center"}
        self.title = book.add_format({**base, "bold": True, "font_size": 13, "align": "center"})
        self.note = book.add_format({**base, "italic": True, "font_size": 9, "text_wrap": True})
        self.block = book.add_format({**base, "bold": True})
        self.head = book.add_format({**head, "text_wrap": True})
        self.head_top = book.add_format({**head, "bottom": 0})
        self.head_below = book.add_format({**head, "top": 0})
        self.text = book.add_format({**cell, "num_format": "@", "indent": 1})
        self.wrapped = book.add_format({**cell, "num_format": "@", "indent": 1, "text_wrap": True})
        self.code = book.add_format({**cell, "align": "center", "num_format": "@"})
        self.integer = book.add_format({**cell, "num_format": INTEGER})
        self.percent = book.add_format({**cell, "num_format": PERCENT})
        self.date = book.add_format({**cell, "num_format": DATE})
        self.total_text = book.add_format({**total, "num_format": "@"})
        self.total_code = book.add_format({**total, "align": "center", "num_format": "@"})
        self.total_label = book.add_format({**total, "num_format": "@", "text_wrap": True})
        self.held = book.add_format({**cell, "align": "center", "num_format": "@"})
        self.total = book.add_format({**total, "num_format": INTEGER})

    def of(self, column: TableColumn) -> Format:
        """The format of a table column's cells."""
        wide = self.wrapped if column.width >= WIDE else self.text
        formats = {"bilangan": self.integer, "rupiah": self.integer, "persen": self.percent}
        return {**formats, "tanggal": self.date}.get(column.format, wide)


def _span_title(span: Span) -> str:
    """``BULAN: OKTOBER 2026``, ``TRIWULAN IV 2026``."""
    month = "BULAN: " if len(span.months) == 1 else ""
    return month + span.label.upper()


def write_workbook(
    path: Path, sheets: Sequence[SheetData], span: Span, title: str, made_at: datetime
) -> None:
    """Write ``sheets`` to ``path``, in order; equal arguments give equal bytes.

    ``made_at`` becomes the document's creation time. Raises DataError for a text or a sheet too long for XLSX.
    """
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "created": made_at.replace(tzinfo=None), "comments": ""})
        styles = _Styles(book)
        for data in sheets:
            worksheet = book.add_worksheet(data.sheet.name)
            worksheet.set_default_row(ROW_HEIGHT)
            if isinstance(data.sheet, PublishedSheet):
                _StatutoryWriter(worksheet, styles, span).write(data, data.sheet)
            else:
                _TableWriter(worksheet, styles, span).write(data, data.sheet)


class _Writer:
    """What both kinds of sheet share: titles on top, print setup, text that stays text."""

    def __init__(self, worksheet: Worksheet, styles: _Styles, span: Span) -> None:
        self.sheet = worksheet
        self.styles = styles
        self.span = span
        self.row = 0

    def heading(self, sheet: MadeSheet, columns: int, width: float) -> None:
        """Titles and note, each over the full width of the table."""
        for line in sheet.titles:
            self._across(line.format(rentang=_span_title(self.span)), columns, self.styles.title)
        if sheet.note:
            lines = 1 + int(len(sheet.note) * 0.9 / max(width, 20))
            self.sheet.set_row(self.row, 13 * lines + 2)
            self._across(sheet.note, columns, self.styles.note)
        self.row += 1

    def _across(self, text: str, columns: int, style: Format) -> None:
        if columns > 1:
            self.sheet.merge_range(self.row, 0, self.row, columns - 1, "", style)
        self.text(self.row, 0, text, style)
        self.row += 1

    def text(self, row: int, column: int, text: str, style: Format) -> None:
        """One cell of text, whatever the text looks like."""
        if len(text) > LONGEST_TEXT:
            raise DataError(
                f"sheet {self.sheet.get_name()}: a text in column {column + 1} has {len(text)} characters, "
                f"XLSX takes {LONGEST_TEXT}"
            )
        self.sheet.write_string(row, column, text, style)

    def page(self, columns: int) -> None:
        """A4 landscape, one page wide, print area around what is written, page numbers."""
        if self.row > MOST_ROWS:
            raise DataError(f"sheet {self.sheet.get_name()} has {self.row} rows, XLSX takes {MOST_ROWS}")
        self.sheet.set_landscape()
        self.sheet.set_paper(A4)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.hide_gridlines(2)
        self.sheet.set_footer("&L&A&RHalaman &P dari &N")
        self.sheet.print_area(0, 0, max(self.row - 1, 0), columns - 1)


class _TableWriter(_Writer):
    def write(self, data: SheetData, sheet: TableSheet) -> None:
        """A plain table: header, rows, and a total row for each value of the group."""
        columns = data.columns
        for index, column in enumerate(columns):
            self.sheet.set_column(index, index, column.width)
        self.heading(sheet, len(columns), sum(column.width for column in columns))
        longest = max(-(-len(column.header) // max(int(column.width) - 2, 1)) for column in columns)
        self.sheet.set_row(self.row, 16 * max(longest, 2))
        for index, column in enumerate(columns):
            self.text(self.row, index, column.header, self.styles.head)
        self.sheet.repeat_rows(self.row)
        self.row += 1
        self.sheet.freeze_panes(self.row, 0)
        if not data.rows:
            self.text(self.row, 0, NO_DATA, self.styles.block)
            self.row += 1
        formats = [self.styles.of(column) for column in columns]
        grouped = groupby(data.rows, key=lambda row: row[0] if sheet.group else None)
        for value, rows in grouped:
            self._group(sheet, columns, value, list(rows), formats)
        self.page(len(columns))

    def _group(
        self,
        sheet: TableSheet,
        columns: Sequence[TableColumn],
        value: Value,
        rows: list[tuple[Value, ...]],
        formats: list[Format],
    ) -> None:
        first = self.row
        for values in rows:
            self._grow(columns, values)
            for index, (column, cell) in enumerate(zip(columns, values, strict=True)):
                self._cell(index, column, cell, formats[index])
            self.row += 1
        if not sheet.totals:
            return
        label = "JUMLAH"
        if sheet.group:
            shown = columns[0].labels.get(str(value), str(value or columns[0].empty))
            label = f"JUMLAH {shown}".upper()
        for index, column in enumerate(columns):
            if column.name in sheet.totals:
                self._total(index, first, [values[index] for values in rows])
            else:
                self.text(self.row, index, label if index == 0 else "", self.styles.total_text)
        self.row += 1

    def _total(self, index: int, first: int, cells: list[Value]) -> None:
        if HELD in cells:
            # A total beside withheld figures would give their sum away.
            self.text(self.row, index, HELD, self.styles.held)
            return
        area = f"{xl_rowcol_to_cell(first, index)}:{xl_rowcol_to_cell(self.row - 1, index)}"
        total = sum(cell for cell in cells if isinstance(cell, int))
        self.sheet.write_formula(self.row, index, f"=SUM({area})", self.styles.total, total)

    def _grow(self, columns: Sequence[TableColumn], values: tuple[Value, ...]) -> None:
        lines = [
            -(-len(value) // int(column.width * 0.95))
            for column, value in zip(columns, values, strict=True)
            if column.width >= WIDE and isinstance(value, str)
        ]
        if lines and max(lines) > 1:
            self.sheet.set_row(self.row, min(15 * max(lines) + 2, 409))

    def _cell(self, index: int, column: TableColumn, value: Value, style: Format) -> None:
        if value is None and not column.empty:
            self.sheet.write_blank(self.row, index, None, style)
        elif isinstance(value, date):
            self.sheet.write_datetime(self.row, index, datetime(value.year, value.month, value.day), style)
        elif isinstance(value, int | Decimal):
            self.sheet.write_number(self.row, index, float(value), style)
        else:
            text = column.empty if value is None else column.labels.get(value, value)
            held = value == HELD and column.format != "teks"
            self.text(self.row, index, text, self.styles.held if held else style)


class _StatutoryWriter(_Writer):
    def write(self, data: SheetData, sheet: PublishedSheet) -> None:
        """A statutory table: one block below the other, sums across, down and between blocks as formulas."""
        widest = 2 + max(len(block.columns) for block in sheet.blocks)
        for index, width in enumerate(STATUTORY_WIDTHS):
            self.sheet.set_column(index, index, width)
        self.sheet.set_column(2, widest - 1, 8.5)
        self.heading(sheet, widest, sum(STATUTORY_WIDTHS) + 8.5 * (widest - 2))
        names = [item.name for item in data.fields]
        # Where each row stands, for the sums between blocks: those a block adds up stand above it.
        self.line: dict[tuple[str, str], int] = {}
        breaks: list[int] = []
        for block in sheet.blocks:
            rows = [
                (str(row[1]), str(row[2]), dict(zip(names, row, strict=True)))
                for row in data.rows
                if row[0] == block.name
            ]
            if not rows:
                continue
            page = breaks[-1] if breaks else 0
            if self.line and self.row - page + BLOCK_HEAD + len(rows) > PAGE_ROWS:
                # A block is not torn from its headers.
                breaks.append(self.row)
            self.text(self.row, 0, block.title, self.styles.block)
            self.row += 1
            self._header(block)
            if len(sheet.blocks) == 1:
                self.sheet.repeat_rows(self.row - 2, self.row - 1)
                self.sheet.freeze_panes(self.row, 2)
            self.line |= {(block.name, code): self.row + index for index, (code, _, _) in enumerate(rows)}
            self._rows(block, rows, data.sums, sheet.balances.get(block.name))
            self.row += 1
        self.sheet.set_h_pagebreaks(breaks)
        if len(sheet.blocks) > 1:
            # Blocks have different headers: only the row labels may stay in view.
            self.sheet.freeze_panes(0, 2)
        self.page(widest)

    def _header(self, block: Block) -> None:
        for index, text in enumerate(("No.", "Uraian")):
            self.text(self.row, index, text, self.styles.head_top)
        start = 2
        for top, columns in groupby(block.columns, key=lambda column: column.header[0]):
            count = len(list(columns))
            if count > 1:
                self.sheet.merge_range(self.row, start, self.row, start + count - 1, "", self.styles.head)
            self.text(self.row, start, top, self.styles.head)
            start += count
        self.row += 1
        for index in range(2):
            self.sheet.write_blank(self.row, index, None, self.styles.head_below)
        for index, column in enumerate(block.columns, start=2):
            self.text(self.row, index, column.header[1], self.styles.head)
        self.row += 1

    def _rows(
        self,
        block: Block,
        rows: list[tuple[str, str, dict[str, Value]]],
        sums: dict[tuple[str, str], Sum],
        balance: Formula | None,
    ) -> None:
        place = {column.name: index for index, column in enumerate(block.columns, start=2)}
        table = {code: values for code, _, values in rows}
        for code, label, values in rows:
            rule = sums.get((block.name, code))
            self.text(self.row, 0, _short(code), self.styles.total_code if rule else self.styles.code)
            self.text(self.row, 1, label, self.styles.total_label if rule else self.styles.wrapped)
            if len(label) > STATUTORY_WIDTHS[1]:
                self.sheet.set_row(self.row, 31)
            for column in block.columns:
                index, value = place[column.name], values[column.name]
                style = self.styles.total if rule or column.plus else self.styles.integer
                if rule:
                    parts = [table[other][column.name] for other in (*rule.plus, *rule.minus)]
                    cells = [
                        [(self.line[block.name, c], index) for c in part] for part in (rule.plus, rule.minus)
                    ]
                elif column.plus:
                    parts = [values[other] for other in (*column.plus, *column.minus)]
                    cells = [[(self.row, place[c]) for c in part] for part in (column.plus, column.minus)]
                elif balance:
                    # A part that is withheld leaves the figure as it is: its formula could not be worked out.
                    parts = [HELD] if HELD in values.values() else [value]
                    cells = [
                        [(self.line[name, code], index) for name in part if (name, code) in self.line]
                        for part in (balance.plus, balance.minus)
                    ]
                else:
                    parts, cells = [HELD], [[], []]
                self._figure(index, value, "" if HELD in parts else _formula(*cells), style)
            self.row += 1

    def _figure(self, index: int, value: Value, formula: str, style: Format) -> None:
        if value == HELD:
            self.text(self.row, index, HELD, self.styles.held)
        elif isinstance(value, int) and formula:
            self.sheet.write_formula(self.row, index, formula, style, value)
        elif isinstance(value, int):
            self.sheet.write_number(self.row, index, value, style)
        else:
            raise DataError(
                f"sheet {self.sheet.get_name()}: a figure is {type(value).__name__}, not a whole number"
            )


def _formula(plus: list[tuple[int, int]], minus: list[tuple[int, int]]) -> str:
    """``=A1+A2-A3``, with neighbours below each other as ``SUM(A1:A9)``."""
    if not plus and not minus:
        return ""
    (first, column), (last, _) = plus[0], plus[-1]
    if len(plus) > 3 and plus == [(row, column) for row in range(first, last + 1)]:
        said = f"SUM({xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)})"
    else:
        said = "+".join(xl_rowcol_to_cell(*cell) for cell in plus)
    return "=" + said + "".join(f"-{xl_rowcol_to_cell(*cell)}" for cell in minus)


def _short(code: str) -> str:
    """The row's number as the printed form has it; names that only programs use stay out of sight."""
    return code if len(code) <= 5 and code == code.upper() else ""
