"""The records up to a month by when, where and whose: each judged table read once, for the whole report."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset

EMPLOYER, INSTITUTION, VILLAGE = "pemberi_kerja_id", "lembaga", "kode_wilayah"
# Whose record it is, by the warehouse's own columns after conforming.
KEYS: dict[str, tuple[str, ...]] = {
    "pencari-kerja": (VILLAGE,),
    "pemberi-kerja": (VILLAGE, EMPLOYER),
    "lowongan": (VILLAGE, EMPLOYER),
    "pelatihan": (VILLAGE, INSTITUTION),
    "peserta-pelatihan": (VILLAGE, INSTITUTION),
    "penempatan": (EMPLOYER,),
    "penduduk-bekerja": (VILLAGE, EMPLOYER),
}


@dataclass(frozen=True)
class MonthCell:
    """Records of one month and kecamatan (None: unknown), fit to leave or not."""

    period: Period
    kecamatan: str | None
    layak: bool
    jumlah: int


@dataclass(frozen=True)
class KeyCell:
    """Records of one contributor (None: not recorded) that break the same rules."""

    kunci: str | None
    layak: bool
    aturan_gagal: tuple[str, ...]
    peringatan: tuple[str, ...]
    jumlah: int


@dataclass(frozen=True)
class Breakdown:
    """Undeleted records up to ``period``: by dataset, and by the column that says whose they are."""

    period: Period
    bulanan: dict[str, list[MonthCell]]
    milik: dict[str, list[KeyCell]]


def read_breakdown(conn: psycopg.Connection, period: Period) -> Breakdown:
    """Count the judged tables that have a kecamatan, in one pass each."""
    found = Breakdown(period, {}, {EMPLOYER: [], INSTITUTION: [], VILLAGE: []})
    for dataset in DATASETS:
        if dataset.berwilayah:
            _read(conn, dataset, KEYS[dataset.wire], found)
    return found


def _read(conn: psycopg.Connection, dataset: Dataset, keys: Sequence[str], into: Breakdown) -> None:
    names = [sql.Identifier(key) for key in keys]
    grouped: list[sql.Composable] = [sql.SQL("(periode, kode_kecamatan, layak)")]
    grouped += [sql.SQL("({}, layak, aturan_gagal, peringatan)").format(name) for name in names]
    query = sql.SQL(
        "select grouping(periode, {0})::int, layak, aturan_gagal, peringatan, count(*), periode, kode_kecamatan,"
        " {1} from intermediate.{2} where periode <= %s and deleted_at is null group by grouping sets ({3})"
    ).format(
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names),
        sql.Identifier(dataset.judged_table),
        sql.SQL(", ").join(grouped),
    )
    # grouping() has a bit a column, the first the highest: 0 for what is grouped by.
    every = (2 << len(keys)) - 1
    places = {every - (1 << (len(keys) - 1 - place)): place for place in range(len(keys))}
    months = into.bulanan.setdefault(dataset.wire, [])
    for mask, fit, failed, warned, count, month, kecamatan, *values in conn.execute(
        query, [into.period.first_day]
    ):
        if mask in places:
            place = places[mask]
            cell = KeyCell(values[place], fit, tuple(failed), tuple(warned), count)
            into.milik[keys[place]].append(cell)
        else:
            months.append(MonthCell(Period.of(month), kecamatan, fit, count))
