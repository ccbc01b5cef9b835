"""Commands about SMData packages: make one for any span, check one, hand one over.

``cli/app.py`` registers them; what a command needs is imported when it runs, so that the others start quickly.
"""

import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

smdata_app = typer.Typer(no_args_is_help=True, help="Reporting packages for SMData and the open-data portal.")

SpanOption = Annotated[
    str, typer.Option("--period", help="Month 2026-10, quarter 2026-T4, semester 2026-S2 or year 2026.")
]
PublicOption = Annotated[bool, typer.Option("--public", help="The public package, small figures withheld.")]


@smdata_app.command("pack")
def smdata_pack(
    period: SpanOption,
    public: PublicOption = False,
    reason: Annotated[str | None, typer.Option(help="Why a revision is made, in Indonesian.")] = None,
) -> None:
    """Write the package of a span, or find the present one unchanged."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.partitions import Span
    from batang_assets.smdata.delivery import deliver
    from batang_assets.smdata.packing import pack, pack_public

    with one_line_errors(), stack(servers=False) as settings:
        now = settings.now()
        make = pack_public if public else pack
        run_id = f"perintah-{uuid.uuid4().hex[:12]}"
        package = make(settings, Span.parse(period), run_id, now, reason)
        receipts = [] if public else deliver(settings, package)
        state = "baru" if package.created else "tidak berubah"
        sent = f"; tanda terima {', '.join(receipts)}" if receipts else ""
        sys.stdout.write(f"{package.path}: {state}{sent}\n")


@smdata_app.command("receipt")
def smdata_receipt(
    period: SpanOption,
    revision: Annotated[int, typer.Option(help="Revision of the package that was handed over.")],
    number: Annotated[str, typer.Option(help="Number of the receipt.")],
    by: Annotated[str, typer.Option(help="Who handed the package over.")],
    public: PublicOption = False,
) -> None:
    """Record the receipt of a package that somebody handed over."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.partitions import Span
    from batang_assets.smdata.delivery import record_receipt

    with one_line_errors(), stack(servers=False) as settings:
        kelas = "publik" if public else "terbatas"
        receipt = record_receipt(settings, Span.parse(period), revision, number, by, kelas)
        sys.stdout.write(f"tanda terima {receipt.nomor} dicatat atas nama {receipt.oleh}\n")


@smdata_app.command("verify")
def smdata_verify(
    folder: Annotated[Path, typer.Argument(help="A package folder.")],
    public_key: Annotated[
        Path | None, typer.Option(help="PEM file to trust instead of the one inside.")
    ] = None,
) -> None:
    """Verify a package offline; needs no database and no key ring."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.verification import verify_smdata

    with one_line_errors():
        sys.stdout.write(verify_smdata(folder, public_key) + "\n")
