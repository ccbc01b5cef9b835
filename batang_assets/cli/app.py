"""The commands. Each is short: what it stands on comes from ``stack``, what it does from the package."""

import json
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from batang_assets.cli.approval import approve
from batang_assets.cli.conforming import conforming_app
from batang_assets.cli.delivery import ledger_app, receipt, resend, sandbox_app
from batang_assets.cli.evaluasi import evaluasi
from batang_assets.cli.ipk import ipk_app
from batang_assets.cli.people import people_app
from batang_assets.cli.quality import quality_app
from batang_assets.cli.reference import reference_app
from batang_assets.cli.requests import requests_app
from batang_assets.cli.smdata import smdata_app
from batang_assets.cli.source import source_app
from batang_assets.cli.warehouse import warehouse_app
from batang_assets.errors import BatangError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Labour data of Kabupaten Batang: from Batang Career to SIAPkerja, SMData and the statutory tables.",
)
keys_app = typer.Typer(no_args_is_help=True, help="The key ring.")
app.add_typer(keys_app, name="keys")
app.add_typer(source_app, name="source")
quality_app.add_typer(conforming_app, name="conforming")
app.add_typer(quality_app, name="quality")
app.add_typer(people_app, name="people")
app.add_typer(requests_app, name="requests")
app.add_typer(reference_app, name="reference")
app.add_typer(warehouse_app, name="warehouse")
app.add_typer(ipk_app, name="ipk")
app.add_typer(smdata_app, name="smdata")
app.add_typer(ledger_app, name="ledger")
app.add_typer(sandbox_app, name="sandbox")
app.command()(approve)
app.command()(evaluasi)
app.command()(receipt)
app.command()(resend)

PeriodOption = Annotated[str | None, typer.Option("--period", help="Month, YYYY-MM.")]


@contextmanager
def one_line_errors() -> Generator[None]:
    """Turn an expected failure into its one line on standard error and exit status 1."""
    try:
        yield
    except BatangError as error:
        sys.stderr.write(f"batang: {error}\n")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("batang: interrupted; the next run continues from here\n")
        raise typer.Exit(130) from None


@app.command()
def demo(
    people: Annotated[int, typer.Option(help="Job seekers in the synthetic world.", min=300)] = 25_000,
    period: Annotated[str, typer.Option(help="Month, YYYY-MM.")] = "2026-10",
    seed: Annotated[int, typer.Option(help="Seed of the synthetic world.")] = 3325,
) -> None:
    """Run the main job on a synthetic world, with sandbox counterparts on this machine."""
    from batang_assets.cli.runs import run_month
    from batang_assets.cli.stack import Demo, stack

    with one_line_errors(), stack(demo=Demo(people=people, seed=seed)) as settings:
        run_month(settings, period)


@app.command()
def run(
    period: PeriodOption = None,
    prepared_by: Annotated[str, typer.Option(help="Who prepares the month for release.")] = "",
    approved_by: Annotated[str, typer.Option(help="Who approves it: another person.")] = "",
    note: Annotated[str, typer.Option(help="Remark, kept with the approval.")] = "",
) -> None:
    """Run the main job of a month (default: the running one) against what is configured."""
    from batang_assets.cli.runs import run_month
    from batang_assets.cli.stack import stack
    from batang_assets.partitions import Period

    with one_line_errors(), stack() as settings:
        names = {"disiapkan_oleh": prepared_by, "disetujui_oleh": approved_by, "catatan": note}
        run_month(settings, period or Period.of(settings.now()).key, names)


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(help="First month, YYYY-MM.")],
    last: Annotated[str, typer.Argument(help="Last month, YYYY-MM.")],
    send: Annotated[bool, typer.Option("--send", help="Also deliver and package the months.")] = False,
) -> None:
    """Materialise past months again; sends nothing unless asked to."""
    from batang_assets.cli.runs import run_backfill
    from batang_assets.cli.stack import stack

    with one_line_errors(), stack() as settings:
        run_backfill(settings, first, last, send=send)


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the web interface; 0 takes a free one.")] = 3000,
) -> None:
    """Serve Dagster's web interface and daemon on what is configured, else on the sandbox."""
    from batang_assets.cli.dev import serve
    from batang_assets.cli.stack import Demo, configured, demo_of, stack
    from batang_assets.settings import get_settings

    # A supervisor ends us with SIGTERM: leave as after Ctrl-C, so that what we started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with one_line_errors():
        settings = get_settings()
        with stack(demo=None if configured(settings) else demo_of(settings) or Demo()) as settings:
            serve(settings, port)


@app.command()
def status(
    period: PeriodOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the state of a month, from the database."""
    from batang_assets.cli.stack import stack
    from batang_assets.cli.state import period_state
    from batang_assets.cli.summary import print_summary
    from batang_assets.partitions import Period

    with one_line_errors(), stack(servers=False) as settings:
        state = period_state(settings, Period.parse(period) if period else Period.of(settings.now()))
        if as_json:
            sys.stdout.write(json.dumps(state, ensure_ascii=False, indent=2) + "\n")
        else:
            print_summary(state)


@app.command()
def verify(
    package: Annotated[Path | None, typer.Option("--package", help="An SMData package folder.")] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="An exported ledger.")] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="PEM file to trust instead of the one inside.")
    ] = None,
    tsa_certificate: Annotated[
        Path | None, typer.Option(help="PEM roots of the authority whose time stamps the bundle holds.")
    ] = None,
) -> None:
    """Verify the ledger in the database, or offline an exported ledger or an SMData package."""
    from batang_assets.cli.delivery import verify_ledger_bundle
    from batang_assets.cli.verification import verify_ledger, verify_smdata

    with one_line_errors():
        lines = [verify_smdata(package, public_key)] if package else []
        lines += [verify_ledger_bundle(bundle, public_key, tsa_certificate)] if bundle else []
        sys.stdout.write("\n".join(lines or [verify_ledger()]) + "\n")


@app.command()
def settings() -> None:
    """List every setting, its default and its meaning."""
    from batang_assets.settings import PREFIX, SECRETS, Settings

    table = Table("variable", "default", "meaning")
    for name, field in Settings.model_fields.items():
        variable = f"{PREFIX}{name.upper()}" + ("[_FILE]" if name in SECRETS else "")
        table.add_row(variable, "" if field.default is None else str(field.default), field.description)
    Console().print(table)


@keys_app.command("public")
def keys_public() -> None:
    """Print the public key (PEM) that checks our signatures: give it to whoever verifies."""
    from batang_assets.settings import get_settings
    from batang_assets.vault import KeyRing

    with one_line_errors():
        sys.stdout.write(KeyRing.load(get_settings().keys).public_key_pem().decode())


@keys_app.command("init")
def keys_init() -> None:
    """Make a new key ring in BATANG_KEYS_DIR; never touches an existing one."""
    from batang_assets.settings import get_settings
    from batang_assets.vault import KeyRing

    with one_line_errors():
        folder = get_settings().keys
        KeyRing.create(folder)
        sys.stdout.write(f"new key ring in {folder}: back it up apart from the database\n")
