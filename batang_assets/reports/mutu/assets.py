"""The quality report as a Dagster asset."""

import time

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.gate import quality_status
from batang_assets.quality.keys import DATA_DOCS_KEY, GATE_KEY
from batang_assets.reports.mutu.files import report_url, reports_folder, write
from batang_assets.reports.mutu.render import INDEX
from batang_assets.settings import get_settings


@dg.asset(
    key=["reports", "laporan_mutu_data"],
    # Not the marts: a closed gate holds back what is below them, and then the report is wanted most.
    deps=[GATE_KEY, DATA_DOCS_KEY, dg.AssetKey(["quality", "karantina"])],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="laporan",
    kinds={"python", "html"},
    owners=["team:disnaker-batang"],
    description=(
        "Laporan Mutu Data bulanan: skor relevan, akurat, terkini; putusan gerbang setiap dataset beserta "
        "alasannya; aturan yang paling banyak dilanggar; karantina; dan seluruh aturan yang dipakai. Satu berkas "
        "HTML yang dapat dibaca tanpa jaringan dan dicetak, dengan halaman indeks atas semua bulan."
    ),
)
def laporan_mutu_data(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write the report of each month of the run."""
    return _written(context)


@dg.asset(
    key=["reports", "laporan_mutu_setelah_kirim"],
    # The same file again: only now is it known what the centre took and what the consolidation found. Where a
    # closed gate held the delivery back, the report written before it stands.
    deps=[dg.AssetKey(["reports", name]) for name in ("rpt_konsolidasi", "rpt_konsolidasi_sebab")],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    # With what leaves the house: a backfill that sends nothing has nothing to add.
    group_name="konsolidasi",
    kinds={"python", "html"},
    owners=["team:disnaker-batang"],
    description=(
        "Laporan Mutu Data bulanan yang sama, ditulis ulang setelah kiriman ke SIAPkerja dan konsolidasi selesai, "
        "sehingga memuat hasilnya."
    ),
)
def laporan_mutu_setelah_kirim(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write the report of each month of the run once more."""
    return _written(context)


def _written(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    settings = get_settings()
    begun = time.monotonic()
    paths = [write(settings, Period.parse(key), context.run_id) for key in context.partition_keys]
    with connect(settings) as conn:
        state = quality_status(conn, Period.parse(context.partition_keys[-1]))
    link = report_url(settings, Period.parse(context.partition_keys[-1]))
    closed = [dataset for dataset, gate in state["gates"].items() if gate == "fail"]
    return dg.MaterializeResult(
        metadata={
            "laporan": dg.MetadataValue.path(str(paths[-1])),
            "indeks": dg.MetadataValue.path(str(reports_folder(settings) / INDEX)),
            **({"tautan": dg.MetadataValue.url(link)} if link else {}),
            "banyak_laporan": len(paths),
            "baris_dinilai": state["rows_checked"],
            "baris_karantina": state["rows_quarantined"],
            "gerbang_tertutup": ", ".join(closed) or "-",
            **{f"skor_{name}": score for name, score in state["scores"].items() if score is not None},
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


assets: list[dg.AssetsDefinition] = [laporan_mutu_data, laporan_mutu_setelah_kirim]
