"""``batang warehouse``: the tables as they were once known."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from batang_assets.errors import ConfigurationError

warehouse_app = typer.Typer(no_args_is_help=True, help="The warehouse.")


@warehouse_app.command("as-of")
def as_of(
    moment: Annotated[str, typer.Argument(help="Time with its offset, e.g. 2026-09-30T23:59:59+07:00.")],
) -> None:
    """Build the warehouse as it was known at a time, into schemas lampau_*; the present one stays as it is."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.warehouse.past import build_as_of

    with one_line_errors(), stack(servers=False) as settings:
        until = parse_moment(moment)
        count = build_as_of(settings, until)
        Console(soft_wrap=True).print(
            f"{count} tabel dan tampilan sebagaimana diketahui sampai {until.isoformat()}: skema lampau_*"
        )


def parse_moment(text: str) -> datetime:
    """An RFC 3339 time with an offset; raises ConfigurationError without one, since a bare time is ambiguous."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigurationError(f"not a time with an offset: {text}; write it as 2026-09-30T23:59:59+07:00")
    return moment
