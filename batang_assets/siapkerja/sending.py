"""Sending: claim a batch, write the attempt down, send, write the receipt down; from wherever it stopped.

A batch is claimed by its row (``FOR UPDATE SKIP LOCKED``) and held by an advisory lock of the session, which
the server drops with the connection: a sender that is killed holds nothing up. ``dikirim`` without a receipt
means an unknown outcome; it goes again with the same key and the same bytes. A batch waits for every open
batch of a lower stage, and for an older version of any of its records.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.bodies import Record, build_body
from batang_assets.siapkerja.canonical import canonical_json
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.siapkerja.outbox import body_context, store_batch
from batang_assets.siapkerja.protocol import (
    Batch,
    BatchRefused,
    BatchTooLarge,
    OwnFault,
    Receipt,
    RecordResult,
    SiapkerjaUnavailable,
)
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing, unseal

# A batch that is being sent is held by the two-key advisory lock (332508, kiriman_id) of its sender's session.
HELD = """
    select l.objid::bigint as kunci from pg_locks l
    where l.locktype = 'advisory' and l.classid = 332508 and l.objsubid = 2 and l.granted
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
"""
# The batches that may go now, in the order in which they should; {stage} says which stages are looked at.
NEXT = """
    with calon as materialized (
        select k.kiriman_id from delivery.kiriman k
        where k.keadaan in ('siap', 'dikirim')
          and (k.coba_lagi_pada is null or k.coba_lagi_pada <= clock_timestamp())
          and {stage}
          and k.kiriman_id % 2147483648 not in ({held})
        order by k.percobaan, k.kiriman_id
    ), boleh as materialized (
        -- Scanned in order, and no further than four: the offset keeps this from becoming a join of all.
        select c.kiriman_id from calon c
        where not exists (
            select 1 from delivery.kotak_keluar r join delivery.kotak_keluar o using (id_daerah)
            where r.kiriman_id = c.kiriman_id and o.versi < r.versi and o.keadaan = 'menunggu' offset 0)
        limit 4
    )
    select k.kiriman_id, k.domain, k.kunci, k.operasi, k.tahap, k.periode, k.run_id, k.badan
    from boleh join delivery.kiriman k using (kiriman_id)
    where k.keadaan in ('siap', 'dikirim')
      and (k.coba_lagi_pada is null or k.coba_lagi_pada <= clock_timestamp())
    order by k.percobaan, k.kiriman_id
    for update of k skip locked
"""
LOWEST_STAGE = (
    "k.tahap = (select min(b.tahap) from delivery.kiriman b where b.keadaan in ('siap', 'dikirim'))"
)
# A withdrawal whose record came back before it went: the newer version, of a lower stage, waits for it.
OVERDUE = """exists (
    select 1 from delivery.kotak_keluar r join delivery.kotak_keluar o using (id_daerah)
    where r.kiriman_id = k.kiriman_id and o.versi > r.versi and o.keadaan = 'menunggu')"""
MALFORMED = "BADAN_RUSAK"
IDLE_S = 0.2
LONGEST_NAP_S = 5


@dataclass
class Sent:
    """What one run of ``send_pending`` did: batches settled, attempts, and records by domain and result."""

    batches: int = 0
    attempts: int = 0
    records: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, domain: str, results: tuple[RecordResult, ...]) -> None:
        """Add the results of one batch."""
        self.records.setdefault(domain, Counter()).update(result.status for result in results)


@dataclass(frozen=True)
class Claimed:
    """A batch that this session holds."""

    kiriman_id: int
    operation: str
    stage: int
    period: Any
    run_id: str
    batch: Batch


def send_pending(connection: psycopg.Connection, ring: KeyRing, client: SiapkerjaClient) -> Sent:
    """Send until nothing is left to send; several may run at once.

    Raises DeliveryError for a fault that repetition cannot mend, SiapkerjaUnavailable when SIAPkerja does not
    answer; what was settled before stays settled, the rest is sent by the next run.
    """
    sent = Sent()
    while True:
        claimed = claim(connection, ring)
        if claimed is None:
            if not _wait_for_others(connection, client):
                return sent
            continue
        try:
            _deliver(connection, ring, client, claimed, sent)
        finally:
            if not connection.closed:
                connection.rollback()
                _release(connection, claimed.kiriman_id)


def claim(connection: psycopg.Connection, ring: KeyRing) -> Claimed | None:
    """Claim the next batch that may go now, or None. The batch is marked ``dikirim`` when it is attempted."""
    with committed(connection):
        row = _hold_first(connection, LOWEST_STAGE) or _hold_first(connection, OVERDUE)
        if row is None:
            return None
        failpoint("klaim.terkunci")
        claimed = _claimed(connection, ring, row)
        failpoint("klaim.sebelum_komit")
    failpoint("klaim.sesudah_komit")
    return claimed


def _hold_first(connection: psycopg.Connection, stage: LiteralString) -> tuple[Any, ...] | None:
    rows = connection.execute(NEXT.format(stage=stage, held=HELD)).fetchall()
    return next((row for row in rows if _hold(connection, row[0])), None)


def _claimed(connection: psycopg.Connection, ring: KeyRing, row: tuple[Any, ...]) -> Claimed:
    kiriman_id, domain, key, operation, stage, period, run_id, sealed = row
    names = connection.execute(
        "select id_daerah, versi from delivery.kotak_keluar where kiriman_id = %s order by posisi",
        [kiriman_id],
    ).fetchall()
    body = unseal(ring, bytes(sealed), body_context(key))
    return Claimed(kiriman_id, operation, stage, period, run_id, Batch(domain, key, body, tuple(names)))


def _hold(connection: psycopg.Connection, kiriman_id: int) -> bool:
    row = connection.execute("select pg_try_advisory_lock(332508, %s)", [kiriman_id % 2**31]).fetchone()
    return bool(row and row[0])


def _release(connection: psycopg.Connection, kiriman_id: int) -> None:
    failpoint("lepas.sebelum")
    connection.execute("select pg_advisory_unlock(332508, %s)", [kiriman_id % 2**31])
    connection.commit()
    failpoint("lepas.sesudah")


def _wait_for_others(connection: psycopg.Connection, client: SiapkerjaClient) -> bool:
    """Whether something is still open that may become ours; waits a moment if so.

    Raises SiapkerjaUnavailable if all that is open must wait beyond this run's deadline.
    """
    row = connection.execute(
        f"""
        select count(*), count(*) filter (where k.kiriman_id % 2147483648 in ({HELD})),
               extract(epoch from min(k.coba_lagi_pada) filter (where k.coba_lagi_pada > clock_timestamp())
                                  - clock_timestamp())
        from delivery.kiriman k where k.keadaan in ('siap', 'dikirim')
          and k.tahap = (select min(b.tahap) from delivery.kiriman b where b.keadaan in ('siap', 'dikirim'))
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


# -- one batch ---------------------------------------------------------------------------------------


def _deliver(
    connection: psycopg.Connection, ring: KeyRing, client: SiapkerjaClient, claimed: Claimed, sent: Sent
) -> None:
    def before(request_id: str) -> None:
        sent.attempts += 1
        _record_attempt(connection, ring, claimed, request_id)

    try:
        receipt = client.send(claimed.batch, before)
    except BatchTooLarge:
        _split(connection, ring, client.region, claimed, "BADAN_TERLALU_BESAR", sent)
    except BatchRefused:
        _split(connection, ring, client.region, claimed, "KIRIMAN_TIDAK_SAH", sent)
    except OwnFault as fault:
        if fault.code != MALFORMED:
            _give_up(connection, ring, claimed, fault.code)
            raise
        # One record may spoil the others' body: it is isolated first, then it stops the run.
        _split(connection, ring, client.region, claimed, fault.code, sent)
        if len(claimed.batch.names) == 1:
            raise
    except SiapkerjaUnavailable as unavailable:
        _postpone(connection, claimed, unavailable.wait_s)
        raise
    else:
        failpoint("percobaan.dijawab")
        _record_receipt(connection, ring, claimed, receipt)
        sent.batches += 1
        sent.count(claimed.batch.domain, receipt.results)


def _record_attempt(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, request_id: str) -> None:
    """Committed before the request leaves; if this fails, nothing leaves."""
    with committed(connection):
        connection.execute(
            "update delivery.kiriman set keadaan = 'dikirim', percobaan = percobaan + 1, coba_lagi_pada = null,"
            " dikirim_pada = clock_timestamp() where kiriman_id = %s",
            [claimed.kiriman_id],
        )
        failpoint("percobaan.ditandai")
        content = _about(claimed) | {"id_permintaan": request_id, "operasi": claimed.operation}
        ledger.append(connection, ring, "percobaan", content)
        failpoint("percobaan.sebelum_komit")
    failpoint("percobaan.sesudah_komit")


def _record_receipt(
    connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, receipt: Receipt
) -> None:
    """Results, status and ledger entry in one transaction; the sealed body is destroyed with it."""
    with committed(connection):
        failpoint("tanda_terima.mulai")
        _store_results(connection, claimed, receipt.results)
        connection.execute(
            "update delivery.kiriman set keadaan = 'diakui', badan = null, id_kiriman = %s,"
            " selesai_pada = clock_timestamp() where kiriman_id = %s",
            [receipt.id_kiriman, claimed.kiriman_id],
        )
        failpoint("tanda_terima.ditutup")
        results = [
            [result.id_daerah, result.version, result.status, *(code for _, code in result.errors)]
            for result in receipt.results
        ]
        content = _about(claimed) | {"diterima_pada": receipt.received_at, "hasil": results}
        ledger.append(connection, ring, "tanda_terima", content)
        failpoint("tanda_terima.sebelum_komit")
    failpoint("tanda_terima.sesudah_komit")


def _store_results(
    connection: psycopg.Connection, claimed: Claimed, results: tuple[RecordResult, ...]
) -> None:
    parameters = {
        "kiriman": claimed.kiriman_id,
        "id": [result.id_daerah for result in results],
        "versi": [result.version for result in results],
        "keadaan": [result.status for result in results],
        "pusat": [result.id_siapkerja for result in results],
        "galat": [json.dumps(result.errors_as_json()) if result.errors else None for result in results],
    }
    connection.execute(
        """
        update delivery.kotak_keluar k set keadaan = b.keadaan, galat = b.galat::jsonb
        from unnest(%(id)s::text[], %(versi)s::bigint[], %(keadaan)s::text[], %(galat)s::text[])
             as b(id, versi, keadaan, galat)
        where k.id_daerah = b.id and k.versi = b.versi and k.kiriman_id = %(kiriman)s
        """,
        parameters,
    )
    failpoint("tanda_terima.hasil_kotak")
    connection.execute(
        """
        update delivery.catatan_status c
        set keadaan = case when c.versi > b.versi then c.keadaan
                           when b.keadaan <> 'ditolak' and c.operasi = 'tarik' then 'ditarik'
                           else b.keadaan end,
            di_pusat = case when b.keadaan = 'ditolak' then c.di_pusat else %(operasi)s = 'simpan' end,
            galat = case when c.versi > b.versi then c.galat else b.galat::jsonb end,
            versi_diakui = case when b.keadaan = 'ditolak' then c.versi_diakui else b.versi end,
            sidik_diakui = case when b.keadaan = 'ditolak' then c.sidik_diakui else k.sidik_data end,
            id_siapkerja = coalesce(b.pusat, c.id_siapkerja),
            diakui_pada = case when b.keadaan = 'ditolak' then c.diakui_pada else clock_timestamp() end,
            diubah_pada = clock_timestamp()
        from unnest(%(id)s::text[], %(versi)s::bigint[], %(keadaan)s::text[], %(galat)s::text[],
                    %(pusat)s::text[]) as b(id, versi, keadaan, galat, pusat)
             join delivery.kotak_keluar k on k.id_daerah = b.id and k.versi = b.versi
        where c.id_daerah = b.id
        """,
        parameters | {"operasi": claimed.operation},
    )
    failpoint("tanda_terima.hasil_status")


def _about(claimed: Claimed) -> dict[str, Any]:
    batch = claimed.batch
    return {"domain": batch.domain, "kunci": batch.key, "sidik_isi": batch.digest, "jumlah": len(batch.names)}


# -- when a batch does not go as it is ---------------------------------------------------------------


def _split(
    connection: psycopg.Connection, ring: KeyRing, region: str, claimed: Claimed, reason: str, sent: Sent
) -> None:
    """Two halves with keys of their own; a single record that is refused is the one, and is rejected."""
    if len(claimed.batch.names) == 1:
        _reject_single(connection, ring, claimed, reason, sent)
        return
    items = json.loads(claimed.batch.body)["catatan"]
    records = [Record(item["id_daerah"], item["versi"], canonical_json(item)) for item in items]
    middle = (len(records) + 1) // 2
    with committed(connection):
        failpoint("pecah.mulai")
        for half in (records[:middle], records[middle:]):
            store_batch(
                connection,
                ring,
                build_body(region, half),
                half,
                domain=claimed.batch.domain,
                operation=claimed.operation,
                period=claimed.period,
                run_id=claimed.run_id,
                stage=claimed.stage,
                parent=claimed.kiriman_id,
            )
            failpoint("pecah.satu_belahan")
        _close(connection, claimed, "dipecah")
        failpoint("pecah.ditutup")
        ledger.append(connection, ring, "dipecah", _about(claimed) | {"alasan": reason})
        failpoint("pecah.sebelum_komit")
    failpoint("pecah.sesudah_komit")


def _reject_single(
    connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, reason: str, sent: Sent
) -> None:
    name, version = claimed.batch.names[0]
    result = RecordResult(name, version, "ditolak", None, (("lainnya", reason),))
    with committed(connection):
        _store_results(connection, claimed, (result,))
        _close(connection, claimed, "diakui")
        failpoint("tolak.hasil")
        content = _about(claimed) | {"hasil": [[name, version, "ditolak", reason]]}
        ledger.append(connection, ring, "penolakan", content)
        failpoint("tolak.sebelum_komit")
    failpoint("tolak.sesudah_komit")
    sent.batches += 1
    sent.count(claimed.batch.domain, (result,))


def _give_up(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, code: str) -> None:
    """A fault of ours: this key and body never go again; the next outbox sends the records as new versions."""
    with committed(connection):
        connection.execute(
            # Also a withdrawal: what is then gone from the mart is withdrawn again.
            "update delivery.catatan_status c set sidik_sumber = null, operasi = 'simpan'"
            " from delivery.kotak_keluar k"
            " where k.kiriman_id = %s and c.id_daerah = k.id_daerah and c.versi = k.versi",
            [claimed.kiriman_id],
        )
        connection.execute(
            "update delivery.kotak_keluar set keadaan = 'gagal' where kiriman_id = %s", [claimed.kiriman_id]
        )
        _close(connection, claimed, "gagal")
        failpoint("gagal.ditandai")
        ledger.append(connection, ring, "gagal", _about(claimed) | {"alasan": code})
        failpoint("gagal.sebelum_komit")
    failpoint("gagal.sesudah_komit")


def _close(connection: psycopg.Connection, claimed: Claimed, state: str) -> None:
    connection.execute(
        "update delivery.kiriman set keadaan = %s, badan = null, selesai_pada = clock_timestamp()"
        " where kiriman_id = %s",
        [state, claimed.kiriman_id],
    )


def _postpone(connection: psycopg.Connection, claimed: Claimed, wait_s: float) -> None:
    """SIAPkerja asked to wait at least so long: no sender tries before."""
    with committed(connection):
        connection.execute(
            "update delivery.kiriman set coba_lagi_pada = clock_timestamp() + make_interval(secs => %s)"
            " where kiriman_id = %s",
            [wait_s, claimed.kiriman_id],
        )
        failpoint("tunda.sebelum_komit")
    failpoint("tunda.sesudah_komit")
