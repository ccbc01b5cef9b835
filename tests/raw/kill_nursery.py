"""A process that has imported everything and forks an extraction when told: born fast, killed for real.

``python tests/raw/kill_nursery.py SETTINGS.json`` answers ``ready``. A line is a JSON object: ``clock``, and
``seed`` of the order in which datasets and months are read. It answers the child's pid. At the next line, which
may be empty, it waits for the child and answers its status as ``os.waitstatus_to_exitcode`` tells it; until then
the pid is the child's own, dead or alive.
"""

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw import loader
from batang_assets.raw.extract import Extractor
from batang_assets.raw.http import open_http_source
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

# Small, so that a small world already has many commits to be killed between.
vars(loader).update(CHUNK_RECORDS=40)


def extract(settings: Settings, seed: int) -> None:
    """Every dataset for every month up to now, in an order of its own."""
    months = Period.parse(settings.first_period).up_to(Period.of(settings.now()))
    work = [(contract, month) for contract in all_contracts("batang_career") for month in months]
    random.Random(seed).shuffle(work)
    with open_http_source(settings) as source, connect(settings) as connection:
        extractor = Extractor(connection, settings, KeyRing.load(settings.keys), source, f"run-{seed}")
        for contract, month in work:
            extractor.extract(contract, month)


def main() -> None:
    given: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    print("ready", flush=True)
    while line := sys.stdin.readline():
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            extract(Settings.model_validate(given | {"clock": order["clock"]}), order["seed"])
            os._exit(0)
        print(pid, flush=True)
        sys.stdin.readline()
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
