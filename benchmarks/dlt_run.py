"""The same datasets through dlt's REST source, in dlt's own environment: ``python benchmarks/dlt_run.py JOB.json``.

JOB: ``url, token, per_page, database_url, folder, datasets``. Prints JSON: records loaded, seconds and CPU seconds
(imports not counted).
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt  # ty: ignore
from dlt.destinations import postgres  # ty: ignore
from dlt.sources.rest_api import rest_api_source  # ty: ignore


def _cpu_s() -> float:
    """CPU seconds of this process and of those it has waited for: dlt may start workers."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """One pipeline run, dlt's own defaults but for the page size."""
    job = json.loads(Path(sys.argv[1]).read_text())
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{job['url']}/api/v1/",
                "auth": {"type": "bearer", "token": job["token"]},
                "paginator": {"type": "page_number", "base_page": 1, "total_path": "meta.last_page"},
            },
            "resource_defaults": {"endpoint": {"params": {"per_page": job["per_page"], "with_trashed": 1}}},
            "resources": [
                {"name": name.replace("-", "_"), "endpoint": {"path": name, "data_selector": "data"}}
                for name in job["datasets"]
            ],
        }
    )
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=job["folder"],
        destination=postgres(credentials=job["database_url"]),
        dataset_name="bench_dlt",
    )
    begun, cpu = time.perf_counter(), _cpu_s()
    pipeline.run(source)
    duration_s, cpu_s = time.perf_counter() - begun, _cpu_s() - cpu
    counts = pipeline.last_trace.last_normalize_info.row_counts
    records = sum(n for table, n in counts.items() if not table.startswith("_dlt"))
    print(json.dumps({"records": records, "duration_s": duration_s, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main()
