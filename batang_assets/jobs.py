"""What runs together."""

from typing import Any

import dagster as dg

from batang_assets.partitions import monthly_partitions
from batang_assets.settings import Settings

MAIN = "utama"
EXTRACT = "tarik"
BACKFILL = "isi_ulang"
RELEASE = "keluarkan"
# Groups whose assets leave the house; a backfill leaves them out unless asked.
OUTGOING = ("persetujuan", "siapkerja", "smdata", "konsolidasi")


def build_jobs(settings: Settings) -> list[Any]:
    """The four jobs, each over one month or a range of months."""
    # The public package takes longer than the rest of a day's outputs, and belongs to an approved month.
    everything = dg.AssetSelection.all() - dg.AssetSelection.assets(["smdata", "paket_publik"])
    partitions = monthly_partitions(settings)
    return [
        dg.define_asset_job(
            MAIN,
            everything,
            partitions_def=partitions,
            description=(
                "Pekerjaan utama satu bulan: tarik Batang Career, bangun mart, nilai gerbang mutu, kirim ke "
                "SIAPkerja, baca ulang, konsolidasi, IPK, paket SMData, laporan mutu."
            ),
        ),
        dg.define_asset_job(
            EXTRACT,
            dg.AssetSelection.groups("raw"),
            partitions_def=partitions,
            description="Hanya menarik data Batang Career ke raw dan brankas.",
        ),
        dg.define_asset_job(
            BACKFILL,
            everything - dg.AssetSelection.groups(*OUTGOING),
            partitions_def=partitions,
            description="Isi ulang bulan-bulan lalu: tarik, bangun, nilai, laporkan; tidak mengirim apa pun.",
        ),
        dg.define_asset_job(
            RELEASE,
            # The evaluation counts what was sent, packed and consolidated: it follows what the job renews.
            dg.AssetSelection.groups(*OUTGOING) | dg.AssetSelection.assets(["reports", "evaluasi"]),
            partitions_def=partitions,
            description=(
                "Mengeluarkan bulan yang sudah disetujui, tanpa menarik data baru: kirim ke SIAPkerja, baca ulang, "
                "konsolidasi, paket SMData, evaluasi tahunan."
            ),
        ),
    ]
