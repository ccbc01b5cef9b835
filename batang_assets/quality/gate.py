"""The gate: judge a month of a dataset, keep the verdict, and refuse outputs that have none.

A verdict belongs to (period, dataset, data version). The data version is a digest over what had arrived for
the period and over the suite, so that both new data and a changed threshold make an old verdict stale.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.database import connect
from batang_assets.errors import DataError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality.counts import Counted, count_month
from batang_assets.quality.datasets import DATASETS, dataset_of
from batang_assets.quality.expectations_project import (
    import_meanwhile,
    keep_newest_result,
    open_project,
    run_suite,
)
from batang_assets.quality.number import Count
from batang_assets.quality.overrides import Override, covering, overrides, record
from batang_assets.quality.scores import quarantined, scores
from batang_assets.quality.suites import Rule, Suite, suite_of
from batang_assets.raw.refusals import open_refusals
from batang_assets.reference.store import reference_state
from batang_assets.settings import Settings
from batang_assets.warehouse.project import project_digest

__all__ = [
    "RuleResult",
    "Verdict",
    "data_version",
    "evaluate",
    "evaluate_all",
    "open_by_override",
    "overrides",
    "quality_status",
    "require_open",
    "require_open_through",
    "scores",
    "stale_before",
    "verdicts",
]

COPY_RESULTS = (
    "copy quality.hasil_aturan (periode, dataset, versi_data, kode, dimensi, keparahan, diperiksa, salah, batas,"
    " bobot, lulus) from stdin"
)


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

    Number and newest of the raw rows up to the period, the newest of the dataset's vanishings that change a
    count, readings of the month that stand refused, the suite file, the dbt project, the loaded code lists and
    the decisions about free texts.
    """
    target = dataset_of(dataset)
    query = sql.SQL(
        "select count(*), coalesce(max(_versi), 0),"
        " (select coalesce(max(hilang_id), 0) from raw.hilang where dataset = %s and not sudah_dihapus)"
        " from raw.{} where _periode <= %s"
    )
    row = conn.execute(query.format(sql.Identifier(target.entity)), [dataset, period.first_day]).fetchone()
    count, newest, vanished = row or (0, 0, 0)
    refused = ",".join(map(str, sorted(open_refusals(conn, period, dataset))))
    made_of = f"{suite_of(dataset).digest}:{project_digest()}:{reference_state(conn)}"
    content = f"{count}:{newest}:{vanished}:{refused}:{made_of}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def evaluate(settings: Settings, period: Period, dataset: str, run_id: str) -> Verdict:
    """``evaluate_all`` for one dataset of one month."""
    return evaluate_all(settings, [(period, dataset)], run_id)[0]


def evaluate_all(settings: Settings, months: Sequence[tuple[Period, str]], run_id: str) -> list[Verdict]:
    """Count each (month, dataset), have its suite judge the numbers, and store the verdict with its rules.

    Judging the same data version again replaces its verdict. Great Expectations is opened once for all, and
    imported while the database counts. Raises DataError if a judged table lacks a column that its suite reads,
    or a rule cannot be computed; no verdict is stored then.
    """
    if not months:
        return []
    with import_meanwhile():
        counted = [_counted(settings, period, suite_of(wire)) for period, wire in months]
    judged = []
    with open_project(settings) as project:
        for (period, wire), (version, month) in zip(months, counted, strict=True):
            suite = suite_of(wire)
            within = run_suite(project, suite, period, month.aturan)
            results = [
                _result(rule, month.aturan[rule.kode], within[rule.kode], month.baris) for rule in suite.rules
            ]
            judged.append((period, suite, version, month, results))
            keep_newest_result(settings, suite, period)
    with connect(settings) as conn:
        return [_store(conn, *item, run_id) for item in judged]


def _counted(settings: Settings, period: Period, suite: Suite) -> tuple[str, Counted]:
    with connect(settings) as conn:
        # Before the counting: rows that arrive meanwhile then make this verdict stale, not wrongly current.
        version = data_version(conn, period, suite.dataset.wire)
        return version, count_month(conn, suite, period, settings)


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


def stale_before(settings: Settings, period: Period) -> list[tuple[Period, str]]:
    """(month, dataset) before ``period`` whose present data have no verdict.

    What is delivered holds rows of every month, so each must have passed its gate once.
    """
    stale = []
    with connect(settings) as conn:
        for month in Period.parse(settings.first_period).up_to(period.previous()):
            stored = verdicts(conn, month)
            stale += [
                (month, dataset.wire)
                for dataset in DATASETS
                if dataset.wire not in stored
                or stored[dataset.wire].versi_data != data_version(conn, month, dataset.wire)
            ]
    return stale


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


def _result(rule: Rule, count: Count, within: bool, rows: int) -> RuleResult:
    # Where nothing could be checked, nothing is wrong; a few wrong rows are borne even in a small month.
    few = not rule.whole_table and count.salah <= rule.maklum_baris
    passed = within or few or not count.diperiksa
    return RuleResult(rule, count.diperiksa, count.salah, _weight(rule, count, rows), passed)


def _weight(rule: Rule, count: Count, rows: int) -> int:
    if rule.fit_rows_only:
        # It proves that our own models keep their word; counted in, it would only lift the score.
        return 0
    if rule.whole_table and count.diperiksa:
        # It speaks for all rows; one check among thousands would weigh nothing. A month without rows has no score.
        return rows
    return count.diperiksa


def _store(
    conn: psycopg.Connection,
    period: Period,
    suite: Suite,
    version: str,
    month: Counted,
    results: list[RuleResult],
    run_id: str,
) -> Verdict:
    failed = [result.rule for result in results if not result.lulus]
    summary = {
        "baris": month.baris,
        "layak": month.layak,
        "gagal": [rule.kode for rule in failed if rule.blocking],
        "peringatan": [rule.kode for rule in failed if not rule.blocking],
        "rincian": dict(month.rincian),
    }
    key = (period.first_day, suite.dataset.wire, version)
    conn.execute("delete from quality.gerbang where (periode, dataset, versi_data) = (%s, %s, %s)", key)
    stored = conn.execute(
        "insert into quality.gerbang (periode, dataset, versi_data, lulus, ringkasan, run_id)"
        " values (%s, %s, %s, %s, %s, %s)"
        " returning dataset, versi_data, lulus, ringkasan, dinilai_pada, run_id",
        [*key, not summary["gagal"], json.dumps(summary), run_id],
    ).fetchone()
    with conn.cursor() as cursor, cursor.copy(COPY_RESULTS) as copy:
        for item in results:
            rule = item.rule
            copy.write_row(
                (
                    *key,
                    *(rule.kode, rule.dimensi, rule.keparahan),
                    *(item.diperiksa, item.salah, rule.ambang, item.bobot, item.lulus),
                )
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
