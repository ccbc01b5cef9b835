"""``batang people``: pairs that may be one person, and the decisions that people take about them."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Literal

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from batang_assets.settings import JAKARTA, Settings

people_app = typer.Typer(no_args_is_help=True, help="Who is who: proposed pairs, merges and splits.")

RecordArgument = Annotated[str, typer.Argument(help="A record, dataset:id, e.g. penempatan:12.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@people_app.callback()
def _group() -> None:
    """Who is who: proposed pairs, merges and splits."""


@contextmanager
def database() -> Generator[tuple[Settings, psycopg.Connection]]:
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as conn:
        yield settings, conn


@people_app.command("list")
def list_(
    linked: Annotated[bool, typer.Option("--linked", help="What was linked, instead of proposals.")] = False,
    why: Annotated[
        str | None, typer.Option(help="Only proposals held for this reason, e.g. nik_berbeda.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many pairs.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List pairs of records, heaviest first: keys, weights and how each feature agrees, never a value."""
    from batang_assets.errors import DataError
    from batang_assets.vault.linkage.review import REASONS, candidates

    with database() as (_, conn):
        if why is not None and why not in REASONS:
            raise DataError(f"no reason {why!r}: known are {', '.join(REASONS)}")
        found = candidates(conn, linked=linked, reason=why, limit=limit)
    if as_json:
        _print_json([asdict(pair) for pair in found])
        return
    _print_pairs(found)


@people_app.command()
def show(record: RecordArgument, as_json: JsonOption = False) -> None:
    """Show whose record it is: its pairs, every merge that stood or was revoked, and what people decided."""
    from batang_assets.errors import DataError
    from batang_assets.vault.linkage.decisions import decisions_about, record_key
    from batang_assets.vault.linkage.records import read_record
    from batang_assets.vault.linkage.review import candidates_of, memberships

    with database() as (_, conn):
        key = record_key(record)
        found = read_record(conn, key)
        if found is None:
            raise DataError(f"no record {key}: write dataset:id as `batang people list` shows it")
        pairs, merges = candidates_of(conn, found.origin), memberships(conn, found.origin)
        decided = decisions_about(conn, key)
    if as_json:
        data = {"asal_id": found.origin, "pairs": pairs, "merges": merges, "decisions": decided}
        plain = {
            name: [asdict(item) for item in value] if isinstance(value, list) else value
            for name, value in data.items()
        }
        _print_json(plain)
        return
    _line(f"{key}: {found.origin}" + (" (NIK sah)" if found.usable else " (tanpa NIK yang sah)"))
    _print_pairs(pairs)
    for merge in merges:
        end = f", dicabut {_moment(merge.sampai)} ({merge.sebab_dicabut})" if merge.sampai else ""
        _line(
            f"{merge.asal_id} → {merge.orang_id} oleh {merge.cara}, keyakinan {merge.keyakinan:.4f}, sejak "
            f"{_moment(merge.sejak)}{end}"
        )
    for item in decided:
        _line(f"{item.kind} {item.record_a} {item.record_b} {_moment(item.at)} oleh {item.by}: {item.reason}")


@people_app.command()
def merge(one: RecordArgument, other: RecordArgument, by: ByOption, reason: ReasonOption) -> None:
    """Say that two records are one person, from the next run on; undone by ``split``."""
    _decide("gabung", one, other, by, reason)


@people_app.command()
def split(one: RecordArgument, other: RecordArgument, by: ByOption, reason: ReasonOption) -> None:
    """Say that two records are two people, from the next run on; the model never joins them again."""
    _decide("pisah", one, other, by, reason)


def _decide(kind: Literal["gabung", "pisah"], one: str, other: str, by: str, reason: str) -> None:
    from batang_assets.vault.linkage.decisions import decide

    with database() as (settings, conn):
        decision = decide(conn, kind, one, other, by, reason, settings.now())
    verb = "digabung" if kind == "gabung" else "dipisah"
    _line(f"{decision.record_a} dan {decision.record_b} {verb} mulai penautan berikutnya (batang run).")


def _print_pairs(found: list[Any]) -> None:
    from batang_assets.vault.linkage.review import REASONS

    table = Table("record", "record", "weight", "probability", "state", "agreement")
    for pair in found:
        state = "ditautkan" if pair.putusan == "ditautkan" else f"usulan: {REASONS[pair.sebab]}"
        pattern = ", ".join(f"{name} {level}" for name, level in pair.pola.items() if level != "kosong")
        table.add_row(
            escape(pair.catatan_a),
            escape(pair.catatan_b),
            f"{pair.bobot:.1f}",
            f"{pair.keyakinan:.4f}",
            state,
            pattern,
        )
    Console().print(table)


def _moment(moment: Any) -> str:
    return f"{moment.astimezone(JAKARTA):%Y-%m-%d %H:%M}"


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


def _print_json(data: Any) -> None:
    _line(json.dumps(data, ensure_ascii=False, indent=2, default=str))
