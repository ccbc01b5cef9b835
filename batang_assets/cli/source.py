"""``batang source``: how well the configured source, and SIAPkerja's extracts, fit the contracts."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from batang_assets.raw.inspection.report import ColumnReport, DatasetReport, Inspection

source_app = typer.Typer(no_args_is_help=True, help="Batang Career as it is configured.")


@source_app.callback()
def _group() -> None:
    """Batang Career as it is configured."""


@source_app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Also list columns without a finding.")] = False,
) -> None:
    """Connect, compare columns and types with the contracts, and print counts, never a value.

    Exit status 1 if a dataset cannot be read or lacks a required column.
    """
    from batang_assets.cli.app import one_line_errors
    from batang_assets.raw.inspection.report import inspect_extracts, inspect_source
    from batang_assets.settings import get_settings

    with one_line_errors():
        inspection = inspect_source(get_settings())
        extracts = inspect_extracts(get_settings())
    if as_json:
        data = _as_data(inspection) | ({"extracts": _as_data(extracts)} if extracts else {})
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        _print(inspection, show_all, f"Batang Career by {inspection.kind}")
        if extracts:
            _print(extracts, show_all, "SIAPkerja's extracts")
    if not inspection.usable or (extracts and not extracts.usable):
        raise typer.Exit(1)


@source_app.command()
def accept(
    dataset: Annotated[str, typer.Argument(help="Dataset, e.g. pencari-kerja.")],
    period: Annotated[str, typer.Option("--period", help="Month, YYYY-MM.")],
    by: Annotated[str, typer.Option("--by", help="Who accepts it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the loss is right.")],
) -> None:
    """Accept that the source lost rows; holds for exactly the loss that was observed."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.guards import accept_source
    from batang_assets.cli.stack import stack

    with one_line_errors(), stack(servers=False) as settings:
        sys.stdout.write("\n".join(accept_source(settings, dataset, period, by, reason)) + "\n")


def _as_data(inspection: "Inspection") -> dict[str, object]:
    return {
        "kind": inspection.kind,
        "usable": inspection.usable,
        "notes": inspection.notes,
        "datasets": [
            asdict(report) | {"usable": report.usable, "lacking": report.lacking}
            for report in inspection.datasets
        ],
    }


def _print(inspection: "Inspection", show_all: bool, title: str) -> None:
    console = Console(soft_wrap=False)
    console.print(_overview(inspection, title))
    for report in inspection.datasets:
        shown = [column for column in report.columns if show_all or _noteworthy(column, report.sampled)]
        if shown:
            console.print(_details(report, shown))
    for line in [
        *(f"{report.dataset}: {report.problem}" for report in inspection.datasets if report.problem),
        *(
            f"{report.dataset}: required and missing: {', '.join(report.lacking)}"
            for report in inspection.datasets
            if report.lacking
        ),
        *inspection.notes,
    ]:
        console.print(escape(line), soft_wrap=True, highlight=False)


def _overview(inspection: "Inspection", title: str) -> Table:
    table = Table("dataset", "found in", title=title, title_justify="left")
    for heading in ("sampled", "matched", "missing", "unknown", "unreadable"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for report in inspection.datasets:
        states = [column.state for column in report.columns]
        unreadable = sum(column.unreadable > 0 for column in report.columns)
        numbers = [report.sampled, *map(states.count, ("matched", "missing", "unknown")), unreadable]
        verdict = "[green]ok[/]" if report.usable else "[red]not usable[/]"
        table.add_row(report.dataset, escape(report.place), *map(str, numbers), verdict)
    return table


def _noteworthy(column: "ColumnReport", sampled: int) -> bool:
    empty = column.state == "matched" and sampled > 0 and column.filled == 0
    return column.state in ("missing", "unknown") or column.unreadable > 0 or empty


def _details(report: "DatasetReport", columns: "list[ColumnReport]") -> Table:
    table = Table("column", "in the source", "type", "state", title=report.dataset, title_justify="left")
    table.add_column("filled", justify="right")
    table.add_column("unreadable", justify="right")
    for column in columns:
        origin = column.origin if column.origin != column.name else None
        state = f"{column.state}, required" if column.required and column.state == "missing" else column.state
        style = "red" if column.required and column.state == "missing" else None
        table.add_row(
            escape(column.name),
            escape(origin or ""),
            column.type or "",
            state,
            _share(column.filled, report.sampled) if column.state in ("matched", "unknown") else "",
            _share(column.unreadable, column.filled) if column.type else "",
            style=style,
        )
    return table


def _share(part: int, whole: int) -> str:
    """``part`` of ``whole``, as a count and a percentage; '' where there is nothing to divide."""
    if part == 0 or whole == 0:
        return "0" if whole else ""
    return f"{part} ({100 * part / whole:.1f} %)"
