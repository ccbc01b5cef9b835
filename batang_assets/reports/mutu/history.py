"""The scores month by month, and what changed since last time: read from the stored verdicts alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import psycopg

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.suites import DIMENSIONS, Rule, suite_of

MONTHS = 36
TENTH = Decimal("0.1")
# The six domains of the agreement (contracts/siapkerja.md), each with the datasets it is made of.
DOMAINS: dict[str, tuple[str, ...]] = {
    "pencari-kerja": ("pencari-kerja",),
    "pemberi-kerja": ("pemberi-kerja",),
    "lowongan": ("lowongan", "lamaran"),
    "penduduk-bekerja": ("penduduk-bekerja",),
    "pelatihan": ("pelatihan", "peserta-pelatihan"),
    "penempatan": ("penempatan",),
}


@dataclass(frozen=True)
class Tally:
    """Weighted checks of one month, dataset and dimension: how much held, of how much, and wrong in all."""

    benar: Decimal
    bobot: Decimal
    salah: int


@dataclass(frozen=True)
class MonthState:
    """One month's newest verdicts in sum."""

    period: Period
    terbuka: int
    dinilai: int
    baris: int
    layak: int


@dataclass(frozen=True)
class History:
    """Scores and verdicts of the months up to one, oldest first; months that nobody judged are absent."""

    months: list[MonthState]
    tallies: dict[tuple[Period, str, str], Tally]

    def score(self, period: Period, dimension: str, datasets: Iterable[str] | None = None) -> float | None:
        """The score of ``quality.scores.scores``, over some datasets only where they are given."""
        wires = [dataset.wire for dataset in DATASETS] if datasets is None else datasets
        found = [tally for wire in wires if (tally := self.tallies.get((period, wire, dimension)))]
        if not found:
            return None
        if not sum(tally.salah for tally in found):
            return 100.0
        held = sum((tally.benar for tally in found), Decimal(0))
        weight = sum((tally.bobot for tally in found), Decimal(0))
        return float(min((100 * held / weight).quantize(TENTH, ROUND_HALF_UP), 100 - TENTH))

    def series(self, dimension: str, datasets: Iterable[str] | None = None) -> list[float | None]:
        """The score of every month of ``months``."""
        wires = None if datasets is None else list(datasets)
        return [self.score(month.period, dimension, wires) for month in self.months]


def read_history(conn: psycopg.Connection, period: Period) -> History:
    """The MONTHS months that end with ``period``."""
    first = Period(period.year - MONTHS // 12, period.month)
    bounds = {"sesudah": first.first_day, "sampai": period.first_day}
    newest = """
        with terbaru as (
            select distinct on (periode, dataset) periode, dataset, versi_data, lulus, ringkasan
            from quality.gerbang where periode > %(sesudah)s and periode <= %(sampai)s
            order by periode, dataset, dinilai_pada desc
        )
    """
    months = conn.execute(
        newest + "select periode, count(*) filter (where lulus), count(*),"
        " sum((ringkasan->>'baris')::bigint)::bigint, sum((ringkasan->>'layak')::bigint)::bigint"
        " from terbaru group by 1 order by 1",
        bounds,
    )
    tallies = conn.execute(
        newest + "select periode, dataset, dimensi,"
        " sum(bobot * (diperiksa - salah)::numeric / diperiksa), sum(bobot), sum(salah)::bigint"
        " from quality.hasil_aturan join terbaru using (periode, dataset, versi_data)"
        " where diperiksa > 0 and bobot > 0 group by 1, 2, 3",
        bounds,
    )
    return History(
        [MonthState(Period.of(row[0]), *row[1:]) for row in months],
        {(Period.of(row[0]), row[1], row[2]): Tally(*row[3:]) for row in tallies},
    )


@dataclass(frozen=True)
class ScoreRow:
    """Scores by dimension of one domain or dataset, now, last month, and over the months."""

    judul: str
    domain: bool
    skor: dict[str, float | None]
    lalu: dict[str, float | None]
    deret: dict[str, list[float | None]]


def score_rows(history: History, period: Period) -> list[ScoreRow]:
    """The six domains; a domain of several datasets is followed by each of them."""
    rows = []
    for domain, wires in DOMAINS.items():
        rows.append(_score_row(history, period, dataset_of(domain).judul, True, wires))
        if len(wires) > 1:
            rows += [_score_row(history, period, dataset_of(wire).judul, False, [wire]) for wire in wires]
    return rows


def _score_row(
    history: History, period: Period, title: str, domain: bool, wires: Sequence[str] | None
) -> ScoreRow:
    return ScoreRow(
        title,
        domain,
        {name: history.score(period, name, wires) for name in DIMENSIONS},
        {name: history.score(period.previous(), name, wires) for name in DIMENSIONS},
        {name: history.series(name, wires) for name in DIMENSIONS},
    )


@dataclass(frozen=True)
class Judged:
    """One stored verdict with the wrong and checked rows of its rules."""

    lulus: bool
    baris: int
    layak: int
    aturan: dict[str, tuple[int, int, bool]]


@dataclass(frozen=True)
class RuleChange:
    """A rule whose share of wrong rows changed: (wrong, checked, within its threshold) before and after."""

    rule: Rule
    judul: str
    dulu: tuple[int, int, bool]
    kini: tuple[int, int, bool]

    @property
    def selisih(self) -> float:
        """Share of wrong rows now less before, −1..1; above 0 is worse."""
        return _share(self.kini) - _share(self.dulu)

    @property
    def melintas(self) -> bool:
        """Whether the rule crossed its threshold, in either direction."""
        return self.kini[2] != self.dulu[2]


@dataclass(frozen=True)
class DatasetChange:
    """One dataset before and after."""

    dataset: Dataset
    dulu: Judged
    kini: Judged

    @property
    def sama(self) -> bool:
        """Whether nothing changed: rows, verdict, results."""
        return self.dulu == self.kini


@dataclass(frozen=True)
class Comparison:
    """What changed between two sets of verdicts. ``rules``: thresholds crossed first, then by size of change."""

    datasets: list[DatasetChange]
    rules: list[RuleChange]


def since_last_month(conn: psycopg.Connection, period: Period) -> Comparison:
    """The month's newest verdicts beside those of the month before."""
    return _compare(_judged(conn, period.previous(), 1), _judged(conn, period, 1))


def since_last_version(conn: psycopg.Connection, period: Period) -> Comparison:
    """The month's newest verdicts beside the ones they replaced; empty where none was judged before."""
    return _compare(_judged(conn, period, 2), _judged(conn, period, 1))


def _judged(conn: psycopg.Connection, period: Period, rank: int) -> dict[str, Judged]:
    rows = conn.execute(
        """
        with urut as (
            select *, row_number() over (partition by dataset order by dinilai_pada desc) as urutan
            from quality.gerbang where periode = %s
        )
        select dataset, u.lulus, (ringkasan->>'baris')::bigint, (ringkasan->>'layak')::bigint,
            array_agg(array[kode, salah::text, diperiksa::text, h.lulus::text]) filter (where kode is not null)
        from urut u left join quality.hasil_aturan h using (periode, dataset, versi_data)
        where urutan = %s
        group by dataset, u.lulus, ringkasan
        """,
        [period.first_day, rank],
    )
    return {
        dataset: Judged(
            passed,
            count,
            fit,
            {kode: (int(wrong), int(checked), held == "true") for kode, wrong, checked, held in rules or []},
        )
        for dataset, passed, count, fit, rules in rows
    }


def _compare(before: dict[str, Judged], after: dict[str, Judged]) -> Comparison:
    datasets, rules = [], []
    for dataset in DATASETS:
        old, new = before.get(dataset.wire), after.get(dataset.wire)
        if old is None or new is None:
            continue
        datasets.append(DatasetChange(dataset, old, new))
        rules += [
            RuleChange(rule, dataset.judul, old.aturan[rule.kode], new.aturan[rule.kode])
            for rule in suite_of(dataset.wire).rules
            if rule.kode in old.aturan and rule.kode in new.aturan and not rule.fit_rows_only
        ]
    changed = [item for item in rules if item.melintas or item.selisih]
    changed.sort(key=lambda item: (not item.melintas, -abs(item.selisih), item.rule.kode))
    return Comparison(datasets, changed)


def _share(outcome: tuple[int, int, bool]) -> float:
    wrong, checked, _ = outcome
    return wrong / checked if checked else 0.0
