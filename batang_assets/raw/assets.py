"""The raw assets: one a dataset, partitioned by month."""

import time
from collections.abc import Generator
from typing import Any

import dagster as dg

from batang_assets.contracts import Contract, all_contracts
from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.raw.extract import Extractor
from batang_assets.raw.http import open_http_source
from batang_assets.raw.loader import LoadResult
from batang_assets.raw.source import CareerSource
from batang_assets.settings import get_settings
from batang_assets.vault import KeyRing


@dg.resource(description="Sumber Batang Career menurut pengaturan; satu klien untuk satu run.")
def batang_career(_context: dg.InitResourceContext) -> Generator[CareerSource]:
    """The configured source kind, open for the whole run."""
    with open_http_source(get_settings()) as source:
        yield source


def _raw_asset(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=["raw", contract.table],
        partitions_def=monthly_partitions(get_settings()),
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys={"batang_career"},
        group_name="raw",
        kinds={"python", "postgres"},
        owners=["team:disnaker-batang"],
        tags={"domain": contract.dataset},
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
        total = LoadResult()
        with connect(settings) as connection:
            extractor = Extractor(connection, settings, ring, context.resources.batang_career, context.run_id)
            for key in context.partition_keys:
                total.add(extractor.extract(contract, Period.parse(key)))
        return dg.MaterializeResult(metadata=_metadata(total, time.monotonic() - begun))

    return raw_dataset


def _metadata(total: LoadResult, duration_s: float) -> dict[str, Any]:
    return {
        "baris_dilihat": total.seen,
        "versi_baru": total.new_versions,
        "identitas_tersegel": total.sealed,
        "dagster/row_count": total.new_versions,
        "durasi_s": round(duration_s, 2),
    }


assets = [_raw_asset(contract) for contract in all_contracts("batang_career")]
