"""Bringing the suites in line with the rule catalogue: ``python -m batang_assets.quality.sync``.

The catalogue (``dbt_project/seeds/ref_aturan.csv``) says what each row rule means; the suites say how much
wrong is too much. A rule new in the catalogue enters its suite with the default threshold of its severity, a
rule that left the catalogue leaves, a text that changed is carried over; thresholds and every expectation
that is not about a verdict column stay as the file has them. The tables that Great Expectations judges are
written into ``great_expectations.yml`` from the suites: a month a row, a rule a column.
"""

import csv
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

from batang_assets.errors import ConfigurationError
from batang_assets.quality.datasets import DATASETS, Dataset
from batang_assets.quality.suites import PROJECT_DIR, SUITES_DIR, TYPE, VERDICT, read_rule, verdict_column
from batang_assets.settings import PROJECT_ROOT

PROJECT_FILE = PROJECT_DIR / "great_expectations.yml"
CATALOGUE = PROJECT_ROOT / "dbt_project" / "seeds" / "ref_aturan.csv"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:batang-assets:expectations")
# Share of rows that may be wrong, and how many wrong rows are borne in a small month, for a new rule.
DEFAULTS = {"blokir": (0.05, 3), "peringatan": (0.1, 3)}
GX_SEVERITY = {"blokir": "critical", "peringatan": "warning"}


def read_catalogue(path: Path = CATALOGUE) -> dict[str, list[dict[str, str]]]:
    """Wire name of the dataset → its catalogue rows, in the order of the codes."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["kode"])
    return {item.wire: [row for row in rows if row["dataset"] == item.wire] for item in DATASETS}


def synced(dataset: Dataset, suite: dict[str, Any], rules: list[dict[str, str]]) -> dict[str, Any]:
    """The suite with one expectation a catalogue rule, behind those that come before any row: the extraction."""
    present = {entry["meta"]["kode"]: entry for entry in suite["expectations"]}
    kinds = [entry["meta"]["hitung"] for entry in suite["expectations"]]
    first = kinds.index(VERDICT) if VERDICT in kinds else len(kinds)
    before = suite["expectations"][:first]
    after = [entry for entry in suite["expectations"][first:] if entry["meta"]["hitung"] != VERDICT]
    verdict = [_verdict_entry(dataset, rule, present.get(rule["kode"])) for rule in rules]
    entries = before + verdict + after
    return suite | {
        "expectations": [entry | {"description": _description(dataset, entry)} for entry in entries]
    }


def _description(dataset: Dataset, entry: dict[str, Any]) -> str:
    """What Data Docs say of an expectation."""
    rule = read_rule(dataset, f"{dataset.wire}.json", entry)
    return f"{rule.kode}: {rule.kalimat} Ambang: {rule.ambang}."


def rendered(suite: dict[str, Any]) -> str:
    """The text of a suite file: sorted keys, so that a change shows as the lines that changed."""
    return json.dumps(suite, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def expectation_id(dataset: Dataset, kode: str) -> str:
    """A stable id for an expectation, which Great Expectations wants."""
    return str(uuid.uuid5(NAMESPACE, f"{dataset.wire}/{kode}"))


def _verdict_entry(dataset: Dataset, rule: dict[str, str], present: dict[str, Any] | None) -> dict[str, Any]:
    most, borne = DEFAULTS[rule["keparahan"]]
    if present is not None:
        most, borne = present["kwargs"]["max_value"], present["meta"].get("maklum_baris", 0)
    texts = {name: rule[name] for name in ("kode", "dimensi", "keparahan", "kalimat", "tindakan", "pasal")}
    counted = {"hitung": VERDICT, "kolom": verdict_column(rule["kode"]), "maklum_baris": borne}
    return {
        "id": expectation_id(dataset, rule["kode"]),
        "type": TYPE,
        "kwargs": {"column": rule["kode"].lower(), "max_value": most},
        "severity": GX_SEVERITY[rule["keparahan"]],
        "meta": texts | counted | {"pemilik": dataset.pemilik},
    }


def with_queries(project: str, suites: dict[str, dict[str, Any]]) -> str:
    """The text of ``great_expectations.yml`` with each asset's query replaced; raises ConfigurationError if it
    has no place for one."""
    for wire, suite in suites.items():
        head = rf"(\n      {wire}:\n        type: query\n        id: \S+\n        query: >-\n)"
        parts = re.split(head + r"(?:          .*\n)+", project)
        if len(parts) != 3:
            raise ConfigurationError(f"{PROJECT_FILE.name}: no query asset {wire} to write into")
        project = parts[0] + parts[1] + _query(wire, suite) + parts[2]
    return project


def _query(wire: str, suite: dict[str, Any]) -> str:
    codes = [entry["meta"]["kode"] for entry in suite["expectations"]]
    lines = [
        "select periode,",
        *(f"max(nilai) filter (where kode = '{kode}') as {kode.lower()}," for kode in codes[:-1]),
        f"max(nilai) filter (where kode = '{codes[-1]}') as {codes[-1].lower()}",
        f"from quality.hitungan where dataset = '{wire}' group by periode",
    ]
    return "".join(f"          {line}\n" for line in lines)


def main() -> int:
    """Rewrite the suite files and the project file where they differ from the catalogue; print their names."""
    catalogue = read_catalogue()
    suites = {}
    for dataset in DATASETS:
        path = SUITES_DIR / f"{dataset.wire}.json"
        suites[dataset.wire] = synced(
            dataset, json.loads(path.read_text(encoding="utf-8")), catalogue[dataset.wire]
        )
        _rewrite(path, rendered(suites[dataset.wire]))
    _rewrite(PROJECT_FILE, with_queries(PROJECT_FILE.read_text(encoding="utf-8"), suites))
    return 0


def _rewrite(path: Path, text: str) -> None:
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")
        print(f"{path.name}: updated")


if __name__ == "__main__":
    sys.exit(main())
