"""Metadata, minutes and Data Package, judged by other implementations of what they claim to keep."""

import json
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from frictionless import Package as DataPackage
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef

from batang_assets.contracts.indicators import definitions
from batang_assets.smdata.package import Package
from batang_assets.smdata.sheets import TableSheet
from batang_assets.smdata.tables import METADATA
from batang_assets.smdata.template import load_template

SEED_VARIABLE = {
    "nama",
    "alias",
    "konsep",
    "definisi",
    "referensi_pemilihan",
    "referensi_waktu",
    "tipe_data",
    "domain",
    "aturan_validasi",
    "kalimat_pertanyaan",
    "akses_umum",
}
SEED_INDICATOR = {
    "nama",
    "konsep",
    "definisi",
    "interpretasi",
    "metode_rumus",
    "ukuran",
    "satuan",
    "klasifikasi_penyajian",
    "indikator_komposit",
    "variabel_pembangun",
    "level_estimasi",
    "akses_umum",
}
FORMAT_A = {"konsep", "definisi", "klasifikasi", "ukuran", "satuan", "dasar_rujukan"}


@pytest.fixture
def package(build) -> Package:
    return build()


def document(package: Package, name: str) -> dict:
    return json.loads((package.path / "metadata" / name).read_text(encoding="utf-8"))


def test_the_data_package_is_valid_for_frictionless_down_to_every_row(package: Package):
    report = DataPackage(str(package.path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "note"])
    assert report.stats["tasks"] == len(load_template().made)


def test_the_catalogue_entry_parses_and_has_what_dcat_requires(package: Package):
    graph = Graph().parse(package.path / "metadata" / "dcat.jsonld", format="json-ld")
    (catalogue,) = graph.subjects(RDF.type, DCAT.Catalog)
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    assert graph.value(catalogue, DCAT.dataset) == dataset
    for owner, wanted in (
        (catalogue, (DCTERMS.title, DCTERMS.description, DCTERMS.publisher)),
        (
            dataset,
            (
                DCTERMS.title,
                DCTERMS.description,
                DCTERMS.identifier,
                DCTERMS.issued,
                DCTERMS.publisher,
                DCTERMS.accrualPeriodicity,
                DCTERMS.spatial,
                DCTERMS.temporal,
                DCTERMS.accessRights,
                DCAT.contactPoint,
                DCAT.theme,
                DCAT.keyword,
                URIRef(f"{DCAT}version"),
            ),
        ),
    ):
        for predicate in wanted:
            assert graph.value(owner, predicate) is not None, predicate
    publisher = graph.value(dataset, DCTERMS.publisher)
    assert graph.value(publisher, FOAF.name) == Literal("Dinas Ketenagakerjaan Kabupaten Batang")
    temporal = graph.value(dataset, DCTERMS.temporal)
    days = [graph.value(temporal, DCAT.startDate), graph.value(temporal, DCAT.endDate)]
    assert [day.toPython() for day in days if isinstance(day, Literal)] == [
        date(2026, 10, 1),
        date(2026, 10, 31),
    ]
    distributions = list(graph.objects(dataset, DCAT.distribution))
    assert len(distributions) == len(list((package.path / "csv").iterdir()))
    for distribution in distributions:
        for predicate in (DCAT.accessURL, DCAT.downloadURL, DCAT.mediaType, DCAT.byteSize):
            assert graph.value(distribution, predicate) is not None
    (record,) = graph.subjects(RDF.type, DCAT.CatalogRecord)
    assert graph.value(record, FOAF.primaryTopic) == dataset


def test_statistical_metadata_have_every_field_of_the_regulations(package: Package):
    variables = document(package, "ms-var.json")["variabel"]
    header = {
        (sheet.name, column.name)
        for sheet in load_template().made
        if isinstance(sheet, TableSheet) and sheet.relation != METADATA
        for column in sheet.columns
    }
    assert header <= {(item["lembar"], item["nama"]) for item in variables}
    assert all(item.keys() >= SEED_VARIABLE for item in variables)
    assert all(item["definisi"] and item["konsep"] and item["aturan_validasi"] for item in variables)
    indicators = document(package, "ms-ind.json")["indikator"]
    assert indicators
    assert all(item.keys() >= SEED_INDICATOR for item in indicators)
    # The same words as the report of indicators prints, and only what the package's own sheets hold.
    known = {item.code: item for item in definitions()}
    assert {item["kode"] for item in indicators} == {code for code, item in known.items() if item.sheet}
    assert {item.sheet for item in known.values()} - {None} <= {s.file for s in load_template().made}
    for item in indicators:
        assert (item["nama"], item["metode_rumus"]) == (known[item["kode"]].name, known[item["kode"]].method)
    standard = document(package, "standar-data.json")["data"]
    assert len(standard) == len(variables)
    assert all(all(item[name] for name in FORMAT_A) for item in standard)
    activity = document(package, "ms-keg.json")
    assert activity["referensi_waktu"] == {"mulai": "2026-10-01", "selesai": "2026-10-31"}
    assert activity["walidata"] == "Dinas Komunikasi dan Informatika Kabupaten Batang"
    assert activity["klasifikasi_risiko"] == "terbatas"


def test_the_minutes_say_what_was_checked_and_who_approved_in_embedded_fonts(package: Package):
    reader = pypdf.PdfReader(package.path / "berita-acara.pdf")
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for said in (
        "BERITA ACARA PAKET DATA KETENAGAKERJAAN",
        "Periode Oktober 2026, revisi 1",
        "Penempatan 90 80 abc123def457 dibuka dengan pengecualian (PP_A01)",
        "Dibuka oleh Sri Lestari pada 30-10-2026 10.00 WIB untuk PP_A01: sudah diperiksa manual",
        "Disiapkan oleh Budi Santoso; disetujui oleh Rina Wulandari pada 31-10-2026 pukul 23.59 WIB.",
        "Paket ini adalah yang pertama untuk periode ini.",
    ):
        assert said in text, said
    manifest = json.loads((package.path / "MANIFEST.json").read_text(encoding="utf-8"))
    packed = "".join(text.split())
    for entry in manifest["berkas"]:
        if entry["nama"] != "berita-acara.pdf":
            assert entry["sha256"] in packed, entry["nama"]
    for page in reader.pages:
        embedded, missing = page._get_fonts()
        assert embedded
        assert not missing


def test_the_minutes_of_the_demo_say_that_it_approved_itself(build, facts):
    package = build(approval=replace(facts.approval, demo=True))
    text = "".join(page.extract_text() for page in pypdf.PdfReader(package.path / "berita-acara.pdf").pages)
    assert "Disetujui otomatis (mode demo)" in " ".join(text.split())


def test_the_public_minutes_name_each_verdict_and_no_number_of_rows(build):
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(build(kelas="publik").path / "berita-acara.pdf").pages
    )
    said = " ".join(text.split())
    assert "Penempatan abc123def457 dibuka dengan pengecualian (PP_A01)" in said
    assert "Bulan Dataset Versi data Putusan" in said
    assert not {"400", "398"} & set(said.split())


def test_text_in_the_minutes_is_data_and_never_markup(build, connection):
    build()
    connection.execute("update reports.rpt_konsolidasi set pusat = 8")
    package = build(reason="#panic() $x$ *tebal* = 1 [x] @a <b> // komentar")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(package.path / "berita-acara.pdf").pages)
    assert "#panic() $x$ *tebal* = 1 [x] @a <b> // komentar" in " ".join(text.split())
