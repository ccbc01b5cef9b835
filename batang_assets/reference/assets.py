"""The asset between the raw tables and dbt: free texts conformed by likeness, the rest queued for a person."""

import time

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.reference.conforming import TABLES, conform
from batang_assets.settings import get_settings

KEY = dg.AssetKey(["quality", "penyelarasan"])


@dg.asset(
    key=KEY,
    deps=[dg.AssetKey(["raw", table]) for table in TABLES],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="rujukan",
    kinds={"python", "postgres"},
    owners=["team:disnaker-batang"],
    description=(
        "Sebutan bebas pendidikan dan jabatan yang tidak ada di kamus, disamakan dengan sebutan kamus menurut "
        "kemiripan teks. Yang keyakinannya mencapai ambang langsung dipakai dengan tanda fuzzy; selebihnya "
        "menunggu keputusan petugas (batang quality conforming) dan sementara itu tidak dikenal."
    ),
)
def penyelarasan(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Bring the queue up to date; counts only, never a text."""
    settings = get_settings()
    begun = time.monotonic()
    with connect(settings) as connection:
        done = conform(connection, [Period.parse(key) for key in context.partition_keys], settings.now())
    return dg.MaterializeResult(
        metadata={
            "bulan_dibaca": done.months,
            "sebutan_baru": done.texts,
            "dipakai_langsung": done.sure,
            "menunggu": done.waiting,
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


def _list(name: str, description: str) -> dg.AssetSpec:
    """What an operator loads (``batang reference load``): no run of ours makes it."""
    return dg.AssetSpec(
        dg.AssetKey(["reference", name]),
        description=description,
        group_name="rujukan",
        owners=["team:disnaker-batang"],
        kinds={"postgres"},
    )


assets = [
    penyelarasan,
    _list(
        "kode", "Daftar resmi buku kode yang berlaku, sebagaimana dimuat operator (batang reference load)."
    ),
    _list("sebutan_jabatan", "Judul KBJI pada daftar yang dimuat yang menunjuk tepat satu kode."),
]
