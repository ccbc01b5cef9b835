"""The raw assets: one a dataset, partitioned by month, and the sweep for rows that vanished."""

import time
from collections.abc import Generator
from typing import Any

import dagster as dg

from batang_assets.contracts import Contract, all_contracts
from batang_assets.database import connect
from batang_assets.errors import SourceError
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.raw.checks import check_results, check_specs
from batang_assets.raw.extract import Extraction, Extractor
from batang_assets.raw.files.aside import set_aside
from batang_assets.raw.source import CareerSource
from batang_assets.raw.sources import open_source
from batang_assets.raw.sweep import Sweeper, Swept
from batang_assets.settings import Settings, get_settings
from batang_assets.vault import KeyRing

VANISHED_KEY = dg.AssetKey(["raw", "hilang"])
SWEEP_CHECK = "sapuan_dipercaya"


@dg.resource(description="Sumber Batang Career menurut pengaturan; satu klien untuk satu run.")
def batang_career(context: dg.InitResourceContext) -> Generator[CareerSource]:
    """The configured source kind, open for the whole run."""
    with open_source(get_settings(), context.run_id) as source:
        yield source


def _raw_asset(contract: Contract) -> dg.AssetsDefinition:
    key = dg.AssetKey(["raw", contract.table])

    @dg.asset(
        key=key,
        partitions_def=monthly_partitions(get_settings()),
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys={"batang_career"},
        group_name="raw",
        kinds={"python", "postgres"},
        owners=["team:disnaker-batang"],
        tags={"domain": contract.dataset},
        check_specs=check_specs(key),
        description=(
            f"{contract.title} dari Batang Career: {contract.definition} Setiap versi disimpan sekali dan tidak "
            f"pernah dihapus; pengenal langsung disegel di brankas.\n\nTujuan: {contract.purpose} "
            f"Dasar: {contract.basis}."
        ),
    )
    def raw_dataset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings = get_settings()
        ring = KeyRing.load(settings.keys)
        begun = time.monotonic()
        total = Extraction()
        with connect(settings) as connection:
            extractor = Extractor(connection, settings, ring, context.resources.batang_career, context.run_id)
            for partition in context.partition_keys:
                total.add(extractor.extract(contract, Period.parse(partition)))
            drops = set_aside(connection, contract.dataset)
        for refusal in total.refused:
            context.log.error(refusal.line())
        return dg.MaterializeResult(
            metadata=_metadata(total, time.monotonic() - begun),
            check_results=check_results(key, total.unknown, total.refused, drops),
        )

    return raw_dataset


def _metadata(total: Extraction, duration_s: float) -> dict[str, Any]:
    return {
        "baris_dilihat": total.seen,
        "versi_baru": total.new_versions,
        "identitas_tersegel": total.sealed,
        "ditolak_karena_terhapus": total.kept_out,
        "dagster/row_count": total.new_versions,
        "durasi_s": round(duration_s, 2),
    }


@dg.asset(
    key=VANISHED_KEY,
    deps=[dg.AssetKey(["raw", contract.table]) for contract in all_contracts("batang_career")],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    required_resource_keys={"batang_career"},
    group_name="raw",
    kinds={"python", "postgres"},
    owners=["team:disnaker-batang"],
    check_specs=[
        dg.AssetCheckSpec(
            SWEEP_CHECK,
            asset=VANISHED_KEY,
            description="Daftar kunci sumber terbaca dan tidak menyusut melampaui batas.",
        )
    ],
    description=(
        "Catatan yang tidak lagi hidup pada Batang Career, dan yang muncul lagi: satu baris tiap peristiwa. "
        "Yang sudah terhapus secara lunak ditandai, karena tidak mengubah hitungan. Sapuan membandingkan semua "
        "kunci yang hidup dengan yang dikenal, paling sering sekali dalam jangka BATANG_CAREER_SWEEP_HOURS, hanya "
        "untuk bulan berjalan."
    ),
)
def vanished_rows(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Sweep every dataset that is due; what cannot be swept is reported and holds nothing else up."""
    settings = get_settings()
    source: CareerSource = context.resources.batang_career
    period = Period.parse(context.partition_keys[-1])
    begun = time.monotonic()
    swept, lines = _sweep_all(context, settings, source, period)
    refused = any(one.refused for one in swept)
    return dg.MaterializeResult(
        metadata={
            "dataset_disapu": len(swept),
            "catatan_hilang": sum(one.vanished for one in swept),
            "muncul_lagi": sum(one.back for one in swept),
            "durasi_s": round(time.monotonic() - begun, 2),
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=VANISHED_KEY,
                check_name=SWEEP_CHECK,
                passed=not lines,
                severity=dg.AssetCheckSeverity.ERROR if refused else dg.AssetCheckSeverity.WARN,
                description=" ".join(lines) or None,
                metadata={"masalah": len(lines)},
            )
        ],
    )


def _sweep_all(
    context: dg.AssetExecutionContext, settings: Settings, source: CareerSource, period: Period
) -> tuple[list[Swept], list[str]]:
    swept: list[Swept] = []
    lines: list[str] = []
    with connect(settings) as connection:
        sweeper = Sweeper(connection, settings, source, context.run_id)
        for contract in all_contracts("batang_career"):
            if not sweeper.due(contract, period):
                continue
            try:
                one = sweeper.sweep(contract, period)
            except SourceError as error:
                # The reason is an engineer's sentence, for the log; the check is read by officials.
                context.log.error(str(error))
                lines.append(
                    f"{contract.title}: daftar kunci yang hidup tidak dapat dibaca, jadi catatan yang hilang dari "
                    "sumber tidak diketahui; sebabnya ada di log run ini."
                )
                continue
            swept.append(one)
            if one.refused:
                lines.append(one.refused.line())
                context.log.error(lines[-1])
    return swept, lines


assets = [*(_raw_asset(contract) for contract in all_contracts("batang_career")), vanished_rows]
