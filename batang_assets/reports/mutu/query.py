"""What the quality report says, read from the database: counts, codes and region names, never a person's value."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.gate import Verdict, data_version, scores, verdicts
from batang_assets.quality.suites import Rule, all_suites, suite_of

AGE_LABELS = ("Bulan ini", "1 bulan", "2 bulan", "3 bulan atau lebih")
OUTSIDE = "Di luar Kabupaten Batang"
UNKNOWN = "Tidak diketahui"


@dataclass(frozen=True)
class DatasetState:
    """One dataset in the month: its gate, and its rows from the source to the marts."""

    dataset: Dataset
    verdict: Verdict | None
    current: bool
    dilihat: int
    tersimpan: int
    karantina: int

    @property
    def putusan(self) -> str:
        """The gate's state in one or three words."""
        if self.verdict is None:
            return "Belum dinilai"
        if not self.current:
            return "Perlu dinilai ulang"
        return "Terbuka" if self.verdict.lulus else "Tertutup"

    @property
    def alasan(self) -> list[Rule]:
        """The blocking rules that closed the gate."""
        return self._rules(self.verdict.gagal if self.verdict else ())

    @property
    def peringatan(self) -> list[Rule]:
        """The warning rules whose threshold was passed."""
        return self._rules(self.verdict.peringatan if self.verdict else ())

    def _rules(self, codes: Iterable[str]) -> list[Rule]:
        return [suite_of(self.dataset.wire).rule(kode) for kode in codes]


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
class RegionShare:
    """Rows of one kecamatan in the month, and how many of them are in quarantine.

    ``kecamatan`` is False for the rows from elsewhere and for those whose region is unknown.
    """

    nama: str
    dinilai: int
    karantina: int
    kecamatan: bool = True

    @property
    def bagian(self) -> float:
        """Share in quarantine, 0..1."""
        return self.karantina / self.dinilai if self.dinilai else 0.0


@dataclass(frozen=True)
class QualityReport:
    """Everything on the page."""

    period: Period
    skor: dict[str, float | None]
    datasets: list[DatasetState]
    outcomes: list[RuleOutcome]
    quarantine: list[QuarantinedRule]
    quarantine_rows: int
    regions: list[RegionShare]

    @property
    def terbuka(self) -> int:
        """How many gates are open."""
        return sum(state.putusan == "Terbuka" for state in self.datasets)

    @property
    def violated(self) -> list[RuleOutcome]:
        """Rules broken at least once: those past their threshold first, blocking before warning, then by share."""
        broken = [outcome for outcome in self.outcomes if outcome.salah]
        return sorted(
            broken,
            key=lambda item: (item.lulus, not item.rule.blocking, -item.bagian, -item.salah, item.rule.kode),
        )


def read_report(conn: psycopg.Connection, period: Period) -> QualityReport:
    """Read the month's report; the judged tables and the quarantine must exist (dbt has run)."""
    return QualityReport(
        period=period,
        skor=scores(conn, period),
        datasets=_states(conn, period),
        outcomes=_outcomes(conn, period),
        quarantine=_quarantine_by_rule(conn, period),
        quarantine_rows=_quarantine_rows(conn, period),
        regions=_regions(conn, period),
    )


def _states(conn: psycopg.Connection, period: Period) -> list[DatasetState]:
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
    known = _rules_by_code()
    return [
        RuleOutcome(known[kode], dataset_of(dataset).judul, checked, wrong, passed)
        for dataset, kode, checked, wrong, passed in rows
        # A rule that has left the suite since: its verdict is stale and says so.
        if kode in known
    ]


def _quarantine_by_rule(conn: psycopg.Connection, period: Period) -> list[QuarantinedRule]:
    """Age counts months since the row was last changed at the source, which is when it could have been mended."""
    rows = conn.execute(
        """
        select dataset, kode,
            least(12 * extract(year from age) + extract(month from age), 3)::int as umur,
            count(*)
        from quality.karantina
        cross join unnest(aturan) as kode
        cross join lateral age(%(akhir)s::timestamp, periode::timestamp) as age
        where periode <= %(akhir)s
        group by 1, 2, 3
        """,
        {"akhir": period.first_day},
    )
    known = _rules_by_code()
    table: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(AGE_LABELS))
    for dataset, kode, age, count in rows:
        table[dataset, kode][age] = count
    found = [
        QuarantinedRule(known[kode], dataset_of(dataset).judul, tuple(ages))
        for (dataset, kode), ages in table.items()
        if kode in known
    ]
    return sorted(found, key=lambda item: (-item.jumlah, item.rule.kode))


def _quarantine_rows(conn: psycopg.Connection, period: Period) -> int:
    row = conn.execute(
        "select count(*) from quality.karantina where periode <= %s", [period.first_day]
    ).fetchone()
    return row[0] if row else 0


def _regions(conn: psycopg.Connection, period: Period) -> list[RegionShare]:
    """Every kecamatan in order of code; then rows from elsewhere and rows whose region is unknown."""
    judged = sql.SQL(" union all ").join(
        sql.SQL(
            "select kode_kecamatan, not layak as ditahan from intermediate.{}"
            " where periode = %(periode)s and deleted_at is null"
        ).format(sql.Identifier(dataset.judged_table))
        for dataset in DATASETS
        if dataset.berwilayah
    )
    counted = {
        code: (count, held)
        for code, count, held in conn.execute(
            sql.SQL(
                "select kode_kecamatan, count(*), count(*) filter (where ditahan) from ({}) t group by 1"
            ).format(judged),
            {"periode": period.first_day},
        )
    }
    names = conn.execute(
        "select kode_kecamatan, min(kecamatan) from marts.dim_wilayah group by 1 order by 1"
    ).fetchall()
    shares = [RegionShare(name, *counted.pop(code, (0, 0))) for code, name in names]
    unknown = counted.pop(None, (0, 0))
    outside = tuple(sum(column) for column in zip(*counted.values(), strict=True)) or (0, 0)
    for label, (count, held) in ((OUTSIDE, outside), (UNKNOWN, unknown)):
        if count:
            shares.append(RegionShare(label, count, held, kecamatan=False))
    return shares


def _rules_by_code() -> dict[str, Rule]:
    return {rule.kode: rule for suite in all_suites() for rule in suite.rules}
