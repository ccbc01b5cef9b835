"""The asset that writes IPK III/1 of each month as a file."""

import csv
import time
from pathlib import Path

import dagster as dg
import psycopg

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.reports.ipk import IpkTable, imbalances, ipk_iii_1
from batang_assets.settings import Settings, get_settings


@dg.asset(
    key=["reports", "ipk"],
    deps=[dg.AssetKey(["reports", "rpt_ipk_iii_1"])],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="laporan",
    kinds={"python", "csv"},
    owners=["team:disnaker-batang"],
    description=(
        "IPK III/1 Ikhtisar statistik antarkerja untuk setiap bulan, dalam susunan baku, sebagai berkas CSV. "
        "Hanya ditulis bila setiap selnya seimbang: A = 1 + 2, B = 3 + 4, 5 = A − B, dan sisa awal sama dengan "
        "sisa akhir bulan sebelumnya.\n\nDasar: Kepdirjen 268/PPTK/XII/2012 dan Permenaker 39/2016."
    ),
)
def ipk(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Write IPK III/1 of every month of the run."""
    settings = get_settings()
    begun = time.monotonic()
    with connect(settings) as conn:
        tables = {key: balanced_table(conn, Period.parse(key)) for key in sorted(context.partition_keys)}
    paths = [write_csv(table, ipk_path(settings, table.period)) for table in tables.values()]
    last = list(tables.values())[-1]
    return dg.MaterializeResult(
        metadata={
            "tabel": dg.MetadataValue.md(_markdown(last)),
            "berkas": dg.MetadataValue.path(str(paths[-1])),
            "bulan": len(paths),
            "baris": sum(len(table.rows) for table in tables.values()),
            "seimbang": True,
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


def balanced_table(conn: psycopg.Connection, period: Period) -> IpkTable:
    """IPK III/1 of the month; raises DataError, with the first identity that fails, if it does not balance."""
    table = ipk_iii_1(conn, period)
    if faults := imbalances(conn, period):
        raise DataError(
            f"IPK III/1 {period.key} tidak seimbang pada {len(faults)} sel, mulai dari {faults[0]}; periksa buku "
            "peristiwa (marts.fct_peristiwa_pencari_kerja, marts.fct_peristiwa_lowongan) lalu bangun ulang mart"
        )
    return table


def ipk_path(settings: Settings, period: Period) -> Path:
    """Where the file of one month lies."""
    return settings.outputs / "ipk" / f"ipk-iii-1-{period.key}.csv"


def write_csv(table: IpkTable, path: Path) -> Path:
    """Write the table as RFC 4180 csv (UTF-8) in one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(table.header)
        writer.writerows(table.rows)
    draft.replace(path)
    return path


def _markdown(table: IpkTable) -> str:
    """Rows with the totals by sex: what fits the screen."""
    shown = [0, 1, *range(len(table.header) - 4, len(table.header))]
    lines = [
        f"**{table.title}, {table.period.label}**\n",
        "| " + " | ".join(table.header[i] for i in shown) + " |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for row in table.rows:
        cells = (
            "" if row[i] is None else f"{row[i]:,}".replace(",", ".") if i > 1 else row[i] for i in shown
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


assets = [ipk]
