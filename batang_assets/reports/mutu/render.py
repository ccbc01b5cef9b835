"""From the report's numbers to one HTML file without any outside reference."""

import os
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality.suites import DIMENSIONS, all_suites
from batang_assets.reports.mutu.query import AGE_LABELS, read_report
from batang_assets.settings import Settings

FOLDER = Path(__file__).parent
LOCALE = "id_ID"
WORST_RULES = 15
MEANINGS = {
    "relevan": "Data sesuai dengan keperluan pertukaran: sasaran dan wilayahnya tepat, isian yang wajib tersedia.",
    "akurat": "Nilai benar, memakai kode yang dikenal, dan tidak bertentangan satu sama lain.",
    "terkini": "Data ditarik dan diperbarui tepat waktu, dan statusnya belum kedaluwarsa.",
}


def number(value: float | None, decimals: int = 0) -> str:
    """A number as Indonesians write it: 25.000; 97,3. A dash where there is none."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=LOCALE)


def percent(share: float) -> str:
    """A share as a percentage with one decimal: 0.053 → ``5,3 %``; what is above nothing never shows as zero."""
    if 0 < share < 0.0005:
        return "< 0,1 %"
    return f"{number(share * 100, 1)} %"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"angka": number, "persen": percent}
    return environment


def render(conn: psycopg.Connection, period: Period, run_id: str = "–") -> str:
    """The report of one month as an HTML document; the same data give the same text but for the run's name."""
    template = _environment().get_template("laporan_mutu.html.j2")
    return template.render(
        laporan=read_report(conn, period),
        dimensi=DIMENSIONS,
        makna=MEANINGS,
        suites=all_suites(),
        umur=AGE_LABELS,
        banyak_terburuk=WORST_RULES,
        css=Markup((FOLDER / "laporan_mutu.css").read_text(encoding="utf-8")),
        run_id=run_id,
    )


def report_path(settings: Settings, period: Period) -> Path:
    """Where the month's report lies: ``<home>/keluaran/mutu/laporan-mutu-2026-10.html``."""
    return settings.outputs / "mutu" / f"laporan-mutu-{period.key}.html"


def write(settings: Settings, period: Period, run_id: str = "–") -> Path:
    """Render the month's report into its file, whole or not at all; returns the path."""
    with connect(settings) as conn:
        text = render(conn, period, run_id)
    path = report_path(settings, period)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".laporan-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path
