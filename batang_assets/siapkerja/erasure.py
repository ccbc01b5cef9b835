"""Erasure that a person asked for (UU 27/2022): the vault, the outbox and the centre, in one transaction.

What is sealed of the person is destroyed, in the vault and in bodies that still wait; the records are withdrawn at
SIAPkerja; the door lets none of them in again. Raw rows and marts stay, under their pseudonym, for the statistics.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from batang_assets.contracts import load_contract
from batang_assets.database import locks
from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.booking import about, body_records, close, store_part
from batang_assets.siapkerja.claims import Claimed, claimed_from
from batang_assets.siapkerja.domains import DOMAINS, Domain
from batang_assets.siapkerja.outbox import withdraw
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing
from batang_assets.vault.erasure import PersonRecord, destroy_identities, find_person, keep_out, lock_people
from batang_assets.vault.subjects import ERASURE, GRANTED, answer, open_request

OF_PEOPLE = {domain.identity_table: domain for domain in DOMAINS if domain.identity_table}
# Deliveries that still wait with data of a record in them.
WAITING = """
    select distinct k.kiriman_id, k.domain, k.kunci, k.operasi, k.periode, k.run_id, k.urutan, k.percobaan > 0,
        k.badan
    from delivery.kotak_keluar o join delivery.kiriman k using (kiriman_id)
    where o.id_daerah = any(%s) and k.operasi = 'simpan' and k.keadaan in ('siap', 'dikirim')
    order by k.kiriman_id
"""


@dataclass(frozen=True)
class Erased:
    """What an erasure did: records of the person (id_daerah), sealed identities destroyed, deliveries that were
    made anew without them, withdrawals put into the outbox, and the ledger's entry."""

    records: list[str]
    identities: int
    deliveries: int
    withdrawals: int
    entry: int


def names_of(records: list[PersonRecord]) -> list[str]:
    """``id_daerah`` of each record, as SIAPkerja knows it."""
    return [f"batang:{OF_PEOPLE[record.table].name}:{record.id}" for record in records]


def erase(
    connection: psycopg.Connection,
    ring: KeyRing,
    settings: Settings,
    number: str,
    key: str,
    by: str,
    reason: str,
) -> Erased:
    """Erase the person whose record ``key`` (dataset:id) is, for request ``number``, and answer the request.

    Raises DataError, and changes nothing, if the request is not an open one for erasure, the record is not known,
    or a delivery that holds the person is being sent at this moment.
    """
    now = settings.now()
    with committed(connection):
        connection.execute("select pg_advisory_xact_lock(%s)", [locks.ENQUEUE])
        lock_people(connection, [*OF_PEOPLE, *map(_centre_table, OF_PEOPLE.values())])
        request_id, kind = open_request(connection, number)
        if kind != ERASURE:
            raise DataError(f"request {number} is one of {kind}, not of {ERASURE}: nothing was erased")
        records = find_person(connection, key)
        names = names_of(records)
        keep_out(connection, request_id, records)
        own = [(record.table, record.id) for record in records]
        identities = destroy_identities(connection, own + _at_centre(connection, records, names))
        deliveries = _leave_outbox(connection, ring, names)
        withdrawals = 0
        if connection.execute(
            "select 1 from delivery.catatan_status where id_daerah = any(%s) limit 1", [names]
        ).fetchone():
            withdrawals = withdraw(connection, ring, settings, Period.of(now), f"permintaan {number}", names)
        # The fingerprints were made of the data; nothing is compared with them any more.
        connection.execute(
            "update delivery.kotak_keluar set sidik_data = null where id_daerah = any(%s)", [names]
        )
        answer(connection, number, GRANTED, by, reason, now)
        content = {"nomor": number, "catatan": names, "identitas": identities, "penarikan": withdrawals}
        entry = ledger.append(connection, ring, "penghapusan", content | {"alasan": "PERMINTAAN_SUBJEK"})
    return Erased(names, identities, deliveries, withdrawals, entry)


def _centre_table(domain: Domain) -> str:
    return load_contract("siapkerja", domain.name).table


def _at_centre(
    connection: psycopg.Connection, records: list[PersonRecord], names: list[str]
) -> list[tuple[str, str]]:
    """(raw table, id) of the person's rows as they were read back."""
    tokens = [record.token for record in records if record.token]
    found = []
    for domain in OF_PEOPLE.values():
        table = _centre_table(domain)
        query = sql.SQL("select distinct id from raw.{} where id_daerah = any(%s) or orang_token = any(%s)")
        rows = connection.execute(query.format(sql.Identifier(table)), [names, tokens])
        found += [(table, row[0]) for row in rows]
    return found


def _leave_outbox(connection: psycopg.Connection, ring: KeyRing, names: list[str]) -> int:
    """Make every waiting delivery that holds one of ``names`` anew without it, and destroy its body."""
    rows = connection.execute(WAITING, [names]).fetchall()
    for row in rows:
        held = connection.execute(
            "select pg_try_advisory_xact_lock(%s, %s)", [locks.DELIVERY, row[0] % 2**31]
        ).fetchone()
        if not held or not held[0]:
            raise DataError(
                "a delivery that holds this person is being sent right now: nothing was erased; run again when it"
                " has ended"
            )
        _without(connection, ring, claimed_from(connection, ring, row), set(names))
    return len(rows)


def _without(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, names: set[str]) -> None:
    """The delivery's other records become one with a key of its own: each is idempotent by its version, so it does
    no harm if the first one did arrive."""
    region, records = body_records(claimed)
    others = [record for record in records if record.id_daerah not in names]
    if others:
        store_part(connection, ring, region, claimed, others)
    gone = sorted(record.id_daerah for record in records if record.id_daerah in names)
    connection.execute(
        "update delivery.kotak_keluar set keadaan = 'batal' where kiriman_id = %s and id_daerah = any(%s)",
        [claimed.kiriman_id, gone],
    )
    close(connection, claimed, "dipecah")
    ledger.append(connection, ring, "disaring", about(claimed) | {"siap": len(others), "dihapus": gone})
