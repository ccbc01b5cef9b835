"""Laporan Mutu Data: what it says, against tables made by hand; that it stands alone and can be read by all."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality import gate
from batang_assets.quality.suites import Rule, all_suites, suite_of
from batang_assets.reports.mutu import render, write
from batang_assets.reports.mutu.breakdown import read_breakdown
from batang_assets.reports.mutu.contributors import OUTSIDE, UNKNOWN, read_regions
from batang_assets.reports.mutu.render import number, percent
from batang_assets.settings import Settings
from tests.quality import judged
from tests.reports.page import Page

OCTOBER = Period(2026, 10)


@pytest.fixture(scope="module")
def filled(new_settings: Callable[..., Settings]) -> Settings:
    """A month with one closed gate, one dataset not judged, a warning, and older quarantine."""
    settings = new_settings()
    with connect(settings) as conn:
        judged.reset(conn)
        judged.add_rows(conn, "pencari-kerja", Period(2026, 6), 5, wrong={"PK_A01": 4})
        judged.add_rows(conn, "pencari-kerja", Period(2026, 9), 5, wrong={"PK_A01": 1, "PK_A03": 2})
        judged.add_rows(
            conn, "pencari-kerja", OCTOBER, 1200, wrong={"PK_A01": 30, "PK_A03": 1, "PK_T01": 400}
        )
        judged.add_rows(conn, "lowongan", OCTOBER, 60, wrong={"LW_A03": 5})
        conn.execute("update intermediate.int_lowongan__dinilai set kode_kecamatan = '337501'")
        conn.execute(
            "update intermediate.int_pencari_kerja__dinilai set kode_kecamatan = null where id like '%-5'"
        )
        conn.commit()
    for wire in ("pencari-kerja", "lowongan"):
        gate.evaluate(settings, OCTOBER, wire, "uji")
    return settings


@pytest.fixture(scope="module")
def text(filled: Settings) -> str:
    with connect(filled) as conn:
        return render(conn, OCTOBER, "run-uji")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_every_rule_is_listed_with_sentence_dimension_severity_threshold_and_clause(page: Page) -> None:
    def texts(rule: Rule) -> list[str]:
        return [rule.dimensi, rule.keparahan, rule.ambang, rule.pasal]

    held = {"PK_A01": " 35 baris di karantina", "PK_A03": " 3 baris di karantina"}
    held["LW_A03"] = " 5 baris di karantina"
    for suite in all_suites():
        rows = page.table(f"Aturan mutu {suite.dataset.judul.lower()}.")[1:]
        assert rows == [
            [
                rule.kode,
                rule.kalimat + held.get(rule.kode, ""),
                rule.dimensi,
                rule.keparahan,
                rule.ambang,
                rule.pasal,
            ]
            for rule in suite.rules
        ]


def test_each_gate_is_shown_with_its_reason(page: Page) -> None:
    rows = {row[0]: row for row in page.table("Putusan gerbang")[1:]}
    assert len(rows) == 8
    assert rows["Pencari kerja"][1] == "✓ Terbuka"
    assert f"Peringatan PK_T01 {suite_of('pencari-kerja').rule('PK_T01').kalimat}" in rows["Pencari kerja"][2]
    assert rows["Lowongan"][1] == "✕ Tertutup"
    assert f"Blokir LW_A03 {suite_of('lowongan').rule('LW_A03').kalimat}" in rows["Lowongan"][2]
    assert rows["Penempatan"][1] == "! Belum dinilai"


def test_rows_are_counted_from_source_to_quarantine(page: Page) -> None:
    rows = {row[0]: row[1:] for row in page.table("Baris bulan")[1:]}
    assert rows["Pencari kerja"] == ["1.200", "1.200", "1.200", "1.170", "30", "2,5 %"]
    assert rows["Lowongan"] == ["60", "60", "60", "55", "5", "8,3 %"]
    assert rows["Jumlah"] == ["1.260", "1.260", "1.260", "1.225", "35", "2,8 %"]


def test_rules_past_their_threshold_come_first_with_what_to_do(page: Page) -> None:
    rows = page.table("4 dari 4 aturan")[1:]
    assert [row[0] for row in rows] == ["LW_A03", "PK_T01", "PK_A01", "PK_A03"]
    assert rows[0][3:] == ["5", "60", "8,3 %", "Melampaui ambang, blokir"]
    assert rows[3][3:] == ["1", "1.200", "0,1 %", "Dalam ambang"]
    assert f"Tindakan: {suite_of('lowongan').rule('LW_A03').tindakan}" in rows[0][2]


def test_quarantine_is_shown_by_rule_and_age_over_all_months(text: str, page: Page) -> None:
    rows = {row[0]: row[3:] for row in page.table("Baris di karantina menurut aturan")[1:]}
    # This month, one month, two, three or more, all: June is four months before October.
    assert rows["PK_A01"] == ["30", "1", "0", "4", "35"]
    assert rows["PK_A03"] == ["1", "2", "0", "0", "3"]
    assert rows["LW_A03"] == ["5", "0", "0", "0", "5"]
    assert "41 baris sampai dengan Oktober 2026" in text


def test_quarantine_ages_by_dataset_count_each_row_once(page: Page) -> None:
    rows = page.rows("Baris di karantina menurut dataset")
    assert rows["Pencari kerja"][:5] == ["30", "2", "0", "4", "36"]
    assert rows["Lowongan"][:5] == ["5", "0", "0", "0", "5"]
    assert rows["Penempatan"][:5] == ["0"] * 5
    assert "Pencari kerja: bulan ini 30, 1 bulan 2, 2 bulan 0, 3 bulan atau lebih 4" in page.images()


def test_quarantine_share_by_kecamatan_has_places_for_elsewhere_and_unknown(filled: Settings) -> None:
    with connect(filled) as conn:
        regions = {
            item.nama: (item.dinilai, item.karantina, item.seluruhnya, item.seluruhnya_karantina)
            for item in read_regions(conn, read_breakdown(conn, OCTOBER))
        }
    # Of each month's rows number 5 alone has an id that ends in "-5"; in October it is among the 30 wrong ones.
    assert regions == {
        "Wonotunggal": (1199, 29, 1209, 35),
        "Bandar": (0, 0, 0, 0),
        OUTSIDE: (60, 5, 60, 5),
        UNKNOWN: (1, 1, 1, 1),
    }


def test_the_page_refers_to_nothing_outside_itself(text: str, page: Page) -> None:
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<iframe|<img", text)
    for _, attributes in page.attributes:
        # Its neighbour, the index, lies beside it.
        assert attributes.get("href", "#").startswith("#") or attributes["href"] == "index.html"
        assert "src" not in attributes


def test_the_page_can_be_read_without_seeing_it(text: str, page: Page) -> None:
    assert page.open == []
    assert ("html", {"lang": "id"}) in page.attributes
    headers = [attributes for tag, attributes in page.attributes if tag == "th"]
    assert all(attributes.get("scope") in ("col", "row") for attributes in headers)
    assert text.count("<table>") == text.count("<caption ") == len(page.tables)
    images = [attributes for tag, attributes in page.attributes if tag == "svg"]
    assert all(
        attributes.get("aria-label") or attributes.get("aria-hidden") == "true" for attributes in images
    )
    # Three words, ten domains and datasets by three words less those never judged, two datasets in quarantine.
    assert len(page.images()) == 3 + 3 * 3 + 2
    identifiers = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for _, attributes in page.attributes:
        assert attributes.get("aria-labelledby", identifiers[0]) in identifiers
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"].removeprefix("#") in identifiers
    levels = [int(tag[1]) for tag, _ in page.attributes if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_the_same_data_give_the_same_page_but_for_the_run(filled: Settings, text: str) -> None:
    with connect(filled) as conn:
        again = render(conn, OCTOBER, "run-uji")
        other = render(conn, OCTOBER, "run-lain")
    assert again == text
    assert other == text.replace("run-uji", "run-lain")


def test_what_comes_from_the_database_is_escaped(filled: Settings) -> None:
    with connect(filled) as conn:
        conn.execute("update marts.dim_wilayah set kecamatan = '<b>&Bandar' where kode_kecamatan = '332502'")
        text = render(conn, OCTOBER)
        conn.rollback()
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;Bandar" in text


def test_a_month_that_nobody_judged_still_has_a_page(filled: Settings) -> None:
    with connect(filled) as conn:
        text = render(conn, Period(2026, 8))
    assert text.count("! Belum dinilai") == 8
    assert "belum ada pemeriksaan" in text


def test_new_data_make_the_verdict_one_to_renew(filled: Settings) -> None:
    with connect(filled) as conn:
        conn.execute(
            "insert into raw.lowongan (id, _isi_hash, _periode, _run_id) values ('baru', 'x', '2026-10-01', 'uji')"
        )
        rows = Page(render(conn, OCTOBER)).table("Putusan gerbang")
        conn.rollback()
    state = next(row for row in rows if row[0] == "Lowongan")
    assert state[1] == "! Perlu dinilai ulang"


def test_the_file_is_written_whole_and_replaced_whole(filled: Settings) -> None:
    path = write(filled, OCTOBER, "satu")
    assert path == filled.outputs / "mutu" / "laporan-mutu-2026-10.html"
    assert "run satu" in path.read_text(encoding="utf-8")
    assert write(filled, OCTOBER, "dua") == path
    assert "run dua" in path.read_text(encoding="utf-8")
    assert sorted(item.name for item in path.parent.iterdir()) == ["index.html", path.name]


def test_a_failed_writing_leaves_the_old_file_and_no_rest(filled: Settings, monkeypatch) -> None:
    path = write(filled, OCTOBER, "satu")

    def refuse(_self: Path, _target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no space left"):
        write(filled, OCTOBER, "dua")
    assert "run satu" in path.read_text(encoding="utf-8")
    assert sorted(item.name for item in path.parent.iterdir()) == ["index.html", path.name]


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (25000, 0, "25.000"),
        (97.34, 1, "97,3"),
        (100, 1, "100,0"),
        (None, 1, "–"),
        (1234567.8, 1, "1.234.567,8"),
    ],
)
def test_numbers_are_written_as_indonesians_write_them(value, decimals: int, written: str) -> None:
    assert number(value, decimals) == written


@pytest.mark.parametrize(
    ("share", "written"), [(0, "0,0 %"), (0.053, "5,3 %"), (0.00001, "< 0,1 %"), (1, "100,0 %")]
)
def test_a_share_above_nothing_is_never_written_as_zero(share: float, written: str) -> None:
    assert percent(share) == written
