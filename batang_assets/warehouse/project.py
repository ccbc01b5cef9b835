"""The dbt project on disk: where it lies, its manifest for Dagster, and one dbt command run in this process.

dbt runs inside our process through its own ``dbtRunner``. dagster-dbt's DbtCliResource would start a
process each time, ask the package index for newer versions (``dbt --version``) and build an adapter of its
own: some 7 s for every invocation, and a network call.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import chdir, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from psycopg import sql

from batang_assets.database import connect, dbt_env, locks
from batang_assets.errors import BatangError, ConfigurationError, DataError
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.warehouse.increment import build_of_a_part, build_of_everything

PROJECT_DIR = PROJECT_ROOT / "dbt_project"
MANIFEST = PROJECT_DIR / "target" / "manifest.json"
INPUTS = ("models", "macros", "seeds", "tests")
# The two halves of the project: what is built before the gates, and after sending.
WAREHOUSE = ("--exclude", "tag:konsolidasi")
CONSOLIDATION = ("--select", "tag:konsolidasi")
BUILD = ("build", "--exclude-resource-type", "unit_test")
# After WAREHOUSE, whose --exclude it continues: what a build of what changed leaves as it is.
UNCHANGED = ("config.materialized:view", "tag:tetap", "--exclude-resource-type", "seed")
PARSE_TIMEOUT_S = 300
# dbt keeps its adapters, flags and working folder once for the whole process.
_ONE_AT_A_TIME = threading.Lock()


def dbt_vars(settings: Settings) -> dict[str, Any]:
    """The variables of ``dbt_project.yml`` that follow the settings.

    They are constant from run to run: a changed variable makes dbt parse the whole project again. The clock,
    which changes, is the environment variable ``BATANG_SEKARANG`` (``dbt_environment``).
    """
    return {
        "kode_wilayah": settings.kode_wilayah,
        "lapse_bulan": settings.lapse_months,
        "first_period": settings.first_period,
    }


def dbt_environment(settings: Settings, known_until: datetime | None = None) -> dict[str, str]:
    """What ``profiles.yml`` and the clock macros read from the environment; the present is not after the bound."""
    now = min(settings.now(), known_until) if known_until else settings.now()
    return dbt_env(settings) | {
        "BATANG_SEKARANG": now.isoformat(),
        "BATANG_DIKETAHUI_SAMPAI": known_until.isoformat() if known_until else "",
    }


def ensure_manifest(project_dir: Path = PROJECT_DIR) -> Path:
    """Path of a manifest no older than any file of the project; runs ``dbt parse`` only if there is none.

    Needs no database. The file is replaced in one step, so that a process that starts at the same time reads
    the old or the new one. Raises ConfigurationError with dbt's own message if the project does not parse.
    """
    manifest = project_dir / "target" / "manifest.json"
    changed_ns = _last_change_ns(project_dir)
    if manifest.exists() and manifest.stat().st_mtime_ns >= changed_ns:
        return manifest
    manifest.parent.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="parse-", dir=manifest.parent))
    try:
        _parse(project_dir, scratch)
        fresh = scratch / manifest.name
        # An edit made while dbt was parsing must count as newer than this manifest.
        os.utime(fresh, ns=(changed_ns, changed_ns))
        fresh.replace(manifest)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


def _last_change_ns(project_dir: Path) -> int:
    """Newest change of any input; a folder's own time tells of a file that was removed."""
    paths = [project_dir / "dbt_project.yml", project_dir / "profiles.yml"]
    for folder in (project_dir / name for name in INPUTS):
        if folder.exists():
            paths += [folder, *folder.rglob("*")]
    return max(path.stat().st_mtime_ns for path in paths)


def _parse(project_dir: Path, target: Path) -> None:
    command = [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--log-format", "text", "parse"]
    command += ["--project-dir", str(project_dir), "--profiles-dir", str(project_dir)]
    command += ["--target-path", str(target), "--log-path", str(target), "--no-partial-parse"]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=PARSE_TIMEOUT_S, check=False, cwd=project_dir
    )
    if result.returncode != 0:
        lines = [re.sub(r"^\d\d:\d\d:\d\d\s*", "", line).strip() for line in result.stdout.splitlines()]
        reason = " ".join(
            line for line in lines if line and not line.startswith(("Running with", "Registered"))
        )
        raise ConfigurationError(f"the dbt project does not parse: {reason or result.stderr.strip()}")


@cache
def project_digest(project_dir: Path = PROJECT_DIR) -> str:
    """Hex digest over the project, its seeds included: what makes the same raw rows give the same tables."""
    digest = hashlib.sha256((project_dir / "dbt_project.yml").read_bytes())
    for folder in ("models", "macros", "seeds"):
        for path in sorted((project_dir / folder).rglob("*")):
            if path.is_file():
                digest.update(str(path.relative_to(project_dir)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def run_dbt(
    settings: Settings,
    arguments: Sequence[str],
    project_dir: Path = PROJECT_DIR,
    known_until: datetime | None = None,
    partial: bool = False,
) -> list[Any]:
    """Run one dbt command, e.g. ``["build", "--select", "marts"]``, and return dbt's result of every node.

    Tables of the warehouse are built through ``build_warehouse``: a build past it is unknown to the next one of
    what changed. Tables are made whole; with ``partial``, those that can are made anew only where gudang.perubahan
    says so, and tested only there. With ``known_until`` the models see only what had arrived by then and write
    the schemas ``lampau_*``. Failed
    nodes are in the results (``failure`` puts them into words); what stops dbt before any node raises DataError.
    Prints nothing; dbt's own log is ``<home>/dbt/dbt.log``. The parsed project is kept beside it, so that the next
    command parses only what changed.
    """
    # Imported here: dbt takes a second, and who only loads the definitions never runs it.
    from dbt.cli.main import dbtRunner

    state = settings.home.resolve() / ("dbt-lampau" if known_until else "dbt")
    state.mkdir(parents=True, exist_ok=True)
    options = ["--log-level", "none", "--log-level-file", "info", "--no-send-anonymous-usage-stats"]
    places = ["--project-dir", str(project_dir), "--profiles-dir", str(project_dir)]
    places += ["--target-path", str(state / "target"), "--log-path", str(state)]
    values = ["--target", "lampau" if known_until else "gudang", "--vars", json.dumps(dbt_vars(settings))]
    if arguments[0] in ("build", "run") and not partial:
        values.append("--full-refresh")
    environment = dbt_environment(settings, known_until) | {"BATANG_BERTAHAP": "ya" if partial else ""}
    with _ONE_AT_A_TIME, _environment(environment), chdir(project_dir):
        outcome = dbtRunner().invoke([*options, *arguments, *places, *values])
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.exception is not None:
        raise DataError(f"dbt {arguments[0]} stopped: {_one_line(str(outcome.exception))}")
    return list(getattr(outcome.result, "results", []))


def analyze_sources(settings: Settings) -> None:
    """Statistics of the tables that dbt reads as sources: what was just loaded is unknown to the planner.

    A table of which less than one row in twenty changed since the last time keeps those it has. An empty table
    keeps none: known as empty, it would be read without its index while it fills.
    """
    sources = json.loads(ensure_manifest().read_bytes())["sources"].values()
    changed = (
        "select coalesce(last_analyze, last_autoanalyze) is null or n_mod_since_analyze > n_live_tup / 20"
        " from pg_stat_all_tables where relid = %s::regclass and pg_relation_size(relid) > 0"
    )
    with connect(settings) as connection:
        for name in (sql.Identifier(source["schema"], source["identifier"]) for source in sources):
            row = connection.execute(changed, [name.as_string()]).fetchone()
            if row and row[0]:
                connection.execute(sql.SQL("analyze {}").format(name))


@contextmanager
def exclusive_build(settings: Settings) -> Generator[None]:
    """Wait until no other process builds the warehouse; the lock goes with the connection, even at a kill."""
    with connect(settings) as connection:
        # Outside a transaction: one that stays open would hold back vacuum for the whole build.
        connection.autocommit = True
        connection.execute("select pg_advisory_lock(%s)", [locks.BUILD])
        yield


def build_warehouse(settings: Settings, selection: Sequence[str]) -> list[Any]:
    """``dbt build`` of ``selection`` as the pipeline runs it, alone on the database; dbt's result of every node.

    The whole warehouse (``WAREHOUSE``) is made anew only where something changed, if the last build allows it; its
    seeds and views, and what has the tag ``tetap``, are then not in the results, being what they were. Unit tests
    stay out: they test the SQL, not the data, and belong to `make test`.
    """
    with exclusive_build(settings):
        analyze_sources(settings)
        if _within_the_consolidation(selection):
            return run_dbt(settings, [*BUILD, *selection])
        if tuple(selection) != WAREHOUSE:
            build_of_a_part(settings)
            return run_dbt(settings, [*BUILD, *selection])
        project = json.dumps([project_digest(), dbt_vars(settings)])
        with build_of_everything(settings, project) as build:
            unchanged = UNCHANGED if build.partial else ()
            results = run_dbt(settings, [*BUILD, *WAREHOUSE, *unchanged], partial=build.partial)
            build.complete = failure(results) is None
            return results


def _within_the_consolidation(selection: Sequence[str]) -> bool:
    """Whether every part of ``selection`` asks for the consolidation's tag: the warehouse stands on none of it."""
    option, *parts = selection
    return option == "--select" and all(part.split(",")[0] == CONSOLIDATION[1] for part in parts)


def failure(results: Sequence[Any]) -> BatangError | None:
    """One line on the nodes that failed, the first by name and reason; None if none did."""
    failed = [result for result in results if result.status in ("error", "fail", "runtime error")]
    if not failed:
        return None
    first = failed[0]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return DataError(
        f"dbt {first.node.resource_type} {first.node.name}: {_one_line(first.message or '')}{more}"
    )


def _one_line(message: str) -> str:
    """dbt's message less the call stack and what may quote a record: DETAIL, CONTEXT, a value after a colon."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    kept = []
    for line in lines:
        if line.startswith(("DETAIL:", "CONTEXT:", "LINE ", "compiled code at", "> in macro", "^")):
            break
        kept.append(re.sub(r': "[^"]*"$', ": (nilai disembunyikan)", line))
    return " ".join(kept)[:500]


@contextmanager
def _environment(values: dict[str, str]) -> Generator[None]:
    """``values`` in the environment of this process, the only way in that dbt's env_var() knows."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
