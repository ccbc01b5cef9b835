"""The month in Asia/Jakarta: its edges, its name, its neighbours."""

from datetime import UTC, date, datetime

import pytest

from batang_assets.errors import ConfigurationError
from batang_assets.partitions import Period, Span


def test_month_ends_at_midnight_wib_which_is_17_utc():
    october = Period.parse("2026-10")
    assert october.end == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert Period.of(datetime(2026, 10, 31, 16, 59, 59, 999999, tzinfo=UTC)) == october
    assert Period.of(datetime(2026, 10, 31, 17, tzinfo=UTC)).key == "2026-11"


def test_a_month_is_over_with_its_last_second():
    october = Period.parse("2026-10")
    assert october.is_over(datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC))
    assert not october.is_over(datetime(2026, 10, 31, 16, 59, 58, tzinfo=UTC))


def test_leap_february_has_29_days():
    assert Period.parse("2028-02").last_day == date(2028, 2, 29)


def test_neighbours_cross_the_year():
    assert Period.parse("2026-12").next().key == "2027-01"
    assert Period.parse("2026-01").previous().key == "2025-12"
    assert [p.key for p in Period.parse("2026-11").up_to(Period.parse("2027-02"))] == [
        "2026-11", "2026-12", "2027-01", "2027-02",
    ]  # fmt: skip


def test_label_is_indonesian():
    assert Period.parse("2026-08").label == "Agustus 2026"


@pytest.mark.parametrize("key", ["2026-13", "2026", "oktober", "2026-10-01"])
def test_what_is_no_month_is_refused(key: str):
    with pytest.raises(ConfigurationError, match="YYYY-MM"):
        Period.parse(key)


@pytest.mark.parametrize(
    ("key", "first", "last", "label"),
    [
        ("2026-10", "2026-10", "2026-10", "Oktober 2026"),
        ("2026-T4", "2026-10", "2026-12", "Triwulan IV 2026"),
        ("2027-T1", "2027-01", "2027-03", "Triwulan I 2027"),
        ("2026-S2", "2026-07", "2026-12", "Semester II 2026"),
        ("2026", "2026-01", "2026-12", "Tahun 2026"),
    ],
)
def test_a_span_is_whole_months_with_the_name_an_official_writes(key, first, last, label):
    span = Span.parse(key)
    assert (span.months[0].key, span.months[-1].key, span.label) == (first, last, label)


@pytest.mark.parametrize("key", ["2026-13", "2026-T5", "2026-S3", "26", "2026-Q1", "2026-10-01", ""])
def test_what_is_no_span_is_refused_with_the_four_forms(key):
    with pytest.raises(ConfigurationError, match="2026-T4"):
        Span.parse(key)
