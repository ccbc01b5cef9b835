"""CSV and XLSX as tables: encodings, delimiters, sheets, and cells as the extract API would show them.

A table is a label for messages and an iterator of (line or row number, cells). A cell is None, text, a bool, or a
number as ``NumberText``; dates of a workbook are ISO text.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, XmlError, ZipError

from batang_assets.errors import DataError
from batang_assets.vault.values import NumberText

DELIMITERS = (",", ";", "\t", "|")
HEAD_ROWS = 30
# The longest line of a CSV file, and the longest field of a record that runs over several lines.
LONGEST_LINE = 16 << 20
# A workbook is read whole and takes twice its unpacked size: what it may hold is bounded before it is opened.
LARGEST_WORKBOOK = 64 << 20
LARGEST_UNPACKED = 256 << 20
# Whole numbers below it are exact as doubles.
EXACT_BELOW = 1 << 53
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_TEXT_FORMULA = re.compile(r'="([^"]*)"')

Row = tuple[int, list[Any]]


class DropRefused(DataError):
    """A drop cannot be used; the message is one Indonesian reason with its place and without any value."""


@dataclass(frozen=True)
class Table:
    """One sheet, or the whole of a CSV file. ``label`` names the sheet in a message, '' for CSV.

    ``cut_off``: asked after the last row, whether the file ends within a line.
    """

    label: str
    rows: Iterator[Row]
    cut_off: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Form:
    """How a file is to be read: ``kind`` csv or xlsx; encoding and delimiter of a CSV."""

    kind: str
    encoding: str = ""
    delimiter: str = ""

    def place(self, label: str, number: int) -> str:
        """A place for a message: ``baris 12`` or ``lembar 2 baris 12``."""
        return f"{label} baris {number}".strip()


class EncodingProbe:
    """Finds the encoding while a file is read once: ``feed`` every chunk in order, then ask ``kind``/``encoding``.

    A byte order mark decides; NULs in every second place are UTF-16; what is UTF-8 throughout is UTF-8, and so is
    a file whose valid sequences outnumber its broken bytes (those come as lone surrogates); else Windows-1252.
    """

    def __init__(self) -> None:
        self._head = b""
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._letters = 0
        self._broken = 0

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Take the next chunk."""
        if not self._head:
            self._head = chunk[:4096]
        text = self._decode(chunk, last)
        if not text.isascii():
            broken = len(re.findall(r"[\udc80-\udcff]", text))
            self._broken += broken
            self._letters += len(re.findall(r"[^\x00-\x7f]", text)) - broken

    @property
    def kind(self) -> str:
        """``xlsx`` by its first bytes, whatever its name, else ``csv``; raises DropRefused for an .xls."""
        if self._head.startswith(_OLE):
            raise DropRefused("buku kerja .xls lama atau dilindungi sandi: simpan sebagai .xlsx tanpa sandi")
        return "xlsx" if self._head.startswith(_ZIP) else "csv"

    @property
    def encoding(self) -> str:
        """The codec's name."""
        if self._head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if self._head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        half = len(self._head) // 2
        even, odd = self._head[0::2].count(0), self._head[1::2].count(0)
        if odd > half * 0.3 and even < odd / 10:
            return "utf-16-le"
        if even > half * 0.3 and odd < even / 10:
            return "utf-16-be"
        return "utf-8" if self._broken == 0 or self._letters > self._broken else "cp1252"


def tables(stream: BinaryIO, form: Form) -> Iterator[Table]:
    """The tables of a file; raises DropRefused, also while its rows are read."""
    if form.kind == "xlsx":
        yield from _sheets(stream)
    else:
        lines = _Lines(io.TextIOWrapper(stream, encoding=form.encoding, errors="surrogateescape", newline=""))
        yield Table("", _csv_rows(lines, form.delimiter), lambda: lines.open_end)


def choose_delimiter(stream: BinaryIO, encoding: str, score: Callable[[list[list[Any]]], int]) -> str:
    """The delimiter under which the first rows score best, by ``score``."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
    try:
        head = list(islice(_Lines(text), HEAD_ROWS * 4))
    except UnicodeError:
        raise DropRefused("isi bukan teks yang dapat dibaca") from None

    def first_rows(delimiter: str) -> list[list[Any]]:
        try:
            return [cells for _, cells in islice(_csv_rows(iter(head), delimiter), HEAD_ROWS)]
        except DropRefused:
            # A wrong delimiter breaks quoting; the right one shows its fault when the file is read.
            return [line.rstrip("\r\n").split(delimiter) for line in head[:HEAD_ROWS]]

    return max(DELIMITERS, key=lambda delimiter: score(first_rows(delimiter)))


class _Lines:
    """The lines of a text, bounded. ``open_end``: the last line that came has no line end."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._number = 0
        self.open_end = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        self.open_end = not line.endswith(("\n", "\r"))
        if self.open_end and len(line) == LONGEST_LINE:
            raise DropRefused(f"baris {self._number}: lebih panjang dari {LONGEST_LINE >> 20} MiB")
        return line


def _csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise DropRefused(f"baris {number}: {_csv_reason(error)}") from None
        except UnicodeError:
            raise DropRefused(f"baris {number}: isi bukan teks yang dapat dibaca") from None
        if cells is None:
            return
        yield number, [_csv_cell(cell) for cell in cells]
        number = reader.line_num + 1


def _csv_reason(error: csv.Error) -> str:
    if "field limit" in str(error) or "unexpected end" in str(error):
        return "tanda kutip dibuka tetapi tidak ditutup"
    return 'tanda kutip di tengah nilai (tulis ganda: "")'


def _csv_cell(text: str) -> Any:
    if text == "":
        return None
    if text[0] == "=" and (written := _TEXT_FORMULA.fullmatch(text)):
        # How text that looks like a number is written for Excel.
        return written[1]
    return text


def _sheets(stream: BinaryIO) -> Iterator[Table]:
    content = stream.read(LARGEST_WORKBOOK + 1)
    if len(content) > LARGEST_WORKBOOK:
        raise DropRefused(f"buku kerja lebih besar dari {LARGEST_WORKBOOK >> 20} MiB: simpan sebagai CSV")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise DropRefused(f"isi buku kerja lebih dari {LARGEST_UNPACKED >> 20} MiB: simpan sebagai CSV")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise DropRefused("buku kerja dilindungi sandi: simpan tanpa sandi") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, CalamineError, ZipError, XmlError, OSError):
        raise DropRefused("bukan buku kerja XLSX yang utuh") from None
    for number, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet:
            label = f"lembar {number + 1}"
            yield Table(label, _sheet_rows(workbook, number, label))


def _sheet_rows(workbook: CalamineWorkbook, index: int, label: str) -> Iterator[Row]:
    try:
        for number, cells in enumerate(workbook.get_sheet_by_index(index).iter_rows(), start=1):
            yield number, [_workbook_cell(cell) for cell in cells]
    except (CalamineError, ZipError, XmlError):
        raise DropRefused(f"{label} rusak dan tidak dapat dibaca") from None


def _workbook_cell(value: Any) -> Any:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return NumberText(_digits(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise AssertionError(f"a workbook has no cells of type {type(value).__name__}")


def _digits(value: float) -> str:
    """A number of a workbook as it was meant: whole numbers with every digit, else Excel's 15 digits.

    A workbook holds numbers as doubles. From EXACT_BELOW on (a NIK of Papua, 91…) the last digit is not certain:
    such a number keeps the form that shows it is rounded, so that it is never taken for another person's.
    """
    if float(value).is_integer() and abs(value) < EXACT_BELOW:
        return str(int(value))
    return format(value, ".15g")
