"""What the quality report says, read from the database: counts, codes, names of regions and organisations.

Never a person's value.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.gate import Verdict, data_version, scores, verdicts
from batang_assets.quality.overrides import Override, overrides
from batang_assets.quality.suites import DIMENSIONS, Rule, all_suites, suite_of
from batang_assets.reports.mutu import contributors, flow, history, quarantine
from batang_assets.reports.mutu.breakdown import read_breakdown


@dataclass(frozen=True)
class DatasetState:
    """One dataset in the month: its gate, and its rows from the source to the marts."""

    dataset: Dataset
    verdict: Verdict | None
    current: bool
    dilihat: int
    tersimpan: int
    karantina: int
    pengecualian: tuple[Override, ...]

    @property
    def putusan(self) -> str:
        """The gate's state in one to three words."""
        if self.verdict is None:
            return "Belum dinilai"
        if not self.current:
            return "Perlu dinilai ulang"
        if self.verdict.lulus:
            return "Terbuka"
        return "Dibuka dengan pengecualian" if self.dikecualikan else "Tertutup"

    @property
    def dikecualikan(self) -> bool:
        """Whether a person opened the closed gate, for this very data version and these failed rules."""
        verdict = self.verdict
        return verdict is not None and any(
            item.covers(verdict.versi_data, verdict.gagal) for item in self.pengecualian
        )

    @property
    def alasan(self) -> list[Rule]:
        """The blocking rules that closed the gate."""
        return self._rules(self.verdict.gagal if self.verdict else ())

    @property
    def peringatan(self) -> list[Rule]:
        """The warning rules whose threshold was passed."""
        return self._rules(self.verdict.peringatan if self.verdict else ())

    def _rules(self, codes: Iterable[str]) -> list[Rule]:
        known = {rule.kode: rule for rule in suite_of(self.dataset.wire).rules}
        # A rule that has left the suite since: its verdict is stale and says so.
        return [known[kode] for kode in codes if kode in known]


@dataclass(frozen=True)
class RuleOutcome:
    """How often one rule was broken in the month. ``rule`` speaks for itself; ``judul`` is the dataset's."""

    rule: Rule
    judul: str
    diperiksa: int
    salah: int
    lulus: bool

    @property
    def bagian(self) -> float:
        """Share of wrong among checked, 0..1."""
        return self.salah / self.diperiksa if self.diperiksa else 0.0


@dataclass(frozen=True)
class QualityReport:
    """Everything on the page."""

    period: Period
    skor: dict[str, float | None]
    lalu: dict[str, float | None]
    riwayat: history.History
    rincian_skor: list[history.ScoreRow]
    datasets: list[DatasetState]
    outcomes: list[RuleOutcome]
    bulan_lalu: history.Comparison
    versi_lalu: history.Comparison
    quarantine: list[quarantine.QuarantinedRule]
    quarantine_datasets: list[quarantine.QuarantinedDataset]
    lifecycle: quarantine.Lifecycle | None
    overrides: list[Override]
    regions: list[contributors.RegionShare]
    contributors: list[contributors.Contributors]
    timeliness: list[flow.Timeliness]
    closings: list[flow.MonthClosing]
    coverage: list[flow.Coverage]
    deliveries: list[flow.Delivery]
    rejections: list[flow.Rejection]
    consolidation: list[flow.Consolidation]
    balances: dict[str, tuple[int, int, bool]]

    @property
    def terbuka(self) -> int:
        """How many gates are open, overridden ones included: the page names those apart."""
        return sum(state.putusan in ("Terbuka", "Dibuka dengan pengecualian") for state in self.datasets)

    @property
    def dinilai(self) -> int:
        """How many datasets have a verdict."""
        return sum(state.verdict is not None for state in self.datasets)

    @property
    def quarantine_rows(self) -> int:
        """Rows held up to the month, each once."""
        return sum(item.jumlah for item in self.quarantine_datasets)

    @property
    def violated(self) -> list[RuleOutcome]:
        """Rules broken at least once: those past their threshold first, blocking before warning, then by share."""
        broken = [outcome for outcome in self.outcomes if outcome.salah]
        return sorted(
            broken,
            key=lambda item: (item.lulus, not item.rule.blocking, -item.bagian, -item.salah, item.rule.kode),
        )


def read_report(conn: psycopg.Connection, period: Period, now: datetime) -> QualityReport:
    """Read the month's report as it stands at ``now``; dbt must have made judged tables and quarantine."""
    past = history.read_history(conn, period)
    given = list(reversed(overrides(conn, period)))
    parts = read_breakdown(conn, period)
    return QualityReport(
        period=period,
        skor=scores(conn, period),
        lalu={name: past.score(period.previous(), name) for name in DIMENSIONS},
        riwayat=past,
        rincian_skor=history.score_rows(past, period),
        datasets=_states(conn, period, given),
        outcomes=_outcomes(conn, period),
        bulan_lalu=history.since_last_month(conn, period),
        versi_lalu=history.since_last_version(conn, period),
        quarantine=quarantine.read_by_rule(conn, period),
        quarantine_datasets=quarantine.read_by_dataset(conn, period),
        lifecycle=quarantine.read_lifecycle(conn, period),
        overrides=given,
        regions=contributors.read_regions(conn, parts),
        contributors=contributors.read_contributors(conn, parts),
        timeliness=flow.read_timeliness(conn, period, now),
        closings=flow.read_closings(conn, period, now),
        coverage=flow.read_coverage(conn, parts),
        deliveries=flow.read_deliveries(conn, period),
        rejections=flow.read_rejections(conn),
        consolidation=flow.read_consolidation(conn),
        balances=flow.read_balances(conn, period),
    )


def _states(conn: psycopg.Connection, period: Period, given: list[Override]) -> list[DatasetState]:
    stored = verdicts(conn, period)
    seen = _counts(
        conn,
        "select dataset, sum(dilihat) from raw.penarikan where periode = %s and lengkap group by dataset",
        period,
    )
    held = _counts(
        conn, "select dataset, count(*) from quality.karantina where periode = %s group by dataset", period
    )
    states = []
    for dataset in DATASETS:
        verdict = stored.get(dataset.wire)
        query = sql.SQL("select count(*) from raw.{} where _periode = %s").format(
            sql.Identifier(dataset.entity)
        )
        row = conn.execute(query, [period.first_day]).fetchone()
        states.append(
            DatasetState(
                dataset=dataset,
                verdict=verdict,
                current=verdict is not None
                and verdict.versi_data == data_version(conn, period, dataset.wire),
                dilihat=seen.get(dataset.wire, 0),
                tersimpan=row[0] if row else 0,
                karantina=held.get(dataset.wire, 0),
                pengecualian=tuple(item for item in given if item.dataset == dataset.wire),
            )
        )
    return states


def _counts(conn: psycopg.Connection, query: str, period: Period) -> dict[str, int]:
    return {key: int(count) for key, count in conn.execute(query.encode(), [period.first_day])}


def _outcomes(conn: psycopg.Connection, period: Period) -> list[RuleOutcome]:
    rows = conn.execute(
        """
        with terbaru as (
            select distinct on (dataset) periode, dataset, versi_data
            from quality.gerbang where periode = %s order by dataset, dinilai_pada desc
        )
        select dataset, kode, diperiksa, salah, lulus
        from quality.hasil_aturan join terbaru using (periode, dataset, versi_data)
        """,
        [period.first_day],
    )
    known = {rule.kode: rule for suite in all_suites() for rule in suite.rules}
    return [
        RuleOutcome(known[kode], dataset_of(dataset).judul, checked, wrong, passed)
        for dataset, kode, checked, wrong, passed in rows
        # A rule that has left the suite since: its verdict is stale and says so.
        if kode in known
    ]
