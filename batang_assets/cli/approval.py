"""``batang approve``: the second person lets a month out, or takes that back."""

import sys
from typing import Annotated

import typer


def approve(
    period: Annotated[str, typer.Option("--period", help="Month, YYYY-MM.")],
    by: Annotated[str, typer.Option("--by", help="Who approves; not the person who prepared the month.")],
    note: Annotated[
        str, typer.Option("--note", help="Remark, kept with the approval and in the ledger.")
    ] = "",
    send: Annotated[bool, typer.Option("--send", help="Then send and pack the month at once.")] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Take preparation and approval of the present data back.")
    ] = False,
) -> None:
    """Approve that a month's present data leave: they were prepared by somebody else, and judged."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.runs import run_release
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.partitions import Period
    from batang_assets.quality import approval
    from batang_assets.siapkerja.approving import record_approval
    from batang_assets.vault import KeyRing

    with one_line_errors(), stack(servers=send) as settings:
        month = Period.parse(period)
        with connect(settings) as connection, connection.transaction():
            if revoke:
                approval.revoke(connection, month, by, note, settings.now())
                sys.stdout.write(f"{month.label}: persiapan dan persetujuan dicabut oleh {by.strip()}\n")
                return
            ring = KeyRing.load(settings.keys)
            given = record_approval(connection, ring, month, by, note, settings.now())
        sys.stdout.write(f"{month.label}: {given.sentence()}\n")
        if send:
            run_release(settings, period)
        else:
            sys.stdout.write("Data keluar pada run berikutnya; untuk segera: perintah ini dengan --send\n")
