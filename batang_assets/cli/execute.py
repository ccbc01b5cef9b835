"""The process in which one Dagster run happens: ``python -m batang_assets.cli.execute``.

A process of its own, so that the command that started it can show progress, and survives it.
"""

import os
import sys

import dagster as dg
import psutil
import typer

from batang_assets.database import connect, locks
from batang_assets.settings import get_settings
from batang_assets.siapkerja.approving import OP as APPROVAL_OP

PROCESS_TAG = "batang/pid"
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def execute(
    job: str,
    first: str,
    last: str,
    run_id: str,
    tag: list[str] = typer.Option([], help="key=value"),  # noqa: B008
    name: list[str] = typer.Option([], help="Who prepares and approves, field=name."),  # noqa: B008
) -> None:
    """Run ``job`` for the months ``first`` … ``last`` as the Dagster run ``run_id``; exit 1 if it fails."""
    from batang_assets.definitions import defs

    tags = dict(item.split("=", 1) for item in tag) | {PROCESS_TAG: str(os.getpid())}
    names = dict(item.split("=", 1) for item in name)
    key = first if first == last else None
    if key is None:
        tags |= {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    with connect(get_settings()) as lock, dg.DagsterInstance.get() as instance:
        row = lock.execute("select pg_try_advisory_lock(%s)", [locks.RUN]).fetchone()
        if row is None or not row[0]:
            sys.stderr.write("another run is under way on this database: wait for it to end\n")
            raise typer.Exit(1)
        _close_abandoned(instance)
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=key,
            run_id=run_id,
            tags=tags,
            run_config=QUIET | ({"ops": {APPROVAL_OP: {"config": names}}} if names else {}),
            raise_on_error=False,
        )
    raise typer.Exit(0 if result.success else 1)


def _close_abandoned(instance: dg.DagsterInstance) -> None:
    """Say of runs whose process was killed that they failed; what they did is picked up by the next run.

    A slot of a pool that such a run held is given back: the next run would wait for it without end.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        pid = run.tags.get(PROCESS_TAG)
        if pid is not None and not _lives(int(pid)):
            instance.report_run_failed(run, "the process of this run was ended from outside")
    storage = instance.event_log_storage
    for key in storage.get_concurrency_keys():
        info = storage.get_concurrency_info(key)
        for run_id in info.active_run_ids | info.assigned_run_ids | info.pending_run_ids:
            holder = instance.get_run_by_id(run_id)
            if holder is None or holder.is_finished:
                storage.free_concurrency_slots_for_run(run_id)


def _lives(pid: int) -> bool:
    """Whether the process runs; one that was killed and that nobody has buried yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    typer.run(execute)
