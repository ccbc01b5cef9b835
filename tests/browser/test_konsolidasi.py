"""The consolidation page in a real browser: no fault of access, nothing over its edge, the way to each cause."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.reports.konsolidasi.assets import folder, write
from batang_assets.reports.konsolidasi.history import keep
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.browser.conftest import Scheme, Site, served
from tests.browser.pages import fits_paper, serious_violations
from tests.browser.test_reports import PICTURE_HEIGHT, WIDTHS
from tests.consolidation.sides import create
from tests.consolidation.worlds import build

OCTOBER = Period(2026, 10)
PAGE = "/hasil-konsolidasi-2026-10.html"
SEEN = (
    "insert into delivery.baca_ulang (domain, run_id, baris, halaman, diulang, versi_baru, mulai, cara,"
    " berkas_urutan, keadaan_pada) values"
    " ('lowongan', 'uji', 1, 1, 0, 1, '2026-10-31T20:00:00Z', 'baca_ulang', null, null),"
    " ('pencari-kerja', 'uji', 1, 0, 0, 1, '2026-10-31T08:00:00Z', 'ekstrak', 1, '2026-10-30')"
)


@pytest.fixture(scope="module")
def site(new_settings: Callable[..., Settings]) -> Iterator[Site]:
    """A month with every cause there is, written and served as in life."""
    settings = new_settings()
    with connect(settings) as conn:
        create(conn)
        build(600, seed=7)[0].write(conn)
        conn.execute(SEEN.encode())
        conn.commit()
        seeds = ["ref_konsolidasi_sebab", "ref_konsolidasi_bidang", "ref_wilayah"]
        assert failure(run_dbt(settings, ["seed", "--select", *seeds])) is None
        assert failure(run_dbt(settings, ["run", "--select", "tag:konsolidasi"])) is None
        keep(conn, OCTOBER.previous(), "run-september")
        write(conn, settings, OCTOBER, "run-uji", settings.now())
    with served(folder(settings)) as origin:
        yield Site(origin, folder(settings))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious(
    open_page: Callable[..., Page], axe: str, width: int, scheme: Scheme
) -> None:
    page = open_page(PAGE, width=width, scheme=scheme)
    assert serious_violations(page, axe) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_width(open_page: Callable[..., Page], artefacts: Path, width: int) -> None:
    page = open_page(PAGE, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text = "[...document.querySelectorAll('p, h1, h2, h3, li, dd')]"
    assert page.evaluate(text + ".every(e => e.scrollWidth <= e.clientWidth + 1)")
    assert page.evaluate("[...document.querySelectorAll('tbody tr')].every(e => e.offsetHeight < 260)")
    page.set_viewport_size({"width": width, "height": PICTURE_HEIGHT})
    page.screenshot(path=artefacts / f"konsolidasi-{width}.png")


def test_on_paper_no_table_is_cut_off(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGE, scheme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert fits_paper(page)


def test_it_says_which_of_the_two_and_of_which_day_the_centre_is(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGE)
    page.get_by_role("navigation").get_by_role("link", name="Sisi pusat").click()
    table = page.get_by_role("region", name="Asal sisi pusat")
    expect(table).to_be_in_viewport()
    expect(table.get_by_role("row", name="Pencari kerja")).to_contain_text("berkas ekstrak")
    expect(table.get_by_role("row", name="Pencari kerja")).to_contain_text("30 Oktober 2026")
    # 03.00 of the next day, where the reader lives.
    expect(table.get_by_role("row", name="Lowongan")).to_contain_text("1 November 2026")
    expect(table.get_by_role("row", name="Pelatihan")).to_contain_text("belum pernah dibaca")


def test_from_the_causes_to_the_work_list(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGE)
    causes = page.get_by_role("region", name="Sebab selisih pencari kerja")
    expect(causes).to_contain_text("Seluruhnya terjelaskan")
    expect(causes.get_by_role("row", name="Lebih dari satu catatan pusat")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Daftar kerja (CSV)").click()
    assert download.value.suggested_filename == "daftar-kerja-2026-10.csv"
    assert "penautan (batang people)" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_the_keyboard_reaches_every_table(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Ikhtisar konsolidasi")).to_be_focused()
