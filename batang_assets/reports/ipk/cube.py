"""The counted cells of all months in memory: read once, then every period and place is an addition.

A cell is a key and, for each month, five measures: opening, entered, filled, removed, closing. A placement of III/8
counts as filled. Values are whole persons or places; nothing is clamped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import psycopg

from batang_assets.errors import DataError
from batang_assets.partitions import Period, Span
from batang_assets.reports.ipk.layout import MEASURES

FLOWS = "reports.rpt_ipk_arus"
PLACEMENTS = "reports.rpt_ipk_penempatan"
OPENING, ENTERED, FILLED, REMOVED, CLOSING = range(len(MEASURES))
OUTSIDE = "luar_kabupaten"
READ = """
select periode, tabel, bagian, kode_kecamatan, kode, versi, lama_lulus, jenis_kelamin, '', '', '',
    awal, masuk, terpenuhi, dihapus, akhir
from reports.rpt_ipk_arus
union all
select periode, 'III/8', 'pencari_kerja', kode_kecamatan, '', '', '', jenis_kelamin, jenis_penempatan, pendidikan,
    penerima, 0, 0, jumlah, 0, 0
from reports.rpt_ipk_penempatan
"""


class Key(NamedTuple):
    """What one cell is about; a dimension that its table lacks is empty."""

    tabel: str
    bagian: str
    kode_kecamatan: str
    kode: str
    versi: str
    lama_lulus: str
    jenis_kelamin: str
    jenis_penempatan: str = ""
    pendidikan: str = ""
    penerima: str = ""


@dataclass(frozen=True)
class Cube:
    """``values[key, month, measure]`` over ``months`` in order, the first reported to the running one."""

    keys: tuple[Key, ...]
    months: tuple[Period, ...]
    values: np.ndarray

    def over(self, span: Span) -> np.ndarray:
        """``[key, measure]`` of a span: opening of its first month, flows summed, closing of its last.

        A span that is not over is counted up to the last reported month. Raises DataError if its first month is
        not reported: what came before is known only as an opening stock.
        """
        within = [place for place, month in enumerate(self.months) if span.first <= month <= span.last]
        if span.first not in self.months or not within:
            raise DataError(
                f"IPK {span.key}: tabel laporan memuat {self.months[0].key} sampai {self.months[-1].key}; jalankan "
                f"`batang run` untuk bulan lain, atau mulai dari bulan pertama (BATANG_FIRST_PERIOD)"
            )
        return roll_up(self.values[:, within[0] : within[-1] + 1])


def roll_up(months: np.ndarray) -> np.ndarray:
    """``[key, month, measure]`` → ``[key, measure]``."""
    rolled = months.sum(axis=1)
    rolled[:, OPENING] = months[:, 0, OPENING]
    rolled[:, CLOSING] = months[:, -1, CLOSING]
    return rolled


def read_cube(conn: psycopg.Connection, first: Period) -> Cube:
    """All cells of both report tables from the first reported month on.

    Raises DataError if there are none, a cell stands twice or lies before the first month.
    """
    for relation in (FLOWS, PLACEMENTS):
        if conn.execute("select to_regclass(%s)", [relation]).fetchone() == (None,):
            raise DataError(f"IPK: tabel {relation} belum ada; jalankan `batang run`")
    return cube_of(conn.execute(READ).fetchall(), first)


def cube_of(rows: Sequence[tuple], first: Period) -> Cube:
    """A cube from (month, *key, *measures); raises as ``read_cube`` does."""
    if not rows:
        raise DataError(f"IPK: tabel {FLOWS} kosong; jalankan `batang run`")
    months = tuple(first.up_to(Period.of(max(row[0] for row in rows))))
    place = {month.first_day: number for number, month in enumerate(months)}
    width = len(Key._fields) + 1
    index: dict[tuple, int] = {}
    at = np.array([index.setdefault(row[1:width], len(index)) for row in rows])
    if early := [row[0] for row in rows if row[0] not in place]:
        raise DataError(f"IPK: tabel laporan memuat {early[0]}, di luar bulan laporan; bangun ulang mart")
    month = np.array([place[row[0]] for row in rows])
    values = np.zeros((len(index), len(months), len(MEASURES)), dtype=np.int64)
    seen = np.zeros(values.shape[:2], dtype=bool)
    seen[at, month] = True
    if seen.sum() != len(rows):
        raise DataError("IPK: satu sel muncul dua kali dalam tabel laporan; bangun ulang mart")
    values[at, month] = np.array([row[width:] for row in rows], dtype=np.int64)
    return Cube(tuple(Key(*key) for key in index), months, values)
