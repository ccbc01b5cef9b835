"""Data Docs of a month: complete, styled, free of outside references, and of the last judging."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality import gate
from batang_assets.quality.data_docs import build, offline
from batang_assets.quality.paths import data_docs_index
from batang_assets.settings import Settings
from tests.quality import judged

OCTOBER = Period(2026, 10)
CANARY = "KENARI-3325010101990001"


@pytest.fixture(scope="module")
def site(new_settings: Callable[..., Settings]) -> Path:
    """October judged twice (closed, then open after a mend) for one dataset, once for another; September too."""
    settings = new_settings()
    with connect(settings) as conn:
        judged.reset(conn)
        judged.add_rows(conn, "lamaran", OCTOBER, 20, wrong={"LM_A01": 10})
        judged.add_rows(conn, "lamaran", OCTOBER.previous(), 5)
        judged.add_rows(conn, "pelatihan", OCTOBER, 20, wrong={"PL_A01": 20})
        judged.plant(conn, "pelatihan", "sumber_dana", CANARY)
        judged.plant(conn, "pelatihan", "id", CANARY)
    for period, wire in ((OCTOBER.previous(), "lamaran"), (OCTOBER, "lamaran"), (OCTOBER, "pelatihan")):
        gate.evaluate(settings, period, wire, "uji")
    build(settings, OCTOBER)
    with connect(settings) as conn:
        conn.execute("update intermediate.int_lamaran__dinilai set lolos_lm_a01 = true")
    gate.evaluate(settings, OCTOBER, "lamaran", "uji")
    index = build(settings, OCTOBER)
    assert index == data_docs_index(settings, OCTOBER)
    return index.parent


class References(HTMLParser):
    """Every address that a page names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [
            value for name, value in attrs if name in ("href", "src", "action", "srcset") and value
        ]


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_every_reference_is_to_a_file_of_the_site(site: Path) -> None:
    assert len(pages(site)) > 10
    for page in pages(site):
        references = References(page.read_text(encoding="utf-8"))
        assert not references.tags & {"script", "iframe", "object", "embed"}, page
        for address in references.found:
            path = unquote(address.split("#")[0].split("?")[0])
            assert not re.match(r"[a-z]+:|//", address), (page, address)
            assert not path or (page.parent / path).exists(), (page, address)


def test_every_page_is_styled_and_forbids_the_network(site: Path) -> None:
    for page in pages(site):
        text = page.read_text(encoding="utf-8")
        assert "gaya.css" in text, page
        assert "default-src 'none'" in text, page
        assert not re.search(r"url\(\s*['\"]?(https?:)?//", text), page


def test_the_index_leads_to_the_results_of_the_last_judging(site: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    results = [address for address in References(index).found if address.startswith("validations/")]
    assert {Path(address).parts[1] for address in results} == {"lamaran", "pelatihan"}
    # One result a dataset: the first judging of October, and all of September, are not in it.
    assert {page.relative_to(site).as_posix() for page in (site / "validations").rglob("*.html")} == set(
        results
    )
    by_dataset = {Path(address).parts[1]: (site / address).read_text(encoding="utf-8") for address in results}
    assert "Failed" in by_dataset["pelatihan"]
    assert "PL_A01: " in by_dataset["pelatihan"]
    assert "tertutup" in index


def test_no_value_of_a_row_is_on_a_page(site: Path) -> None:
    for page in pages(site):
        assert "KENARI" not in page.read_text(encoding="utf-8"), page


def test_what_points_outside_goes_and_the_rest_stays() -> None:
    page = (
        '<html><head><link rel="stylesheet" href="//cdn.example/x.css"><style>a{background:url(https://x/y.png)}'
        '</style></head><body><script src="https://x"></script><a href="https://x" onclick="f()">teks</a>'
        '<a href="../index.html">beranda</a></body></html>'
    )
    text = offline(page, 2)
    assert "//" not in text
    assert "onclick" not in text
    assert '<a href="../index.html">beranda</a>' in text
    assert 'href="../../gaya.css"' in text
