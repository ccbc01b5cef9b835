"""The partition is the month in Asia/Jakarta."""

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

    def up_to(self, last: "Period") -> list["Period"]:
        """The months from this one to ``last``, both included; empty if ``last`` is earlier."""
        months = []
        month = self
        while month <= last:
            months.append(month)
            month = month.next()
        return months


def monthly_partitions(settings: Settings) -> MonthlyPartitionsDefinition:
    """Months from the first period to the running month, keyed ``YYYY-MM``."""
    return MonthlyPartitionsDefinition(
        start_date=settings.first_period, fmt="%Y-%m", timezone="Asia/Jakarta", end_offset=1
    )
