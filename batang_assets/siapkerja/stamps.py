"""Time stamps on the ledger: one for the signature of each entry that settles a delivery (RFC 3161).

What lacks a stamp is asked for again by every later run; an authority that is down stops no delivery, unless the
settings require its stamps.
"""

import time
from dataclasses import dataclass

import httpx
import psycopg

from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.siapkerja.deadline import DeadlineTransport, total_deadline
from batang_assets.siapkerja.protocol import SiapkerjaUnavailable
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import stamp_request, stamp_time

KIND = "application/timestamp-query"
ANSWER_BYTES = 64 * 1024
PATIENCE_S = 10
MISSING = """
    select b.nomor, b.tanda_tangan from delivery.buku_besar b
    where b.jenis in ('tanda_terima', 'penolakan')
      and not exists (select 1 from delivery.stempel_waktu s where s.nomor = b.nomor)
    order by b.nomor
"""


@dataclass(frozen=True)
class Stamped:
    """How many entries were stamped now, how many still lack a stamp, and why (Indonesian, empty if none do)."""

    stamped: int
    missing: int
    reason: str


def stamp_entries(connection: psycopg.Connection, settings: Settings) -> Stamped | None:
    """Ask for every stamp that is missing, each stored in a transaction of its own; stops at the first trouble.

    None: no authority is set. Raises SiapkerjaUnavailable if stamps are required and some are missing.
    """
    if not settings.siapkerja_tsa_url:
        return None
    rows = connection.execute(MISSING).fetchall()
    connection.rollback()
    stamped, reason = 0, ""
    with httpx.Client(transport=DeadlineTransport(), follow_redirects=False, trust_env=False) as client:
        for number, signature in rows:
            try:
                response = _ask(client, settings.siapkerja_tsa_url, bytes(signature))
            except (httpx.HTTPError, httpx.InvalidURL, DataError) as error:
                known = str(error) if isinstance(error, DataError) else type(error).__name__
                reason = f"stempel waktu tidak diperoleh ({known})"
                break
            with committed(connection):
                connection.execute(
                    "insert into delivery.stempel_waktu (nomor, respons) values (%s, %s) on conflict do nothing",
                    [number, response],
                )
            stamped += 1
    result = Stamped(stamped, len(rows) - stamped, reason)
    if result.missing and settings.siapkerja_tsa_required:
        raise SiapkerjaUnavailable(
            f"{result.missing} ledger entries lack a required time stamp: check BATANG_SIAPKERJA_TSA_URL, run again"
        )
    return result


def _ask(client: httpx.Client, url: str, signature: bytes) -> bytes:
    """The DER response to one request; raises DataError if it is no stamp of ``signature``."""
    request = stamp_request(signature)
    headers = {"Content-Type": KIND, "Accept-Encoding": "identity"}
    content = bytearray()
    with (
        total_deadline(time.monotonic() + PATIENCE_S),
        client.stream("POST", url, content=request.content, headers=headers) as answer,
    ):
        if answer.status_code != 200:
            raise DataError(f"the time stamp authority answers {answer.status_code}")
        for chunk in answer.iter_raw(ANSWER_BYTES):
            content += chunk
            if len(content) > ANSWER_BYTES:
                raise DataError("the time stamp authority's answer is too long")
    stamp_time(bytes(content), signature, request.nonce)
    return bytes(content)
