"""Running jobs from the command line: each run is a process and a Dagster run, followed while it goes."""

import subprocess
import sys
import uuid
from collections.abc import Mapping

import dagster as dg
import typer

from batang_assets.cli.progress import follow
from batang_assets.cli.stack import check_counterparts
from batang_assets.cli.state import period_state
from batang_assets.cli.summary import print_summary
from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.errors import ConfigurationError
from batang_assets.jobs import BACKFILL, EXTRACT, MAIN, RELEASE
from batang_assets.partitions import Period
from batang_assets.quality.approval import require_two_people
from batang_assets.settings import Settings
from batang_assets.warehouse.project import ensure_manifest

SEND_TAG = "batang/kirim=ya"


def run_month(settings: Settings, key: str, names: Mapping[str, str] | None = None) -> None:
    """The main job of one month, after reading the earlier months that were never read.

    ``names``: who prepares and approves it (``siapkerja.approving.Names``), refused where both are one person.
    Prints the state of the month at the end; exits with status 1 if a run failed.
    """
    period = _known_period(settings, key)
    named = {name: value for name, value in (names or {}).items() if value}
    if "disetujui_oleh" in named:
        require_two_people(named.get("disiapkan_oleh", ""), named["disetujui_oleh"])
    check_counterparts(settings, delivering=True)
    ensure_manifest()
    missing = _unread(settings, period)
    ok = _run(settings, EXTRACT, missing[0], missing[-1]) if missing else True
    ok = ok and _run(settings, MAIN, period, period, names=named)
    print_summary(period_state(settings, period))
    if not ok:
        raise typer.Exit(1)


def run_backfill(settings: Settings, first: str, last: str, *, send: bool) -> None:
    """The months ``first`` … ``last`` in one run; delivers and packages only with ``send``."""
    begin, end = _known_period(settings, first), _known_period(settings, last)
    if end < begin:
        raise ConfigurationError(f"{first} is after {last}: write the earlier month first")
    check_counterparts(settings, delivering=send)
    ensure_manifest()
    ok = _run(settings, MAIN if send else BACKFILL, begin, end, *([SEND_TAG] if send else []))
    for period in begin.up_to(end):
        print_summary(period_state(settings, period))
    if not ok:
        raise typer.Exit(1)


def run_release(settings: Settings, key: str) -> None:
    """Send and pack an approved month without reading anything new; exits with status 1 if the run failed."""
    period = _known_period(settings, key)
    check_counterparts(settings, delivering=True)
    ensure_manifest()
    ok = _run(settings, RELEASE, period, period)
    print_summary(period_state(settings, period))
    if not ok:
        raise typer.Exit(1)


def _known_period(settings: Settings, key: str) -> Period:
    period = Period.parse(key)
    first, running = Period.parse(settings.first_period), Period.of(settings.now())
    if not first <= period <= running:
        raise ConfigurationError(
            f"{key} is no partition: the months are {first.key} (BATANG_FIRST_PERIOD) to {running.key}"
        )
    return period


def _unread(settings: Settings, period: Period) -> list[Period]:
    """The earlier months of which some dataset was never read to its end."""
    datasets = len(all_contracts("batang_career"))
    with connect(settings) as connection:
        whole = {
            row[0]
            for row in connection.execute(
                "select periode from raw.penarikan where lengkap and jendela_sampai >= periode + interval '1 month'"
                " group by periode having count(distinct dataset) >= %s",
                [datasets],
            )
        }
    earlier = Period.parse(settings.first_period).up_to(period)[:-1]
    return [month for month in earlier if month.first_day not in whole]


def _run(
    settings: Settings,
    job: str,
    first: Period,
    last: Period,
    *tags: str,
    names: Mapping[str, str] | None = None,
) -> bool:
    """Start the run's process and follow it to its end; True if the run succeeded."""
    run_id = str(uuid.uuid4())
    command = [sys.executable, "-m", "batang_assets.cli.execute", job, first.key, last.key, run_id]
    for tag in tags:
        command += ["--tag", tag]
    for name, value in (names or {}).items():
        command += ["--name", f"{name}={value}"]
    title = f"{job} {first.key}" if first == last else f"{job} {first.key} … {last.key}"
    log = settings.home / "dagster" / f"run-{run_id}.log"
    with dg.DagsterInstance.get() as instance, log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        ok = follow(instance, process, run_id, title)
        if not ok and instance.get_run_by_id(run_id) is None:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            sys.stderr.write(f"batang: {lines[-1] if lines else f'the run did not start; see {log}'}\n")
    return ok
