"""Several senders in one run: while one writes a receipt down, another's delivery is on its way."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.protocol import SiapkerjaUnavailable
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.stamps import Stamped, stamp_entries
from batang_assets.vault import KeyRing

SENDERS = 2


def send_and_stamp(
    connection: psycopg.Connection, settings: Settings, ring: KeyRing
) -> tuple[Sent, Stamped | None]:
    """Send whatever the outbox holds to the configured SIAPkerja, and have the receipts time-stamped.

    What earlier runs could not have stamped comes first: nothing is sent before it where stamps are required.
    """
    stamp_entries(connection, settings)
    with SiapkerjaClient.from_settings(settings) as client:
        sent = send_with_several(settings, ring, client)
    return sent, stamp_entries(connection, settings)


def send_with_several(
    settings: Settings, ring: KeyRing, client: SiapkerjaClient, senders: int = SENDERS
) -> Sent:
    """``send_pending`` by ``senders`` at once, each over a database connection of its own.

    The first that fails ends the run for all. Raises what it raised: of several, a fault before
    SiapkerjaUnavailable, for the others only say that they were stopped.
    """

    def send() -> Sent:
        with connect(settings) as connection:
            try:
                return send_pending(connection, ring, client)
            except BaseException:
                client.stop()
                raise

    with ThreadPoolExecutor(senders, thread_name_prefix="pengirim") as pool:
        futures = [pool.submit(send) for _ in range(senders)]
    errors = [error for future in futures if (error := future.exception())]
    if errors:
        raise next((error for error in errors if not isinstance(error, SiapkerjaUnavailable)), errors[0])
    return _together([future.result() for future in futures])


def _together(parts: list[Sent]) -> Sent:
    total = Sent()
    for part in parts:
        total.batches += part.batches
        total.attempts += part.attempts
        for domain, counts in part.records.items():
            total.records.setdefault(domain, type(counts)()).update(counts)
    return total
