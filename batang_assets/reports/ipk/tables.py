"""The eight tables of a span, for the regency and each kecamatan: what everything that is written comes from."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import psycopg

from batang_assets.partitions import Period, Span
from batang_assets.reports.ipk.balance import require_balance
from batang_assets.reports.ipk.cube import OUTSIDE, Cube, read_cube
from batang_assets.reports.ipk.grid import Filler, Grid, build_grid
from batang_assets.reports.ipk.layout import layouts
from batang_assets.reports.ipk.operator_lists import current_lists
from batang_assets.reports.ipk.rowlists import SEEDS, UNKNOWN
from batang_assets.settings import Settings

OTHERS = {OUTSIDE: "Luar Kabupaten", UNKNOWN: "Kecamatan tidak diketahui"}


@cache
def kecamatan(folder: Path = SEEDS) -> dict[str, str]:
    """Code without dots → name, in the order of the codes; then outside and unknown: together the regency."""
    with (folder / "ref_wilayah.csv").open(encoding="utf-8", newline="") as file:
        found = {row["kode_kecamatan"].replace(".", ""): row["kecamatan"] for row in csv.DictReader(file)}
    return dict(sorted(found.items())) | OTHERS


@dataclass(frozen=True)
class Book:
    """All months in memory, with the eight tables compiled; balanced in every identity."""

    cube: Cube
    fillers: tuple[Filler, ...]
    regions: tuple[str, ...]

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The eight grids, in order."""
        return tuple(filler.grid for filler in self.fillers)

    def tables(self, span: Span) -> list[np.ndarray]:
        """For each table ``[region, row, column]``; the first region is the regency.

        Raises DataError if the span begins before the first reported month.
        """
        values = self.cube.over(span)
        return [filler.fill(values) for filler in self.fillers]


def open_book(conn: psycopg.Connection, settings: Settings) -> Book:
    """Read every cell once and check every identity; raises DataError with the first that does not hold."""
    cube = read_cube(conn, Period.parse(settings.first_period))
    require_balance(cube)
    lists = current_lists(conn)
    places = tuple(kecamatan())
    grids = [build_grid(layout, lists.get(layout.table)) for layout in layouts()]
    fillers = tuple(Filler(grid, cube.keys, places) for grid in grids)
    return Book(cube, fillers, (settings.kode_wilayah, *places))


def region_name(code: str) -> str:
    """A region as its tables name it: ``Kabupaten Batang``, ``Kecamatan Wonotunggal``, ``Luar Kabupaten``."""
    if code in OTHERS:
        return OTHERS[code]
    return f"Kecamatan {kecamatan()[code]}" if code in kecamatan() else "Kabupaten Batang"
