"""A month's package and its workbook, and how much memory a sheet of 100,000 rows takes.

Each part runs in a process of its own, so that peak memory is that of the part. The workbook's seconds are set
beside those of the same rows written as csv.
"""

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from peak import peak_mb

from batang_assets.partitions import Span

ROWS = 100_000
SPAN = Span.parse("2026-10")
MADE_AT = datetime(2026, 10, 31, tzinfo=UTC)
GOALS = {"workbook_s": 5.0, "memory_mb": 200}


def large_sheet() -> None:
    """Write one sheet of ROWS rows; print CPU seconds beside csv and the peak memory in MB."""
    from batang_assets.smdata.sheets import TableSheet
    from batang_assets.smdata.tables import CsvField, SheetData, Value
    from batang_assets.smdata.workbook import write_workbook

    names = ("kecamatan", "telepon", "nik", "jumlah", "jumlah_l", "jumlah_p")
    sheet = TableSheet.model_validate(
        {
            "nama": "Besar",
            "berkas": "besar",
            "bentuk": "tabel",
            "judul": ["BESAR"],
            "laporan": "reports.besar",
            "kolom": [
                {
                    "nama": n,
                    "kepala": n,
                    "definisi": n,
                    "format": "bilangan" if n.startswith("jumlah") else "teks",
                }
                for n in names
            ],
            "jumlah": ["jumlah", "jumlah_l", "jumlah_p"],
        }
    )
    fields = tuple(CsvField(c.name, c.format, c.header, c.definition) for c in sheet.columns)
    rows: list[tuple[Value, ...]] = [
        ("Kecamatan Batang", "+6281234567890", f"{3325110000000000 + n}", n, n % 7, n % 5)
        for n in range(ROWS)
    ]
    data = SheetData(sheet, fields, rows)
    begun = time.process_time()
    data.csv_bytes()
    as_csv = time.process_time() - begun
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        write_workbook(Path(folder) / "besar.xlsx", [data], SPAN, "Besar", MADE_AT)
        seconds = time.process_time() - begun
    print(
        f"sheet of {ROWS:,} rows: {seconds:.1f} s CPU ({ROWS / seconds:,.0f} rows/s, "
        f"{seconds / as_csv:.0f} × csv), peak memory {peak_mb():.0f} MB (goal ≤ {GOALS['memory_mb']} MB)"
    )


def month() -> None:
    """Pack one month of 25,000 seekers; print CPU seconds of workbook and package."""
    from batang_assets.database import connect, prepare_database
    from batang_assets.database.server import EmbeddedServer
    from batang_assets.settings import Settings
    from batang_assets.smdata.facts import PackageFacts, Persetujuan
    from batang_assets.smdata.package import write_package
    from batang_assets.smdata.tables import collect
    from batang_assets.smdata.template import load_template
    from batang_assets.smdata.workbook import write_workbook
    from batang_assets.vault import KeyRing
    from tests.smdata.smdata_dunia import fill_reports, population, publish, statutory
    from tests.smdata.smdata_truth import SCHEMA

    people, places = population(1, 25_000, SPAN.months)
    with tempfile.TemporaryDirectory(prefix="bp-", dir="/tmp") as folder:
        home = Path(folder)
        settings = Settings.model_validate({"home": home, "clock": "2026-10-31T23:59:59+07:00"})
        ring = KeyRing.create(settings.keys)
        with EmbeddedServer(home).running():
            prepare_database(settings)
            with connect(settings) as connection:
                connection.execute(SCHEMA.encode())
                publish(connection, statutory(people, places, SPAN), SPAN)
                fill_reports(connection, people, SPAN)
                begun = time.process_time()
                sheets = collect(connection, load_template(), SPAN, "3325")
                collected = time.process_time() - begun
        begun = time.process_time()
        write_workbook(home / "sendiri.xlsx", sheets, SPAN, "Uji", MADE_AT)
        workbook = time.process_time() - begun
        approval = Persetujuan("A", "B", "", MADE_AT)
        facts = PackageFacts("3325", SPAN, "bench", "0", MADE_AT, approval)
        begun = time.process_time()
        write_package(home / "paket", load_template(), sheets, facts, ring)
        whole = time.process_time() - begun
    rows = sum(len(data.rows) for data in sheets)
    print(
        f"month of {len(people):,} seekers, {rows:,} rows: collect {collected:.1f} s, workbook {workbook:.1f} s "
        f"(goal ≤ {GOALS['workbook_s']:.0f} s), whole package {whole:.1f} s CPU ({whole / workbook:.1f} × workbook)"
    )


def main() -> None:
    """Run both parts, each in its own process."""
    for part in ("large_sheet", "month"):
        subprocess.run([sys.executable, __file__, part], check=True, cwd=Path(__file__).parents[1])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    {"large_sheet": large_sheet, "month": month}[sys.argv[1]]() if len(sys.argv) > 1 else main()
