"""Working days of the regency's offices: Monday to Friday less Indonesia's public holidays and joint leave.

Holidays come from the package ``holidays`` (public holidays and ``cuti bersama`` as decreed; a year whose
decree is not yet in the package has the holidays that can be reckoned, without joint leave).
"""

from datetime import date, datetime, time, timedelta
from functools import cache

from holidays import country_holidays

from batang_assets.partitions import Period
from batang_assets.settings import JAKARTA

# Working day of the next month by which a month is to be complete, so that IPK can be sent with it.
DUE_WORKING_DAY = 5


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("ID", years=year, categories=("public", "government")))


def is_working_day(day: date) -> bool:
    """Whether the offices are open on this day."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_days_before(moment: datetime, count: int) -> datetime:
    """The beginning (Asia/Jakarta) of the ``count``-th working day back from ``moment``, its own day included
    where that is a working day and has begun."""
    day = (moment - timedelta(microseconds=1)).astimezone(JAKARTA).date()
    left = count
    while True:
        if is_working_day(day):
            left -= 1
            if left == 0:
                return datetime.combine(day, time(), JAKARTA)
        day -= timedelta(days=1)


def age_in_working_days(newest: datetime, moment: datetime) -> int:
    """How many working days back from ``moment`` ``newest`` lies: the least count that ``working_days_before``
    needs to reach it; 0 where it is later than the beginning of none (a moment in the future)."""
    if newest >= moment:
        return 0
    day, days = (moment - timedelta(microseconds=1)).astimezone(JAKARTA).date(), 0
    while True:
        if is_working_day(day):
            days += 1
            if newest >= datetime.combine(day, time(), JAKARTA):
                return days
        day -= timedelta(days=1)


def due_date(period: Period) -> date:
    """The day by whose end the month is to be complete: the fifth working day of the next month."""
    day, left = period.next().first_day, DUE_WORKING_DAY
    while True:
        if is_working_day(day):
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def due_moment(period: Period) -> datetime:
    """The end of ``due_date`` (Asia/Jakarta), exclusive."""
    return datetime.combine(due_date(period) + timedelta(days=1), time(), JAKARTA)
