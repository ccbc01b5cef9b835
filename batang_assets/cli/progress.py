"""Following a run: a live display on a terminal, plain lines otherwise."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import dagster as dg
from rich.console import Console
from rich.live import Live
from rich.table import Table

POLL_S = 0.4
STAGES = {
    "raw": "extract",
    "gudang": "dbt build",
    "gerbang": "quality gates",
    "kotak_keluar": "outbox",
    "pengiriman": "send to SIAPkerja",
    "baca_ulang": "read back",
    "konsolidasi": "consolidation",
    "ipk": "IPK tables",
    "paket": "SMData package",
    "laporan": "quality report",
    "evaluasi": "yearly evaluation",
    "data_docs": "quality report",
}


@dataclass
class Stage:
    """One line of the display."""

    begun: float
    steps: int = 0
    running: int = 0
    failed: int = 0
    ended: float = 0.0


@dataclass
class Progress:
    """What a run has done so far, by stage."""

    title: str
    stages: dict[str, Stage] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def take(self, event: dg.DagsterEvent, moment: float) -> str | None:
        """Take one event in; a line to print where output is plain, or None."""
        if event.step_key is None:
            return None
        name = _stage(event.step_key)
        if event.is_step_start:
            self.stages.setdefault(name, Stage(begun=moment)).running += 1
        elif event.is_step_success or event.is_step_failure:
            stage = self.stages[name]
            stage.running -= 1
            stage.steps += 1
            stage.ended = moment
            if event.is_step_failure:
                stage.failed += 1
                self.errors.append(_reason(event))
            return f"{self.title}: {name}: {event.step_key} {'FAILED' if event.is_step_failure else 'done'}"
        return None

    def table(self) -> Table:
        """The display as a table."""
        table = Table(box=None, show_header=False, title=self.title, title_justify="left", title_style="bold")
        now = time.time()
        for name, stage in self.stages.items():
            mark = "[red]✗[/]" if stage.failed else "[yellow]…[/]" if stage.running else "[green]✓[/]"
            spent_s = (now if stage.running else stage.ended) - stage.begun
            table.add_row(mark, name, f"{stage.steps} steps", f"{spent_s:.1f} s")
        return table


def follow(instance: dg.DagsterInstance, process: subprocess.Popen[bytes], run_id: str, title: str) -> bool:
    """Show the run until its process ends; True if it succeeded. Failed steps' reasons go to standard error."""
    progress = Progress(title)
    console = Console(file=sys.stdout)
    try:
        if console.is_terminal:
            with Live(progress.table(), console=console, auto_refresh=False) as live:
                _poll(
                    instance,
                    process,
                    run_id,
                    progress,
                    lambda _line: live.update(progress.table(), refresh=True),
                )
        else:
            _poll(instance, process, run_id, progress, _print_line)
    except KeyboardInterrupt:
        # The terminal has sent the signal to the run's process too: let it close its run.
        process.wait(timeout=60)
        raise
    for reason in progress.errors:
        sys.stderr.write(f"batang: {reason}\n")
    return process.returncode == 0


def _poll(
    instance: dg.DagsterInstance,
    process: subprocess.Popen[bytes],
    run_id: str,
    progress: Progress,
    show: Callable[[str | None], None],
) -> None:
    """Feed the run's events into ``progress`` until the process has ended and every event is read."""
    cursor = None
    while True:
        ended = process.poll() is not None
        while True:
            batch = instance.get_records_for_run(run_id, cursor=cursor, limit=200)
            cursor = batch.cursor
            for record in batch.records:
                entry = record.event_log_entry
                if entry.dagster_event is not None:
                    line = progress.take(entry.dagster_event, entry.timestamp)
                    if line:
                        show(line)
            if not batch.has_more:
                break
        show(None)
        if ended:
            return
        time.sleep(POLL_S)


def _print_line(line: str | None) -> None:
    if line:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _stage(step_key: str) -> str:
    """The stage a step belongs to; a step of no known stage is one of its own."""
    for prefix, name in STAGES.items():
        if prefix in step_key:
            return name
    return step_key


def _reason(event: dg.DagsterEvent) -> str:
    """The one line of the error that lies at the bottom of a failed step: ours without its class."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    lines = error.message.strip().splitlines() if error else []
    if error is None or not lines:
        return f"{event.step_key}: failed without a message"
    first = lines[0]
    if first.startswith("batang_assets.errors."):
        first = first.split(": ", 1)[-1]
    return f"{event.step_key}: {first}"
