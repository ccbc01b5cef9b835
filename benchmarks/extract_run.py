"""One extraction of everything, alone in its process: ``python benchmarks/extract_run.py SETTINGS.json``.

Prints JSON: records seen, seconds and CPU seconds (imports not counted), peak resident memory in MB of the whole
process.
"""

import json
import sys
import time
from pathlib import Path

from peak import peak_mb

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.extract import Extractor
from batang_assets.raw.http import open_http_source
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing


def main() -> None:
    """Read every dataset of every month, as a backfill does."""
    settings = Settings.model_validate(json.loads(Path(sys.argv[1]).read_text()))
    months = Period.parse(settings.first_period).up_to(Period.of(settings.now()))
    begun, cpu, seen = time.perf_counter(), time.process_time(), 0
    with open_http_source(settings) as source, connect(settings) as connection:
        extractor = Extractor(connection, settings, KeyRing.load(settings.keys), source, "bench")
        for contract in all_contracts("batang_career"):
            for month in months:
                seen += extractor.extract(contract, month).seen
    duration_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    print(json.dumps({"records": seen, "duration_s": duration_s, "cpu_s": cpu_s, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
