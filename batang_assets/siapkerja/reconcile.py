"""Reading back until both sides hold the same: read, compare, send again what is ours, read again."""

from dataclasses import dataclass, field

import psycopg

from batang_assets.errors import GateClosed
from batang_assets.partitions import Period
from batang_assets.settings import Settings
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.equality import Difference, compare, mark_repairs, view_is_whole
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.readback import ReadBack, read_back
from batang_assets.siapkerja.sending import send_pending
from batang_assets.vault import KeyRing

REPAIR_ROUNDS = 2


@dataclass
class Reconciled:
    """``readings`` of each domain, in order; ``repaired``: records sent again; ``differences`` that remain."""

    readings: dict[str, list[ReadBack]] = field(default_factory=dict)
    repaired: int = 0
    differences: dict[str, Difference] = field(default_factory=dict)


def reconcile(
    connection: psycopg.Connection,
    ring: KeyRing,
    client: SiapkerjaClient,
    settings: Settings,
    partition: Period,
    approved: Period,
    run_id: str,
) -> Reconciled:
    """Read every domain into ``partition`` and mend what differs, with the approval of ``approved``'s gates.

    Where the gates have closed meanwhile, repairs stay marked for the next outbox. Raises what reading and
    sending raise.
    """
    done = Reconciled()
    _read_all(connection, ring, client, partition, run_id, done)
    for _ in range(REPAIR_ROUNDS):
        marked = mark_repairs(connection, ring)
        if not marked:
            break
        try:
            enqueue(connection, ring, settings, approved, run_id)
        except GateClosed:
            break
        send_pending(connection, ring, client)
        done.repaired += marked
        _read_all(connection, ring, client, partition, run_id, done)
    done.differences = compare(connection)
    connection.rollback()
    return done


def _read_all(
    connection: psycopg.Connection,
    ring: KeyRing,
    client: SiapkerjaClient,
    partition: Period,
    run_id: str,
    done: Reconciled,
) -> None:
    for domain in DOMAINS:
        readings = done.readings.setdefault(domain.name, [])
        readings.append(read_back(connection, ring, client, domain.name, partition, run_id))
        if not readings[-1].full and not view_is_whole(connection, client, domain.name):
            readings.append(read_back(connection, ring, client, domain.name, partition, run_id, full=True))
