"""Bringing the suites in line with the rule catalogue: ``python -m batang_assets.quality.sync``.

The catalogue (``dbt_project/seeds/ref_aturan.csv``) says what each row rule means; the suites say how much
wrong is too much. A rule new in the catalogue enters its suite with the default threshold of its severity, a
rule that left the catalogue leaves, a text that changed is carried over; thresholds and every expectation
that is not about a verdict column stay as the file has them.
"""

import csv
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from batang_assets.quality.datasets import DATASETS, Dataset
from batang_assets.quality.suites import SUITES_DIR, verdict_column
from batang_assets.settings import PROJECT_ROOT

CATALOGUE = PROJECT_ROOT / "dbt_project" / "seeds" / "ref_aturan.csv"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:batang-assets:expectations")
VERDICT_TYPE = "expect_column_values_to_be_in_set"
# Share of rows that must hold, and how many wrong rows are borne in a small month, for a new rule.
DEFAULTS = {"blokir": (0.95, 3), "peringatan": (0.9, 3)}
GX_SEVERITY = {"blokir": "critical", "peringatan": "warning"}


def read_catalogue(path: Path = CATALOGUE) -> dict[str, list[dict[str, str]]]:
    """Wire name of the dataset → its catalogue rows, in the order of the codes."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["kode"])
    return {item.wire: [row for row in rows if row["dataset"] == item.wire] for item in DATASETS}


def synced(dataset: Dataset, suite: dict[str, Any], rules: list[dict[str, str]]) -> dict[str, Any]:
    """The suite with one expectation a catalogue rule, followed by its own others."""
    present = {entry["meta"]["kode"]: entry for entry in suite["expectations"]}
    others = [entry for entry in suite["expectations"] if not _is_verdict(entry)]
    verdict = [_verdict_entry(dataset, rule, present.get(rule["kode"])) for rule in rules]
    return suite | {"expectations": verdict + others}


def rendered(suite: dict[str, Any]) -> str:
    """The text of a suite file: sorted keys, so that a change shows as the lines that changed."""
    return json.dumps(suite, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def expectation_id(dataset: Dataset, kode: str) -> str:
    """A stable id for an expectation, which Great Expectations wants."""
    return str(uuid.uuid5(NAMESPACE, f"{dataset.wire}/{kode}"))


def _is_verdict(entry: dict[str, Any]) -> bool:
    return entry["kwargs"].get("column") == verdict_column(entry["meta"]["kode"])


def _verdict_entry(dataset: Dataset, rule: dict[str, str], present: dict[str, Any] | None) -> dict[str, Any]:
    mostly, borne = DEFAULTS[rule["keparahan"]]
    if present is not None:
        mostly = present["kwargs"].get("mostly", 1.0)
        borne = present["meta"].get("maklum_baris", 0)
    texts = {name: rule[name] for name in ("kode", "dimensi", "keparahan", "kalimat", "tindakan", "pasal")}
    return {
        "id": expectation_id(dataset, rule["kode"]),
        "type": VERDICT_TYPE,
        "kwargs": {"column": verdict_column(rule["kode"]), "value_set": [True], "mostly": mostly},
        "severity": GX_SEVERITY[rule["keparahan"]],
        "meta": texts | {"pemilik": dataset.pemilik, "maklum_baris": borne},
    }


def main() -> int:
    """Rewrite the suite files that differ from the catalogue; print their names."""
    catalogue = read_catalogue()
    for dataset in DATASETS:
        path = SUITES_DIR / f"{dataset.wire}.json"
        before = path.read_text(encoding="utf-8")
        after = rendered(synced(dataset, json.loads(before), catalogue[dataset.wire]))
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.name}: updated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
