"""Cells and relations of one package, made from its sheets and their template."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from batang_assets.partitions import Span
from batang_assets.smdata.sheets import Block, Public, PublishedSheet, TableSheet
from batang_assets.smdata.tables import SheetData, Value
from batang_assets.smdata.template import Template

# A figure of few contributors may be guessed from its size: its interval is at least this share of it.
MAGNITUDE_SHARE = 5
# A figure of a sheet that shows a moment and not its span: made again, it is another figure.
MOMENT = "saat dibuat"
JOIN = "|"


@dataclass(frozen=True)
class Cell:
    """One figure. ``width``: how far apart the bounds of a small one must be; ``shown``: printed, not implied.

    ``backers``: how many employers stand behind it and how many must, where any must; of an implied figure the
    fewest that there can be.
    """

    value: int
    small: bool = False
    width: int = 0
    shown: bool = True
    backers: tuple[int, int] | None = None


def judged(value: int, threshold: int, backers: tuple[int, int] | None = None, *, shown: bool = True) -> Cell:
    """A figure, small if it is below the threshold or too few stand behind it; nothing is 0 of whatever."""
    few = backers is not None and backers[0] < backers[1]
    width = max(threshold, -(-value // MAGNITUDE_SHARE)) if few else threshold
    return Cell(value, value != 0 and (value < threshold or few), width, shown, backers)


def rest_of(whole: Cell, parts: Sequence[Cell], threshold: int) -> Cell:
    """What ``whole`` holds beside ``parts``: nobody prints it, anybody can work it out."""
    left = whole.value - sum(part.value for part in parts)
    if left <= 0:
        return Cell(left, width=threshold, shown=False)
    if whole.backers is None:
        return judged(left, threshold, shown=False)
    # Whoever is behind the whole and behind none of its parts is behind the rest; there may be others.
    sure = whole.backers[0] - sum(part.backers[0] for part in parts if part.backers)
    return judged(left, threshold, (sure, whole.backers[1]), shown=False)


Relation = tuple[tuple[str, int], ...]
"""Addresses with coefficients; the cells so weighted add up to 0."""


@dataclass
class System:
    """What a reader of one package may know. Addresses: ``berkas/baris/kolom``.

    ``stocks``: address → (day at whose beginning the stock was counted, name of the stock); ``flows``: address →
    name of the flow. Both tie packages of different spans together.
    """

    span: str
    cells: dict[str, Cell] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    stocks: dict[str, tuple[str, str]] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)

    def momentary(self, name: str) -> bool:
        """Whether the cell shows a moment: what it was in an earlier package binds it to nothing."""
        return self.stocks.get(name, ("", ""))[0].startswith(MOMENT)

    def relate(self, terms: Iterable[tuple[str, int]]) -> None:
        """Add a relation, if it holds between the figures: one that does not is nothing a reader could use."""
        found = tuple(terms)
        if len(found) > 1 and sum(self.cells[name].value * factor for name, factor in found) == 0:
            self.relations.append(found)

    def divide(self, whole: str, parts: Sequence[str], rest: str, width: int) -> None:
        """Say that ``whole`` holds ``parts``; what is left over is a figure that nobody prints."""
        self.cells[rest] = rest_of(self.cells[whole], [self.cells[name] for name in parts], width)
        self.relate([(whole, 1), (rest, -1), *((name, -1) for name in parts)])

    def as_data(self) -> dict[str, Any]:
        """The system as JSON data, addresses by number."""
        number = {name: index for index, name in enumerate(self.cells)}
        return {
            "rentang": self.span,
            "sel": [
                [name, c.value, c.small, c.width, c.shown, *([list(c.backers)] if c.backers else [])]
                for name, c in self.cells.items()
            ],
            "hubungan": [[[number[name], factor] for name, factor in terms] for terms in self.relations],
            "persediaan": {name: list(point) for name, point in self.stocks.items()},
            "arus": self.flows,
        }

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> "System":
        """The system that ``as_data`` wrote."""
        names = [item[0] for item in data["sel"]]
        return cls(
            data["rentang"],
            {
                name: Cell(value, small, width, shown, *(tuple(pair) for pair in backers))
                for name, value, small, width, shown, *backers in data["sel"]
            },
            [tuple((names[index], factor) for index, factor in terms) for terms in data["hubungan"]],
            {name: (day, stock) for name, (day, stock) in data["persediaan"].items()},
            dict(data["arus"]),
        )


def build_system(
    sheets: Iterable[SheetData], template: Template, employers: Mapping[str, int], span: Span
) -> System:
    """The cells and relations of the public sheets of one span; ``employers``: how many are behind an address."""
    system = System(span.key)
    for data in sheets:
        if isinstance(data.sheet, PublishedSheet):
            _statutory(system, data, data.sheet, employers, span)
        else:
            _table(system, data, data.sheet, employers, span)
    for link in template.links:
        _link(system, link)
    for more, less in template.at_least:
        _link_at_least(system, more, less)
    return system


def _backers(public: Public, employers: Mapping[str, int], address: str) -> tuple[int, int] | None:
    # Nobody known means nobody: what cannot be judged is withheld.
    return (employers.get(address, 0), public.employers.least) if public.employers else None


# -- statutory tables ------------------------------------------------------------------------------------


def _statutory(
    system: System, data: SheetData, sheet: PublishedSheet, employers: Mapping[str, int], span: Span
) -> None:
    names = [item.name for item in data.fields]
    blocks = {block.name: block for block in sheet.blocks}
    rows = [dict(zip(names, row, strict=True)) for row in data.rows]
    place = sheet.file
    for row in rows:
        block = blocks[str(row["bagian"])]
        for column in block.columns:
            value = row[column.name]
            assert isinstance(value, int)
            address = f"{place}/{block.name}/{row['baris']}/{column.name}"
            backers = _backers(block.public, employers, address)
            system.cells[address] = judged(value, block.public.threshold, backers)
            _mark(system, sheet, block, str(row["baris"]), column.name, span)
    for row in rows:
        block, code = blocks[str(row["bagian"])], str(row["baris"])
        _row_relations(system, data, sheet, block, code)


def _row_relations(system: System, data: SheetData, sheet: PublishedSheet, block: Block, code: str) -> None:
    here = f"{sheet.file}/{block.name}"
    rule, balance = data.sums.get((block.name, code)), sheet.balances.get(block.name)
    for column in block.columns:
        cell = (f"{here}/{code}/{column.name}", -1)
        if rule:
            plus = [(f"{here}/{other}/{column.name}", 1) for other in rule.plus]
            system.relate([cell, *plus, *((f"{here}/{other}/{column.name}", -1) for other in rule.minus)])
        if column.plus:
            plus = [(f"{here}/{code}/{other}", 1) for other in column.plus]
            system.relate([cell, *plus, *((f"{here}/{code}/{other}", -1) for other in column.minus)])
        if balance:
            signed = [*((name, 1) for name in balance.plus), *((name, -1) for name in balance.minus)]
            terms = [(f"{sheet.file}/{name}/{code}/{column.name}", sign) for name, sign in signed]
            system.relate([cell, *(term for term in terms if term[0] in system.cells)])


def _mark(system: System, sheet: PublishedSheet, block: Block, code: str, column: str, span: Span) -> None:
    """Note which stock or flow a cell is."""
    carry = block.carry or sheet.carry
    address = f"{sheet.file}/{block.name}/{code}/{column}"
    if carry is None:
        system.flows[address] = address
        return
    part = {"baris": code, "kolom": column, "bagian": block.name}[carry.axis]
    closing = carry.pairs.get(part)
    if closing is not None:
        as_closing = {"baris": code, "kolom": column, "bagian": block.name, carry.axis: closing}
        name = f"{sheet.file}/{as_closing['bagian']}/{as_closing['baris']}/{as_closing['kolom']}"
        system.stocks[address] = (span.first.first_day.isoformat(), name)
    elif part in carry.pairs.values():
        system.stocks[address] = (_day_after(span), address)
    elif not (carry.axis == "baris" and code in block.formulas):
        system.flows[address] = address


def _day_after(span: Span) -> str:
    return span.last.next().first_day.isoformat()


# -- plain tables ----------------------------------------------------------------------------------------


def _table(
    system: System, data: SheetData, sheet: TableSheet, employers: Mapping[str, int], span: Span
) -> None:
    if not sheet.public.threshold:
        return
    threshold = sheet.public.threshold
    figures = [index for index, column in enumerate(data.columns) if column.format == "bilangan"]
    names = [item.name for item in data.fields]
    for row in data.rows:
        key = row_key(row, figures)
        for index in figures:
            value, name = row[index], names[index]
            assert isinstance(value, int)
            address = f"{sheet.file}/{key}/{name}"
            backers = _backers(sheet.public, employers, address)
            system.cells[address] = _table_cell(sheet, dict(zip(names, row, strict=True)), name, backers)
            if name in sheet.flows:
                system.flows[address] = address
            if not sheet.by_period:
                system.stocks[address] = (f"{MOMENT} {span.key}", address)
            if name in sheet.stocks:
                system.stocks[address] = (_day_after(span), address)
    for row in data.rows:
        here = f"{sheet.file}/{row_key(row, figures)}"
        for whole in sheet.wholes:
            parts = [f"{here}/{name}" for name in whole.parts]
            if whole.exact:
                system.relate([(f"{here}/{whole.whole}", 1), *((part, -1) for part in parts)])
                continue
            system.divide(f"{here}/{whole.whole}", parts, f"{here}/sisa {whole.whole}", threshold)
    _divide_groups(system, data, sheet, figures, names)


def _table_cell(sheet: TableSheet, row: dict[str, Value], name: str, backers: tuple[int, int] | None) -> Cell:
    value, threshold = row[name], sheet.public.threshold
    assert isinstance(value, int)
    contributor = sheet.public.contributors.get(name)
    if contributor is None:
        return judged(value, threshold, backers)
    count = row[contributor]
    assert isinstance(count, int)
    return Cell(value, 0 < count < threshold, max(threshold, -(-value // MAGNITUDE_SHARE)))


def _divide_groups(
    system: System, data: SheetData, sheet: TableSheet, figures: Sequence[int], names: Sequence[str]
) -> None:
    """A group that is part of another, e.g. what APBD pays for: the difference is a figure too."""
    keys = [row_key(row, figures) for row in data.rows]
    for rule in sheet.group_wholes:
        for key in keys:
            group, _, rest = key.partition(JOIN)
            parts = [f"{part}{JOIN}{rest}" for part in rule.parts]
            if group != rule.whole or not set(parts) & set(keys):
                continue
            for index in figures:
                inner = [f"{sheet.file}/{part}/{names[index]}" for part in parts if part in keys]
                left = f"{sheet.file}/di luar {JOIN.join(rule.parts)}{JOIN}{rest}/{names[index]}"
                system.divide(f"{sheet.file}/{key}/{names[index]}", inner, left, sheet.public.threshold)


def row_key(row: Sequence[Value], figures: Sequence[int]) -> str:
    """The words of a row, which name it."""
    return JOIN.join("" if value is None else str(value) for i, value in enumerate(row) if i not in figures)


# -- links -----------------------------------------------------------------------------------------------


def _link(system: System, patterns: Sequence[str]) -> None:
    """Sums that are the same number on several sheets, for each row where the pattern says ``<baris>``."""
    found = [_matching(system, pattern) for pattern in patterns]
    for row in dict.fromkeys(row for groups in found for row in groups):
        sides = [groups[row] for groups in found if row in groups]
        for left, right in _pairs(sides):
            system.relate([*((name, 1) for name in left), *((name, -1) for name in right)])


def _link_at_least(system: System, more: str, less: str) -> None:
    """Figures that add up to at least others; by how much is nothing to protect, but an implied figure."""
    wholes, parts = _matching(system, more), _matching(system, less)
    for row in wholes.keys() & parts.keys():
        left = sum(system.cells[name].value for name in wholes[row])
        left -= sum(system.cells[name].value for name in parts[row])
        if left >= 0:
            rest = f"sisa {more} {row}"
            system.cells[rest] = Cell(left, shown=False)
            whole = [(name, 1) for name in wholes[row]]
            system.relate([*whole, *((name, -1) for name in parts[row]), (rest, -1)])


def _matching(system: System, pattern: str) -> dict[str, list[str]]:
    parts = re.split(r"(\*|<baris>)", pattern)
    words = {"*": "[^/]*", "<baris>": "(?P<baris>[^/]+)"}
    rule = re.compile("".join(words.get(part, re.escape(part)) for part in parts))
    groups: dict[str, list[str]] = {}
    for address, cell in system.cells.items():
        if cell.shown and (match := rule.fullmatch(address)):
            groups.setdefault(match.groupdict().get("baris", ""), []).append(address)
    return groups


def _pairs(sides: Sequence[list[str]]) -> Iterator[tuple[list[str], list[str]]]:
    for index in range(1, len(sides)):
        yield sides[0], sides[index]
