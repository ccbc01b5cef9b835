"""Great Expectations' own pages as a reviewer opens them: from the report, with styles, from this server alone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality import gate
from batang_assets.quality.data_docs import build
from batang_assets.reports.mutu import reports_folder, write
from batang_assets.settings import Settings
from tests.browser.conftest import Site, served
from tests.browser.pages import serious_violations
from tests.quality import judged

OCTOBER = Period(2026, 10)


@pytest.fixture(scope="module")
def site(new_settings: Callable[..., Settings]) -> Iterator[Site]:
    """One dataset judged by Great Expectations, its Data Docs, and the report that links to them."""
    settings = new_settings()
    with connect(settings) as conn:
        judged.reset(conn)
        judged.add_rows(conn, "lowongan", OCTOBER, 60, wrong={"LW_A03": 5})
    gate.evaluate(settings, OCTOBER, "lowongan", "uji")
    build(settings, OCTOBER)
    write(settings, OCTOBER, "uji")
    with served(reports_folder(settings)) as origin:
        yield Site(origin, reports_folder(settings))


def test_data_docs_open_from_the_report_with_styles(
    open_page: Callable[..., Page], site: Site, axe: str
) -> None:
    page = open_page("/laporan-mutu-2026-10.html")
    page.get_by_role("link", name="Data Docs").click()
    page.wait_for_url("**/data-docs/2026-10/index.html")
    assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length > 5)")
    plain = page.evaluate("getComputedStyle(document.body).fontFamily")
    assert "Times" not in plain
    assert serious_violations(page, axe) == []

    page.locator("a[href*='validations/lowongan']").first.click()
    page.wait_for_url("**/validations/**")
    assert page.evaluate("document.styleSheets.length") >= 1
    assert page.evaluate("[...document.styleSheets].some(sheet => sheet.cssRules.length > 5)")
    expect(page.locator("body")).to_contain_text(
        "LW_A03: Judul lowongan terisi. Ambang: paling banyak 5 % salah, atau 3 baris."
    )
    assert page.evaluate("document.scripts.length") == 0
