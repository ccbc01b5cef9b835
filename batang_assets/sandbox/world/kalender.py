"""When entities arrive: the n-th of a dataset has its day, whatever the end of the world."""

from bisect import bisect_left
from datetime import date

from batang_assets.sandbox.world.waktu import DAY_S

# What `people` counts: those registered by this day. A later world holds more, an earlier one fewer.
REFERENCE_DAY = date(2026, 10, 31).toordinal()
# Platform start; a small tail of older registrations was imported into it.
FIRST_MONTH = (2023, 7)
TAIL_MONTHS = 16
TAIL_WEIGHT = 0.1
HORIZON_MONTHS = 120
# Employers that the platform started with.
SIZE_INITIAL_SHARE = 0.4
# Graduates arrive in June–August, few in the fasting month and at the year's end.
SEASON_GRADUATES = (0.9, 0.85, 0.8, 0.95, 1.05, 1.45, 1.6, 1.4, 1.05, 1.0, 0.9, 0.8)
SEASON_FLAT = (1.0, 1.0, 0.9, 1.0, 1.0, 1.05, 1.05, 1.05, 1.0, 1.0, 1.0, 0.95)


class Calendar:
    """Arrival days of one dataset: id 1 first, `count` of them by the reference day, then on at the same pace."""

    def __init__(self, count: int, season: tuple[float, ...] = SEASON_GRADUATES) -> None:
        self._starts: list[int] = []
        weights: list[float] = []
        for n in range(HORIZON_MONTHS):
            year, month0 = divmod(FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1 + n, 12)
            self._starts.append(date(year, month0 + 1, 1).toordinal())
            weights.append(season[month0] * (TAIL_WEIGHT if n < TAIL_MONTHS else 1.0))
        reference = bisect_left(self._starts, REFERENCE_DAY)
        total = sum(weights[:reference])
        self._cumulative = [0]
        running = 0.0
        for weight in weights:
            running += weight
            self._cumulative.append(round(count * running / total))

    def day(self, identity: int) -> int:
        """Ordinal day on which entity `identity` (1-based) arrives; never falls with the id."""
        month = bisect_left(self._cumulative, identity) - 1
        if month + 1 >= len(self._starts):
            raise ValueError(f"entitas ke-{identity} di luar cakrawala {HORIZON_MONTHS} bulan dunia sintetis")
        before, after = self._cumulative[month], self._cumulative[month + 1]
        days = self._starts[month + 1] - self._starts[month]
        return self._starts[month] + int((identity - before - 0.5) * days / (after - before))

    def count(self, day: int) -> int:
        """How many entities have arrived by the end of ordinal day `day`."""
        low, high = 0, self._cumulative[-2]
        while low < high:
            middle = (low + high + 1) // 2
            if self.day(middle) <= day:
                low = middle
            else:
                high = middle - 1
        return low


def office_hour(number: int) -> int:
    """Seconds into the day of an entry, spread over 07:00–20:59 by a hash."""
    return 7 * 3600 + number % (14 * 3600)


def entry_instant(day: int, number: int) -> int:
    """When something of ordinal day `day` was keyed in: the same day, one time in twenty the next."""
    return (day + (number // 65_536 % 20 == 0)) * DAY_S + office_hour(number)
