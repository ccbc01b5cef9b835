"""The gate: judge a month of a dataset, keep the verdict, and refuse outputs that have none.

A verdict belongs to (period, dataset, data version). The data version is a digest over what had arrived for
the period and over the suite, so that both new data and a changed threshold make an old verdict stale.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.database import connect
from batang_assets.errors import DataError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.expectations_project import forget_result, open_project, run_suite
from batang_assets.quality.measures import measure
from batang_assets.quality.overrides import Override, covering, overrides, record
from batang_assets.quality.scores import quarantined, scores
from batang_assets.quality.suites import FRESHNESS, MEASURE, VOLUME, Measured, Rule, Suite, suite_of
from batang_assets.quality.working_days import working_days_before
from batang_assets.raw.refusals import open_refusals
from batang_assets.settings import Settings
from batang_assets.warehouse.project import project_digest

__all__ = [
    "RuleResult",
    "Verdict",
    "data_version",
    "evaluate",
    "evaluate_missing",
    "open_by_override",
    "overrides",
    "quality_status",
    "require_open",
    "require_open_through",
    "scores",
    "verdicts",
]

FRESHNESS_PARAMETER = "batas_terkini"


@dataclass(frozen=True)
class RuleResult:
    """One rule's outcome: rows checked and wrong (0 or 1 of 1 for a rule about the whole table)."""

    rule: Rule
    diperiksa: int
    salah: int
    bobot: int
    lulus: bool


@dataclass(frozen=True)
class Verdict:
    """The gate's answer for one period and dataset, for one version of the data."""

    period: str
    dataset: str
    versi_data: str
    lulus: bool
    baris: int
    layak: int
    gagal: tuple[str, ...]
    peringatan: tuple[str, ...]
    dinilai_pada: datetime
    run_id: str
    rincian: dict[str, str] = field(default_factory=dict)

    def reasons(self) -> list[str]:
        """The sentences of the blocking rules that closed the gate; empty if it is open."""
        return [self.sentence(kode) for kode in self.gagal]

    def sentence(self, kode: str) -> str:
        """What a broken rule says, with what was found where the sentence alone would not help."""
        return " ".join(filter(None, (suite_of(self.dataset).rule(kode).kalimat, self.rincian.get(kode))))


def data_version(conn: psycopg.Connection, period: Period, dataset: str) -> str:
    """Twelve hex digits over what a verdict rests on.

    Number and newest of the raw rows up to the period, the newest of the dataset's vanishings, readings of
    the month that stand refused, the suite file, the dbt project.
    """
    target = dataset_of(dataset)
    query = sql.SQL(
        "select count(*), coalesce(max(_versi), 0),"
        " (select coalesce(max(hilang_id), 0) from raw.hilang where dataset = %s) from raw.{} where _periode <= %s"
    )
    row = conn.execute(query.format(sql.Identifier(target.entity)), [dataset, period.first_day]).fetchone()
    count, newest, vanished = row or (0, 0, 0)
    refused = ",".join(map(str, sorted(open_refusals(conn, period, dataset))))
    content = f"{count}:{newest}:{vanished}:{refused}:{suite_of(dataset).digest}:{project_digest()}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def evaluate(settings: Settings, period: Period, dataset: str, run_id: str) -> Verdict:
    """Run the dataset's suite on the month's current rows and store the verdict with its rules.

    Judging the same data version again replaces its verdict. Raises DataError if the judged table lacks a
    column that the suite reads, or a rule cannot be computed.
    """
    suite = suite_of(dataset)
    with connect(settings) as conn:
        # Before the judging: rows that arrive meanwhile then make this verdict stale, not wrongly current.
        version = data_version(conn, period, dataset)
        _require_columns(conn, suite)
        rows, fit = _count_rows(conn, suite.dataset, period)
        refused = [refusal.line() for refusal in open_refusals(conn, period, dataset).values()]
        measured = _prerequisites(conn, suite, period, settings.now(), believed=not refused)
        measured |= measure(conn, suite, period, settings)
    forget_result(settings, suite, period)
    if rows:
        bounds = _freshness_bound(suite, period, settings.now())
        with open_project(settings) as project:
            measured |= run_suite(project, suite, period, bounds)
    else:
        measured |= _empty_month(suite)
    results = [_result(rule, measured[rule.kode], rows) for rule in suite.rules]
    details = {rule.kode: " ".join(refused) for rule in suite.rules if rule.sumber and refused}
    with connect(settings) as conn:
        return _store(conn, period, suite, version, (rows, fit), results, details, run_id)


def verdicts(conn: psycopg.Connection, period: Period) -> dict[str, Verdict]:
    """The newest verdict of each dataset for the period, whatever data version it was for."""
    found = conn.execute(
        """
        select distinct on (dataset) dataset, versi_data, lulus, ringkasan, dinilai_pada, run_id
        from quality.gerbang where periode = %s order by dataset, dinilai_pada desc
        """,
        [period.first_day],
    )
    return {row[0]: _verdict(period, *row) for row in found}


def require_open(conn: psycopg.Connection, period: Period, datasets: Iterable[str]) -> None:
    """Return if every dataset (wire name) has passed the gate for its present data version, or was let through.

    Raises GateClosed naming the dataset and, in Indonesian, the rule that closed it, or that the present
    data have not been judged.
    """
    stored = verdicts(conn, period)
    for wire in datasets:
        title = f"Gerbang mutu {dataset_of(wire).judul.lower()} {period.label}"
        verdict = stored.get(wire)
        if verdict is None or verdict.versi_data != data_version(conn, period, wire):
            raise GateClosed(
                f"{title}: gerbang belum dinilai untuk versi data ini; jalankan pemeriksaan `gerbang` dahulu"
            )
        if not verdict.lulus and covering(conn, period, wire, verdict.versi_data, verdict.gagal) is None:
            rule = suite_of(wire).rule(verdict.gagal[0])
            more = f" (dan {len(verdict.gagal) - 1} aturan lain)" if len(verdict.gagal) > 1 else ""
            raise GateClosed(
                f"{title} tertutup: {rule.kode} {verdict.sentence(rule.kode)}{more} {rule.tindakan}"
            )


def open_by_override(
    conn: psycopg.Connection, period: Period, dataset: str, by: str, reason: str, now: datetime
) -> Override:
    """Let the month's present data through a closed gate, by name and reason; the caller commits.

    Raises DataError if the gate is not closed by a verdict on the present data version: what was never judged
    cannot be let through.
    """
    title = f"Gerbang mutu {dataset_of(dataset).judul.lower()} {period.label}"
    verdict = verdicts(conn, period).get(dataset)
    if verdict is None or verdict.versi_data != data_version(conn, period, dataset):
        raise DataError(f"{title} belum dinilai untuk versi data ini: jalankan bulan ini dahulu")
    if verdict.lulus:
        raise DataError(f"{title} sudah terbuka: tidak perlu pengecualian")
    override = Override(
        period.key, dataset, verdict.versi_data, verdict.gagal, by.strip(), reason.strip(), now
    )
    record(conn, override, period)
    return override


def require_open_through(
    conn: psycopg.Connection, first: Period, period: Period, datasets: Iterable[str]
) -> None:
    """``require_open`` for every month from ``first`` to ``period``: for what carries rows of all of them."""
    wires = list(datasets)
    for month in first.up_to(period):
        require_open(conn, month, wires)


def evaluate_missing(settings: Settings, period: Period, run_id: str) -> list[Verdict]:
    """Judge the months before ``period`` whose present data have no verdict, and return those verdicts.

    What is delivered holds rows of every month, so each must have passed its gate once.
    """
    judged = []
    for month in Period.parse(settings.first_period).up_to(period.previous()):
        with connect(settings) as conn:
            stored = verdicts(conn, month)
            stale = [
                dataset.wire
                for dataset in DATASETS
                if dataset.wire not in stored
                or stored[dataset.wire].versi_data != data_version(conn, month, dataset.wire)
            ]
        judged += [evaluate(settings, month, wire, run_id) for wire in stale]
    return judged


def quality_status(conn: psycopg.Connection, period: Period) -> dict[str, Any]:
    """The ``quality`` object of ``batang status``: rows checked and quarantined, gates, scores.

    A gate is ``pass`` only where the verdict is for the present data version; a dataset that was never judged
    for the period is absent. ``overrides`` are those that let a closed gate's present data through; the gate
    itself stays ``fail``.
    """
    stored = verdicts(conn, period)
    held = [
        override
        for wire, verdict in sorted(stored.items())
        if not verdict.lulus
        and verdict.versi_data == data_version(conn, period, wire)
        and (override := covering(conn, period, wire, verdict.versi_data, verdict.gagal))
    ]
    return {
        "rows_checked": sum(verdict.baris for verdict in stored.values()),
        "rows_quarantined": quarantined(conn, period),
        "gates": {
            wire: "pass"
            if verdict.lulus and verdict.versi_data == data_version(conn, period, wire)
            else "fail"
            for wire, verdict in sorted(stored.items())
        },
        "overrides": [override.as_data() for override in held],
        "scores": scores(conn, period),
    }


def _require_columns(conn: psycopg.Connection, suite: Suite) -> None:
    table = suite.dataset.judged_table
    have = {
        row[0]
        for row in conn.execute(
            "select column_name from information_schema.columns"
            " where table_schema = 'intermediate' and table_name = %s",
            [table],
        )
    }
    if not have:
        raise DataError(f"intermediate.{table} does not exist: build the dbt models first")
    if missing := sorted(suite.columns - have):
        raise DataError(f"intermediate.{table} lacks {', '.join(missing)}, which the suite reads")


def _count_rows(conn: psycopg.Connection, dataset: Dataset, period: Period) -> tuple[int, int]:
    """Rows of the month, and how many of them are fit to leave (no blocking failure, not deleted)."""
    query = sql.SQL(
        "select count(*), count(*) filter (where layak and deleted_at is null)"
        " from intermediate.{} where periode = %s"
    )
    row = conn.execute(query.format(sql.Identifier(dataset.judged_table)), [period.first_day]).fetchone()
    return row or (0, 0)


def _prerequisites(
    conn: psycopg.Connection, suite: Suite, period: Period, now: datetime, *, believed: bool
) -> dict[str, Measured]:
    """Rules about the extraction log: the month was read to the end, and lately, and could be believed."""
    row = conn.execute(
        "select max(jendela_sampai) from raw.penarikan where dataset = %s and periode = %s and lengkap",
        [suite.dataset.wire, period.first_day],
    ).fetchone()
    reached: datetime | None = row[0] if row else None
    found = {}
    for rule in suite.rules:
        if rule.jenis == "prasyarat":
            lag = timedelta(hours=rule.jam) if rule.jam else None
            holds = reached is not None and (lag is None or reached >= min(now, period.end) - lag)
            if rule.sumber:
                holds = believed
            found[rule.kode] = Measured(1, 0 if holds else 1, holds)
    return found


def _freshness_bound(suite: Suite, period: Period, now: datetime) -> dict[str, str]:
    """The time that the newest row must reach: so many working days before the month's end, or before now while
    it runs. Offices that are closed write no rows, so calendar days would fail every long holiday."""
    days = [rule.umur_hari_kerja for rule in suite.rules if rule.jenis == FRESHNESS and rule.umur_hari_kerja]
    if not days:
        return {}
    return {FRESHNESS_PARAMETER: working_days_before(min(now, period.end), days[0]).isoformat()}


def _empty_month(suite: Suite) -> dict[str, Measured]:
    """No row changed in the month: only the volume rule has something to say."""
    return {
        rule.kode: Measured(1, 1, False) if rule.jenis == VOLUME else Measured(0, 0, True)
        for rule in suite.rules
        if rule.jenis not in ("prasyarat", MEASURE)
    }


def _result(rule: Rule, found: Measured, rows: int) -> RuleResult:
    passed = found.success or (not rule.whole_table and found.salah <= rule.maklum_baris)
    return RuleResult(rule, found.diperiksa, found.salah, _weight(rule, found, rows), passed)


def _weight(rule: Rule, found: Measured, rows: int) -> int:
    if rule.fit_rows_only:
        # It proves that our own models keep their word; counted in, it would only lift the score.
        return 0
    if rule.whole_table and found.diperiksa:
        # It speaks for all rows; one check among thousands would weigh nothing.
        return max(rows, 1)
    return found.diperiksa


def _store(
    conn: psycopg.Connection,
    period: Period,
    suite: Suite,
    version: str,
    rows: tuple[int, int],
    results: list[RuleResult],
    details: dict[str, str],
    run_id: str,
) -> Verdict:
    failed = [result.rule for result in results if not result.lulus]
    summary = {
        "baris": rows[0],
        "layak": rows[1],
        "gagal": [rule.kode for rule in failed if rule.blocking],
        "peringatan": [rule.kode for rule in failed if not rule.blocking],
        "rincian": details,
    }
    key = [period.first_day, suite.dataset.wire, version]
    conn.execute("delete from quality.gerbang where (periode, dataset, versi_data) = (%s, %s, %s)", key)
    stored = conn.execute(
        "insert into quality.gerbang (periode, dataset, versi_data, lulus, ringkasan, run_id)"
        " values (%s, %s, %s, %s, %s, %s)"
        " returning dataset, versi_data, lulus, ringkasan, dinilai_pada, run_id",
        [*key, not summary["gagal"], json.dumps(summary), run_id],
    ).fetchone()
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into quality.hasil_aturan (periode, dataset, versi_data, kode, dimensi, keparahan,"
            " diperiksa, salah, batas, bobot, lulus) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                [
                    *key,
                    item.rule.kode,
                    item.rule.dimensi,
                    item.rule.keparahan,
                    item.diperiksa,
                    item.salah,
                    item.rule.ambang,
                    item.bobot,
                    item.lulus,
                ]
                for item in results
            ],
        )
    assert stored is not None
    return _verdict(period, *stored)


def _verdict(
    period: Period,
    dataset: str,
    version: str,
    passed: bool,
    summary: dict,
    judged_at: datetime,
    run_id: str,
) -> Verdict:
    return Verdict(
        period=period.key,
        dataset=dataset,
        versi_data=version,
        lulus=passed,
        baris=summary["baris"],
        layak=summary["layak"],
        gagal=tuple(summary["gagal"]),
        peringatan=tuple(summary["peringatan"]),
        dinilai_pada=judged_at,
        run_id=run_id,
        rincian=summary.get("rincian", {}),
    )
