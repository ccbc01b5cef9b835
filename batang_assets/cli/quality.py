"""``batang quality``: the quarantine, and the decisions that people take about it and about closed gates."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from batang_assets.quality.quarantine import CAUSES, STATES, Stay
from batang_assets.settings import JAKARTA, Settings

quality_app = typer.Typer(no_args_is_help=True, help="Quarantine, and decisions about it and about gates.")

DatasetArgument = Annotated[str, typer.Argument(help="Dataset, e.g. pencari-kerja.")]
RecordArgument = Annotated[str, typer.Argument(help="Key of the record at Batang Career.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@quality_app.callback()
def _group() -> None:
    """Quarantine, and decisions about it and about gates."""


@contextmanager
def database() -> Generator[tuple[Settings, psycopg.Connection]]:
    """The settings and a connection that commits at the end; an expected failure becomes one line."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as conn:
        yield settings, conn


@quality_app.command("list")
def list_(
    dataset: Annotated[str | None, typer.Option(help="Only this dataset.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only rows that break this rule.")] = None,
    state: Annotated[
        str | None, typer.Option(help="terbuka, diterima or diperbaiki; default: the first two.")
    ] = None,
    period: Annotated[str | None, typer.Option(help="Only rows of this month, YYYY-MM.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many rows.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List quarantined rows, longest waiting first: keys, rule codes, ages and owners, never a value."""
    from batang_assets.errors import DataError
    from batang_assets.partitions import Period
    from batang_assets.quality.datasets import dataset_of
    from batang_assets.quality.quarantine import stays

    with database() as (settings, conn):
        if state is not None and state not in STATES:
            raise DataError(f"no state {state!r}: known are {', '.join(STATES)}")
        found = stays(
            conn,
            settings.now(),
            states=[state] if state else ["terbuka", "diterima"],
            dataset=dataset_of(dataset).wire if dataset else None,
            rule=rule.upper() if rule else None,
            period=Period.parse(period) if period else None,
            limit=limit,
        )
    if as_json:
        _print_json([_stay_data(stay) for stay in found])
        return
    table = Table("dataset", "id", "rules", "state", "first seen", "days", "owner")
    for stay in found:
        table.add_row(
            stay.dataset, escape(stay.id), ", ".join(stay.aturan), STATES[stay.keadaan],
            _moment(stay.pertama_terlihat), str(stay.umur_hari), stay.pemilik,
        )  # fmt: skip
    Console().print(table)


@quality_app.command()
def show(dataset: DatasetArgument, record_id: RecordArgument, as_json: JsonOption = False) -> None:
    """Show every stay of a row in quarantine, what each rule says, and what was decided."""
    from batang_assets.errors import DataError
    from batang_assets.quality.datasets import dataset_of
    from batang_assets.quality.decisions import decisions
    from batang_assets.quality.quarantine import stays

    with database() as (settings, conn):
        wire = dataset_of(dataset).wire
        found = stays(conn, settings.now(), states=list(STATES), dataset=wire, record_id=record_id)
        if not found:
            raise DataError(f"{wire} {record_id} was never in quarantine")
        decided = decisions(conn, wire, record_id)
    if as_json:
        _print_json(
            {
                "stays": [_stay_data(stay) | {"rule_texts": _rule_texts(stay)} for stay in found],
                "decisions": [asdict(item) | {"pada": item.pada.isoformat()} for item in decided],
            }
        )
        return
    _print_stays(found)
    for item in decided:
        note = "berlaku" if item.berlaku else "tidak berlaku lagi: versi atau aturannya lain"
        _line(
            f"diterima {_moment(item.pada)} oleh {item.oleh} ({', '.join(item.aturan)}; {note}): {item.alasan}"
        )


@quality_app.command()
def accept(dataset: DatasetArgument, record_id: RecordArgument, by: ByOption, reason: ReasonOption) -> None:
    """Accept the present version of a quarantined row as it is, from the next build on.

    Refused where SIAPkerja would refuse the row or a statutory table would no longer balance.
    """
    from batang_assets.quality.decisions import accept as accept_row

    with database() as (settings, conn):
        decision = accept_row(conn, dataset, record_id, by, reason, settings.now())
    _line(
        f"{decision.dataset} {decision.id} diterima untuk {', '.join(decision.aturan)}; berlaku mulai pembangunan "
        "berikutnya (batang run), dan hanya untuk versi catatan ini."
    )


@quality_app.command()
def override(
    dataset: DatasetArgument,
    period: Annotated[str, typer.Option("--period", help="Month, YYYY-MM.")],
    by: ByOption,
    reason: ReasonOption,
) -> None:
    """Let the present data of a month through a closed gate; printed in every report of that month."""
    from batang_assets.partitions import Period
    from batang_assets.quality.datasets import dataset_of
    from batang_assets.quality.gate import open_by_override

    with database() as (settings, conn):
        given = open_by_override(
            conn, Period.parse(period), dataset_of(dataset).wire, by, reason, settings.now()
        )
    _line(f"Gerbang {given.dataset} {given.period} versi {given.versi_data}. {given.sentence()}")


def _stay_data(stay: Stay) -> dict[str, Any]:
    return asdict(stay) | {
        "pertama_terlihat": stay.pertama_terlihat.isoformat(),
        "keluar_pada": stay.keluar_pada.isoformat() if stay.keluar_pada else None,
        "pemilik": stay.pemilik,
    }


def _rule_texts(stay: Stay) -> dict[str, dict[str, str]]:
    from batang_assets.quality.suites import suite_of

    suite = suite_of(stay.dataset)
    known = {rule.kode: rule for rule in suite.rules}
    return {
        kode: {"kalimat": known[kode].kalimat, "tindakan": known[kode].tindakan}
        for kode in stay.aturan
        if kode in known
    }


def _print_stays(found: list[Stay]) -> None:
    for stay in found:
        end = f" sampai {_moment(stay.keluar_pada)}" if stay.keluar_pada else ""
        cause = f" ({CAUSES[stay.sebab_keluar]})" if stay.sebab_keluar else ""
        span = f"sejak {_moment(stay.pertama_terlihat)}{end}, {stay.umur_hari} hari"
        _line(f"{stay.dataset} {stay.id}: {STATES[stay.keadaan]}{cause}, {span}; pemilik {stay.pemilik}")
        for kode, texts in _rule_texts(stay).items():
            _line(f"  {kode} {texts['kalimat']} → {texts['tindakan']}")


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(JAKARTA):%Y-%m-%d %H:%M}" if moment else ""


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


def _print_json(data: Any) -> None:
    _line(json.dumps(data, ensure_ascii=False, indent=2))
