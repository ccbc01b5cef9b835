"""Packages of a quarter, a semester and a year: what they hold, whom they need, and the same bytes again."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from batang_assets.database import connect
from batang_assets.errors import GateClosed
from batang_assets.partitions import Span
from batang_assets.quality import approval
from batang_assets.settings import Settings
from batang_assets.smdata.package import Package
from batang_assets.smdata.packing import pack
from batang_assets.smdata.verify import verify_package
from tests.approved import let_out
from tests.smdata.smdata_dunia import fill_reports, in_flow, population, publish, statutory
from tests.smdata.smdata_truth import SCHEMA
from tests.smdata.test_smdata_asset import balance

YEAR = Span.parse("2026")
SPANS = {
    "2026-T4": ("Triwulan IV 2026", "QUARTERLY"),
    "2026-S2": ("Semester II 2026", "ANNUAL_2"),
    "2026": ("Tahun 2026", "ANNUAL"),
}
PEOPLE, PLACES = population(9, 200, YEAR.months)


@pytest.fixture(scope="module")
def home(new_settings: Callable[..., Settings]) -> Settings:
    """A year that is over, every month of it judged and approved, with the reports of its longer spans."""
    settings = new_settings(clock="2027-01-05T08:00:00+07:00")
    with connect(settings) as connection:
        connection.execute(SCHEMA)
        connection.execute("insert into reports.rpt_konsolidasi values ('lowongan', 1, 1, 1, 0, 0, 0)")
        for key in SPANS:
            span = Span.parse(key)
            publish(connection, statutory(PEOPLE, PLACES, span), span)
            fill_reports(connection, PEOPLE, span)
        for month in YEAR.months:
            let_out(connection, month)
        balance(connection, period=YEAR.last)
    return settings


def made(settings: Settings, key: str) -> Package:
    return pack(settings, Span.parse(key), "run-1", settings.now())


def contents(path: Path) -> dict[str, bytes]:
    return {
        file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


@pytest.mark.parametrize("key", SPANS)
def test_a_longer_span_holds_its_own_people_and_says_which_span_it_is(home: Settings, key: str) -> None:
    package, span = made(home, key), Span.parse(key)
    label, frequency = SPANS[key]
    assert package.name == f"smdata-3325-{key}-r1"
    assert verify_package(package.path).ok
    with (package.path / "csv" / "ipk-iii-1.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["baris"]: row for row in csv.DictReader(file) if row["bagian"] == "pencari_kerja"}
    for code, flow in zip("12345", ("awal", "masuk", "terpenuhi", "dihapus", "akhir"), strict=True):
        assert int(rows[code]["semua_jumlah"]) == sum(in_flow(person, flow, span) for person in PEOPLE), code
    activity = json.loads((package.path / "metadata" / "ms-keg.json").read_text(encoding="utf-8"))
    assert activity["referensi_waktu"] == {
        "mulai": span.first.first_day.isoformat(),
        "selesai": "2026-12-31",
    }
    assert frequency in (package.path / "metadata" / "dcat.jsonld").read_text(encoding="utf-8")
    minutes = " ".join(
        page.extract_text() for page in pypdf.PdfReader(package.path / "berita-acara.pdf").pages
    )
    minutes = " ".join(minutes.split())
    assert f"Periode {label}, revisi 1" in minutes
    for month in span.months:
        assert month.label in minutes


@pytest.mark.parametrize("key", SPANS)
def test_a_longer_span_made_again_has_the_same_bytes(home: Settings, key: str) -> None:
    package = made(home, key)
    first = contents(package.path)
    shutil.rmtree(package.path)
    again = made(home, key)
    assert again.created
    assert contents(again.path) == first
    assert not made(home, key).created


@pytest.mark.parametrize("key", SPANS)
def test_a_longer_span_needs_every_one_of_its_months_approved(home: Settings, key: str) -> None:
    span = Span.parse(key)
    with connect(home) as connection:
        approval.revoke(connection, span.months[1], "Budi Penyetuju", "uji", home.now())
    try:
        with pytest.raises(GateClosed, match=span.months[1].label):
            made(home, key)
    finally:
        with connect(home) as connection:
            let_out(connection, span.months[1])
