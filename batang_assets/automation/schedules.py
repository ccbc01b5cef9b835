"""By the calendar: the running month daily, the last month once it is over.

Both schedules start switched off: an operator turns them on when the approval of deliveries is arranged.
"""

from datetime import datetime

import dagster as dg

from batang_assets.jobs import MAIN
from batang_assets.partitions import Period
from batang_assets.settings import JAKARTA, get_settings

DAILY = "0 1 * * *"
MONTHLY = "0 3 1 * *"


def _moment(context: dg.ScheduleEvaluationContext) -> datetime:
    # A world with its own clock is asked for its own month.
    settings = get_settings()
    return settings.now() if settings.clock else context.scheduled_execution_time.astimezone(JAKARTA)


def build_schedules() -> list[dg.ScheduleDefinition]:
    """The daily and the monthly schedule of the main job, in Asia/Jakarta."""

    @dg.schedule(
        name="harian",
        job_name=MAIN,
        cron_schedule=DAILY,
        execution_timezone="Asia/Jakarta",
        description="Setiap hari pukul 01.00 WIB: bulan berjalan.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        moment = _moment(context)
        return dg.RunRequest(
            run_key=f"harian-{moment:%Y-%m-%d}", partition_key=Period.of(moment).key, tags=_tags("harian")
        )

    @dg.schedule(
        name="bulanan",
        job_name=MAIN,
        cron_schedule=MONTHLY,
        execution_timezone="Asia/Jakarta",
        description="Tanggal 1 pukul 03.00 WIB: menutup bulan lalu.",
    )
    def monthly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        period = Period.of(_moment(context)).previous()
        return dg.RunRequest(run_key=f"bulanan-{period.key}", partition_key=period.key, tags=_tags("bulanan"))

    return [daily, monthly]


def _tags(name: str) -> dict[str, str]:
    return {"batang/jadwal": name}
