"""The statutory tables as they were published: the newest revision, checked against the template's own sums.

A publication prints groups before their details and closes each with the row of those known no finer, whose code
is the group's followed by ``x``; so the rows alone say which of them add up to which.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.smdata.sheets import ALL_ROWS, Block, PublishedSheet

COARSE = "x"
CELLS_SQL = """
select urutan_baris, bagian, kode_baris, uraian_baris, kolom, nilai
from reports.ipk_terbitan_sel where terbitan_id = %s order by urutan_baris, urutan_kolom
"""
NEWEST_SQL = """
select terbitan_id, revisi, run_id from reports.ipk_terbitan
where (tabel, periode, wilayah) = (%s, %s, %s) order by revisi desc limit 1
"""
CAUSES_SQL = """
select sebab, count(distinct (bagian, kode_baris, kolom)) from reports.ipk_terbitan_perubahan
where terbitan_id = %s group by sebab order by sebab
"""


@dataclass(frozen=True)
class Sum:
    """A figure that equals others: those of ``plus`` less those of ``minus``."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Publication:
    """Which publication a sheet shows; ``causes``: cells changed since the one before, by cause."""

    table: str
    revision: int
    run_id: str
    causes: dict[str, int]


@dataclass(frozen=True)
class PublishedRow:
    """One printed row of a block; ``values`` by the template's column name."""

    block: str
    code: str
    label: str
    values: dict[str, int]


@dataclass(frozen=True)
class Published:
    """A whole table: its rows as printed, and by (block, code) the rows that are sums."""

    publication: Publication
    rows: tuple[PublishedRow, ...]
    sums: dict[tuple[str, str], Sum]


def read_published(
    connection: psycopg.Connection, sheet: PublishedSheet, span: Span, region: str
) -> Published:
    """The newest publication behind ``sheet``; raises DataError if there is none, it does not fit the template, or
    contradicts its own sums."""
    newest = connection.execute(NEWEST_SQL, [sheet.table, span.key, region]).fetchone()
    if newest is None:
        raise DataError(
            f"sheet {sheet.name}: IPK {sheet.table} of {region} is not published for {span.key}: publish it first"
        )
    number, revision, run_id = newest
    raw: dict[str, dict[str, tuple[str, dict[str, int]]]] = {}
    order: dict[tuple[str, str], int] = {}
    for place, part, code, label, column, value in connection.execute(CELLS_SQL, [number]):
        if order.setdefault((part, code), place) != place:
            raise DataError(f"sheet {sheet.name}: IPK {sheet.table} has the row {part} {code} twice")
        values = raw.setdefault(part, {}).setdefault(code, (label, {}))[1]
        if value is not None:
            values[column] = value
    strange = sorted(raw.keys() - {block.source for block in sheet.blocks})
    if strange:
        raise DataError(
            f"sheet {sheet.name}: IPK {sheet.table} has a part {strange[0]} unknown to the template"
        )
    rows: list[PublishedRow] = []
    sums: dict[tuple[str, str], Sum] = {}
    for block in sheet.blocks:
        found = list(_rows(sheet, block, raw.get(block.source, {})))
        rows += found
        for code, rule in _row_sums(sheet, block, [row.code for row in found]).items():
            sums[block.name, code] = rule
    causes = dict(connection.execute(CAUSES_SQL, [number]).fetchall())
    table = Published(Publication(sheet.table, revision, run_id, causes), tuple(rows), sums)
    _check(sheet, table)
    return table


def _rows(
    sheet: PublishedSheet, block: Block, raw: dict[str, tuple[str, dict[str, int]]]
) -> Iterator[PublishedRow]:
    if not raw:
        raise DataError(f"sheet {sheet.name}: IPK {sheet.table} has no part {block.source}")
    names = {column.source: column.name for column in block.columns}
    for code, (label, values) in raw.items():
        missing, strange = sorted(names.keys() - values.keys()), sorted(values.keys() - names.keys())
        if missing or strange:
            what = (
                f"no cell {missing[0]!r}" if missing else f"a column {strange[0]!r} unknown to the template"
            )
            raise DataError(f"sheet {sheet.name}: IPK {sheet.table}, {block.source} row {code} has {what}")
        yield PublishedRow(block.name, code, label, {names[column]: v for column, v in values.items()})


def _row_sums(sheet: PublishedSheet, block: Block, codes: Sequence[str]) -> dict[str, Sum]:
    """Which rows are sums: groups by their place, the others by the template."""
    groups = {code for code in codes if code + COARSE in codes}
    members: dict[str, list[str]] = {}
    outermost: list[str] = []
    stack: list[str] = []
    for code in codes:
        (members[stack[-1]] if stack else outermost).append(code)
        if stack and code == stack[-1] + COARSE:
            stack.pop()
        elif code in groups:
            stack.append(code)
            members[code] = []
    sums = {code: Sum(tuple(inner)) for code, inner in members.items()}
    for code, rule in block.formulas.items():
        whole = tuple(other for other in outermost if other not in block.formulas)
        plus = whole if rule.plus == ALL_ROWS else tuple(rule.plus)
        unknown = [name for name in (code, *plus, *rule.minus) if name not in codes]
        if unknown:
            raise DataError(
                f"sheet {sheet.name}: IPK {sheet.table}, {block.source} has no row {unknown[0]} that the template "
                "adds up"
            )
        sums[code] = Sum(plus, tuple(rule.minus))
    return sums


def _check(sheet: PublishedSheet, table: Published) -> None:
    """Every sum that the template or the groups promise."""
    cells = {(row.block, row.code): row.values for row in table.rows}
    blocks = {block.name: block for block in sheet.blocks}
    for row in table.rows:
        for column in blocks[row.block].columns:
            parts = sum(row.values[name] for name in column.plus)
            parts -= sum(row.values[name] for name in column.minus)
            if (column.plus or column.minus) and parts != row.values[column.name]:
                raise _contradiction(sheet, row, column.name, parts)
        rule = table.sums.get((row.block, row.code))
        if rule:
            here = [[cells[row.block, code] for code in codes] for codes in (rule.plus, rule.minus)]
            _compare(sheet, row, *here)
        balance = sheet.balances.get(row.block)
        if balance:
            across = [
                [cells.get((name, row.code), {}) for name in names] for names in (balance.plus, balance.minus)
            ]
            _compare(sheet, row, *across)


def _compare(
    sheet: PublishedSheet, row: PublishedRow, plus: Sequence[dict[str, int]], minus: Sequence[dict[str, int]]
) -> None:
    for name, value in row.values.items():
        parts = sum(values.get(name, 0) for values in plus) - sum(values.get(name, 0) for values in minus)
        if parts != value:
            raise _contradiction(sheet, row, name, parts)


def _contradiction(sheet: PublishedSheet, row: PublishedRow, column: str, parts: int) -> DataError:
    return DataError(
        f"sheet {sheet.name}, {row.block} row {row.code}, column {column}: IPK {sheet.table} says "
        f"{row.values[column]}, its parts add up to {parts}"
    )
