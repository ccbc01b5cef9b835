"""The calendar, against dates that anyone can look up."""

from datetime import date, datetime

import pytest

from batang_assets.partitions import Period
from batang_assets.quality.working_days import due_date, is_working_day, working_days_before


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-10-30", True),
        ("2026-10-31", False),  # Saturday
        ("2026-08-17", False),  # Independence Day, a Monday
        ("2026-03-20", False),  # joint leave before Idul Fitri 1447 H, a Friday
        ("2026-03-23", False),  # joint leave after it, a Monday
        ("2026-03-25", True),
    ],
)
def test_offices_are_closed_on_weekends_holidays_and_joint_leave(day: str, open_: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is open_


def test_the_due_day_moves_with_the_holidays() -> None:
    assert due_date(Period(2026, 10)) == date(2026, 11, 6)
    # January 2027: the 1st (a Friday) and the 5th (Isra Mikraj) are holidays.
    assert due_date(Period(2026, 12)) == date(2027, 1, 11)


@pytest.mark.parametrize(
    ("moment", "count", "expected"),
    [
        ("2026-11-01T00:00:00+07:00", 5, "2026-10-26T00:00:00+07:00"),
        ("2026-11-01T00:00:00+07:00", 1, "2026-10-30T00:00:00+07:00"),
        # Five working days back from the end of Idul Fitri are ten calendar days.
        ("2026-03-26T08:00:00+07:00", 3, "2026-03-17T00:00:00+07:00"),
        # The day itself counts once it has begun; the time is read in Jakarta.
        ("2026-10-26T17:30:00+00:00", 1, "2026-10-27T00:00:00+07:00"),
    ],
)
def test_working_days_back(moment: str, count: int, expected: str) -> None:
    found = working_days_before(datetime.fromisoformat(moment), count)
    assert found == datetime.fromisoformat(expected)
