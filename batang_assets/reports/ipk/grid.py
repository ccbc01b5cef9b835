"""From cells to printed tables: one linear map for all places, periods and, in a revision, causes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from batang_assets.errors import DataError
from batang_assets.reports.ipk.cube import Key
from batang_assets.reports.ipk.layout import MEASURES, GroupSpec, Layout, ListSpec, SectionSpec
from batang_assets.reports.ipk.rowlists import COARSE, TOTAL, UNKNOWN, UNMAPPED, RowList, packaged

DIMENSIONS = {name: Key._fields.index(name) for name in Key._fields}


@dataclass(frozen=True)
class Row:
    """A printed row: ``leaves`` are the rows of the list it adds up (None: everything in its section).

    ``kind``: ``isi`` (counted once), ``kelompok`` (a group's sum) or ``jumlah``.
    """

    section: int
    code: str
    label: str
    kind: str
    depth: int = 0
    leaves: frozenset[str] | None = None
    measures: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Column:
    """A printed column; ``name`` is unique in its table."""

    group: str
    head: str
    measure: str | None
    select: Mapping[str, tuple[str, ...]]
    sections: frozenset[int]

    @property
    def name(self) -> str:
        """Group and heading: ``15–19 L``."""
        return f"{self.group} {self.head}"


@dataclass(frozen=True)
class Grid:
    """A table with its rows known: the layout with each section's row list in place.

    ``digest`` names layout, lists and crosswalks: two grids with one digest count alike.
    """

    layout: Layout
    lists: tuple[RowList | None, ...]
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    digest: str

    @cached_property
    def mask(self) -> np.ndarray:
        """``[row, column]``: whether the table has the cell."""
        return np.array([[row.section in column.sections for column in self.columns] for row in self.rows])


def build_grid(layout: Layout, own: RowList | None = None) -> Grid:
    """The grid of a layout; ``own`` is an operator's list in place of its classification."""
    lists = tuple(_list(section.list, own) for section in layout.sections)
    rows = [row for number in range(len(layout.sections)) for row in _rows(layout, number, lists[number])]
    columns = tuple(_column(layout, group, head) for group in layout.groups for head in group.details)
    said = json.dumps([layout.model_dump(mode="json"), [_said(item) for item in lists]], sort_keys=True)
    return Grid(layout, lists, tuple(rows), columns, hashlib.sha256(said.encode()).hexdigest())


def _list(spec: ListSpec | None, own: RowList | None) -> RowList | None:
    if spec is None:
        return None
    return own if own is not None and spec.lengths else packaged(spec)


def _said(rows: RowList | None) -> object:
    if rows is None:
        return None
    walk = sorted([*key, sorted(codes)] for key, codes in rows.crosswalk.targets.items())
    return [rows.version, [[row.code, row.label, row.parent] for row in rows.rows], walk]


def _rows(layout: Layout, number: int, rows: RowList | None) -> list[Row]:
    section = layout.sections[number]
    if rows is None:
        return [
            Row(number, row.code, row.label, "jumlah" if row.total else "isi", measures=row.measures)
            for row in section.rows
        ]
    printed = []
    below: dict[int | None, list[int]] = {}
    for index, row in enumerate(rows.rows):
        below.setdefault(row.parent, []).append(index)

    def add(index: int, depth: int) -> frozenset[str]:
        row, details = rows.rows[index], below.get(index, [])
        if not details:
            printed.append(Row(number, row.code, row.label, "isi", depth, frozenset({row.code})))
            return frozenset({row.code})
        place = len(printed)
        printed.append(Row(number, row.code, row.label, "kelompok", depth))
        coarse = row.code + COARSE
        leaves = frozenset({coarse}).union(*(add(detail, depth + 1) for detail in details))
        printed[place] = Row(number, row.code, row.label, "kelompok", depth, leaves)
        label = f"{row.label}: rincian tidak diketahui"
        printed.append(Row(number, coarse, label, "isi", depth + 1, frozenset({coarse})))
        return leaves

    for index in below.get(None, []):
        add(index, 0)
    printed.append(Row(number, UNKNOWN, "Tidak diketahui", "isi", 0, frozenset({UNKNOWN})))
    if not rows.closed:
        label = "Tidak dapat dipetakan ke daftar ini"
        printed.append(Row(number, UNMAPPED, label, "isi", 0, frozenset({UNMAPPED})))
    return [*printed, Row(number, TOTAL, "Jumlah", "jumlah")]


def _column(layout: Layout, group: GroupSpec, head: str) -> Column:
    detail = layout.details[head]
    codes = [section.code for section in layout.sections]
    allowed = [set(part.sections or codes) for part in (group, detail)]
    sections = frozenset(number for number, code in enumerate(codes) if all(code in part for part in allowed))
    return Column(group.title, head, group.measure, {**group.select, **detail.select}, sections)


class Filler:
    """A grid compiled for a set of keys: cell values → the tables of every place.

    Places: ``regions`` in the order given, each beside the sum over all of them at index 0. Raises DataError if
    a cell of the table has a value that no row or column takes, or a place that is none of ``regions``.
    """

    def __init__(self, grid: Grid, keys: Sequence[Key], regions: Sequence[str]) -> None:
        self.grid = grid
        self.shape = (len(regions) + 1, len(grid.rows), len(grid.columns))
        self._parts = [_Part(grid, number, keys, regions) for number in range(len(grid.layout.sections))]

    def fill(self, values: np.ndarray) -> np.ndarray:
        """``[key, measure]`` → ``[place, row, column]``; a cell that the table lacks is 0 (see ``mask``)."""
        table = np.zeros(self.shape, dtype=np.int64)
        for part in self._parts:
            table[np.ix_(range(self.shape[0]), part.rows, part.columns)] = part.fill(values)
        return table


class _Part:
    """One section: keys → leaves × classes of columns × places."""

    def __init__(self, grid: Grid, number: int, keys: Sequence[Key], regions: Sequence[str]) -> None:
        layout, section = grid.layout, grid.layout.sections[number]
        self.rows = [place for place, row in enumerate(grid.rows) if row.section == number]
        self.columns = [place for place, column in enumerate(grid.columns) if number in column.sections]
        rows, columns = [grid.rows[i] for i in self.rows], [grid.columns[i] for i in self.columns]
        self._keys = np.array(
            [i for i, key in enumerate(keys) if key.tabel == layout.table and key.bagian == section.part],
            dtype=int,
        )
        mine = [keys[i] for i in self._keys]
        leaves = {leaf: i for i, leaf in enumerate(_leaves(rows))}
        self._leaf = np.array([leaves[leaf] for leaf in _leaf_of(grid, number, mine, leaves)], dtype=int)
        classes = _classes(layout, section, columns, mine)
        kinds = {found: i for i, found in enumerate(dict.fromkeys(classes))}
        self._class = np.array([kinds[found] for found in classes], dtype=int)
        places = {region: i + 1 for i, region in enumerate(regions)}
        if strange := sorted({key.kode_kecamatan for key in mine} - set(places)):
            raise DataError(
                f"IPK {layout.table}: kode kecamatan {strange[0]!r} tidak dikenal pada tabel laporan"
            )
        self._place = np.array([places[key.kode_kecamatan] for key in mine], dtype=int)
        self._shape = (len(regions) + 1, len(leaves), len(kinds), len(MEASURES))
        self._row_takes = np.array(
            [[row.leaves is None or leaf in row.leaves for leaf in leaves] for row in rows], dtype=np.int64
        )
        self._column_takes = np.array(
            [[place in kind for kind in kinds] for place in range(len(columns))], dtype=np.int64
        ).reshape(len(columns), len(kinds))
        measures = [[_said_by(row, column, section) for column in columns] for row in rows]
        self._measured = np.array(
            [[[name in said for name in MEASURES] for said in line] for line in measures], dtype=np.int64
        )

    def fill(self, values: np.ndarray) -> np.ndarray:
        cells = np.zeros(self._shape, dtype=np.int64)
        np.add.at(cells, (self._place, self._leaf, self._class), values[self._keys])
        cells[0] = cells.sum(axis=0)
        by_row = np.einsum("rl,plkm->prkm", self._row_takes, cells, optimize=True)
        by_cell = np.einsum("prkm,ck->prcm", by_row, self._column_takes, optimize=True)
        return (by_cell * self._measured).sum(axis=3)


def _said_by(row: Row, column: Column, section: SectionSpec) -> tuple[str, ...]:
    """The measures that a cell adds up: the layout lets exactly one of the three say it."""
    if row.measures is not None:
        return row.measures
    said = column.measure or section.measure
    assert said is not None
    return (said,)


def _leaves(rows: Sequence[Row]) -> list[str]:
    found = [leaf for row in rows if row.kind == "isi" for leaf in sorted(row.leaves or ())]
    return found or [""]


def _leaf_of(grid: Grid, number: int, keys: Sequence[Key], leaves: Mapping[str, int]) -> list[str]:
    spec, rows = grid.layout.sections[number].list, grid.lists[number]
    if spec is None or rows is None:
        return [""] * len(keys)
    at = DIMENSIONS[spec.dimension]
    found: dict[tuple[str, str], str] = {}
    for key in keys:
        code = (key[at], key.versi)
        if code not in found:
            found[code] = rows.leaf(*code)
            if found[code] not in leaves:
                raise DataError(f"IPK {grid.layout.table}: kode {key[at]!r} tidak ada pada daftar baris")
    return [found[key[at], key.versi] for key in keys]


def _classes(
    layout: Layout, section: SectionSpec, columns: Sequence[Column], keys: Sequence[Key]
) -> list[frozenset[int]]:
    """For each key the columns that take it; every value of a dimension must be somebody's."""
    named: dict[str, set[str]] = {}
    for column in columns:
        for name, values in column.select.items():
            named.setdefault(name, set()).update(values)
    found: dict[tuple[str, ...], frozenset[int]] = {}
    result = []
    for key in keys:
        seen = tuple(key[DIMENSIONS[name]] for name in named)
        if seen not in found:
            for name, value in zip(named, seen, strict=True):
                if value not in named[name]:
                    where = f"IPK {layout.table}, {section.title}"
                    raise DataError(f"{where}: {name} {value!r} tidak punya kolom pada susunan tabel")
            taken = dict(zip(named, seen, strict=True))
            found[seen] = frozenset(
                place
                for place, column in enumerate(columns)
                if all(taken[name] in values for name, values in column.select.items())
            )
        result.append(found[seen])
    return result
