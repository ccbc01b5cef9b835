"""Each month's way out of the house, step by step, beside the day by which it was to be complete."""

from dataclasses import dataclass
from datetime import date, datetime

from batang_assets.partitions import Period
from batang_assets.quality.working_days import due_date, due_moment
from batang_assets.reports.evaluasi.facts import Facts, MonthFacts
from batang_assets.reports.evaluasi.words import working_days_late

NOTHING = "Tidak ada yang tercatat"
STEPS = ("Terbaca utuh", "Disetujui", "Dikirim", "Diakui", "Dikemas")


@dataclass(frozen=True)
class Timeliness:
    """The steps of one month (None: not done), the due date, and the judgement in words.

    ``in_time`` is None while nothing can be said: not yet due, or a step whose clock runs ahead of the report's.
    """

    period: Period
    steps: tuple[datetime | None, ...]
    due: date
    in_time: bool | None
    words: str


def timeliness(facts: Facts) -> list[Timeliness]:
    """Every month of the evaluation, oldest first."""
    return [_month(month, facts.now) for month in facts.months]


def _month(month: MonthFacts, now: datetime) -> Timeliness:
    packed = min((package.made_at for package in month.packages), default=None)
    steps = (month.read, month.approved_at, month.sent.first, month.sent.last, packed)
    due = due_date(month.period)
    return Timeliness(month.period, steps, due, *_judged(steps, month, due, now))


def _judged(
    steps: tuple[datetime | None, ...], month: MonthFacts, due: date, now: datetime
) -> tuple[bool | None, str]:
    done = [step for step in steps if step is not None]
    missing = [name.lower() for name, step in zip(STEPS, steps, strict=True) if step is None]
    if any(step > now for step in done):
        return None, "Tidak dapat dibandingkan: jam pencatatan mendahului jam laporan"
    if missing:
        if now < due_moment(month.period):
            return None, "Belum jatuh tempo"
        return False, f"Belum lengkap: {', '.join(missing)}" if done else NOTHING
    late = working_days_late(max(done), due)
    return (False, f"Terlambat {late} hari kerja") if late else (True, "Tepat waktu")
