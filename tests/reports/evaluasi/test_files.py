"""Page and PDF: the same content, the same bytes again, fonts inside, and nothing personal."""

import hashlib
import io
import re
from datetime import timedelta

import dagster as dg
import pytest
from pypdf import PdfReader

from batang_assets.database import connect
from batang_assets.reports.evaluasi import assets
from batang_assets.reports.evaluasi.document import Charts, Items, Table, Text
from batang_assets.reports.evaluasi.files import write
from batang_assets.reports.evaluasi.reading import read_facts
from batang_assets.reports.evaluasi.report import build
from batang_assets.settings import Settings
from tests.reports.evaluasi import year


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def written(settings: Settings, now=year.NOW) -> tuple[bytes, bytes]:
    with connect(settings) as conn:
        _, page, paper = write(conn, settings, year.UNTIL, now)
    return page.read_bytes(), paper.read_bytes()


@pytest.fixture(scope="module")
def both(year_settings: Settings) -> tuple[str, str]:
    """The text of the page and that of the PDF."""
    page, paper = written(year_settings)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]
    return page.decode(), "\n".join(pages)


def test_the_same_data_and_clock_give_the_same_bytes(year_settings) -> None:
    first = [hashlib.sha256(content).hexdigest() for content in written(year_settings)]
    assert [hashlib.sha256(content).hexdigest() for content in written(year_settings)] == first
    later = written(year_settings, year.NOW + timedelta(days=1))
    assert [hashlib.sha256(content).hexdigest() for content in later] != first


def test_page_and_pdf_say_the_same(year_settings, both) -> None:
    with connect(year_settings) as conn:
        document = build(read_facts(conn, year_settings, year.UNTIL, year.NOW))
    page, paper = (plain(re.sub(r"<[^>]+>", "", both[0])), plain(both[1]))
    checked = 0
    for section in document.sections:
        words = [section.title]
        for block in section.blocks:
            if isinstance(block, Text):
                words.append(block.text)
            elif isinstance(block, Items):
                words += block.items
            elif isinstance(block, Table):
                cells = [cell for row in block.rows for cell in row]
                lines = [line for cell in cells for line in ([cell] if isinstance(cell, str) else cell)]
                words += [block.caption, *block.head, *lines]
            elif isinstance(block, Charts):
                words += [chart.title for chart in block.charts]
        for word in words:
            checked += 1
            assert plain(word).replace('"', "&#34;") in page, word
            # A long paragraph may be parted by a page's foot.
            assert plain(word)[:60].replace('"', "") in paper.replace("“", "").replace("”", "").replace(
                '"', ""
            ), word
    assert checked > 500


def test_the_pdf_embeds_its_fonts_and_is_tagged(year_settings) -> None:
    reader = PdfReader(io.BytesIO(written(year_settings)[1]))
    assert reader.root_object["/MarkInfo"].get_object() == {"/Marked": True, "/Suspects": False}
    assert reader.root_object["/Lang"] == "id"
    assert reader.metadata is not None
    assert reader.metadata.creation_date == year.NOW
    objects = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    fonts = [item for item in objects if isinstance(item, dict) and item.get("/Type") == "/FontDescriptor"]
    assert fonts
    assert all({"/FontFile2", "/FontFile3"} & font.keys() for font in fonts)


def test_neither_names_a_person_or_a_record(both) -> None:
    for text in both:
        for word in (*year.OFFICIALS, "catatan bebas pejabat", "batang:lowongan"):
            assert word not in text
        assert not re.search(r"\b\d{16}\b", text)


def test_every_chart_is_told_in_words(both) -> None:
    labels = re.findall(r'<svg[^>]*aria-label="([^"]+)"', both[0])
    assert len(labels) == both[0].count("<svg") == 9
    told = "dari 100 menjadi 210, terendah 100, tertinggi 210, 12 bulan berdata"
    assert f"Lowongan, Nov 2025 sampai Okt 2026: {told}" in labels


def test_the_asset_writes_both_files_of_every_month_of_the_run(year_settings, monkeypatch) -> None:
    monkeypatch.setattr(assets, "get_settings", lambda: year_settings)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [assets.evaluasi],
            instance=instance,
            tags={
                "dagster/asset_partition_range_start": "2026-09",
                "dagster/asset_partition_range_end": "2026-10",
            },
        )
    metadata = result.asset_materializations_for_node("reports__evaluasi")[-1].metadata
    assert metadata["banyak_laporan"].value == 2
    assert metadata["rancangan"].value is False
    names = {path.name for path in (year_settings.outputs / "evaluasi").iterdir()}
    assert {f"evaluasi-2026-{month}.{kind}" for month in ("09", "10") for kind in ("html", "pdf")} <= names
    assert not [name for name in names if name.startswith(".")]
