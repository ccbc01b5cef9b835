"""The partition is the month in Asia/Jakarta; reports cover one or several of them."""

import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from dagster import BetaWarning, MonthlyPartitionsDefinition

from batang_assets.errors import ConfigurationError
from batang_assets.settings import JAKARTA, Settings

# Single-run backfills are a beta of Dagster's that every partitioned asset here uses; once is enough to know.
warnings.filterwarnings("ignore", category=BetaWarning)


@dataclass(frozen=True, order=True)
class Period:
    """One month. ``start`` ≤ t < ``end``; the month ends at 23:59:59.999… WIB (DOMAIN.md § 5)."""

    year: int
    month: int

    @classmethod
    def parse(cls, key: str) -> "Period":
        """Read a partition key such as ``2026-10``; raises ConfigurationError if it is none."""
        try:
            moment = datetime.strptime(key, "%Y-%m")
        except ValueError:
            raise ConfigurationError(f"period {key!r} is not a month: write YYYY-MM, e.g. 2026-10") from None
        return cls(moment.year, moment.month)

    @classmethod
    def of(cls, moment: datetime | date) -> "Period":
        """The month that holds ``moment`` (an aware time is read in Asia/Jakarta)."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(JAKARTA)
        return cls(moment.year, moment.month)

    @property
    def key(self) -> str:
        """The partition key, ``YYYY-MM``."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return self.next().first_day - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """00:00 WIB on the first day."""
        return datetime(self.year, self.month, 1, tzinfo=JAKARTA)

    @property
    def end(self) -> datetime:
        """00:00 WIB on the first day of the next month (exclusive)."""
        return self.next().start

    @property
    def label(self) -> str:
        """The month as an official writes it: ``Oktober 2026``."""
        return format_date(self.first_day, "LLLL yyyy", locale="id_ID")

    def next(self) -> "Period":
        """The month after."""
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> "Period":
        """The month before."""
        return Period(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def is_over(self, moment: datetime) -> bool:
        """Whether the month has ended. A clock that shows whole seconds ends it at 23:59:59."""
        return moment >= self.end - timedelta(seconds=1)

    def up_to(self, last: "Period") -> list["Period"]:
        """The months from this one to ``last``, both included; empty if ``last`` is earlier."""
        months = []
        month = self
        while month <= last:
            months.append(month)
            month = month.next()
        return months


@dataclass(frozen=True)
class Span:
    """What a report covers: a month, a quarter, a semester or a year, as whole months in order.

    Keys: ``2026-10`` (month), ``2026-T4`` (triwulan, quarter), ``2026-S2`` (semester), ``2026`` (year).
    """

    key: str
    first: Period
    last: Period

    @classmethod
    def parse(cls, key: str) -> "Span":
        """Read a key; raises ConfigurationError if it names no span."""
        found = re.fullmatch(r"(\d{4})(?:-(?:T([1-4])|S([12])|(0[1-9]|1[0-2])))?", key)
        if found is None:
            raise ConfigurationError(
                f"period {key!r} is no month, quarter, semester or year: write 2026-10, 2026-T4, 2026-S2 or 2026"
            )
        year, quarter, semester, month = (int(part) if part else None for part in found.groups())
        assert year is not None
        if month:
            first, last = month, month
        elif quarter:
            first, last = 3 * quarter - 2, 3 * quarter
        elif semester:
            first, last = 6 * semester - 5, 6 * semester
        else:
            first, last = 1, 12
        return cls(key, Period(year, first), Period(year, last))

    @property
    def months(self) -> list[Period]:
        """The months of the span, first to last."""
        return self.first.up_to(self.last)

    @property
    def label(self) -> str:
        """The span as an official writes it: ``Oktober 2026``, ``Triwulan IV 2026``, ``Semester II 2026``,
        ``Tahun 2026``."""
        year, _, part = self.key.partition("-")
        if not part:
            return f"Tahun {year}"
        if part.isdigit():
            return self.first.label
        name = "Triwulan" if part[0] == "T" else "Semester"
        return f"{name} {('I', 'II', 'III', 'IV')[int(part[1]) - 1]} {year}"


def monthly_partitions(settings: Settings) -> MonthlyPartitionsDefinition:
    """Months from the first period to the running month, keyed ``YYYY-MM``."""
    return MonthlyPartitionsDefinition(
        start_date=settings.first_period, fmt="%Y-%m", timezone="Asia/Jakarta", end_offset=1
    )
