"""Claiming: which batch may go now, and who holds it.

A batch is claimed by its row (``FOR UPDATE SKIP LOCKED``) and held by an advisory lock of the session, which the
server drops with the connection: a sender that is killed holds nothing up. What a record waits for, and why, is
the view ``delivery.menunggu``: an older version of its own, a reference that is not acknowledged, or, for a
withdrawal, what still refers to it. All waits are for batches of a lower ``urutan``, so the lowest open one never
waits and no two wait for each other.
"""

import time
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.siapkerja.outbox import body_context
from batang_assets.siapkerja.protocol import Batch, SiapkerjaUnavailable
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing, unseal

# A batch that is being sent is held by the two-key advisory lock (332508, kiriman_id) of its sender's session.
HELD = """
    select l.objid::bigint as kunci from pg_locks l
    where l.locktype = 'advisory' and l.classid = 332508 and l.objsubid = 2 and l.granted
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
"""
# The first batch in one of {states} that may go now. It alone is locked: another sender that claims at the same
# moment finds the one behind it.
NEXT = """
    with calon as materialized (
        select k.kiriman_id from delivery.kiriman k
        where k.keadaan in {states}
          and (k.coba_lagi_pada is null or k.coba_lagi_pada <= clock_timestamp())
          and k.kiriman_id % 2147483648 not in ({held})
        order by k.percobaan, k.urutan, k.kiriman_id
    )
    select k.kiriman_id, k.domain, k.kunci, k.operasi, k.periode, k.run_id, k.urutan, k.percobaan > 0, k.badan
    from calon c
    cross join lateral (
        select * from delivery.kiriman k
        where k.kiriman_id = c.kiriman_id and k.keadaan in {states}
          and (k.coba_lagi_pada is null or k.coba_lagi_pada <= clock_timestamp())
        for update skip locked
    ) k
    -- Scanned in order, and no further than needed: the offset keeps this from becoming a join of all.
    where not exists (select 1 from delivery.menunggu m where m.kiriman_id = c.kiriman_id offset 0)
    limit 1
"""
FRESH, ANY = "('siap')", "('siap', 'dikirim')"
IDLE_S = 0.2
LONGEST_NAP_S = 5


@dataclass(frozen=True)
class Claimed:
    """A batch that this session holds.

    ``order``: its place among all batches, which its halves inherit. ``unsettled``: it was sent before, with an
    unknown outcome.
    """

    kiriman_id: int
    operation: str
    period: Any
    run_id: str
    order: int
    unsettled: bool
    batch: Batch


def claim(connection: psycopg.Connection, ring: KeyRing, states: LiteralString = ANY) -> Claimed | None:
    """Claim the next batch that may go now, or None; FRESH: of those that were never sent.

    The batch is marked ``dikirim`` when it is attempted.
    """
    while True:
        with committed(connection):
            row = connection.execute(NEXT.format(states=states, held=HELD)).fetchone()
            if row is None:
                return None
            if not _hold(connection, row[0]):
                continue  # taken in the same moment: now HELD shows it, and another comes first
            failpoint("klaim.terkunci")
            claimed = claimed_from(connection, ring, row)
            failpoint("klaim.sebelum_komit")
        failpoint("klaim.sesudah_komit")
        return claimed


def claimed_from(connection: psycopg.Connection, ring: KeyRing, row: tuple[Any, ...]) -> Claimed:
    """The batch of ``row`` (the columns of NEXT), its body opened."""
    kiriman_id, domain, key, operation, period, run_id, order, unsettled, sealed = row
    names = connection.execute(
        "select id_daerah, versi from delivery.kotak_keluar where kiriman_id = %s order by posisi",
        [kiriman_id],
    ).fetchall()
    body = unseal(ring, bytes(sealed), body_context(key))
    batch = Batch(domain, key, body, tuple(names))
    return Claimed(kiriman_id, operation, period, run_id, order, unsettled, batch)


def _hold(connection: psycopg.Connection, kiriman_id: int) -> bool:
    row = connection.execute("select pg_try_advisory_lock(332508, %s)", [kiriman_id % 2**31]).fetchone()
    return bool(row and row[0])


def release(connection: psycopg.Connection, kiriman_id: int) -> None:
    """Let go of a batch that was claimed."""
    failpoint("lepas.sebelum")
    connection.execute("select pg_advisory_unlock(332508, %s)", [kiriman_id % 2**31])
    connection.commit()
    failpoint("lepas.sesudah")


def wait_for_others(connection: psycopg.Connection, client: SiapkerjaClient) -> bool:
    """Whether something is still open that may become ours; waits a moment if so.

    Raises SiapkerjaUnavailable if all that is open must wait beyond this run's deadline.
    """
    row = connection.execute(
        f"""
        select count(*), count(*) filter (where k.kiriman_id % 2147483648 in ({HELD})),
               extract(epoch from min(k.coba_lagi_pada) filter (where k.coba_lagi_pada > clock_timestamp())
                                  - clock_timestamp())
        from delivery.kiriman k where k.keadaan in ('siap', 'dikirim')
        """
    ).fetchone()
    connection.commit()
    waiting, held, postponed_s = row or (0, 0, None)
    if waiting == 0:
        return False
    # What another sender holds may be done at any moment; what is postponed has its time.
    wait_s = IDLE_S if held or postponed_s is None else max(float(postponed_s), IDLE_S)
    if wait_s > client.remaining_s():
        raise SiapkerjaUnavailable("deliveries must still wait: nothing is lost, run again later", wait_s)
    time.sleep(min(wait_s, LONGEST_NAP_S))
    return True
