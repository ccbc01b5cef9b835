"""The gates in Dagster: one asset that judges a month, and one blocking check ``gerbang`` a gated mart.

The asset ``quality/gerbang`` stands beside the marts, not below them, so that its verdicts and the quality
report are made also where a gate is closed; the checks then hold back what is downstream of the mart.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.datasets import DATASETS, Dataset
from batang_assets.quality.gate import Verdict, evaluate, evaluate_all, scores, stale_before, verdicts
from batang_assets.quality.keys import GATE_KEY
from batang_assets.quality.overrides import Override, covering
from batang_assets.quality.paths import data_docs_index
from batang_assets.quality.quarantine import refresh
from batang_assets.quality.suites import suite_of
from batang_assets.settings import Settings, get_settings

CHECK_NAME = "gerbang"
# Dagster's own tags of a run over one partition, or over a range of them.
PARTITION_TAG = "dagster/partition"
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


def periods_of_run(tags: dict[str, str], default: Period) -> list[Period]:
    """The months a run is for, by its tags; ``default`` where it has no partition.

    The marts are not partitioned, so their checks have no partition key of their own, while the run does.
    """
    first, last = (tags.get(tag) for tag in RANGE_TAGS)
    if first and last:
        return Period.parse(first).up_to(Period.parse(last))
    if key := tags.get(PARTITION_TAG):
        return [Period.parse(key)]
    return [default]


@dg.asset(
    key=GATE_KEY,
    deps=[dg.AssetKey(["intermediate", dataset.judged_table]) for dataset in DATASETS],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="quality",
    kinds={"python", "postgres"},
    owners=["team:disnaker-batang"],
    description=(
        "Putusan gerbang mutu delapan dataset untuk setiap bulan: dbt menandai baris yang salah, Great "
        "Expectations menilai apakah jumlahnya masih dapat diterima (relevan, akurat, terkini). Keluaran hanya "
        "dibuat bila gerbangnya terbuka untuk versi data yang sama."
    ),
)
def gerbang_mutu(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Judge every dataset of the run's months and store the verdicts; a closed gate is no failure here."""
    settings = get_settings()
    begun = time.monotonic()
    with connect(settings) as conn:
        refresh(conn, settings.now())
    periods = [Period.parse(key) for key in context.partition_keys]
    months = stale_before(settings, periods[0])
    months += [(period, dataset.wire) for period in periods for dataset in DATASETS]
    judged = evaluate_all(settings, months, context.run_id)
    for verdict in judged:
        state = "terbuka" if verdict.lulus else f"tertutup ({', '.join(verdict.gagal)})"
        context.log.info(f"gerbang {verdict.dataset} {verdict.period}: {state}, {verdict.baris} baris")
    with connect(settings) as conn:
        latest = scores(conn, Period.parse(context.partition_keys[-1]))
    return dg.MaterializeResult(metadata=_gate_metadata(judged, latest, time.monotonic() - begun))


def _gate_metadata(
    judged: Sequence[Verdict], latest: dict[str, float | None], duration_s: float
) -> dict[str, Any]:
    closed = [f"{verdict.period} {verdict.dataset}" for verdict in judged if not verdict.lulus]
    return {
        "baris_dinilai": sum(verdict.baris for verdict in judged),
        "baris_layak": sum(verdict.layak for verdict in judged),
        "gerbang_terbuka": len(judged) - len(closed),
        "gerbang_tertutup": ", ".join(closed) or "-",
        **{f"skor_{name}": score for name, score in latest.items() if score is not None},
        "durasi_s": round(duration_s, 2),
    }


def _gate_check(dataset: Dataset) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(["marts", dataset.mart]),
        name=CHECK_NAME,
        blocking=True,
        # After the asset, whose verdict of this run it then reads instead of judging twice.
        additional_deps=[GATE_KEY],
        description=(
            f"Gerbang mutu {dataset.judul.lower()} (relevan, akurat, terkini; Nota Kesepakatan Pasal 6 ayat "
            "(1) huruf c). Gerbang tertutup bila aturan blokir melampaui ambangnya; baris yang salah masuk "
            "karantina."
        ),
    )
    def gerbang(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        settings = get_settings()
        begun = time.monotonic()
        periods = periods_of_run(dict(context.run.tags), Period.of(settings.now()))
        judged = [_verdict_of_run(settings, period, dataset, context.run.run_id) for period in periods]
        with connect(settings) as conn:
            let_through = {
                verdict.period: override
                for verdict in judged
                if not verdict.lulus
                and (override := covering(conn, Period.parse(verdict.period), *_version(verdict)))
            }
        return check_result(dataset, judged, time.monotonic() - begun, let_through)

    return gerbang


def _verdict_of_run(settings: Settings, period: Period, dataset: Dataset, run_id: str) -> Verdict:
    """The verdict that this run has stored, else a new one: an older run may have judged older models."""
    with connect(settings) as conn:
        stored = verdicts(conn, period).get(dataset.wire)
    if stored is not None and stored.run_id == run_id:
        return stored
    return evaluate(settings, period, dataset.wire, run_id)


def _version(verdict: Verdict) -> tuple[str, str, tuple[str, ...]]:
    return verdict.dataset, verdict.versi_data, verdict.gagal


def check_result(
    dataset: Dataset,
    judged: Sequence[Verdict],
    duration_s: float,
    let_through: Mapping[str, Override] | None = None,
) -> dg.AssetCheckResult:
    """The verdicts of a run's months as one check result: counts, rule codes and sentences, never values.

    ``let_through``: month → the override that opens its closed gate. Such a gate shows as a warning, which
    holds nothing back.
    """
    opened = let_through or {}
    docs = data_docs_index(get_settings(), Period.parse(judged[-1].period))
    failed = [f"{verdict.period} {kode}" for verdict in judged for kode in verdict.gagal]
    warned = [f"{verdict.period} {kode}" for verdict in judged for kode in verdict.peringatan]
    only_warned = all(verdict.lulus or verdict.period in opened for verdict in judged)
    return dg.AssetCheckResult(
        passed=not failed and not warned,
        severity=dg.AssetCheckSeverity.WARN if only_warned else dg.AssetCheckSeverity.ERROR,
        description=" ".join([*(item.sentence() for item in opened.values()), *_sentences(judged)])
        or "Semua aturan dalam ambang.",
        metadata={
            "periode": ", ".join(verdict.period for verdict in judged),
            "baris_dinilai": sum(verdict.baris for verdict in judged),
            "baris_layak": sum(verdict.layak for verdict in judged),
            "aturan": len(suite_of(dataset.wire).rules),
            "aturan_gagal": ", ".join(failed) or "-",
            "peringatan": ", ".join(warned) or "-",
            "pengecualian": ", ".join(opened) or "-",
            "versi_data": ", ".join(verdict.versi_data for verdict in judged),
            "durasi_s": round(duration_s, 2),
            "data_docs": dg.MetadataValue.path(str(docs)),
            "ambang": dg.MetadataValue.md(_thresholds(dataset)),
        },
    )


def _sentences(judged: Sequence[Verdict]) -> list[str]:
    return [
        f"{verdict.period} {kode}: {verdict.sentence(kode)}"
        for verdict in judged
        for kode in (*verdict.gagal, *verdict.peringatan)
    ]


def _thresholds(dataset: Dataset) -> str:
    lines = ["| kode | dimensi | keparahan | ambang |", "|---|---|---|---|"]
    lines += [
        f"| {rule.kode} | {rule.dimensi} | {rule.keparahan} | {rule.ambang} |"
        for rule in suite_of(dataset.wire).rules
    ]
    return "\n".join(lines)


assets: list[dg.AssetsDefinition] = [gerbang_mutu]
asset_checks: list[dg.AssetChecksDefinition] = [_gate_check(dataset) for dataset in DATASETS]
