"""The index over the months: what it lists, and that writers side by side lose nothing."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from batang_assets.database import connect, locks
from batang_assets.partitions import Period
from batang_assets.quality.paths import data_docs_index
from batang_assets.reports.mutu import report_path, report_url, reports_folder, write
from batang_assets.reports.mutu.files import replace, write_index
from batang_assets.settings import JAKARTA
from tests.reports.page import Page, store_verdict

SEPTEMBER, OCTOBER = Period(2026, 9), Period(2026, 10)


@pytest.fixture
def folder(judged_settings):
    found = reports_folder(judged_settings)
    found.mkdir(parents=True, exist_ok=True)
    for path in found.glob("*.html"):
        path.unlink()
    return found


def index(folder) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def test_the_index_lists_the_reports_that_exist_newest_first(judged_settings, folder, conn) -> None:
    moment = datetime(2026, 11, 1, tzinfo=JAKARTA)
    for period in (SEPTEMBER, OCTOBER):
        store_verdict(conn, "lowongan", period, "v", moment, {"LW_A03": (1, 20)}, rows=(20, 19))
    for name in ("laporan-mutu-2026-09.html", "laporan-mutu-2026-08.html", "lain.html"):
        replace(folder / name, "<p>lama</p>")
    replace(folder / "laporan-mutu-2026-10.html", "<p>baru</p>")
    write_index(conn, folder)
    page = index(folder)
    table = page.table("Laporan yang tersedia")[1:]
    assert [row[0] for row in table] == ["Oktober 2026", "September 2026", "Agustus 2026"]
    assert table[0][1:] == ["tidak ada data", "95,0", "tidak ada data", "✕ 1 dari 8", "20", "1"]
    assert table[2][1:] == ["–"] * 6
    links = [
        found["href"] for tag, found in page.attributes if tag == "a" and not found["href"].startswith("#")
    ]
    assert links == [
        "../ipk/index.html",
        *(f"laporan-mutu-2026-{month}.html" for month in ("10", "09", "08")),
    ]
    assert all((folder / link).exists() for link in links[1:])
    with connect(judged_settings) as cleaning:
        cleaning.execute("truncate quality.gerbang, quality.hasil_aturan")


def test_an_index_over_nothing_is_a_page(folder, conn) -> None:
    write_index(conn, folder)
    assert "Belum ada laporan." in (folder / "index.html").read_text(encoding="utf-8")


def test_months_written_side_by_side_are_all_in_the_index(judged_settings, folder) -> None:
    months = Period(2026, 5).up_to(OCTOBER)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda period: write(judged_settings, period, "uji"), months))
    rows = [row[0] for row in index(folder).table("Laporan yang tersedia")[1:]]
    assert rows == [period.label for period in reversed(months)]
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html",
        *(report_path(judged_settings, period).name for period in months),
    ]


def test_an_index_waits_for_the_writer_before_it_and_then_sees_its_report(
    judged_settings, folder, conn
) -> None:
    def write_other() -> None:
        with connect(judged_settings) as other:
            write_index(other, folder)

    conn.execute("select pg_advisory_xact_lock(%s)", [locks.INDEX])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write_other)
        waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        while not waiting.done() and conn.execute(waits).fetchone() == (0,):
            time.sleep(0.01)
        assert not waiting.done()
        replace(folder / "laporan-mutu-2026-10.html", "<p>baru</p>")
        conn.rollback()
        waiting.result(timeout=30)
    assert [row[0] for row in index(folder).table("Laporan yang tersedia")[1:]] == ["Oktober 2026"]


def test_the_data_docs_of_the_month_are_linked_once_they_are_there(judged_settings, folder) -> None:
    path = write(judged_settings, OCTOBER, "uji")
    assert "Data Docs" not in path.read_text(encoding="utf-8")
    docs = data_docs_index(judged_settings, OCTOBER)
    docs.parent.mkdir(parents=True)
    docs.write_text("<p>docs</p>", encoding="utf-8")
    write(judged_settings, OCTOBER, "uji")
    links = [found.get("href", "") for _, found in Page(path.read_text(encoding="utf-8")).attributes]
    assert [path.parent / link for link in links if "data-docs" in link] == [docs]
    write(judged_settings, SEPTEMBER, "uji")
    assert "Data Docs" not in report_path(judged_settings, SEPTEMBER).read_text(encoding="utf-8")
    shutil.rmtree(folder / "data-docs")


def test_a_link_needs_an_address(judged_settings) -> None:
    assert report_url(judged_settings, OCTOBER) is None
    served = judged_settings.model_copy(update={"reports_url": "https://mutu.example/laporan"})
    assert report_url(served, OCTOBER) == "https://mutu.example/laporan/laporan-mutu-2026-10.html"
