"""``batang evaluasi``: the yearly evaluation of any twelve months."""

import sys
from typing import Annotated

import typer


def evaluasi(
    until: Annotated[
        str, typer.Option("--until", help="Last of the twelve months, YYYY-MM; default: the running one.")
    ] = "",
) -> None:
    """Write the yearly evaluation (HTML and PDF) of the twelve months that end with a month."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.partitions import Period
    from batang_assets.reports.evaluasi import write

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as conn:
        now = settings.now()
        facts, *paths = write(conn, settings, Period.parse(until) if until else Period.of(now), now)
        state = (
            f"RANCANGAN, {facts.full_months} dari 12 bulan penuh" if facts.draft else "dua belas bulan penuh"
        )
        sys.stdout.write(f"evaluasi {facts.until.key}: {state}\n")
        for path in paths:
            sys.stdout.write(f"  {path}\n")
