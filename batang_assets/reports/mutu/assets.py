"""The quality report as a Dagster asset."""

import time

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.assets import GATE_KEY
from batang_assets.quality.gate import quality_status
from batang_assets.reports.mutu.render import write
from batang_assets.settings import get_settings


@dg.asset(
    key=["reports", "laporan_mutu_data"],
    # Not the marts: a closed gate holds back what is below them, and then the report is wanted most.
    deps=[GATE_KEY, dg.AssetKey(["quality", "karantina"])],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="laporan",
    kinds={"python", "html"},
    owners=["team:disnaker-batang"],
    description=(
        "Laporan Mutu Data bulanan: skor relevan, akurat, terkini; putusan gerbang setiap dataset beserta "
        "alasannya; aturan yang paling banyak dilanggar; karantina; dan seluruh aturan yang dipakai. Satu berkas "
        "HTML yang dapat dibaca tanpa jaringan dan dicetak."
    ),
)
def laporan_mutu_data(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write the report of each month of the run."""
    settings = get_settings()
    begun = time.monotonic()
    paths = [write(settings, Period.parse(key), context.run_id) for key in context.partition_keys]
    with connect(settings) as conn:
        state = quality_status(conn, Period.parse(context.partition_keys[-1]))
    closed = [dataset for dataset, gate in state["gates"].items() if gate == "fail"]
    return dg.MaterializeResult(
        metadata={
            "laporan": dg.MetadataValue.path(str(paths[-1])),
            "banyak_laporan": len(paths),
            "baris_dinilai": state["rows_checked"],
            "baris_karantina": state["rows_quarantined"],
            "gerbang_tertutup": ", ".join(closed) or "-",
            **{f"skor_{name}": score for name, score in state["scores"].items() if score is not None},
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


assets: list[dg.AssetsDefinition] = [laporan_mutu_data]
