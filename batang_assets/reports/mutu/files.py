"""The reports as files: one a month and an index over them, each written whole or not at all."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from batang_assets.database import connect, locks
from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.paths import data_docs_index
from batang_assets.quality.suites import DIMENSIONS
from batang_assets.reports.mutu.history import History, MonthState, read_history
from batang_assets.reports.mutu.render import INDEX, page, render
from batang_assets.settings import Settings

PREFIX = "laporan-mutu-"


@dataclass(frozen=True)
class IndexRow:
    """One report in the index; ``state`` is None for a month whose verdicts are not (any more) stored."""

    period: Period
    file: str
    state: MonthState | None
    skor: dict[str, float | None]


def reports_folder(settings: Settings) -> Path:
    """Where reports and index lie: ``<home>/keluaran/mutu``."""
    return settings.outputs / "mutu"


def report_path(settings: Settings, period: Period) -> Path:
    """Where the month's report lies: ``<home>/keluaran/mutu/laporan-mutu-2026-10.html``."""
    return reports_folder(settings) / f"{PREFIX}{period.key}.html"


def report_url(settings: Settings, period: Period) -> str | None:
    """The month's report on the server that BATANG_REPORTS_URL names; None where it names none."""
    if settings.reports_url is None:
        return None
    return f"{settings.reports_url}/{PREFIX}{period.key}.html"


def write(settings: Settings, period: Period, run_id: str = "–") -> Path:
    """Render the month's report into its file and the index anew; returns the report's path."""
    path = report_path(settings, period)
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect(settings) as conn:
        docs = data_docs_index(settings, period)
        link = docs.relative_to(path.parent).as_posix() if docs.exists() else None
        replace(path, render(conn, period, run_id, now=settings.now(), data_docs=link))
        write_index(conn, path.parent)
    return path


def write_index(conn: psycopg.Connection, folder: Path) -> Path:
    """Write the index over the reports that lie in ``folder``; one writer at a time, so that none is lost."""
    path = folder / INDEX
    conn.execute("select pg_advisory_xact_lock(%s)", [locks.INDEX])
    replace(path, render_index(conn, folder))
    conn.commit()
    return path


def _others(outputs: Path) -> list[tuple[str, str]]:
    """(label, link) of the newest consolidation and evaluation, where there is one."""
    pages = (
        ("Hasil konsolidasi", "konsolidasi/hasil-konsolidasi-"),
        ("Evaluasi tahunan", "evaluasi/evaluasi-"),
    )
    newest = [(label, max(outputs.glob(f"{stem}????-??.html"), default=None)) for label, stem in pages]
    return [
        (f"{label} {Period.parse(path.stem[-7:]).label}", f"../{path.parent.name}/{path.name}")
        for label, path in newest
        if path
    ]


def render_index(conn: psycopg.Connection, folder: Path) -> str:
    """The index page: every month that has a report, newest first, with scores and gates."""
    found = {
        Period.parse(path.stem.removeprefix(PREFIX)): path for path in folder.glob(f"{PREFIX}????-??.html")
    }
    periods = sorted(found, reverse=True)
    history = read_history(conn, periods[0]) if periods else History([], {})
    states = {state.period: state for state in history.months}
    return page(
        "indeks.html.j2",
        baris=[
            IndexRow(
                period,
                found[period].name,
                states.get(period),
                {name: history.score(period, name) for name in DIMENSIONS},
            )
            for period in periods
        ],
        riwayat=history,
        banyak_dataset=len(DATASETS),
        lain=_others(folder.parent),
    )


def replace(path: Path, text: str) -> None:
    """Put ``text`` at ``path`` in one step; a failure leaves the old file and nothing else."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".laporan-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
