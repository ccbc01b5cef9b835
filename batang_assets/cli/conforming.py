"""``batang quality conforming``: free texts that wait for a person to say what they mean."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

conforming_app = typer.Typer(no_args_is_help=True, help="Free texts that wait for a code.")

KindArgument = Annotated[str, typer.Argument(help="pendidikan or jabatan.")]
TextArgument = Annotated[str, typer.Argument(help="The text, as the list shows it.")]


@conforming_app.callback()
def _group() -> None:
    """Free texts that wait for a code."""


@conforming_app.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help="Only pendidikan or jabatan.")] = None,
    state: Annotated[str, typer.Option(help="menunggu, fuzzy, diterima, ditolak, or semua.")] = "menunggu",
    limit: Annotated[int, typer.Option(help="At most so many texts.", min=1)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List texts of the queue, those that most rows say first, with the candidate and its confidence."""
    from batang_assets.cli.quality import database
    from batang_assets.reference.decisions import waiting

    with database() as (_, conn):
        found = waiting(conn, kind=kind, state=None if state == "semua" else state, limit=limit)
    if as_json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False) + "\n")
        return
    table = Table("kind", "text", "rows", "candidate", "like", "confidence", "state", "decided")
    for one in found:
        table.add_row(
            one.kind, escape(one.text), str(one.rows), one.code or "", one.near or "",
            f"{one.confidence:.2f}" if one.confidence is not None else "", one.state,
            escape(f"{one.decided_code or ''} {one.by or ''}".strip()),
        )  # fmt: skip
    Console().print(table)


@conforming_app.command()
def show(kind: KindArgument, text: TextArgument) -> None:
    """Show a text with its candidate and everything that was decided about it."""
    from batang_assets.cli.quality import database
    from batang_assets.errors import DataError
    from batang_assets.reference.decisions import ACTIONS, history, waiting
    from batang_assets.reference.normal import teks_normal

    with database() as (_, conn):
        found = waiting(conn, kind=kind, text=teks_normal(text) or "")
        decided = history(conn, kind, text)
        if not found and not decided:
            raise DataError(f"that text is not in the queue of {kind}: see `batang quality conforming list`")
    for one in found:
        like = f", mirip {one.near!r} ({one.confidence:.2f})" if one.confidence is not None else ""
        sys.stdout.write(
            f"{one.kind} {one.text!r}: {one.state}, {one.rows} versi; calon {one.code or '-'}{like}\n"
        )
    for item in decided:
        code = f" → {item['code']}" if item["code"] else ""
        sys.stdout.write(
            f"  {item['at']:%Y-%m-%d %H:%M} {ACTIONS[item['action']]}{code} oleh {item['by']}: {item['note']}\n"
        )


@conforming_app.command()
def decide(
    kind: KindArgument,
    text: TextArgument,
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    note: Annotated[str, typer.Option("--note", help="Why.")],
    code: Annotated[str | None, typer.Option(help="The code; default: the candidate.")] = None,
    version: Annotated[str | None, typer.Option(help="Edition of KBJI; default: the candidate's.")] = None,
    reject: Annotated[bool, typer.Option("--reject", help="No code fits: the text stays unknown.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the last decision back.")] = False,
) -> None:
    """Decide what a text means, on every row that says it, from the next build on."""
    from batang_assets.cli.quality import database
    from batang_assets.errors import DataError
    from batang_assets.reference.decisions import ACTIONS
    from batang_assets.reference.decisions import decide as record

    with database() as (settings, conn):
        if (reject or revoke) and (code or (reject and revoke)):
            raise DataError("give one of --code, --reject and --revoke")
        action = "cabut" if revoke else "tolak" if reject else "terima"
        record(conn, kind, text, action, by, note, settings.now(), code, version)
    sys.stdout.write(f"{kind}: {ACTIONS[action]}; berlaku mulai pembangunan berikutnya (batang run)\n")
