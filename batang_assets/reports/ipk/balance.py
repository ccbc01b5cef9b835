"""The identities of IPK III, none of them forced: what is wrong with the counted cells, in Indonesian.

In every cell: closing = opening + entered − filled − removed, and a month opens with what the month before closed
with. In every month, place and sex: the same in III/1, III/2, III/3 and III/7 (seekers), in III/1, III/4, III/5 and
III/6 (vacancies), and the placed of III/1 are those of III/8 (DOMAIN.md section 3).
"""

from collections.abc import Iterator

import numpy as np

from batang_assets.errors import DataError
from batang_assets.reports.ipk.cube import CLOSING, ENTERED, FILLED, OPENING, REMOVED, Cube, Key
from batang_assets.reports.ipk.layout import MEASURES

SAME = (
    ("pencari_kerja", ("III/1", "III/2", "III/3", "III/7"), tuple(range(len(MEASURES)))),
    ("lowongan", ("III/1", "III/4", "III/5", "III/6"), tuple(range(len(MEASURES)))),
    ("pencari_kerja", ("III/1", "III/8"), (FILLED,)),
)


def faults(cube: Cube) -> dict[str, list[str]]:
    """Month key → every identity that does not hold in it; empty if all hold in all months."""
    found: dict[str, list[str]] = {}
    for month, text in [*_in_cells(cube), *_between_tables(cube)]:
        found.setdefault(cube.months[month].key, []).append(text)
    return found


def require_balance(cube: Cube) -> None:
    """Raises DataError, with the first identity that fails, unless every one holds in every month."""
    found = faults(cube)
    if found:
        month = min(found)
        count = sum(len(texts) for texts in found.values())
        raise DataError(
            f"IPK {month} tidak seimbang: {found[month][0]} ({count} ketidakseimbangan pada {len(found)} bulan); "
            "periksa buku peristiwa (marts.fct_peristiwa_pencari_kerja, marts.fct_peristiwa_lowongan) lalu bangun "
            "ulang mart"
        )


def _in_cells(cube: Cube) -> Iterator[tuple[int, str]]:
    values = cube.values
    flow = np.array([key.tabel != "III/8" for key in cube.keys])
    closing = values[..., OPENING] + values[..., ENTERED] - values[..., FILLED] - values[..., REMOVED]
    for number, month in np.argwhere((closing != values[..., CLOSING]) & flow[:, None]):
        key = cube.keys[number]
        yield month, f"sisa akhir = sisa lalu + masuk − terpenuhi − dihapus ({key.tabel}, {_place(key)})"
    for number, month in np.argwhere((values[:, 1:, OPENING] != values[:, :-1, CLOSING]) & flow[:, None]):
        key = cube.keys[number]
        yield month + 1, f"sisa lalu = sisa akhir bulan sebelumnya ({key.tabel}, {_place(key)})"


def _between_tables(cube: Cube) -> Iterator[tuple[int, str]]:
    for part, tables, measures in SAME:
        sums = {table: _sums(cube, table, part) for table in tables}
        first = sums[tables[0]]
        for table in tables[1:]:
            for place in sorted({*first, *sums[table]}):
                zero = np.zeros(cube.values.shape[1:], dtype=np.int64)
                differs = first.get(place, zero) != sums[table].get(place, zero)
                for month, measure in np.argwhere(differs[:, list(measures)]):
                    name = MEASURES[measures[measure]]
                    yield month, f"jumlah {name} {tables[0]} = {table} ({part}, {place[0]}, {place[1]})"


def _sums(cube: Cube, table: str, part: str) -> dict[tuple[str, str], np.ndarray]:
    """(place, sex) → ``[month, measure]``."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for key, values in zip(cube.keys, cube.values, strict=True):
        if key.tabel == table and key.bagian == part:
            place = (key.kode_kecamatan, key.jenis_kelamin)
            found[place] = found[place] + values if place in found else values
    return found


def _place(key: Key) -> str:
    return ", ".join(value for value in key[2:] if value)
