"""The asset that writes a month's consolidation page and work list, and keeps the month's bridge."""

import time
from datetime import datetime
from pathlib import Path

import dagster as dg
import psycopg

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.reports.konsolidasi.history import keep, later_month
from batang_assets.reports.konsolidasi.query import Consolidation, read_consolidation
from batang_assets.reports.konsolidasi.render import render
from batang_assets.reports.konsolidasi.worklist import write_work_list
from batang_assets.settings import Settings, get_settings

TABLES = ("rpt_konsolidasi", "rpt_konsolidasi_sebab", "rpt_konsolidasi_tolak", "rpt_konsolidasi_jembatan",
          "rpt_konsolidasi_bidang", "rpt_konsolidasi_daftar_kerja")  # fmt: skip


@dg.asset(
    key=["reports", "hasil_konsolidasi"],
    deps=[dg.AssetKey(["reports", name]) for name in TABLES],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="konsolidasi",
    kinds={"python", "html"},
    owners=["team:disnaker-batang"],
    description=(
        "Hasil Konsolidasi Data Ketenagakerjaan dari APBD dan SIAPkerja: jembatan daerah ke pusat tiap domain, "
        "kecamatan, dan kegiatan APBD; bidang yang berbeda; dan daftar kerja menurut pihak yang dapat memperbaiki, "
        "dengan kemajuan sejak bulan lalu. Berupa halaman HTML dan berkas CSV.\n\nDasar: Nota Kesepakatan pasal 4 "
        "huruf b dan Lampiran angka 2."
    ),
)
def hasil_konsolidasi(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write the last month of the run: the consolidation is the present state, which no earlier month had."""
    settings = get_settings()
    begun = time.monotonic()
    period = Period.parse(max(context.partition_keys))
    with connect(settings) as conn:
        if later := later_month(conn, period):
            note = f"Tidak ditulis: keadaan sekarang sudah tersimpan untuk {later.label}."
            return dg.MaterializeResult(metadata={"keterangan": note})
        shown, page, rows = write(conn, settings, period, context.run_id, settings.now())
    return dg.MaterializeResult(
        metadata={
            "halaman": dg.MetadataValue.path(str(page)),
            "jembatan": dg.MetadataValue.md(_markdown(shown)),
            "dagster/row_count": rows,
            **({"belum_dapat_dikirim": shown.unsent} if shown.unsent else {}),
            "sisa": sum(abs(bridge.residual) for bridge in shown.bridges),
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


def write(
    conn: psycopg.Connection, settings: Settings, period: Period, run_id: str, now: datetime
) -> tuple[Consolidation, Path, int]:
    """Keep the month's bridge, write its page and work list; returns what is shown, the page, rows of the list."""
    with conn.transaction():
        keep(conn, period, run_id)
        shown = read_consolidation(conn, period, sends=settings.siapkerja_url is not None)
        rows = write_work_list(conn, folder(settings) / f"daftar-kerja-{period.key}.csv")
    page = folder(settings) / f"hasil-konsolidasi-{period.key}.html"
    draft = page.with_name(f".{page.name}.tmp")
    draft.write_text(render(shown, run_id, now), encoding="utf-8")
    draft.replace(page)
    return shown, page, rows


def folder(settings: Settings) -> Path:
    """Where pages and work lists lie."""
    return settings.outputs / "konsolidasi"


def _markdown(shown: Consolidation) -> str:
    lines = ["| domain | daerah | pusat | selisih | sisa |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {b.title} | {b.daerah} | {b.pusat} | {b.daerah - b.pusat} | {b.residual} |" for b in shown.bridges
    ]
    return "\n".join(lines)


assets = [hasil_konsolidasi]
