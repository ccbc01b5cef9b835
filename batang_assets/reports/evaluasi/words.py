"""Numbers, dates and enumerations as an official writes them; the same words for page and PDF."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from babel.dates import format_date

from batang_assets.quality.working_days import is_working_day
from batang_assets.reports.mutu.render import day, month, number, percent
from batang_assets.settings import JAKARTA

__all__ = [
    "day",
    "hour",
    "listed",
    "month",
    "number",
    "percent",
    "short",
    "short_day",
    "signed",
    "working_days_late",
]
SHOWN = 8


def signed(value: int) -> str:
    """A difference with its sign: +1.204; −3; 0."""
    return number(0) if value == 0 else ("+" if value > 0 else "−") + number(abs(value))


def short_day(moment: date | datetime | None) -> str:
    """A date in short, in WIB: 5 Des 2025; a dash where there is none."""
    if moment is None:
        return "–"
    at = moment.astimezone(JAKARTA) if isinstance(moment, datetime) else moment
    return format_date(at, "d MMM yyyy", locale="id_ID")


def hour(moment: datetime) -> str:
    """The time of day in WIB: 08.00."""
    return f"{moment.astimezone(JAKARTA):%H.%M}"


def short(identifier: str) -> str:
    """A run id or digest in short: its first eight characters identify it in the log."""
    return identifier[:8]


def listed(items: Iterable[str], shown: int = SHOWN) -> str:
    """The first few items, and how many more there are; a dash for none."""
    found = list(items)
    rest = len(found) - shown
    return ", ".join(found[:shown]) + (f", dan {rest} lainnya" if rest > 0 else "") or "–"


def working_days_late(moment: datetime, due: date) -> int:
    """Working days after ``due`` up to the day of ``moment`` (Asia/Jakarta); 0 if in time."""
    last, late, at = moment.astimezone(JAKARTA).date(), 0, due
    while at < last:
        at += timedelta(days=1)
        late += is_working_day(at)
    # Late on a holiday is late as well.
    return max(late, 1) if last > due else 0
