"""The sandbox's Batang Career as a process over a world file, and extraction from whatever source is set."""

import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.extract import Extractor
from batang_assets.raw.loader import LoadResult
from batang_assets.raw.sources import open_source
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

MONTHS = Period.parse("2026-07").up_to(Period.parse("2026-10"))
TOKEN = "token-uji"


@contextmanager
def serving_world(world: Path) -> Generator[str]:
    """Serve ``world``, and what replaces it, until the block ends; yields the base URL. The token is TOKEN."""
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


def extract_all(settings: Settings, months: Iterable[Period] = MONTHS, run_id: str = "run-uji") -> LoadResult:
    """Read every dataset of every month from the source that ``settings`` name."""
    total = LoadResult()
    with open_source(settings) as source, connect(settings) as connection:
        extractor = Extractor(connection, settings, KeyRing.load(settings.keys), source, run_id)
        for month in months:
            for contract in all_contracts("batang_career"):
                total.add(extractor.extract(contract, month))
    return total
