"""A run that was killed leaves nothing behind that the next one would wait for."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from batang_assets.cli.execute import PROCESS_TAG, _close_abandoned, _lives
from batang_assets.database import dagster_url
from batang_assets.settings import PROJECT_ROOT, Settings

POOL = "siapkerja"


@pytest.fixture
def instance(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """Dagster as the project configures it, on this test's database."""
    monkeypatch.setenv("BATANG_DAGSTER_DATABASE_URL", dagster_url(settings))
    monkeypatch.setenv("BATANG_DAGSTER_FOLDER", str(tmp_path))
    with dg.DagsterInstance.from_config(str(PROJECT_ROOT)) as found:
        yield found


def begin(instance: dg.DagsterInstance, pid: int) -> str:
    """A run of the process ``pid`` that holds the pool."""

    @dg.op
    def nothing() -> None: ...

    @dg.job
    def work() -> None:
        nothing()

    run = instance.create_run_for_job(work, tags={PROCESS_TAG: str(pid)}, status=dg.DagsterRunStatus.STARTED)
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default(POOL)
    assert storage.claim_concurrency_slot(POOL, run.run_id, "langkah").is_claimed
    return run.run_id


def holders(instance: dg.DagsterInstance) -> set[str]:
    return instance.event_log_storage.get_concurrency_info(POOL).active_run_ids


def killed() -> int:
    """The pid of a process that was killed and is waited for."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process.kill()
    process.wait()
    return process.pid


def test_a_killed_run_is_failed_and_gives_its_place_in_the_pool_back(instance: dg.DagsterInstance) -> None:
    run_id = begin(instance, killed())
    assert holders(instance) == {run_id}
    _close_abandoned(instance)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert holders(instance) == set()
    assert instance.event_log_storage.claim_concurrency_slot(POOL, "berikutnya", "langkah").is_claimed


def test_a_run_whose_process_lives_keeps_its_place(instance: dg.DagsterInstance) -> None:
    run_id = begin(instance, os.getpid())
    _close_abandoned(instance)
    assert holders(instance) == {run_id}


def test_a_killed_process_that_nobody_has_buried_does_not_live(
    finish: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    finish(process)
    process.kill()
    deadline = time.monotonic() + 10
    while _lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _lives(process.pid)


@pytest.fixture
def finish() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Waits for the given processes at the end, so that none stays unburied."""
    started: list[subprocess.Popen[bytes]] = []
    yield started.append
    for process in started:
        process.wait()
