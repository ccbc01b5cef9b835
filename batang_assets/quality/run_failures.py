"""Failed runs as troubles: a job's month is in trouble while its last finished run has failed.

What is told of a failure: job, month, run, assets and the error's class. Never its text, which may quote data.
"""

from collections.abc import Iterable

import dagster as dg
from dagster import DagsterEventType, DagsterInstance

PREFIX = "pekerjaan "
PARTITION_TAG = "dagster/partition"
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
# So many of the newest failures are looked at; older ones are known from their own alert.
LOOKED_AT = 100
NO_PARTITION = "tanpa bulan"
SHOWN_ASSETS = 3


def failed_runs(instance: DagsterInstance, known: Iterable[str]) -> dict[str, str]:
    """Key (``pekerjaan utama 2026-10``) → one Indonesian line, for each job and month whose last run failed.

    ``known``: keys that are already in trouble, which may be older than the newest failures.
    """
    newest = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]), limit=LOOKED_AT)
    keys = {_key(run) for run in newest} | {key for key in known if key.startswith(PREFIX)}
    found = {}
    for key in sorted(keys):
        run = _last_run(instance, key)
        if run is not None and run.status == dg.DagsterRunStatus.FAILURE:
            found[key] = _line(instance, run)
    return found


def _key(run: dg.DagsterRun) -> str:
    return f"{PREFIX}{run.job_name} {_month(run)}"


def _month(run: dg.DagsterRun) -> str:
    first, last = (run.tags.get(tag) for tag in RANGE_TAGS)
    if first and last:
        return first if first == last else f"{first}..{last}"
    return run.tags.get(PARTITION_TAG, NO_PARTITION)


def _last_run(instance: DagsterInstance, key: str) -> dg.DagsterRun | None:
    job, month = key.removeprefix(PREFIX).split(" ", 1)
    tags = {PARTITION_TAG: month}
    if ".." in month:
        tags = dict(zip(RANGE_TAGS, month.split(".."), strict=True))
    elif month == NO_PARTITION:
        tags = {}
    runs = instance.get_runs(dg.RunsFilter(job_name=job, tags=tags, statuses=FINISHED), limit=LOOKED_AT)
    return next((run for run in runs if _key(run) == key), None)


def _line(instance: DagsterInstance, run: dg.DagsterRun) -> str:
    failures = instance.get_records_for_run(run.run_id, of_type=DagsterEventType.STEP_FAILURE).records
    assets = _assets_by_step(instance, run)
    parts = []
    for record in failures:
        event = record.event_log_entry.dagster_event
        assert event is not None
        names = assets.get(event.step_key or "", [event.step_key or "?"])
        more = f" dan {len(names) - SHOWN_ASSETS} aset lain" if len(names) > SHOWN_ASSETS else ""
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        cause = error.cls_name if error is not None else None
        parts.append(f"{', '.join(names[:SHOWN_ASSETS])}{more} ({cause or 'sebab tidak tercatat'})")
    where = "; ".join(parts) or "sebelum ada langkah yang gagal"
    return f"Pekerjaan {run.job_name} {_month(run)} gagal: {where}. Run {run.run_id[:8]}."


def _assets_by_step(instance: DagsterInstance, run: dg.DagsterRun) -> dict[str, list[str]]:
    planned = instance.get_records_for_run(
        run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    ).records
    found: dict[str, list[str]] = {}
    for record in planned:
        event = record.event_log_entry.dagster_event
        if event is not None and event.asset_key is not None:
            found.setdefault(event.step_key or "", []).append("/".join(event.asset_key.path))
    return found
