"""An official list (a CSV or XLSX file), validated as a tree; every error names file and line."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batang_assets.errors import DataError
from batang_assets.reference.books import Book, shipped
from batang_assets.reference.normal import teks_normal

CODE = ("kode", "kode_kemendagri", "code")
TITLE = ("judul", "nama", "uraian", "nama_resmi", "title")
LEVEL = ("digit", "tingkat", "level")


@dataclass(frozen=True)
class Entry:
    """One code. ``mended``: a zero that a spreadsheet had dropped was put back."""

    code: str
    level: int
    parent: str | None
    section: str | None
    title: str
    mended: bool

    @property
    def normal_title(self) -> str:
        """The title in the form that dictionaries look up."""
        return teks_normal(self.title) or ""


@dataclass(frozen=True)
class OfficialList:
    """A validated list: entries, parents before children, and the SHA-256 of the file they came from."""

    entries: tuple[Entry, ...]
    digest: str

    @property
    def mended(self) -> int:
        """How many codes had lost a zero."""
        return sum(entry.mended for entry in self.entries)


def read_list(book: Book, path: Path) -> OfficialList:
    """Read ``path`` as the list of ``book``.

    Columns (any order, case): kode, judul (or nama), and optionally digit (the level), kategori (KBLI), and for
    regions kode_kecamatan and kecamatan. Raises DataError, with the line, for a code that is no code of the
    book, a code that stands twice, a missing parent, an empty title, or a list of another edition.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}") from None
    entries: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    section: str | None = None
    for line, row in _rows(path, data):
        entry = _entry(book, row, section, f"{path.name} line {line}")
        if book.sections and entry.level == 1:
            section = entry.code
        for one in (*_kecamatan(book, row, entry, entries, f"{path.name} line {line}"), entry):
            if one.code in entries:
                raise DataError(
                    f"{path.name} line {line}: code {one.code} stands already in line {lines[one.code]}; "
                    "keep one (a code that lost its leading zero may look like another)"
                )
            entries[one.code], lines[one.code] = one, line
    if not entries:
        raise DataError(f"{path.name} holds no codes")
    _check_parents(entries, lines, path.name)
    _check_edition(book, entries, path.name)
    ordered = sorted(entries.values(), key=lambda entry: (entry.level, entry.code))
    return OfficialList(tuple(ordered), hashlib.sha256(data).hexdigest())


def _rows(path: Path, data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and named cells of every row that is not blank."""
    table = iter(_xlsx(data) if path.suffix.lower() == ".xlsx" else _csv(path, data))
    try:
        _, header = next(table)
    except StopIteration:
        raise DataError(f"{path.name} is empty") from None
    names = [name.strip().lower() for name in header]
    for wanted, what in ((CODE, "kode"), (TITLE, "judul")):
        if not set(wanted) & set(names):
            raise DataError(f"{path.name} line 1: no column {what} (columns: {', '.join(names)})")
    for line, cells in table:
        if any(cell.strip() for cell in cells):
            yield line, dict(zip(names, cells, strict=False))


def _csv(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path.name} is not UTF-8: save it as CSV UTF-8") from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    for cells in reader:
        yield reader.line_num, cells


def _xlsx(data: bytes) -> Iterator[tuple[int, list[str]]]:
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    for line, cells in enumerate(sheet.to_python(), start=1):
        yield line, [f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells]


def _cell(row: dict[str, str], names: Iterable[str]) -> str:
    return next((" ".join(row[name].split()) for name in names if row.get(name)), "")


def _entry(book: Book, row: dict[str, str], section: str | None, where: str) -> Entry:
    written, title = _cell(row, CODE).upper(), _cell(row, TITLE)
    if not title:
        raise DataError(f"{where}: code {written} has no title")
    declared = _cell(row, LEVEL)
    code = _mend(book, written, int(declared)) if declared.isdigit() else written.replace(".", "")
    try:
        level = book.level(code)
    except ValueError:
        raise DataError(f"{where}: {written!r} is no code of {book.key}") from None
    if declared.isdigit() and book.level(code) != int(declared):
        raise DataError(f"{where}: code {written} has {level} digits, but its level says {declared}")
    if not book.sections:
        return Entry(code, level, book.parent(code), None, title, code != written.replace(".", ""))
    letter = code if level == 1 else _cell(row, ("kategori",)).upper() or section
    if letter is None:
        raise DataError(f"{where}: the section of {code} is unknown: add a column kategori")
    parent = None if level == 1 else letter if level == min(book.digits) else book.parent(code)
    return Entry(code, level, parent, letter, title, code != written.replace(".", ""))


def _mend(book: Book, written: str, level: int) -> str:
    """``written`` with the zeros that a spreadsheet drops: before the number, and after a decimal point."""
    if level not in book.digits:
        return written.replace(".", "")
    head, dot, tail = written.partition(".")
    if dot and book.name == "kbji":
        return head.zfill(4) + tail.ljust(2, "0")
    return written.replace(".", "").zfill(level)


def _kecamatan(
    book: Book, row: dict[str, str], entry: Entry, known: dict[str, Entry], where: str
) -> list[Entry]:
    """The kecamatan of a village, where the list gives it in columns of the row and not as a row of its own."""
    name = _cell(row, ("kecamatan",))
    if book.name != "wilayah" or entry.level != 10 or not name or entry.parent is None:
        return []
    stated = _cell(row, ("kode_kecamatan",)).replace(".", "")
    if stated and stated != entry.parent:
        raise DataError(f"{where}: code {entry.code} does not lie in kecamatan {stated}")
    return [] if entry.parent in known else [Entry(entry.parent, 6, None, None, name, mended=False)]


def _check_parents(entries: dict[str, Entry], lines: dict[str, int], name: str) -> None:
    top = min(entry.level for entry in entries.values())
    for code, entry in entries.items():
        if entry.parent is not None and entry.parent not in entries:
            if entry.level == top:
                entries[code] = Entry(code, entry.level, None, entry.section, entry.title, entry.mended)
                continue
            raise DataError(
                f"{name} line {lines[code]}: code {code} has no parent {entry.parent} in the list (if a leading "
                "zero was lost, add a column digit with the level, or store codes as text)"
            )
        if entry.parent is not None and entries[entry.parent].section != entry.section:
            raise DataError(
                f"{name} line {lines[code]}: code {code} is in section {entry.section}, its parent is not"
            )


def _check_edition(book: Book, entries: dict[str, Entry], name: str) -> None:
    """What we ship of the edition must be in the list, in the same section: else it is the list of another one."""
    ours: dict[str, dict[str, Any]] = shipped(book)
    # Codes that begin with a zero are what a spreadsheet spoils: without them the whole list is in doubt.
    missing = [
        code
        for code, row in ours.items()
        if code not in entries and (row["tingkat"] == "1" or code.startswith("0"))
    ]
    moved = [
        code
        for code, row in ours.items()
        if code in entries and "kategori" in row and row["kategori"] != entries[code].section
    ]
    if missing or moved:
        first = f"{missing[0]} is missing" if missing else f"{moved[0]} is in another section"
        raise DataError(f"{name} is not the list of {book.key}: {first}")
