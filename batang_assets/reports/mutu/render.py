"""From the report's numbers to one HTML file without any outside reference."""

from datetime import date, datetime
from functools import cache
from pathlib import Path

import psycopg
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from batang_assets.partitions import Period
from batang_assets.quality.balance import balance_rules
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.suites import DIMENSIONS, all_suites
from batang_assets.reports.mutu import charts
from batang_assets.reports.mutu.quarantine import AGE_LABELS
from batang_assets.reports.mutu.query import read_report
from batang_assets.settings import JAKARTA

FOLDER = Path(__file__).parent / "templates"
LOCALE = "id_ID"
WORST_RULES = 15
CHANGED_RULES = 10
INDEX = "index.html"
MEANINGS = {
    "relevan": "Data sesuai dengan keperluan pertukaran: sasaran dan wilayahnya tepat, isian yang wajib tersedia.",
    "akurat": "Nilai benar, memakai kode yang dikenal, dan tidak bertentangan satu sama lain.",
    "terkini": "Data ditarik dan diperbarui tepat waktu, dan statusnya belum kedaluwarsa.",
}
RELATIONS = {"beda": "Berbeda isi", "hanya_daerah": "Hanya di daerah", "hanya_pusat": "Hanya di pusat"}


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


def day(moment: date | datetime | None) -> str:
    """A date as an official writes it, with the time in WIB where it has one: 1 November 2026 pukul 03.00 WIB."""
    if moment is None:
        return "–"
    if isinstance(moment, datetime):
        return format_datetime(moment.astimezone(JAKARTA), "d MMM yyyy HH.mm 'WIB'", locale=LOCALE)
    return format_date(moment, "d MMMM yyyy", locale=LOCALE)


def month(period: Period) -> str:
    """A month in short: Okt 2026."""
    return format_date(period.first_day, "LLL yyyy", locale=LOCALE)


@cache
def environment() -> Environment:
    """The templates with their filters; every value is escaped."""
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"angka": number, "persen": percent, "hari": day, "bulan": month}
    return found


@cache
def style() -> Markup:
    """The style sheet that every page carries with it."""
    return Markup((FOLDER / "laporan_mutu.css").read_text(encoding="utf-8"))


def page(template: str, **values: object) -> str:
    """One HTML document from a template, with what every page needs."""
    titles = {dataset.wire: dataset.judul for dataset in DATASETS}
    shared = {"css": style(), "grafik": charts, "dimensi": DIMENSIONS, "judul_dataset": titles}
    return environment().get_template(template).render(shared | values)


def render(
    conn: psycopg.Connection,
    period: Period,
    run_id: str = "–",
    *,
    now: datetime | None = None,
    data_docs: str | None = None,
) -> str:
    """The report of one month as an HTML document.

    The same data at the same ``now`` give the same text but for the run's name; once a month is over and read,
    ``now`` makes no difference. None: as it stands at the month's end. ``data_docs``: the
    way from the report to the month's Data Docs, where they have been built.
    """
    report = read_report(conn, period, now or period.end)
    return page(
        "laporan_mutu.html.j2",
        laporan=report,
        ditahan={item.rule.kode: item.jumlah for item in report.quarantine},
        makna=MEANINGS,
        suites=all_suites(),
        neraca=balance_rules(),
        umur=AGE_LABELS,
        banyak_terburuk=WORST_RULES,
        banyak_perubahan=CHANGED_RULES,
        hubungan=RELATIONS,
        indeks=INDEX,
        data_docs=data_docs,
        run_id=run_id,
    )
