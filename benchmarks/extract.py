"""Extraction measured: HTTP → raw and vault, beside the server's own COPY of the same rows, and beside dlt.

``make bench-extract``. Everything in one run on one PostgreSQL (the embedded one, its own folder) and the same
pages of one sandbox Batang Career, rendered beforehand (``rendered.py``), so that serving them costs both readers
next to nothing. COPY: ``COPY FROM`` of a server-side text file into tables of the same shape and indexes, raw and
vault together. dlt: its REST source into the same server, all columns of all records, without pseudonyms, seals or
versions. The memory run (``--larger``) reads the sandbox itself: only its memory counts.
"""

import argparse
import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from rendered import render, serving

from batang_assets.contracts import all_contracts
from batang_assets.database import prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.sandbox.world import build_world
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.vault import KeyRing

HERE = Path(__file__).parent
DLT_PYTHON = PROJECT_ROOT / ".venv-bench" / "bin" / "python"
UNTIL = "2026-10-31T23:59:59+07:00"
TOKEN = "token-bench"
DLT_PER_PAGE = 1000
LEAST_OF_COPY, LEAST_OF_DLT, MOST_MB = 0.35, 10.0, 300
Measured = dict[str, float]


@contextmanager
def career(world: Path) -> Generator[str]:
    """The sandbox's Batang Career over ``world``; yields its URL."""
    token = world.parent / "token"
    token.write_text(TOKEN)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "batang_assets.sandbox.batang_career", "--world", str(world)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--token-file", str(token)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def new_database(server: str, name: str) -> str:
    """An empty database; returns its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        connection.execute("checkpoint")
    return server.replace("/postgres?", f"/{name}?")


def run(python: Path | str, script: str, job: dict[str, Any], folder: Path) -> Measured:
    """One of the programs beside this file, in a process of its own."""
    path = folder / f"{script}.json"
    path.write_text(json.dumps(job))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BATANG_")}
    result = subprocess.run(
        [python, HERE / f"{script}.py", path],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment | {"HOME": str(folder)},
    )
    return json.loads(result.stdout.splitlines()[-1])


def extract(server: str, url: str, name: str, folder: Path) -> tuple[Measured, str]:
    """Our extraction into a new database; returns what was measured and the database's URL."""
    home = folder / name
    home.mkdir()
    job = {
        "home": str(home), "database_url": new_database(server, name), "clock": UNTIL,
        "career_url": url, "career_token": TOKEN,
    }  # fmt: skip
    settings = Settings.model_validate(job)
    KeyRing.create(settings.keys)
    prepare_database(settings)
    return run(sys.executable, "extract_run", job, folder), job["database_url"]


def copy_again(database: str) -> Measured:
    """COPY FROM of what was extracted, file by file on the server, into empty tables of the same shape."""
    tables = [("raw", contract.table) for contract in all_contracts("batang_career")]
    records, duration_s = 0, 0.0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create schema salinan")
        row = connection.execute("show data_directory").fetchone()
        assert row
        for schema, table in [*tables, ("vault", "identitas")]:
            file = f"{row[0]}/bench-{table}.txt"
            source, target = sql.Identifier(schema, table), sql.Identifier("salinan", table)
            connection.execute(sql.SQL("create table {} (like {} including all)").format(target, source))
            connection.execute(sql.SQL("copy {} to {}").format(source, file))
            connection.execute("checkpoint")
            begun = time.perf_counter()
            copied = connection.execute(sql.SQL("copy {} from {}").format(target, file)).rowcount
            duration_s += time.perf_counter() - begun
            records += copied if schema == "raw" else 0
            connection.execute(sql.SQL("drop table {}").format(target))
            Path(file).unlink()
    return {"records": records, "duration_s": duration_s}


def rate(measured: Measured) -> float:
    """Records a second."""
    return measured["records"] / measured["duration_s"]


def line(name: str, measured: Measured, note: str = "") -> None:
    """One line of the table."""
    print(
        f"{name:28} {measured['records']:>10,.0f} records {measured['duration_s']:>8.1f} s"
        f" {rate(measured):>10,.0f} /s  {note}",
        flush=True,
    )


def goal(text: str, met: bool) -> None:
    """A goal and whether it was met."""
    print(f"  {text}: {'met' if met else 'MISSED'}", flush=True)


def compare(server: str, folder: Path, people: int) -> None:
    """All three, once, at one size."""
    world = folder / "dunia.sqlite"
    build_world(world, people=people, until=datetime.fromisoformat(UNTIL))
    clock = Settings.model_validate({"home": str(folder), "clock": UNTIL})
    with career(world) as url:
        pages = render(url, TOKEN, clock, DLT_PER_PAGE)
    with serving(pages) as url:
        served_s = time.process_time()
        ours, database = extract(server, url, "ours", folder)
        served_s = time.process_time() - served_s
        copied = copy_again(database)
        line(
            "HTTP → raw + vault", ours,
            f"peak {ours['peak_mb']:.0f} MB; CPU {ours['cpu_s']:.1f} s, and serving {served_s:.1f} s",
        )  # fmt: skip
        line("COPY FROM, same rows", copied)
        goal(
            f"{rate(ours) / rate(copied):.2f} × COPY (goal ≥ {LEAST_OF_COPY})",
            rate(ours) >= LEAST_OF_COPY * rate(copied),
        )
        goal(f"{ours['peak_mb']:.0f} MB (goal ≤ {MOST_MB})", ours["peak_mb"] <= MOST_MB)
        if not DLT_PYTHON.exists():
            print("  dlt is not there: run `make bench-extract`, which installs it into .venv-bench")
            return
        job = {
            "url": url,
            "token": TOKEN,
            "per_page": DLT_PER_PAGE,
            # dlt wants a host and a password; the query's socket is what libpq uses.
            "database_url": new_database(server, "dlt").replace("postgres:@/", "postgres:x@localhost/"),
            "folder": str(folder / "dlt"),
            "datasets": [contract.dataset for contract in all_contracts("batang_career")],
        }
        theirs = run(DLT_PYTHON, "dlt_run", job, folder)
    line("dlt REST source → the same", theirs, f"CPU {theirs['cpu_s']:.1f} s")
    goal(
        f"{rate(ours) / rate(theirs):.1f} × dlt (goal ≥ {LEAST_OF_DLT:.0f})",
        rate(ours) >= LEAST_OF_DLT * rate(theirs),
    )


def grow(server: str, folder: Path, people: int) -> None:
    """Our extraction alone at a larger size: memory must not follow it."""
    world = folder / "besar.sqlite"
    build_world(world, people=people, until=datetime.fromisoformat(UNTIL))
    with career(world) as url:
        ours, _ = extract(server, url, "besar", folder)
    line("HTTP → raw + vault, larger", ours, f"peak {ours['peak_mb']:.0f} MB")
    goal(f"{ours['peak_mb']:.0f} MB (goal ≤ {MOST_MB})", ours["peak_mb"] <= MOST_MB)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="benchmarks/extract.py", description=__doc__)
    parser.add_argument(
        "--people", type=int, default=25_000, help="seekers (≈ 2.9 records each); 0: no comparison"
    )
    parser.add_argument("--larger", type=int, default=350_000, help="seekers of the memory run; 0: none")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    # Not TMPDIR: a Unix socket's path may have 100 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="batang-bench-", dir="/tmp"))
    # Registered before the server's own end of process, so that it comes after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "dlt").mkdir()
    with EmbeddedServer(folder / "server").running() as server:
        if arguments.people:
            compare(server, folder, arguments.people)
        if arguments.larger:
            grow(server, folder, arguments.larger)


if __name__ == "__main__":
    main()
