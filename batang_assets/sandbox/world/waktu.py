"""Dates and instants as plain integers, because a world writes hundreds of thousands of them.

A day is a proleptic ordinal (``date.toordinal``). An instant is seconds in Asia/Jakarta since ordinal 0; WIB has no
daylight saving time, so the offset is a constant.
"""

import calendar
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

WIB = timezone(timedelta(hours=7), "WIB")
DAY_S = 86_400
WIB_OFFSET_S = 7 * 3600
MONTHS_ID = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]


@lru_cache(maxsize=100_000)
def iso_date(day: int) -> str:
    """``YYYY-MM-DD`` of an ordinal day."""
    return date.fromordinal(day).isoformat()


def date_ordinal(year: int, month: int, day: int) -> int:
    """Ordinal of a calendar day."""
    return date(year, month, day).toordinal()


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def iso_wib(instant: int) -> str:
    """RFC 3339 with the Jakarta offset, as the source shows it."""
    day, second = divmod(instant, DAY_S)
    return f"{iso_date(day)}T{_clock(second)}+07:00"


def iso_utc(instant: int) -> str:
    """The same instant in UTC, in one fixed width, so that text order is time order."""
    day, second = divmod(instant - WIB_OFFSET_S, DAY_S)
    return f"{iso_date(day)}T{_clock(second)}Z"


def instant_of(moment: datetime) -> int:
    """Instant of an aware datetime. Raises ``ValueError`` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"waktu tanpa zona: {moment.isoformat()}; tulis misalnya 2026-10-31T23:59:59+07:00")
    local = moment.astimezone(WIB)
    return local.toordinal() * DAY_S + local.hour * 3600 + local.minute * 60 + local.second


@lru_cache(maxsize=100_000)
def add_months(day: int, months: int) -> int:
    """Calendar months later, clipped to the month's end: what PostgreSQL's ``date + interval`` gives."""
    start = date.fromordinal(day)
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(start.day, last)).toordinal()
