"""Commands about deliveries: proof, history, sending again by hand, and judging another server.

``cli/app.py`` registers them; what a command needs is imported when it runs, so that the others start quickly.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

ledger_app = typer.Typer(no_args_is_help=True, help="The ledger of deliveries.")
sandbox_app = typer.Typer(no_args_is_help=True, help="The counterparts of the sandbox.")


@ledger_app.callback()
def _ledger() -> None:
    """The ledger of deliveries."""


@sandbox_app.callback()
def _sandbox() -> None:
    """The counterparts of the sandbox."""


IdArgument = Annotated[str, typer.Argument(metavar="ID_DAERAH", help="Such as batang:lowongan:12.")]


def verify_ledger_bundle(
    bundle: Path, public_key: Path | None = None, tsa_certificate: Path | None = None
) -> str:
    """One line on a bundle; raises DataError that names the first bad entry. No database, no key ring.

    ``public_key``: a PEM file to trust instead of the key in the bundle. ``tsa_certificate``: PEM roots of the time
    stamp authority; without it stamps are not checked.
    """
    from batang_assets.errors import DataError
    from batang_assets.siapkerja.bundle import verify_bundle
    from batang_assets.vault import StampVerifier

    try:
        trusted = public_key.read_bytes() if public_key else None
    except OSError as error:
        raise DataError(f"{public_key} cannot be read ({error.strerror})") from None
    authority = StampVerifier(tsa_certificate) if tsa_certificate else None
    result = verify_bundle(bundle, trusted, authority)
    if not result.ok:
        where = f"entri {result.first_bad}" if result.first_bad else "kepala berkas"
        raise DataError(f"berkas buku besar rusak: {where}: {result.reason} ({result.entries} entri dibaca)")
    return (
        f"berkas buku besar utuh: {result.entries} entri, sidik terakhir {result.head};"
        f" sidik kunci publik {result.key_sha256}"
        + (f"; {result.stamps} stempel waktu sah" if authority else "")
    )


@ledger_app.command("export")
def ledger_export(
    path: Annotated[Path, typer.Argument(help="The file to write (JSON Lines).")],
) -> None:
    """Write the whole ledger to one file that anyone can verify offline (`batang verify --bundle`)."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.siapkerja.bundle import export_bundle

    with one_line_errors(), stack(servers=False) as settings:
        count = export_bundle(settings, path)
        sys.stdout.write(f"{path}: {count} entri\n")


def receipt(
    id_daerah: IdArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the history of one record: what was sent when, and what SIAPkerja answered."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.siapkerja.receipts import describe, history, standing

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as connection:
        now, events = standing(connection, id_daerah), history(connection, id_daerah)
        if as_json:
            whole = {"keadaan": asdict(now), "riwayat": [asdict(event) for event in events]}
            sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
        else:
            sys.stdout.write("\n".join(describe(now, events)) + "\n")


def resend(id_daerah: IdArgument) -> None:
    """Send one record again with the next run, though it did not change."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.siapkerja.resend import request_resend
    from batang_assets.vault import KeyRing

    with one_line_errors(), stack(servers=False) as settings, connect(settings) as connection:
        sys.stdout.write(request_resend(connection, KeyRing.load(settings.keys), id_daerah) + "\n")


@sandbox_app.command("conformance")
def conformance(
    url: Annotated[str, typer.Option(help="Base URL of the server to judge.")],
    client_id: Annotated[str, typer.Option(help="Client id to sign on with.")],
    client_secret_file: Annotated[Path, typer.Option(help="File that holds the client secret.")],
    region: Annotated[str, typer.Option(help="Kemendagri code the client may speak for.")] = "3325",
) -> None:
    """Judge a SIAPkerja server by the contract; it writes test records, so never point it at the real one."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.errors import ConfigurationError
    from batang_assets.sandbox.conformance import judge, print_report

    with one_line_errors():
        try:
            secret = client_secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"{client_secret_file} cannot be read ({error.strerror})") from None
        report = judge(url, client_id, secret, region)
        print_report(report, sys.stdout)
    if not report.ok:
        raise typer.Exit(1)
