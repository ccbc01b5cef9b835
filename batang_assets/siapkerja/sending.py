"""Sending: claim a batch, write the attempt down, send, write the receipt down; from wherever it stopped.

``dikirim`` without a receipt means an unknown outcome. The run that meets it sends the same key and the same bytes
again; a later run first asks for the result by the key.
"""

from collections import Counter
from dataclasses import dataclass, field

import psycopg

from batang_assets.siapkerja.booking import (
    give_up,
    postpone,
    record_attempt,
    record_receipt,
    reject_single,
    split,
)
from batang_assets.siapkerja.claims import FRESH, Claimed, claim, release, wait_for_others
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.siapkerja.protocol import (
    BatchRefused,
    BatchTooLarge,
    OwnFault,
    RecordResult,
    SiapkerjaUnavailable,
)
from batang_assets.siapkerja.sifting import sift
from batang_assets.vault import KeyRing

MALFORMED = "BADAN_RUSAK"


@dataclass
class Sent:
    """What one run of ``send_pending`` did: batches settled, attempts, and records by domain and result."""

    batches: int = 0
    attempts: int = 0
    records: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, domain: str, results: tuple[RecordResult, ...]) -> None:
        """Add the results of one batch."""
        self.batches += 1
        self.records.setdefault(domain, Counter()).update(result.status for result in results)


def send_pending(connection: psycopg.Connection, ring: KeyRing, client: SiapkerjaClient) -> Sent:
    """Send until nothing is left to send; several may run at once.

    Raises DeliveryError for a fault that repetition cannot mend, SiapkerjaUnavailable when SIAPkerja does not
    answer; what was settled before stays settled, the rest is sent by the next run.
    """
    sent = Sent()
    while True:
        claimed = claim(connection, ring, FRESH)
        if claimed is None and sift(connection, ring):
            continue
        # What was in vain before is tried again when everything else has had its turn.
        claimed = claimed or claim(connection, ring)
        if claimed is None:
            if not wait_for_others(connection, client):
                return sent
            continue
        try:
            _deliver(connection, ring, client, claimed, sent)
        finally:
            if not connection.closed:
                connection.rollback()
                release(connection, claimed.kiriman_id)


def _deliver(
    connection: psycopg.Connection, ring: KeyRing, client: SiapkerjaClient, claimed: Claimed, sent: Sent
) -> None:
    def before(request_id: str) -> None:
        sent.attempts += 1
        record_attempt(connection, ring, claimed, request_id)

    try:
        found = client.find_by_key(claimed.batch) if claimed.unsettled else None
        receipt = found or client.send(claimed.batch, before)
    except BatchTooLarge:
        _part(connection, ring, claimed, "BADAN_TERLALU_BESAR", sent)
    except BatchRefused:
        _part(connection, ring, claimed, "KIRIMAN_TIDAK_SAH", sent)
    except OwnFault as fault:
        if fault.code != MALFORMED:
            give_up(connection, ring, claimed, fault.code)
            raise
        # One record may spoil the others' body: it is isolated first, then it stops the run.
        _part(connection, ring, claimed, fault.code, sent)
        if len(claimed.batch.names) == 1:
            raise
    except SiapkerjaUnavailable as unavailable:
        postpone(connection, claimed, unavailable.wait_s)
        raise
    else:
        failpoint("percobaan.dijawab")
        record_receipt(connection, ring, claimed, receipt)
        sent.count(claimed.batch.domain, receipt.results)


def _part(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, reason: str, sent: Sent) -> None:
    """Halve a batch that does not go as it is; a single record is the one, and is rejected."""
    if len(claimed.batch.names) > 1:
        split(connection, ring, claimed, reason)
    else:
        sent.count(claimed.batch.domain, (reject_single(connection, ring, claimed, reason),))
