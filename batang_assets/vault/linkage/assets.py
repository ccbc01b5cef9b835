"""The asset between raw and the warehouse: who is who."""

import time

import dagster as dg

from batang_assets.database import connect
from batang_assets.partitions import monthly_partitions
from batang_assets.settings import get_settings
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.linkage.records import CENTRE, OURS
from batang_assets.vault.linkage.run import link_people

LINKS_KEY = dg.AssetKey(["vault", "tautan_orang"])
# Written into the same tables: an asset of its own, since the centre is read after the marts are built and sent.
CENTRE_KEY = dg.AssetKey(["vault", "tautan_pusat"])


@dg.asset(
    key=LINKS_KEY,
    deps=[dg.AssetKey(["raw", dataset]) for dataset in OURS],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="vault",
    kinds={"python", "postgres"},
    owners=["team:disnaker-batang"],
    description=(
        "Siapa adalah siapa: catatan orang tanpa NIK yang sah ditautkan kepada orangnya dengan penautan "
        "probabilistik (Splink), di dalam brankas dan di memori saja; yang keluar hanya kunci catatan, nama "
        "samaran, dan keyakinan. Keputusan orang (`batang people`) selalu menang. Tidak dihitung lagi bila tidak "
        "ada yang berubah."
    ),
)
def people_links(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Link the people of all months read so far; the month asked for changes nothing."""
    return _link(context)


@dg.asset(
    key=CENTRE_KEY,
    deps=[LINKS_KEY, *(dg.AssetKey(["raw", dataset]) for dataset in CENTRE)],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="konsolidasi",
    kinds={"python", "postgres"},
    owners=["team:disnaker-batang"],
    description=(
        "Siapa adalah siapa, sekali lagi setelah sisi pusat dibaca: orang yang didaftarkan di SIAPkerja tanpa NIK "
        "yang sah ditautkan kepada orang yang dikenal daerah, dengan aturan, keputusan, dan tabel yang sama. Tidak "
        "dihitung lagi bila pusat tidak menunjukkan orang baru."
    ),
)
def centre_links(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Link the people whom the centre has just shown, before the consolidation pairs them."""
    return _link(context)


def _link(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    settings = get_settings()
    ring = KeyRing.load(settings.keys)
    begun = time.monotonic()
    with connect(settings) as connection:
        linked = link_people(connection, ring, context.run_id, settings.now())
    return dg.MaterializeResult(
        metadata={
            "catatan": linked.records,
            "tanpa_nik_sah": linked.tail,
            "identitas_dibuka": linked.opened if linked.computed else 0,
            "tertaut": linked.linked,
            "usulan": linked.proposals,
            "dihitung": linked.computed,
            "dagster/row_count": linked.linked,
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


assets = [people_links, centre_links]
