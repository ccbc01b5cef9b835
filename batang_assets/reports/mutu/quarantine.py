"""What is held in quarantine and for how long, and what has left it."""

from collections import defaultdict
from dataclasses import dataclass

import psycopg

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.suites import Rule, all_suites
from batang_assets.reports.mutu.flow import exists

AGE_LABELS = ("Bulan ini", "1 bulan", "2 bulan", "3 bulan atau lebih")
CAUSES = {
    "versi_baru": "diperbaiki di sumber",
    "dihapus": "dihapus di sumber",
    "hilang": "tidak ada lagi di sumber",
    "rujukan_atau_aturan": "catatan yang dirujuk membaik, atau aturannya berubah",
}


@dataclass(frozen=True)
class QuarantinedRule:
    """Rows that a rule holds in quarantine, by age in months as in AGE_LABELS."""

    rule: Rule
    judul: str
    umur: tuple[int, ...]

    @property
    def jumlah(self) -> int:
        """All of them."""
        return sum(self.umur)


@dataclass(frozen=True)
class QuarantinedDataset:
    """Rows of one dataset in quarantine, each once, by age in months as in AGE_LABELS."""

    dataset: Dataset
    umur: tuple[int, ...]

    @property
    def jumlah(self) -> int:
        """All of them."""
        return sum(self.umur)


@dataclass(frozen=True)
class Lifecycle:
    """Stays in quarantine: accepted with a reason and still standing, and ended in the month, by cause."""

    diterima: int
    keluar: dict[str, int]


# Age counts months since the row was last changed at the source, which is when it could have been mended.
_AGE = """
    cross join lateral (
        select least(12 * extract(year from age) + extract(month from age), 3)::int as umur
        from age(%(akhir)s::timestamp, periode::timestamp) as age
    ) as u
    where periode <= %(akhir)s
"""


def read_by_rule(conn: psycopg.Connection, period: Period) -> list[QuarantinedRule]:
    """Held rows up to the month by rule, most first; a row counts under each rule it breaks."""
    rows = conn.execute(
        "select dataset, kode, umur, count(*) from quality.karantina cross join unnest(aturan) as kode"
        + _AGE
        + "group by 1, 2, 3",
        {"akhir": period.first_day},
    )
    known = {rule.kode: rule for suite in all_suites() for rule in suite.rules}
    table: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(AGE_LABELS))
    for dataset, kode, age, count in rows:
        table[dataset, kode][age] = count
    found = [
        QuarantinedRule(known[kode], dataset_of(dataset).judul, tuple(ages))
        for (dataset, kode), ages in table.items()
        if kode in known
    ]
    return sorted(found, key=lambda item: (-item.jumlah, item.rule.kode))


def read_by_dataset(conn: psycopg.Connection, period: Period) -> list[QuarantinedDataset]:
    """Held rows up to the month of each dataset, in the order of the datasets."""
    table = {dataset.wire: [0] * len(AGE_LABELS) for dataset in DATASETS}
    for wire, age, count in conn.execute(
        "select dataset, umur, count(*) from quality.karantina" + _AGE + "group by 1, 2",
        {"akhir": period.first_day},
    ):
        table[wire][age] = count
    return [QuarantinedDataset(dataset, tuple(table[dataset.wire])) for dataset in DATASETS]


def read_lifecycle(conn: psycopg.Connection, period: Period) -> Lifecycle | None:
    """What became of held rows; None before the history of the quarantine has begun."""
    if not exists(conn, "quality.riwayat_karantina"):
        return None
    row = conn.execute(
        "select count(*), count(*) filter (where keadaan = 'diterima' and periode <= %s)"
        " from quality.riwayat_karantina",
        [period.first_day],
    ).fetchone()
    if row is None or not row[0]:
        return None
    left = conn.execute(
        "select sebab_keluar, count(*) from quality.riwayat_karantina"
        " where keluar_pada >= %s and keluar_pada < %s group by 1 order by 2 desc, 1",
        [period.start, period.end],
    )
    return Lifecycle(row[1], {CAUSES.get(cause, cause): count for cause, count in left})
