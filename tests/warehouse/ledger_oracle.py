"""The rules of the two ledgers as a small program that goes through the days, one event after the other.

Written from the text of the rules (P1–P12 of int_pencari_kerja__peristiwa, L1–L8 of fct_peristiwa_lowongan), in
another way than the models: those compare intervals, this keeps a state.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

Event = tuple[str, int, str, date]  # key, spell (or vacancy), kind, day


@dataclass
class Registration:
    """One record of a seeker; ``fit`` is what the gate's PK_A16 says of it."""

    id: int
    day: date
    report: date | None = None
    card: date | None = None
    removed: date | None = None
    deleted: date | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def fit(self) -> bool:
        return all(d is None or d >= self.day for d in (self.report, self.card, self.removed))


@dataclass
class Placement:
    """One placement; ``registration`` is the record it names, ``vacancy`` the vacancy."""

    id: int
    registration: Registration
    day: date
    sex: str
    vacancy: int | None = None
    deleted: bool = False
    kind: str = "AKL"
    receiver: str = "SWASTA"

    @property
    def fit(self) -> bool:
        """PN_A13, and nothing that the source deleted."""
        return self.day >= self.registration.day and not self.deleted


@dataclass
class Vacancy:
    """One vacancy with its places, the employer's counts and its dates."""

    id: int
    opened: date
    places: dict[str, int]
    counted: dict[str, int]
    closes: date
    completed: date | None = None
    removed: date | None = None
    deleted: date | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def fit(self) -> bool:
        """LW_A08."""
        return all(d is None or d >= self.opened for d in (self.closes, self.completed, self.removed))


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month]
    return date(year, month + 1, min(day.day, last))


def lapse_day(registration: Registration, today: date) -> date:
    """P4: six months after the last report or the registration, the card's end if that is earlier."""
    reported = registration.report
    alive = reported if reported and registration.day <= reported <= today else registration.day
    return min(add_months(alive, 6), registration.card or add_months(registration.day, 24))


def life(registrations: Sequence[Registration], placements: Sequence[Placement], today: date) -> list[Event]:
    """The events that count of one person, reports left out."""
    # P7: the order within a day.
    steps: list[tuple[date, int, int, Registration | Placement]] = []
    for r in registrations:
        if r.fit and r.day <= today:
            steps.append((r.day, 0, r.id, r))
            ends = [d for d in (r.removed, r.deleted) if d and r.day <= d <= today]
            steps += [(d, 2, r.id, r) for d in ends]
            if lapse_day(r, today) <= today:
                steps.append((lapse_day(r, today), 3, r.id, r))
    steps += [(p.day, 1, p.id, p) for p in placements if p.fit and p.day <= today]
    still_open: set[int] = set()
    spell, events = 0, []
    for day, order, key, what in sorted(steps, key=lambda step: step[:3]):
        if isinstance(what, Placement):
            if still_open:
                events.append((f"ditempatkan:{key}", spell, "ditempatkan", day))
                still_open.clear()
        elif order == 0:
            if not still_open:
                spell = key
                events.append((f"daftar:{key}", spell, "terdaftar", day))
            still_open.add(key)
        elif key in still_open:
            still_open.remove(key)
            if not still_open:
                kind = "dihapus" if order == 2 else "kedaluwarsa"
                events.append((f"{kind}:{key}", spell, kind, day))
    return events


def places(vacancy: Vacancy, placements: Iterable[Placement], today: date) -> Counter[tuple[str, date, str]]:
    """Places of a vacancy by (kind, day, for whom), the kinds dibuka, terisi and dihapus."""
    moved: Counter[tuple[str, date, str]] = Counter()
    if not vacancy.fit or vacancy.opened > today:
        return moved
    for sex, number in vacancy.places.items():
        moved["dibuka", vacancy.opened, sex] += number
    end = min(d for d in (vacancy.closes, vacancy.removed, vacancy.deleted) if d and d >= vacancy.opened)
    fills = [(max(p.day, vacancy.opened), p.sex) for p in placements if p.fit and p.day <= today]
    named = Counter(sex for _, sex in fills)
    undated = vacancy.completed or end
    for sex, number in vacancy.counted.items():
        if undated <= today:
            fills += [(undated, sex)] * (number - named[sex])
    left, total = dict(vacancy.places), sum(vacancy.places.values())
    for number, (day, sex) in zip(count(1), sorted(fills), strict=False):
        place = sex if left[sex] > 0 else "bebas"
        left[place] -= 1
        moved["terisi", day, place] += 1
        if number == total:
            end = min(end, day)
    if end <= today:
        for sex, number in left.items():
            moved["dihapus", end, sex] += number
    return moved


def since_graduation(graduated: int | None, day: date) -> str:
    """The group of IPK III/7."""
    if graduated is None or graduated > day.year:
        return "tidak_diketahui"
    years = day.year - graduated
    return "0-2" if years <= 2 else "3-5" if years <= 5 else "6+"


def age_band(born: date, day: date) -> str:
    """The band of IPK III/1 on a day."""
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    bands = ((15, "tidak_diketahui"), (20, "15-19"), (30, "20-29"), (45, "30-44"), (55, "45-54"))
    return next((name for limit, name in bands if age < limit), "55+")


class Tally:
    """Cells of IPK III/1–III/7 from flows, month by month; those before the first month are its opening."""

    def __init__(self, months: Sequence[str]) -> None:
        self.months = months
        self.flows: dict[tuple[str, ...], dict[str, list[int]]] = defaultdict(
            lambda: {month: [0, 0, 0] for month in ("awal", *months)}
        )

    def add(self, cell: tuple[str, ...], day: date, flow: int, number: int = 1) -> None:
        """``flow``: 0 in, 1 placed or filled, 2 removed."""
        month = day.isoformat()[:7]
        self.flows[cell]["awal" if month < self.months[0] else month][flow] += number

    def cells(self) -> Iterator[tuple[str, ...]]:
        """Cells that hold anything, as the columns of rpt_ipk_arus in text."""
        for (table, *rest), by_month in self.flows.items():
            entered, filled, removed = by_month["awal"]
            opening = entered - filled - removed
            for month in self.months:
                entered, filled, removed = by_month[month]
                closing = opening + entered - filled - removed
                numbers = (opening, entered, filled, removed, closing)
                if any(numbers):
                    yield (table, f"{month}-01", *rest, *map(str, numbers))
                opening = closing
