"""The consolidation page and its work list: the numbers of the bridge, who can mend what, and since when."""

import csv
import io
from collections.abc import Callable, Iterator

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.reports.konsolidasi.assets import write
from batang_assets.reports.konsolidasi.history import keep, later_month, was_kept
from batang_assets.reports.konsolidasi.query import read_consolidation
from batang_assets.reports.konsolidasi.render import signed
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.consolidation.sides import Sides, create, empty, run

OCTOBER = Period(2026, 10)


@pytest.fixture(scope="module")
def house(new_settings: Callable[..., Settings]) -> Settings:
    settings = new_settings()
    with connect(settings) as connection:
        create(connection)
    seeds = ["ref_konsolidasi_sebab", "ref_konsolidasi_bidang", "ref_wilayah"]
    assert failure(run_dbt(settings, ["seed", "--select", *seeds])) is None
    return settings


@pytest.fixture
def conn(house: Settings) -> Iterator[psycopg.Connection]:
    """One vacancy refused, one seeker not sent, one seeker that only the centre has."""
    with connect(house) as connection:
        empty(connection)
        run(connection, "truncate reports.konsolidasi_riwayat, reports.konsolidasi_pekerjaan")
        sides = Sides()
        refused = sides.regency("lowongan", pemberi_kerja_id=7)
        sides.sent("lowongan", refused, "ditolak", galat='[{"kode": "RUJUKAN_HILANG"}]')
        sides.regency("pencari-kerja", "a")
        sides.regency("pencari-kerja", "b", fit=False)
        sides.centre("pencari-kerja", None, "c", village="3325022001")
        sides.write(connection)
        built = run_dbt(house, ["run", "--select", "tag:konsolidasi"])
        assert failure(built) is None
        yield connection


def test_the_page_says_why_the_sides_differ_and_who_can_mend_it(house: Settings, conn) -> None:
    shown, page, rows = write(conn, house, OCTOBER, "run-uji", house.now())
    seekers = next(bridge for bridge in shown.bridges if bridge.wire == "pencari-kerja")
    assert (seekers.recorded, seekers.quarantined, seekers.daerah, seekers.pusat) == (2, 1, 1, 1)
    assert [(cause.label, cause.effect) for cause in seekers.causes] == [
        ("Belum dikirim", 1), ("Didaftarkan langsung di pusat dan belum ada di daerah", -1),
    ]  # fmt: skip
    assert rows == 3
    text = page.read_text(encoding="utf-8")
    for part in (
        "RUJUKAN_HILANG",
        "Seluruhnya terjelaskan",
        "Pemberi kerja",
        "daftar-kerja-2026-10.csv",
        "Bandar",
    ):
        assert part in text
    for outside in ("http://", "https://", "<script"):
        assert outside not in text


def test_the_page_says_how_many_records_wait_because_no_address_is_set(house: Settings, conn) -> None:
    run(conn, "update delivery.catatan_status set keadaan = 'menunggu'")
    said = "1 catatan menunggu di kotak keluar dan belum sampai ke pusat"
    assert house.siapkerja_url is None
    _, page, _ = write(conn, house, OCTOBER, "run-uji", house.now())
    assert said in page.read_text(encoding="utf-8")
    addressed = house.model_copy(update={"siapkerja_url": "https://siapkerja.test"})
    _, page, _ = write(conn, addressed, OCTOBER, "run-uji", house.now())
    assert said not in page.read_text(encoding="utf-8")


def test_the_work_list_is_a_file_that_a_spreadsheet_opens_as_text(house: Settings, conn) -> None:
    run(conn, "update reports.rpt_konsolidasi_daftar_kerja set pihak = '=1+1' where domain = 'lowongan'")
    _, page, _ = write(conn, house, OCTOBER, "run-uji", house.now())
    raw = (page.parent / "daftar-kerja-2026-10.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    vacancy = next(row for row in table if row["domain"] == "Lowongan")
    assert vacancy["penanggung jawab"] == "Pemberi kerja"
    assert vacancy["pihak"] == "'=1+1"
    assert {row["kunci daerah"] for row in table if row["hubungan"] == "hanya_pusat"} == {""}


def test_progress_is_measured_against_the_month_before(house: Settings, conn) -> None:
    assert {work.before for work in read_consolidation(conn, OCTOBER).work} == {None}
    keep(conn, OCTOBER.previous(), "run-september")
    run(conn, "update reports.konsolidasi_pekerjaan set jumlah = 5 where sebab = 'belum_dikirim'")
    run(conn, "delete from reports.konsolidasi_pekerjaan where domain = 'lowongan'")
    before = {work.label: work.before for work in read_consolidation(conn, OCTOBER).work}
    assert before["Belum dikirim"] == 5
    assert before["Ditolak SIAPkerja"] == 0


def test_a_month_keeps_its_bridge_once_a_later_one_has_been_run(house: Settings, conn) -> None:
    keep(conn, OCTOBER, "run-uji")
    keep(conn, OCTOBER, "run-lagi")
    assert was_kept(conn, OCTOBER)
    assert later_month(conn, OCTOBER) is None
    assert later_month(conn, OCTOBER.previous()) == OCTOBER


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (1204, "+1.204"), (-3, "−3")])
def test_a_difference_carries_its_sign(value: int, text: str) -> None:
    assert signed(value) == text
