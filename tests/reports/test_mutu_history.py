"""Scores over months, and what changed since last time, against verdicts written by hand."""

from datetime import datetime, timedelta

import psycopg
import pytest

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.overrides import Override, record
from batang_assets.quality.scores import scores
from batang_assets.quality.suites import DIMENSIONS, suite_of
from batang_assets.reports.mutu import charts, render
from batang_assets.reports.mutu.history import DOMAINS, read_history, since_last_month, since_last_version
from batang_assets.settings import JAKARTA
from tests.reports.page import Page, store_verdict

SEPTEMBER, OCTOBER = Period(2026, 9), Period(2026, 10)
FIRST = datetime(2026, 11, 1, 3, tzinfo=JAKARTA)
LATER = FIRST + timedelta(days=1)
SEEKERS = "pencari-kerja"


@pytest.fixture
def judged_months(conn: psycopg.Connection) -> psycopg.Connection:
    """September and October; seekers were judged twice in October, vacancies passed once and then did not."""
    store_verdict(
        conn, SEEKERS, SEPTEMBER, "s1", FIRST, {"PK_A01": (10, 100), "PK_R01": (0, 100), "PK_T01": (30, 100)}
    )
    store_verdict(
        conn, SEEKERS, OCTOBER, "o1", FIRST, {"PK_A01": (90, 100), "PK_T01": (1, 3)}, rows=(100, 10)
    )
    store_verdict(
        conn, SEEKERS, OCTOBER, "o2", LATER, {"PK_A01": (5, 100), "PK_R01": (1, 1000), "PK_T01": (1, 3)}
    )
    store_verdict(conn, "lowongan", SEPTEMBER, "s1", FIRST, {"LW_A03": (0, 20)}, rows=(20, 20))
    store_verdict(
        conn, "lowongan", OCTOBER, "o1", FIRST, {"LW_A03": (10, 20)}, rows=(20, 10), failed=("LW_A03",)
    )
    store_verdict(conn, "lamaran", OCTOBER, "o1", FIRST, {"LM_A03": (0, 80)}, rows=(80, 80))
    return conn


def test_the_scores_of_a_month_are_those_the_gate_gives(judged_months: psycopg.Connection) -> None:
    history = read_history(judged_months, OCTOBER)
    assert [month.period for month in history.months] == [SEPTEMBER, OCTOBER]
    for period in (SEPTEMBER, OCTOBER):
        assert {name: history.score(period, name) for name in DIMENSIONS} == scores(judged_months, period)
    # By hand: one of a thousand is 99.9, one of three is 66.7, 15 wrong of 200 is 92.5.
    assert [history.score(OCTOBER, name) for name in DIMENSIONS] == [99.9, 92.5, 66.7]


def test_a_domain_weighs_its_datasets_by_their_checks(judged_months: psycopg.Connection) -> None:
    history = read_history(judged_months, OCTOBER)
    assert history.score(OCTOBER, "akurat", ["lowongan"]) == 50.0
    assert history.score(OCTOBER, "akurat", ["lamaran"]) == 100.0
    assert history.score(OCTOBER, "akurat", DOMAINS["lowongan"]) == 90.0
    rows = Page(render(judged_months, OCTOBER)).table("Skor Oktober 2026")[1:]
    assert [row[0] for row in rows[2:5]] == ["Lowongan", "Lowongan", "Lamaran"]
    assert [row[3] for row in rows[2:5]] == ["90,0 turun 10,0", "50,0 turun 50,0", "100,0"]


def test_the_six_domains_hold_every_dataset_once() -> None:
    assert len(DOMAINS) == 6
    held = [wire for wires in DOMAINS.values() for wire in wires]
    assert sorted(held) == sorted(dataset.wire for dataset in DATASETS)


def test_the_headline_tells_the_change_and_the_trend_in_words(judged_months: psycopg.Connection) -> None:
    text = render(judged_months, OCTOBER)
    assert (
        "Skor akurat: dari 91,7 menjadi 92,5 dalam 2 bulan, terendah 91,7, tertinggi 92,5"
        in Page(text).images()
    )
    assert '<span class="beda baik">naik 0,8</span>' in text
    assert '<span class="beda buruk">turun 3,3</span>' in text
    trend = Page(text).rows("Skor setiap bulan")
    assert trend["Oktober 2026"] == ["99,9", "92,5", "66,7", "2 dari 3", "200", "180"]
    assert trend["September 2026"] == ["100,0", "91,7", "70,0", "2 dari 2", "120", "110"]


def test_the_last_month_is_compared_dataset_by_dataset_and_rule_by_rule(
    judged_months: psycopg.Connection,
) -> None:
    found = since_last_month(judged_months, OCTOBER)
    assert [item.dataset.wire for item in found.datasets] == [SEEKERS, "lowongan"]
    # LW_A03 crossed its threshold and comes first, then by size of the change.
    assert [(item.rule.kode, round(item.selisih, 3)) for item in found.rules] == [
        ("LW_A03", 0.5),
        ("PK_A01", -0.05),
        ("PK_T01", 0.033),
        ("PK_R01", 0.001),
    ]
    page = Page(render(judged_months, OCTOBER))
    assert page.rows("Baris dan putusan, Oktober")["Lowongan"] == [
        "20", "20", "10", "0", "✕ tertutup", "✓ terbuka",
    ]  # fmt: skip
    changes = page.rows("4 dari 4 aturan yang bagian salahnya berubah, Oktober")
    assert changes["LW_A03"][2:] == ["10 dari 20", "0 dari 20", "Kini melampaui ambang"]
    assert changes["PK_A01"][2:] == ["5 dari 100", "10 dari 100", "turun 5,0 poin"]


def test_the_month_is_compared_with_its_own_verdict_before(judged_months: psycopg.Connection) -> None:
    found = since_last_version(judged_months, OCTOBER)
    assert [item.dataset.wire for item in found.datasets] == [SEEKERS]
    assert [(item.rule.kode, item.dulu[0], item.kini[0]) for item in found.rules] == [("PK_A01", 90, 5)]
    rows = Page(render(judged_months, OCTOBER)).rows("Baris dan putusan, penilaian ini")
    assert rows["Pencari kerja"][:4] == ["100", "100", "10", "90"]


def test_the_first_month_and_the_first_verdict_say_that_there_is_nothing_to_compare(
    judged_months: psycopg.Connection,
) -> None:
    text = render(judged_months, SEPTEMBER)
    assert "Agustus 2026 belum dinilai, sehingga tidak ada pembanding." in text
    assert "Ini penilaian pertama atas September 2026." in text
    assert "Agustus 2026 belum dinilai</span>" in text


def test_a_rule_that_left_the_suite_does_not_stop_the_report(judged_months: psycopg.Connection) -> None:
    judged_months.execute(
        "update quality.gerbang set ringkasan = ringkasan || '{\"gagal\": [\"LW_Z99\"]}' where dataset = 'lowongan'"
    )
    judged_months.execute("update quality.hasil_aturan set kode = 'LW_Z99' where dataset = 'lowongan'")
    rows = Page(render(judged_months, OCTOBER)).rows("Putusan gerbang")
    assert rows["Lowongan"][0] == "! Perlu dinilai ulang"


def test_an_override_is_printed_with_name_and_reason_and_opens_only_its_version(
    judged_months: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The verdict must stand for the present data, whose digest no hand can write.
    monkeypatch.setattr("batang_assets.reports.mutu.query.data_version", lambda *_: "o1")
    given = ("lowongan", "versi-lama", ("LW_A03",), "Pejabat Uji", "Alasan <uji>", LATER)
    record(judged_months, Override(OCTOBER.key, *given), OCTOBER)
    page = Page(text := render(judged_months, OCTOBER))
    assert page.rows("Putusan gerbang")["Lowongan"][0] == "✕ Tertutup"
    assert page.rows("Pengecualian gerbang")["Lowongan"] == [
        "LW_A03", "Pejabat Uji", "Alasan <uji>", "2 Nov 2026 03.00 WIB", "versi-lama",
    ]  # fmt: skip
    assert "<uji>" not in text

    record(judged_months, Override(OCTOBER.key, "lowongan", "o1", *given[2:]), OCTOBER)
    page = Page(render(judged_months, OCTOBER))
    assert page.rows("Putusan gerbang")["Lowongan"][0] == "! Dibuka dengan pengecualian"
    reason = f"Blokir LW_A03 {suite_of('lowongan').rule('LW_A03').kalimat}"
    assert reason in page.rows("Putusan gerbang")["Lowongan"][1]


def test_three_years_make_a_page_below_a_megabyte(conn: psycopg.Connection) -> None:
    months = Period(2023, 11).up_to(OCTOBER)
    for number, period in enumerate(months):
        for dataset in DATASETS:
            outcomes = {rule.kode: (number % 7, 100) for rule in suite_of(dataset.wire).rules}
            store_verdict(conn, dataset.wire, period, "v", FIRST, outcomes)
    text = render(conn, OCTOBER)
    assert len(text.encode()) < 1_000_000
    assert len(Page(text).table("Skor setiap bulan")) == 1 + 36
    # The month before the 36 is not shown any more.
    store_verdict(conn, SEEKERS, Period(2023, 10), "v", FIRST, {})
    assert len(read_history(conn, OCTOBER).months) == 36


@pytest.mark.parametrize(
    ("series", "floor"),
    [
        ([[99.7, 99.9]], 95.0),
        ([[100.0]], 95.0),
        ([[95.0]], 95.0),
        ([[94.9], [99.0]], 90.0),
        ([[76.0]], 75.0),
        ([[74.9]], 60.0),
        ([[0.0, 100.0]], 0.0),
        ([[None, None]], 95.0),
        ([[]], 95.0),
    ],
)
def test_an_axis_begins_below_every_score_and_exaggerates_nothing(series, floor: float) -> None:
    assert charts.floor_of(*series) == floor


def test_a_line_runs_from_axis_to_axis_and_breaks_where_a_month_has_no_score() -> None:
    drawn = charts.line([90.0, None, 100.0, 95.0], 90.0)
    bottom, top = charts.HEIGHT - charts.BOTTOM, charts.TOP
    assert [y for _, y in drawn.points] == [bottom, top, (bottom + top) / 2]
    assert drawn.points[0][0] == charts.LEFT
    assert drawn.points[-1][0] == charts.WIDTH - charts.RIGHT
    assert drawn.path.count("M") == 2
    assert drawn.path.count("L") == 1
    assert charts.line([97.0], 95.0).points[0][0] == charts.WIDTH - charts.RIGHT
