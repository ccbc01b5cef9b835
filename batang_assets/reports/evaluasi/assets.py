"""The yearly evaluation as a Dagster asset."""

import time

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.keys import GATE_KEY
from batang_assets.reports.evaluasi.files import write
from batang_assets.settings import get_settings


@dg.asset(
    key=["reports", "evaluasi"],
    # Last, so that the month's own delivery, package and consolidation are in it. Where a closed gate held those
    # back, `batang evaluasi` writes it all the same.
    deps=[GATE_KEY, dg.AssetKey(["smdata", "paket"]), dg.AssetKey(["reports", "hasil_konsolidasi"])],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="laporan",
    kinds={"python", "html"},
    owners=["team:disnaker-batang"],
    description=(
        "Laporan evaluasi tahunan Nota Kesepakatan (pasal 10) atas dua belas bulan sampai dengan bulan itu: "
        "pemenuhan setiap pasal beserta ukuran dan buktinya, volume dan mutu enam domain, ketepatan "
        "waktu, hasil "
        "konsolidasi, gangguan, kalender, dan rekomendasi. Berupa HTML dan PDF; bertanda RANCANGAN "
        "selama belum dua "
        "belas bulan penuh."
    ),
)
def evaluasi(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write the evaluation that ends with each month of the run."""
    settings = get_settings()
    begun = time.monotonic()
    with connect(settings) as conn:
        written = [
            write(conn, settings, Period.parse(key), settings.now()) for key in sorted(context.partition_keys)
        ]
    facts, page, paper = written[-1]
    return dg.MaterializeResult(
        metadata={
            "halaman": dg.MetadataValue.path(str(page)),
            "pdf": dg.MetadataValue.path(str(paper)),
            "banyak_laporan": len(written),
            "bulan_penuh": facts.full_months,
            "rancangan": facts.draft,
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


assets = [evaluasi]
