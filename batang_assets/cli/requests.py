"""``batang requests``: what people ask about their own data (UU 27/2022), and the answers."""

import json
import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batang_assets.cli.people import (
    ByOption,
    JsonOption,
    ReasonOption,
    RecordArgument,
    database,
)
from batang_assets.settings import JAKARTA, Settings

if TYPE_CHECKING:
    from batang_assets.vault.subjects import Request

requests_app = typer.Typer(
    no_args_is_help=True, help="Requests of data subjects: access, correction, erasure."
)

NumberArgument = Annotated[str, typer.Argument(help="The request's reference number; never a name.")]


@requests_app.command()
def add(
    number: NumberArgument,
    kind: Annotated[str, typer.Option(help="akses, pembetulan, pembatasan or penghapusan.")],
    received: Annotated[str, typer.Option(help="When it came in, e.g. 2026-11-02T09:15 (WIB).")],
) -> None:
    """Record a request of a data subject; it is to be answered within 3×24 hours."""
    from batang_assets.vault.subjects import register

    with database() as (settings, conn):
        register(conn, number, kind, _moment(received), settings.now())
    _line(f"Permintaan {number} ({kind}) tercatat.")


@requests_app.command("list")
def list_requests(as_json: JsonOption = False) -> None:
    """List the requests: hours to the answer, decision, and whether the source still shows an erased person."""
    from batang_assets.vault.subjects import requests

    with database() as (settings, conn):
        found = requests(conn, settings.now())
    if as_json:
        _line(json.dumps([asdict(item) for item in found], ensure_ascii=False, indent=2, default=str))
        return
    for item in found:
        _line(_sentence(item))


@requests_app.command()
def answer(
    number: NumberArgument,
    decision: Annotated[str, typer.Option(help="dipenuhi or ditolak.")],
    by: ByOption,
    reason: ReasonOption,
) -> None:
    """Record the answer to a request; `erase` and `access` answer theirs themselves."""
    from batang_assets.errors import DataError
    from batang_assets.vault.subjects import ERASURE, GRANTED, open_request
    from batang_assets.vault.subjects import answer as store

    with database() as (settings, conn):
        if decision == GRANTED and open_request(conn, number)[1] == ERASURE:
            raise DataError(f"request {number} is fulfilled by `batang requests erase {number} RECORD`")
        store(conn, number, decision, by, reason, settings.now())
    _line(f"Permintaan {number} {decision} oleh {by.strip()}.")


@requests_app.command()
def access(
    number: NumberArgument,
    record: RecordArgument,
    output: Annotated[Path, typer.Option(help="New file for the person, JSON; hand it over and delete it.")],
    by: ByOption,
    reason: ReasonOption,
) -> None:
    """Write all that is kept of a person to a file that only you can read, and answer the request."""
    from batang_assets.errors import DataError
    from batang_assets.vault import KeyRing
    from batang_assets.vault.access import open_person
    from batang_assets.vault.subjects import GRANTED
    from batang_assets.vault.subjects import answer as store

    with database() as (settings, conn):
        found = open_person(conn, KeyRing.load(settings.keys), number, record)
        store(conn, number, GRANTED, by, reason, settings.now())
        try:
            with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(found, file, ensure_ascii=False, indent=2, default=str)
        except OSError as error:
            raise DataError(f"{output} cannot be written ({error.strerror}): nothing was answered") from None
    _line(f"Permintaan {number}: {len(found)} catatan ditulis ke {output}")


@requests_app.command()
def erase(
    number: NumberArgument,
    record: RecordArgument,
    by: ByOption,
    reason: ReasonOption,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without, only show what would be erased.")
    ] = False,
    send: Annotated[bool, typer.Option(help="Withdraw at SIAPkerja at once.")] = True,
) -> None:
    """Erase a person for good: sealed identity, deliveries that wait, records at SIAPkerja; answers the request."""
    from batang_assets.cli.app import one_line_errors
    from batang_assets.cli.stack import stack
    from batang_assets.database import connect
    from batang_assets.siapkerja.erasure import erase as erase_person
    from batang_assets.siapkerja.erasure import names_of
    from batang_assets.vault import KeyRing
    from batang_assets.vault.erasure import find_person

    with one_line_errors(), stack(servers=yes and send) as settings, connect(settings) as conn:
        if not yes:
            names = names_of(find_person(conn, record))
            _line("\n".join(["Akan dihapus (ulangi dengan --yes; tidak dapat dibatalkan):", *names]))
            return
        done = erase_person(conn, KeyRing.load(settings.keys), settings, number, record, by, reason)
        _line(
            f"Permintaan {number}: {len(done.records)} catatan terhapus, {done.identities} pengenal tersegel"
            f" dimusnahkan, {done.withdrawals} penarikan disiapkan (entri buku besar {done.entry})"
        )
        if done.withdrawals:
            _line(_withdraw_now(settings) if send else "Penarikan berangkat pada pengiriman berikutnya.")


def _withdraw_now(settings: Settings) -> str:
    """Send what the outbox holds; if that fails it goes with the next run, and the line says so."""
    from batang_assets.database import connect
    from batang_assets.errors import BatangError
    from batang_assets.siapkerja.senders import send_and_stamp
    from batang_assets.vault import KeyRing

    try:
        with connect(settings) as conn:
            sent, _ = send_and_stamp(conn, settings, KeyRing.load(settings.keys))
    except BatangError as error:
        return f"Penarikan belum terkirim ({error}); berangkat pada pengiriman berikutnya."
    count = sum(sum(counts.values()) for counts in sent.records.values())
    return f"Kotak keluar terkirim: {count} catatan dijawab."


def _sentence(item: "Request") -> str:
    head = f"{item.number} {item.kind}, diterima {item.received.astimezone(JAKARTA):%Y-%m-%d %H:%M}"
    hours = f"{item.hours:.1f}".replace(".", ",")
    if item.verdict is None:
        return f"{head}, belum dijawab setelah {hours} jam"
    erased = f"; {item.records} catatan terhapus" if item.records else ""
    shown = f", {item.shown_again} masih ditunjukkan sumber" if item.shown_again else ""
    return f"{head}, {item.verdict} setelah {hours} jam oleh {item.by}: {item.reason}{erased}{shown}"


def _moment(text: str) -> datetime:
    from batang_assets.errors import DataError

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DataError("a time is written YYYY-MM-DDTHH:MM, e.g. 2026-11-02T09:15") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
