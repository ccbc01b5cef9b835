"""How many employers stand behind every printed figure about vacancies: unions, never sums.

A figure is backed by everyone with places in a cell and month that it adds up, each counted once: a group by those
of its details, a quarter by those of its months, a stock by those of its day. Unknown employers back nothing. What
is kept with a publication is what the rule of three employers is judged by; it is not published.
"""

from collections.abc import Sequence

import numpy as np
import psycopg
from scipy import sparse

from batang_assets.errors import DataError
from batang_assets.partitions import Period, Span
from batang_assets.reports.ipk.cube import CLOSING, OPENING, Key
from batang_assets.reports.ipk.grid import Filler, Grid
from batang_assets.reports.ipk.layout import MEASURES
from batang_assets.reports.ipk.rowlists import UNKNOWN

EMPLOYERS = "reports.rpt_ipk_pemberi_kerja"
READ = f"""
select tabel, periode, kode, versi, jenis_kelamin, pemberi_kerja_id,
    array[awal <> 0, masuk <> 0, terpenuhi <> 0, dihapus <> 0, akhir <> 0]
from {EMPLOYERS} where pemberi_kerja_id <> '{UNKNOWN}'
"""
PART = "lowongan"
NEWEST = """
select distinct on (tabel, periode) tabel, periode, terbitan_id, jumlah
from reports.ipk_terbitan left join reports.ipk_terbitan_pemberi_kerja using (terbitan_id)
where wilayah = %s order by tabel, periode, revisi desc
"""
STORE = """
insert into reports.ipk_terbitan_pemberi_kerja (terbitan_id, jumlah) values (%s, %s)
on conflict (terbitan_id) do update set jumlah = excluded.jumlah
"""


class Backing:
    """The employers of one table, compiled: which printed cells each of their months touches."""

    def __init__(self, grid: Grid, rows: Sequence[tuple], months: Sequence[Period]) -> None:
        self.shape = (len(grid.rows), len(grid.columns))
        place = {month.first_day: number for number, month in enumerate(months)}
        keys: dict[tuple, int] = {}
        names: dict[str, int] = {}
        self._key = np.array([keys.setdefault(row[2:5], len(keys)) for row in rows], dtype=int)
        self._who = np.array([names.setdefault(row[5], len(names)) for row in rows], dtype=int)
        self._month = np.array([place[row[1]] for row in rows], dtype=int)
        self._said = np.array([row[6] for row in rows], dtype=bool).reshape(len(rows), len(MEASURES))
        self._size = (len(names), len(keys) * len(MEASURES))
        self._touched = _touched(grid, list(keys))

    def count(self, first: int, last: int) -> np.ndarray:
        """``[row, column]``: the distinct employers behind each cell of the months ``first`` … ``last``."""
        said = self._said & ((self._month >= first) & (self._month <= last))[:, None]
        said[:, OPENING] &= self._month == first
        said[:, CLOSING] &= self._month == last
        row, measure = np.nonzero(said)
        at = (self._who[row], self._key[row] * len(MEASURES) + measure)
        present = sparse.csr_array((np.ones(row.size, dtype=np.int64), at), shape=self._size)
        return np.diff((present @ self._touched).tocsc().indptr).reshape(self.shape)


def _touched(grid: Grid, keys: Sequence[tuple]) -> sparse.csr_array:
    """``[key × measure, cell]``: whether a key's measure is counted in the cell, asked of the grid's own map."""
    places = [str(number) for number in range(len(keys))]
    cells = [
        Key(grid.layout.table, PART, place, code, version, "semua", sex)
        for place, (code, version, sex) in zip(places, keys, strict=True)
    ]
    filler = Filler(grid, cells, places)
    width = len(grid.rows) * len(grid.columns)
    found = np.zeros((len(keys), len(MEASURES), width), dtype=np.int64)
    for measure in range(len(MEASURES)):
        one = np.zeros((len(keys), len(MEASURES)), dtype=np.int64)
        one[:, measure] = 1
        found[:, measure] = filler.fill(one)[1:].reshape(len(keys), width)
    return sparse.csr_array(found.reshape(len(keys) * len(MEASURES), width))


def keep_employers(
    conn: psycopg.Connection,
    grids: Sequence[Grid],
    months: Sequence[Period],
    spans: Sequence[Span],
    region: str,
) -> int:
    """Store, for the newest publication of every vacancy table of ``spans``, who is behind its cells.

    Runs in the transaction that publishes, so that figures and employers are of one moment; where the figures
    stayed and an employer was corrected, the number is corrected too. Returns how many publications were touched.
    """
    if conn.execute("select to_regclass(%s)", [EMPLOYERS]).fetchone() == (None,):
        raise DataError(f"IPK: tabel {EMPLOYERS} belum ada; jalankan `batang run`")
    by_table: dict[str, list[tuple]] = {}
    known = {month.first_day for month in months}
    for row in conn.execute(READ):
        if row[1] not in known:
            raise DataError(f"IPK: {EMPLOYERS} memuat {row[1]}, di luar bulan laporan; bangun ulang mart")
        by_table.setdefault(row[0], []).append(row)
    newest = {(table, span): rest for table, span, *rest in conn.execute(NEWEST, [region])}
    place = {month: number for number, month in enumerate(months)}
    stored = 0
    for grid in grids:
        table = grid.layout.table
        if not any(section.part == PART for section in grid.layout.sections):
            continue
        backing = Backing(grid, by_table.get(table, []), months)
        for span in spans:
            number, before = newest[table, span.key]
            count = backing.count(place[span.first], place[span.last]).tolist()
            if count != before:
                conn.execute(STORE, [number, count])
                stored += 1
    return stored
