"""The yearly evaluation in a real browser: no fault of access, and nothing that runs over its edge."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from batang_assets.database import connect
from batang_assets.reports.evaluasi import evaluation_folder, write
from batang_assets.settings import Settings
from tests.browser.conftest import Scheme, Site, served
from tests.browser.pages import fits_paper, serious_violations
from tests.browser.test_reports import WIDTHS
from tests.reports.evaluasi import year

PAGE = "/evaluasi-2026-10.html"


@pytest.fixture(scope="module")
def site(new_settings: Callable[..., Settings]) -> Iterator[Site]:
    """The evaluation of a year by hand, written and served as in life."""
    settings = new_settings(clock=year.NOW.isoformat())
    with connect(settings) as conn:
        year.make(conn, settings)
        write(conn, settings, year.UNTIL, year.NOW)
    with served(evaluation_folder(settings)) as origin:
        yield Site(origin, evaluation_folder(settings))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious(
    open_page: Callable[..., Page], axe: str, width: int, scheme: Scheme
) -> None:
    page = open_page(PAGE, width=width, scheme=scheme)
    assert serious_violations(page, axe) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_width(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(PAGE, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "[...document.querySelectorAll('p, h1, h2, h3, li')].every(e => e.scrollWidth <= e.clientWidth + 1)"
    )
    assert page.evaluate("[...document.querySelectorAll('tbody tr')].every(e => e.offsetHeight < 300)")


def test_on_paper_no_table_is_cut_off(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGE, scheme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert fits_paper(page)


def test_the_contents_lead_to_every_section(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGE)
    links = page.get_by_role("navigation").get_by_role("link").all()
    assert len(links) == 11
    links[-1].click()
    expect(page.get_by_role("heading", name="11. Bukti")).to_be_in_viewport()
