"""Which dataset a table of a drop holds, where its header is, and its rows as records of the contract."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import chain, islice
from typing import Any

from batang_assets.raw.converters import WIB, converter, rfc3339
from batang_assets.raw.field_map import FieldMap, Plan, normal
from batang_assets.raw.files.tabular import HEAD_ROWS, DropRefused, Form, Row, Table
from batang_assets.vault.values import NumberText, as_text

# A header must name so many columns that are known, and be known for its greater part.
LEAST_KNOWN = 3
# A row with no more filled cells, in a table this wide, and without id or time of change, is a remark.
REMARK_CELLS, WIDE_TABLE = 3, 8
YEARS = range(1970, 2200)
# How far the clock of the source may be ahead of ours.
SKEW = timedelta(days=1)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_COMMA_NUMBER = re.compile(r"(-?\d+),(\d{1,2})")
_from_serial = converter("waktu_excel")


@dataclass(frozen=True)
class Parsed:
    """One record of a drop: its place there and when it changed (None if that cannot be read)."""

    number: int
    moment: datetime | None
    record: dict[str, Any]

    def placed(self, arrived: datetime) -> datetime:
        """The time that decides which month the record belongs to: when it changed, else when its drop arrived.

        A change that lies well after the arrival is a slip of the pen, and no month would ever ask for it.
        """
        if self.moment is None or self.moment > arrived + SKEW:
            return arrived
        return self.moment


class Recogniser:
    """Knows the headers of every field map."""

    def __init__(self, maps: Mapping[str, FieldMap]) -> None:
        self._maps = maps
        self._names = {dataset: _source_names(field_map) for dataset, field_map in maps.items()}

    def candidates(self, file_name: str) -> list[FieldMap]:
        """The maps that claim the name by their own ``berkas``; where none does, all of them."""
        name = file_name.casefold()
        claimed = [
            field_map
            for field_map in self._maps.values()
            if any(fnmatchcase(name, pattern.casefold()) for pattern in field_map.file.patterns)
        ]
        return claimed or list(self._maps.values())

    def score(self, rows: Iterable[list[Any]], candidates: Iterable[FieldMap]) -> int:
        """How many columns the best header among ``rows`` has that one map knows."""
        maps = list(candidates)
        return max((self._known(cells, field_map) for cells in rows for field_map in maps), default=0)

    def header(self, rows: list[Row], file_name: str) -> tuple[int, FieldMap] | None:
        """The index of the header in ``rows`` and its map; None if no row is one.

        Raises DropRefused where two maps fit alike.
        """
        candidates = self.candidates(file_name)
        claimed = len(candidates) < len(self._maps)
        best: list[tuple[int, int, FieldMap]] = []
        for index, (_, cells) in enumerate(rows):
            filled = sum(cell is not None for cell in cells)
            for field_map in candidates:
                known = self._known(cells, field_map)
                enough = known >= 2 if claimed else known >= LEAST_KNOWN and known * 2 >= filled
                if enough:
                    best.append((known, -index, field_map))
        if not best:
            return None
        top = max(known for known, _, _ in best)
        first = max(place for known, place, _ in best if known == top)
        fitting = [field_map for known, place, field_map in best if (known, place) == (top, first)]
        named = [field_map for field_map in fitting if _named_after(file_name, field_map)]
        if len(named or fitting) > 1:
            names = ", ".join(field_map.contract.dataset for field_map in named or fitting)
            raise DropRefused(
                f"judul kolom cocok dengan lebih dari satu dataset ({names}): atur kunci berkas pada peta"
            )
        return -first, (named or fitting)[0]

    def _known(self, cells: list[Any], field_map: FieldMap) -> int:
        names = {normal(cell) for cell in cells if isinstance(cell, str)}
        return len(names & self._names[field_map.contract.dataset])


def _source_names(field_map: FieldMap) -> frozenset[str]:
    fields = field_map.file.fields
    implied = (column.name for column in field_map.contract.columns if column.name not in fields)
    written = chain.from_iterable(item.sources for item in fields.values())
    return frozenset(map(normal, chain(implied, written, field_map.file.ignored)))


def _named_after(file_name: str, field_map: FieldMap) -> bool:
    name = file_name.casefold()
    return any(fnmatchcase(name, pattern.casefold()) for pattern in field_map.patterns)


class TableReader:
    """The records of one table.

    ``field_map`` None: the table has no header that any map knows, and so no ``plan`` and no records.
    ``remarks``: rows passed over so far because they are notes or totals.
    """

    def __init__(self, table: Table, form: Form, recogniser: Recogniser, file_name: str) -> None:
        self._table = table
        self._form = form
        self.label = table.label
        head = list(islice(table.rows, HEAD_ROWS))
        found = recogniser.header(head, file_name)
        self.field_map = found[1] if found else None
        self.remarks = 0
        self.blank = not any(cell is not None for _, cells in head for cell in cells)
        if found:
            self._rows = chain(head[found[0] + 1 :], table.rows)
            self._header = head[found[0]][1]
            self._names = self._columns(head[found[0]])
            self.plan = found[1].plan(self._names)
            self._shaper = Shaper(found[1], self.plan, form)
            self._changed = found[1].contract.changed
            if not any(pick.target == "id" for pick in self.plan.picks):
                raise DropRefused(
                    f"{form.place(table.label, head[found[0]][0])}: judul tidak memuat kolom id "
                    f"untuk {found[1].contract.dataset}; petakan kolomnya (BATANG_CAREER_MAP)"
                )

    def _columns(self, row: Row) -> list[str]:
        number, cells = row
        while cells and cells[-1] is None:
            cells = cells[:-1]
        names = [str(cell) if cell is not None else f"kolom_{n}" for n, cell in enumerate(cells, start=1)]
        places: dict[str, int] = {}
        for place, name in enumerate(map(normal, names), start=1):
            if name in places:
                # By place: a header that is none may hold values.
                raise self._refused(number, f"kolom ke-{places[name]} dan ke-{place} berjudul sama")
            places[name] = place
        return names

    def records(self) -> Iterator[Parsed]:
        """The records in order; raises DropRefused, with the place, for a row that cannot be one."""
        width = len(self._names)
        number, cells = 0, self._header
        for number, cells in self._rows:
            filled = sum(1 for cell in cells if cell is not None and str(cell).strip())
            if not filled or cells == self._header:
                continue
            if any(cell is not None for cell in cells[width:]):
                raise self._refused(
                    number,
                    "sel lebih banyak daripada judul; nilai yang memuat pemisah harus diapit tanda kutip",
                )
            values = cells[:width] + [None] * (width - len(cells))
            record = self._shaper.shape(self.plan.record(values))
            has_id = bool((as_text(record.get("id")) or "").strip())
            if not has_id or record.get(self._changed) is None:
                if filled <= REMARK_CELLS and width >= WIDE_TABLE:
                    self.remarks += 1
                    continue
                if not has_id:
                    raise self._refused(number, "kolom id kosong")
            yield Parsed(number, self._shaper.moment(record), record)
        if len(cells) < width and self._table.cut_off():
            raise self._refused(number, "berkas terpotong di tengah baris: kirim ulang")

    def _refused(self, number: int, reason: str) -> DropRefused:
        return DropRefused(f"{self._form.place(self._table.label, number)}: {reason}")


class Shaper:
    """Gives values of a file the form the extract API shows, by the types of the contract's columns."""

    def __init__(self, field_map: FieldMap, plan: Plan, form: Form) -> None:
        types = {column.name: column.type for column in field_map.contract.columns}
        targets = [pick.target for pick in plan.picks]
        self._changed = field_map.contract.changed
        self._extra = [name for name, _ in plan.extra]
        self._times = [name for name in targets if types[name] == "waktu"]
        self._days = [name for name in targets if types[name] == "tanggal"]
        self._niks = [name for name in targets if types[name] == "nik"]
        commas = form.kind == "csv" and form.delimiter != ","
        self._numbers = [name for name in targets if commas and types[name] in ("bilangan", "rupiah")]

    def shape(self, record: dict[str, Any]) -> dict[str, Any]:
        """``record`` itself, in shape. An unknown column without a value is left out, as over HTTP."""
        for name in self._extra:
            if record[name] is None:
                del record[name]
        for name in self._times:
            if record[name] is not None:
                record[name] = time_text(record[name])
        for name in self._days:
            # A workbook may show a day as its midnight.
            if isinstance(record[name], str):
                record[name] = record[name].removesuffix("T00:00:00")
        for name in self._niks:
            value = record[name]
            if isinstance(value, str) and "E" in value.upper() and _ROUNDED.fullmatch(value.strip()):
                # 3,32501E+15: written by a program that took the NIK for a number, and rounded it.
                record[name] = NumberText(value)
        for name in self._numbers:
            value = record[name]
            if isinstance(value, str) and (parts := _COMMA_NUMBER.fullmatch(value)):
                decimals = parts[2].rstrip("0")
                record[name] = f"{parts[1]}.{decimals}" if decimals else parts[1]
        return record

    def moment(self, record: Mapping[str, Any]) -> datetime | None:
        """When the record changed; None if that cannot be read."""
        try:
            moment = datetime.fromisoformat((as_text(record.get(self._changed)) or "").strip())
        except ValueError:
            return None
        if moment.year not in YEARS:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=WIB)


def time_text(value: Any) -> Any:
    """A time as RFC 3339 in WIB, read from ISO 8601, an Excel serial or day/month/year; else the value as it is.

    A time that has its offset already is left as it is written.
    """
    text = (as_text(value) or "").strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _day_first(text) or _from_serial(value)
    if moment.tzinfo:
        return value
    # The digits of a serial also read as a compact ISO date.
    return _from_serial(value) if text.isdigit() else rfc3339(moment.replace(tzinfo=WIB))


def _day_first(text: str) -> str | None:
    parts = _DAY_FIRST.fullmatch(text)
    if parts is None:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in parts.groups())
    try:
        return rfc3339(datetime(year, month, day, hour, minute, second, tzinfo=WIB))
    except ValueError:
        return None
