"""The same datasets through dlt's REST source, in dlt's own environment: ``python benchmarks/dlt_run.py JOB.json``.

JOB: ``url, token, database_url, folder, datasets``. Prints JSON: records loaded, seconds (imports not counted).
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


def main() -> None:
    """One pipeline run, pages of 1,000 records, dlt's own defaults otherwise."""
    job = json.loads(Path(sys.argv[1]).read_text())
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{job['url']}/api/v1/",
                "auth": {"type": "bearer", "token": job["token"]},
                "paginator": {"type": "page_number", "base_page": 1, "total_path": "meta.last_page"},
            },
            "resource_defaults": {"endpoint": {"params": {"per_page": 1000, "with_trashed": 1}}},
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
    begun = time.perf_counter()
    pipeline.run(source)
    duration_s = time.perf_counter() - begun
    counts = pipeline.last_trace.last_normalize_info.row_counts
    records = sum(n for table, n in counts.items() if not table.startswith("_dlt"))
    print(json.dumps({"records": records, "duration_s": duration_s}))


if __name__ == "__main__":
    main()
