"""The asset between raw and the warehouse: who is who."""

import time

import dagster as dg

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import monthly_partitions
from batang_assets.settings import get_settings
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.linkage.records import DATASETS
from batang_assets.vault.linkage.run import link_people

LINKS_KEY = dg.AssetKey(["vault", "tautan_orang"])


@dg.asset(
    key=LINKS_KEY,
    deps=[
        dg.AssetKey(["raw", load_contract("batang_career", dataset.replace("_", "-")).table])
        for dataset in DATASETS
    ],
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


assets = [people_links]
