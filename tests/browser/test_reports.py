"""A reviewer's way through the reports, in a real browser that reaches nothing but their server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MONTHS, Scheme, Site
from tests.browser.pages import AXE_RUN, fits_paper, serious_violations

OCTOBER = "/laporan-mutu-2026-10.html"
WIDTHS = (375, 1280)
PICTURE_HEIGHT = 4000


def test_from_the_index_to_a_report_a_rule_and_its_quarantine(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page()
    expect(page).to_have_title("Laporan Mutu Data Ketenagakerjaan Kabupaten Batang")
    assert page.url == site.origin + "/index.html"
    rows = page.get_by_role("rowheader").all_inner_texts()
    assert rows == [period.label for period in reversed(MONTHS)]

    page.get_by_role("link", name="Oktober 2026").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Laporan Mutu Data Ketenagakerjaan, Oktober 2026"
    )
    gate = page.get_by_role("region", name="Putusan gerbang mutu").get_by_role("row", name="Lowongan")
    expect(gate).to_contain_text("Perlu dinilai ulang")
    expect(gate).to_contain_text("Judul lowongan terisi.")

    gate.get_by_role("link", name="LW_A03").click()
    rule = page.locator("#aturan-LW_A03")
    expect(rule).to_be_in_viewport()
    expect(rule).to_contain_text("blokir")

    rule.get_by_role("link", name="8 baris di karantina").click()
    held = page.locator("#karantina-LW_A03")
    expect(held).to_be_in_viewport()
    assert held.get_by_role("cell").all_inner_texts()[3:] == ["2", "2", "2", "2", "8"]

    page.get_by_role("link", name="Semua bulan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Laporan Mutu Data Ketenagakerjaan")


def test_the_keyboard_reaches_the_contents_every_table_and_the_next_page(
    open_page: Callable[..., Page],
) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Laporan yang tersedia")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Oktober 2026")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-labelledby')"))
    assert {"tabel-skor", "tabel-gerbang", "tabel-baris", "tabel-bulan-lalu"} <= reached


def test_a_screen_reader_hears_every_chart_and_table(open_page: Callable[..., Page]) -> None:
    page = open_page(OCTOBER)
    words = page.get_by_role("img").all()
    assert len(words) > 30
    assert all(chart.get_attribute("aria-label") for chart in words)
    expect(page.get_by_role("img", name="Skor akurat: dari")).to_have_count(1)
    for table in page.get_by_role("table").all():
        assert table.evaluate("element => element.caption.innerText.trim().length") > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/index.html", OCTOBER])
def test_axe_finds_nothing_serious(
    open_page: Callable[..., Page], axe: str, path: str, width: int, scheme: Scheme
) -> None:
    page = open_page(path, width=width, scheme=scheme)
    assert serious_violations(page, axe) == []


def test_axe_would_find_something(open_page: Callable[..., Page], axe: str) -> None:
    page = open_page(OCTOBER)
    page.evaluate("document.querySelector('svg[role=img]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    page.evaluate(axe)
    assert {"svg-img-alt", "color-contrast"} <= {entry[1] for entry in page.evaluate(AXE_RUN)}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/index.html", OCTOBER])
def test_the_page_fits_its_width_and_is_kept_as_a_picture(
    open_page: Callable[..., Page], artefacts: Path, path: str, width: int
) -> None:
    page = open_page(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # What is wider scrolls in its own frame, and no text leaves its cell.
    assert page.evaluate(
        "[...document.querySelectorAll('p, h1, h2, h3, li')].every(e => e.scrollWidth <= e.clientWidth + 1)"
    )
    # A heading over a table is read without scrolling, and no cell is squeezed into a tower.
    assert page.evaluate(
        "[...document.querySelectorAll('caption')].every(e => e.getBoundingClientRect().right <= innerWidth)"
    )
    assert page.evaluate("[...document.querySelectorAll('tbody tr')].every(e => e.offsetHeight < 300)")
    picture = artefacts / f"{Path(path).stem}-{width}.png"
    height = min(page.evaluate("document.documentElement.scrollHeight"), PICTURE_HEIGHT)
    page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    assert picture.stat().st_size > 10_000


def test_the_page_follows_the_readers_colours(open_page: Callable[..., Page]) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    assert open_page(OCTOBER).evaluate(paper) == "rgb(255, 255, 255)"
    assert open_page(OCTOBER, scheme="dark").evaluate(paper) == "rgb(21, 24, 27)"


def test_on_paper_it_is_dark_on_white_whole_and_without_navigation(open_page: Callable[..., Page]) -> None:
    page = open_page(OCTOBER, scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert fits_paper(page)
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_as_a_file_without_any_server_it_is_the_same_page(open_page: Callable[..., Page], site: Site) -> None:
    served = open_page(OCTOBER).inner_text("body")
    page = open_page(address=(site.folder / OCTOBER.lstrip("/")).as_uri())
    assert page.inner_text("body") == served
    page.get_by_role("link", name="Semua bulan").click()
    expect(page.get_by_role("link", name="Juli 2026")).to_be_visible()


def test_the_guard_lets_nothing_out(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page(OCTOBER)
    for address in ("https://example.org/", "http://localhost:1/"):
        with pytest.raises(Exception, match="ERR_"):
            page.goto(address)
    assert site.outside == ["https://example.org/", "http://localhost:1/"]
    site.outside.clear()
