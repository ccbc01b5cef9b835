"""The asset: what it writes, what it refuses, and the page and workbook as their readers meet them."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg
import psycopg
import pytest
from python_calamine import CalamineWorkbook

from batang_assets.partitions import Period, Span
from batang_assets.reports.ipk import assets, files
from batang_assets.settings import Settings, get_settings
from tests.reports.ipk.ledger import Ledger, Seeker
from tests.reports.ipk.test_ipk_tables import people
from tests.reports.page import Page

OCTOBER = Span.parse("2026-10")


@pytest.fixture
def found(conn: psycopg.Connection) -> Ledger:
    ledger = people()
    ledger.write(conn)
    return ledger


@pytest.fixture
def configured(ipk_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings as the process's own, as in a run."""
    assert ipk_settings.database_url
    assert ipk_settings.clock
    monkeypatch.setenv("BATANG_HOME", str(ipk_settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", ipk_settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_FIRST_PERIOD", ipk_settings.first_period)
    monkeypatch.setenv("BATANG_CLOCK", ipk_settings.clock.isoformat())
    get_settings.cache_clear()
    yield ipk_settings
    get_settings.cache_clear()


def test_the_asset_publishes_and_writes_a_month(configured: Settings, found: Ledger) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [*assets.assets, *(dg.AssetSpec(["reports", name]) for name in assets.SOURCES)],
            partition_key="2026-10",
            instance=instance,
        )
    metadata = result.asset_materializations_for_node("reports__ipk")[0].metadata
    # July to October and one quarter; eight tables; the regency, 15 kecamatan and two more places.
    assert metadata["terbitan_baru"].value == 5 * 8 * 18
    assert metadata["revisi_baru"].value == 0
    assert "| 5 | Pencari kerja yang belum ditempatkan" in str(metadata["tabel"].value)
    path = files.csv_path(configured, "III/1", OCTOBER)
    assert path == configured.outputs / "ipk" / "ipk-iii-1-2026-10.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["baris"]: row for row in csv.DictReader(file)}
    assert (rows["5"]["Semua Jumlah"], rows["5"]["Semua L/P"], rows["10"]["15–19 L"]) == ("4", "", "")
    own = files.csv_path(configured, "III/1", OCTOBER, "332515")
    with own.open(encoding="utf-8", newline="") as file:
        assert {row["baris"]: row for row in csv.DictReader(file)}["2"]["Semua P"] == "1"
    assert len(list((files.folder(configured) / "kecamatan").iterdir())) == 17
    assert not list(files.folder(configured).rglob(".*"))


def test_the_page_shows_every_table_with_its_numbers(
    conn: psycopg.Connection, ipk_settings: Settings, found: Ledger
) -> None:
    assets.materialise(ipk_settings, [Period(2026, 10)], "uji")
    text = files.page_path(ipk_settings, OCTOBER).read_text(encoding="utf-8")
    page = Page(text)
    rows = page.table("III/1 I. Pencari kerja")
    assert rows[2][:2] == ["1", "Pencari kerja yang belum ditempatkan pada akhir masa laporan lalu"]
    assert rows[2][-3:] == ["3", "1", "4"]
    assert [len(row) for row in page.table("III/1 II. Lowongan")[2:]] == [6] * 7
    assert page.table("III/8 II. Menurut jenis penerima")[-1][-1] == "1"
    assert len([caption for caption in page.tables if caption.startswith("III/7")]) == 5
    assert "Sementara" not in text
    assert "Revisi 0" in text
    for reach in ("http:", "https:", "src=", "@import", "url("):
        assert reach not in text


def test_a_running_month_is_provisional_and_not_published(
    conn: psycopg.Connection, ipk_settings: Settings, found: Ledger
) -> None:
    assets.materialise(ipk_settings, [Period(2026, 11)], "uji")
    text = files.page_path(ipk_settings, Span.parse("2026-11")).read_text(encoding="utf-8")
    assert "Sementara" in text
    assert conn.execute("select count(*) from reports.ipk_terbitan where periode = '2026-11'").fetchone() == (
        0,
    )
    index = Page((files.folder(ipk_settings) / files.INDEX).read_text(encoding="utf-8")).rows("Masa laporan")
    assert index["November 2026"][0] == "! Sementara"
    assert index["Triwulan III 2026"][0] == "✓ Terbit"


def test_a_revision_rewrites_every_span_that_it_moved_and_says_why(
    conn: psycopg.Connection, ipk_settings: Settings, found: Ledger
) -> None:
    assets.materialise(ipk_settings, [Period(2026, 10)], "uji")
    found.seekers.append(
        Seeker(11, date(2026, 9, 3), None, None, known=datetime(2026, 11, 9, tzinfo=UTC), place="332503")
    )
    found.write(conn)
    later = ipk_settings.model_copy(update={"clock": datetime(2026, 11, 10, tzinfo=UTC)})
    _, done, written = assets.materialise(later, [Period(2026, 11)], "uji")
    assert {one.revision for one in done} == {1}
    assert [span.key for span in written] == ["2026-T3", "2026-09", "2026-10", "2026-11"]
    page = Page(files.page_path(later, Span.parse("2026-09")).read_text(encoding="utf-8"))
    assert ["2", "Semua L", "Laporan terlambat", "+1"] in page.table("III/1: selisih tiap sel")
    october = Page(files.page_path(later, OCTOBER).read_text(encoding="utf-8"))
    assert {row[2] for row in october.table("III/1: selisih tiap sel")[1:]} == {
        "Perambatan dari bulan sebelumnya"
    }
    index = Page((files.folder(later) / files.INDEX).read_text(encoding="utf-8")).rows("Masa laporan")
    assert index["Oktober 2026"][0] == "✓ Terbit, revisi sampai 1"


def test_the_workbook_has_the_eight_tables(
    conn: psycopg.Connection, ipk_settings: Settings, found: Ledger
) -> None:
    assets.materialise(ipk_settings, [Period(2026, 10)], "uji")
    book = CalamineWorkbook.from_path(str(files.workbook_path(ipk_settings, OCTOBER)))
    assert book.sheet_names == [f"IPK III-{number}" for number in range(1, 9)]
    rows = book.get_sheet_by_name("IPK III-2").to_python()
    assert rows[0][0] == "IPK III/2 Pencari Kerja Menurut Tingkat Pendidikan"
    total = next(row for row in rows if row[0] == "jumlah")
    assert total[-1] == 4


def test_nothing_is_written_or_published_of_figures_that_do_not_hold(
    conn: psycopg.Connection, ipk_settings: Settings, found: Ledger
) -> None:
    conn.execute("update reports.rpt_ipk_arus set masuk = masuk + 1 where tabel = 'III/2' and kode = 'S1'")
    conn.commit()
    with pytest.raises(Exception, match="tidak seimbang"):
        assets.materialise(ipk_settings, [Period(2026, 10)], "uji")
    assert not files.folder(ipk_settings).exists()
    assert conn.execute("select count(*) from reports.ipk_terbitan").fetchone() == (0,)
