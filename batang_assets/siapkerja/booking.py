"""What is written down of a batch: each attempt before it leaves, and what became of it; one transaction each."""

import json
from typing import Any

import psycopg

from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.bodies import Record, build_body
from batang_assets.siapkerja.canonical import canonical_json
from batang_assets.siapkerja.claims import Claimed
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.siapkerja.outbox import store_batch
from batang_assets.siapkerja.protocol import Receipt, RecordResult
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing


def record_attempt(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, request_id: str) -> None:
    """Committed before the request leaves; if this fails, nothing leaves."""
    with committed(connection):
        connection.execute(
            "update delivery.kiriman set keadaan = 'dikirim', percobaan = percobaan + 1, coba_lagi_pada = null,"
            " dikirim_pada = clock_timestamp() where kiriman_id = %s",
            [claimed.kiriman_id],
        )
        failpoint("percobaan.ditandai")
        content = about(claimed) | {"id_permintaan": request_id, "operasi": claimed.operation}
        ledger.append(connection, ring, "percobaan", content)
        failpoint("percobaan.sebelum_komit")
    failpoint("percobaan.sesudah_komit")


def record_receipt(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, receipt: Receipt) -> None:
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
        content = about(claimed) | {"diterima_pada": receipt.received_at, "hasil": results}
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


def about(claimed: Claimed) -> dict[str, Any]:
    """What every entry on a batch says of it."""
    batch = claimed.batch
    return {"domain": batch.domain, "kunci": batch.key, "sidik_isi": batch.digest, "jumlah": len(batch.names)}


def split(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, reason: str) -> None:
    """Two halves with keys of their own take the place of the batch."""
    region, records = body_records(claimed)
    middle = (len(records) + 1) // 2
    with committed(connection):
        failpoint("pecah.mulai")
        for half in (records[:middle], records[middle:]):
            store_part(connection, ring, region, claimed, half)
            failpoint("pecah.satu_belahan")
        close(connection, claimed, "dipecah")
        failpoint("pecah.ditutup")
        ledger.append(connection, ring, "dipecah", about(claimed) | {"alasan": reason})
        failpoint("pecah.sebelum_komit")
    failpoint("pecah.sesudah_komit")


def body_records(claimed: Claimed) -> tuple[str, list[Record]]:
    """The region of a batch and its records, byte for byte."""
    body = json.loads(claimed.batch.body)
    records = [Record(item["id_daerah"], item["versi"], canonical_json(item)) for item in body["catatan"]]
    return body["kode_wilayah"], records


def store_part(
    connection: psycopg.Connection, ring: KeyRing, region: str, claimed: Claimed, records: list[Record]
) -> None:
    """Store some records of a batch as one of its own, in its place; in the caller's transaction."""
    store_batch(
        connection,
        ring,
        build_body(region, records),
        records,
        domain=claimed.batch.domain,
        operation=claimed.operation,
        period=claimed.period,
        run_id=claimed.run_id,
        parent=claimed.kiriman_id,
        order=claimed.order,
    )


def reject_single(
    connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, reason: str
) -> RecordResult:
    """The one record of a batch is the one that is refused."""
    name, version = claimed.batch.names[0]
    result = RecordResult(name, version, "ditolak", None, (("lainnya", reason),))
    with committed(connection):
        _store_results(connection, claimed, (result,))
        close(connection, claimed, "diakui")
        failpoint("tolak.hasil")
        content = about(claimed) | {"hasil": [[name, version, "ditolak", reason]]}
        ledger.append(connection, ring, "penolakan", content)
        failpoint("tolak.sebelum_komit")
    failpoint("tolak.sesudah_komit")
    return result


def give_up(connection: psycopg.Connection, ring: KeyRing, claimed: Claimed, code: str) -> None:
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
        close(connection, claimed, "gagal")
        failpoint("gagal.ditandai")
        ledger.append(connection, ring, "gagal", about(claimed) | {"alasan": code})
        failpoint("gagal.sebelum_komit")
    failpoint("gagal.sesudah_komit")


def close(connection: psycopg.Connection, claimed: Claimed, state: str) -> None:
    """The batch is done with, its body destroyed; in the caller's transaction."""
    connection.execute(
        "update delivery.kiriman set keadaan = %s, badan = null, selesai_pada = clock_timestamp()"
        " where kiriman_id = %s",
        [state, claimed.kiriman_id],
    )


def postpone(connection: psycopg.Connection, claimed: Claimed, wait_s: float) -> None:
    """SIAPkerja asked to wait at least so long: no sender tries before."""
    with committed(connection):
        connection.execute(
            "update delivery.kiriman set coba_lagi_pada = clock_timestamp() + make_interval(secs => %s)"
            " where kiriman_id = %s",
            [wait_s, claimed.kiriman_id],
        )
        failpoint("tunda.sebelum_komit")
    failpoint("tunda.sesudah_komit")
