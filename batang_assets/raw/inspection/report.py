"""What a source offers, held against the contracts: names and counts, never a value."""

from dataclasses import dataclass, field
from typing import Any, Literal

from batang_assets.contracts import Contract, all_contracts
from batang_assets.errors import BatangError
from batang_assets.raw.field_map import load_field_maps
from batang_assets.raw.inspection.looks import Found, Look, look_files, open_look
from batang_assets.raw.inspection.readability import reads
from batang_assets.raw.source import WindowMoved
from batang_assets.raw.sources import source_kind
from batang_assets.settings import Settings
from batang_assets.vault.values import as_text

LONGEST_NAME = 100

State = Literal["matched", "missing", "unknown", "not taken"]


@dataclass
class ColumnReport:
    """One column of the contract, or one that the source has beyond it.

    ``origin``: the source's own name, where it differs or is known; ``filled`` and ``unreadable`` count the
    sampled records.
    """

    name: str
    state: State
    required: bool = False
    type: str | None = None
    origin: str | None = None
    filled: int = 0
    unreadable: int = 0


@dataclass
class DatasetReport:
    """One dataset. ``place``: where it was found; ``problem``: why it cannot be read, if it cannot."""

    dataset: str
    place: str
    sampled: int = 0
    columns: list[ColumnReport] = field(default_factory=list)
    problem: str | None = None

    @property
    def lacking(self) -> list[str]:
        """Required columns that are missing."""
        return [column.name for column in self.columns if column.required and column.state == "missing"]

    @property
    def usable(self) -> bool:
        """Whether the dataset can be extracted."""
        return self.problem is None and not self.lacking


@dataclass
class Inspection:
    """Every dataset of the configured source; ``notes``: what is wrong with the source as a whole."""

    kind: str
    datasets: list[DatasetReport]
    notes: list[str]

    @property
    def usable(self) -> bool:
        """Whether every dataset can be extracted."""
        return all(report.usable for report in self.datasets)


def inspect_source(settings: Settings) -> Inspection:
    """Connect as configured and compare every dataset; raises ConfigurationError or SourceError if it cannot.

    A dataset that alone cannot be read is reported as such. At most SAMPLE_RECORDS of each are looked at.
    """
    with open_look(settings) as (look, notes):
        reports = [_report(contract, look) for contract in all_contracts("batang_career")]
    return Inspection(source_kind(settings), reports, notes)


def inspect_extracts(settings: Settings) -> Inspection | None:
    """SIAPkerja's extracts, compared with what the centre's side needs; None where no folder is configured.

    Of an extract only the key is required, and a domain without an extract is left out: the read-back may show it.
    """
    if settings.siapkerja_files is None:
        return None
    maps = load_field_maps(settings.siapkerja_map, "siapkerja")
    found, notes = look_files("BATANG_SIAPKERJA_FILES", settings.siapkerja_files, maps)
    reports = [
        _report(contract, lambda one: found[one.dataset])
        for contract in all_contracts("siapkerja")
        if found[contract.dataset].place
    ]
    for report in reports:
        report.columns = [column for column in report.columns if column.type != "bita"]
        for column in report.columns:
            column.required = column.name == "id"
    return Inspection("files", reports, notes)


def _report(contract: Contract, look: Look) -> DatasetReport:
    report = DatasetReport(contract.dataset, "")
    try:
        found = look(contract)
        report.place, report.problem = found.place, found.problem
        report.sampled = len(found.records)
        _compare(contract, found, report)
    except WindowMoved as moved:
        report.problem = f"the source moves while it is read ({moved}): try again"
    except BatangError as error:
        report.problem = str(error)
    return report


def _compare(contract: Contract, found: Found, report: DatasetReport) -> None:
    if not found.records and not found.names:
        return
    seen: dict[str, list[int]] = {name: [0, 0] for name in found.names}
    declared = {column.name: column for column in contract.columns}
    for record in found.records:
        for name, value in record.items():
            counts = seen.setdefault(name, [0, 0])
            text = _filled(value)
            if text is None:
                continue
            counts[0] += 1
            if name in declared and not reads(declared[name], text):
                counts[1] += 1
    for column in contract.columns:
        if not column.extract:
            if column.name in seen:
                report.columns.append(ColumnReport(column.name, "not taken", type=column.type))
            continue
        state: State = "matched" if column.name in seen else "missing"
        filled, unreadable = seen.get(column.name, (0, 0))
        report.columns.append(
            ColumnReport(
                column.name, state, column.required, column.type, found.names.get(column.name), filled,
                unreadable,
            )
        )  # fmt: skip
    unknown = sorted(seen.keys() - declared.keys())
    for name in unknown:
        origin = found.names.get(name)
        report.columns.append(
            ColumnReport(name[:LONGEST_NAME], "unknown", origin=origin, filled=seen[name][0])
        )
    report.columns += [ColumnReport(name[:LONGEST_NAME], "not taken") for name in found.dropped]


def _filled(value: Any) -> str | None:
    text = as_text(value)
    return text if text is not None and text.strip() else None
