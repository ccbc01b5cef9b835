"""Rejected records: kept apart with their code, sent again when it makes sense, never in the way of others."""

import json
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest

from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import AnswerMismatch, OwnFault
from batang_assets.siapkerja.readback import read_back
from batang_assets.siapkerja.rejections import explain, explanations, rejected_counts
from batang_assets.siapkerja.resend import request_resend
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import COUNTS, OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt
from tests.siapkerja.siapkerja_pusat import Pusat

QUICK = Limits(deadline_s=20, timeout_s=2, attempts=3, first_wait_s=0.01, longest_wait_s=0.02)
CONTRACT_CODES = {
    "WAJIB", "FORMAT", "TIDAK_DIKENAL", "TIDAK_KONSISTEN", "NIK_TIDAK_DITEMUKAN", "RUJUKAN_HILANG", "VERSI_USANG",
}  # fmt: skip
Start = Callable[..., Pusat]
Make = Callable[..., Settings]
Deliver = Callable[..., Sent]


def deliver(connection: psycopg.Connection, ring: KeyRing, settings: Settings) -> Sent:
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings) as client:
        return send_pending(connection, ring, client)


@pytest.fixture
def scripted(connection: psycopg.Connection, ring: KeyRing, house: Settings) -> Deliver:
    """Enqueue and send to a gateway that answers by a script."""

    def run(script: Callable[[Request, int], Reply], batch: int = 10) -> Sent:
        settings = house.model_copy(update={"siapkerja_batch_records": batch})
        enqueue(connection, ring, settings, OKTOBER, "run-uji")
        with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
            return send_pending(connection, ring, client)

    return run


@pytest.fixture
def employers(connection: psycopg.Connection, ring: KeyRing) -> Dunia:
    """Forty employers, nothing else."""
    world = Dunia(connection, ring)
    world.reset()
    for number in range(1, 41):
        world.employer(number)
    world.open_gates()
    return world


def records(request: Request) -> list[dict]:
    return json.loads(request.body)["catatan"]


def refusing(code: str, *ids: str) -> Callable[[Request, int], Reply]:
    """Accepts everything but these records."""

    def script(request: Request, _: int) -> Reply:
        answer = receipt(request)
        for result in answer.payload["hasil"]:
            if result["id_daerah"] in ids:
                galat = [{"bidang": "nib", "kode": code, "pesan": "PT Uji 3 tidak sah"}]
                result |= {"status": "ditolak", "galat": galat}
        return answer

    return script


def accepting(request: Request, _: int) -> Reply:
    return receipt(request)


def test_every_code_of_the_contract_and_of_the_sender_is_explained() -> None:
    assert CONTRACT_CODES | {"KIRIMAN_TIDAK_SAH", "BADAN_TERLALU_BESAR", "BADAN_RUSAK"} <= set(explanations())
    assert explain("KODE_BARU") == explanations()["LAINNYA"]
    automatic = {code for code, item in explanations().items() if item.otomatis}
    assert automatic == {"RUJUKAN_HILANG", "VERSI_USANG"}


def test_rejected_records_lie_in_quarantine_with_code_and_explanation(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    settings = settings_for(start_pusat())
    for number in (3, 4):
        dunia.change("pencari-kerja", number, tanggal_lahir="1999-08-18")
    dunia.change("lowongan", 2, pendidikan_minimal="S9")
    deliver(connection, ring, settings)
    found = {(item.domain, item.kode, item.bidang): item.catatan for item in rejected_counts(connection)}
    assert found == {
        ("pencari-kerja", "TIDAK_KONSISTEN", "tanggal_lahir"): 2,
        ("lowongan", "TIDAK_DIKENAL", "pendidikan_minimal"): 1,
    }
    assert all(item.penjelasan and item.tindakan for item in rejected_counts(connection))
    connection.commit()
    dunia.change("pencari-kerja", 3, tanggal_lahir="1999-08-17")
    assert deliver(connection, ring, settings).records == {"pencari-kerja": {"diterima": 1}}
    assert sum(item.catatan for item in rejected_counts(connection)) == 2


def test_only_the_mended_record_goes_again_and_how_often_it_was_refused_is_kept(
    connection: psycopg.Connection, employers: Dunia, scripted: Deliver
) -> None:
    bad = "batang:pemberi-kerja:3"
    assert scripted(refusing("FORMAT", bad)).records["pemberi-kerja"] == {"diterima": 39, "ditolak": 1}
    assert scripted(refusing("FORMAT", bad)).attempts == 0
    employers.change("pemberi-kerja", 3, nib="1234567890124")
    assert scripted(refusing("FORMAT", bad)).records["pemberi-kerja"] == {"ditolak": 1}
    row = connection.execute(
        "select id_daerah, versi, kode, bidang, kali_ditolak from delivery.ditolak"
    ).fetchall()
    assert row == [(bad, 2, "FORMAT", "nib", 2)]
    dump = connection.execute("select string_agg(t::text, ' ') from delivery.ditolak t").fetchone()
    assert dump is not None
    assert "PT Uji" not in dump[0]
    connection.commit()
    employers.change("pemberi-kerja", 3, nib="1234567890125")
    scripted(accepting)
    assert connection.execute("select count(*) from delivery.ditolak").fetchone() == (0,)


def test_a_record_goes_again_by_hand_once_though_nothing_changed(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    bad = "batang:pemberi-kerja:3"
    scripted(refusing("TIDAK_DIKENAL", bad))
    assert "versi baru" in request_resend(connection, ring, bad)
    sent: list[tuple[str, int]] = []

    def script(request: Request, _: int) -> Reply:
        sent.extend((record["id_daerah"], record["versi"]) for record in records(request))
        return receipt(request)

    scripted(script)
    scripted(script)
    assert sent == [(bad, 2)]
    assert ledger.verify(connection, ring.public_key_pem()).ok


def test_a_withdrawn_record_is_withdrawn_again_by_hand(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    scripted(accepting)
    employers.remove("pemberi-kerja", 7)
    scripted(accepting)
    request_resend(connection, ring, "batang:pemberi-kerja:7")
    sent: list[tuple[str, int, str]] = []

    def script(request: Request, _: int) -> Reply:
        sent.extend((record["id_daerah"], record["versi"], record["operasi"]) for record in records(request))
        return receipt(request)

    scripted(script)
    scripted(script)
    assert sent == [("batang:pemberi-kerja:7", 3, "tarik")]


def test_what_is_unknown_or_on_its_way_cannot_be_sent_by_hand(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    with pytest.raises(DataError, match="never in the outbox"):
        request_resend(connection, ring, "batang:pemberi-kerja:999")
    enqueue(connection, ring, house, OKTOBER, "run-uji")
    with pytest.raises(DataError, match="in the outbox already"):
        request_resend(connection, ring, "batang:pemberi-kerja:7")
    kinds = connection.execute("select array_agg(jenis) from delivery.buku_besar").fetchone()
    assert kinds == (["antre"],)


def test_a_rejected_withdrawal_is_tried_again_at_every_outbox_until_it_is_taken(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    scripted(accepting)
    employers.remove("pemberi-kerja", 7)
    sent: list[tuple[int, str]] = []

    def stubborn(request: Request, _: int) -> Reply:
        sent.extend((record["versi"], record["operasi"]) for record in records(request))
        return refusing("LAIN", "batang:pemberi-kerja:7")(request, 0)

    scripted(stubborn)
    scripted(stubborn)
    row = connection.execute("select id_daerah, operasi, di_pusat from delivery.ditolak").fetchall()
    assert row == [("batang:pemberi-kerja:7", "tarik", True)]
    connection.commit()
    scripted(accepting)
    assert sent == [(2, "tarik"), (3, "tarik")]
    state = connection.execute(
        "select versi, keadaan, di_pusat from delivery.catatan_status where id_daerah = 'batang:pemberi-kerja:7'"
    ).fetchone()
    assert state == (4, "ditarik", False)
    connection.commit()
    assert scripted(accepting).attempts == 0


def test_a_record_whose_withdrawal_was_rejected_and_that_returned_is_stored_again(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    scripted(accepting)
    employers.remove("pemberi-kerja", 7)
    scripted(refusing("LAIN", "batang:pemberi-kerja:7"))
    employers.employer(7)
    employers.connection.commit()
    sent: list[tuple[int, str]] = []

    def script(request: Request, _: int) -> Reply:
        sent.extend((record["versi"], record["operasi"]) for record in records(request))
        return receipt(request)

    scripted(script)
    assert sent == [(3, "simpan")]


def test_a_stale_version_is_repaired_above_the_centres(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat()
    settings = settings_for(pusat)
    deliver(connection, ring, settings)
    for _ in range(3):
        request_resend(connection, ring, "batang:pencari-kerja:5")
        deliver(connection, ring, settings)
    assert pusat.versions("pencari-kerja")["batang:pencari-kerja:5"] == (4, False)
    # Our books are lost, as after a backup of yesterday: everything starts at version 1 again.
    connection.execute("truncate delivery.kotak_keluar, delivery.kiriman, delivery.catatan_status")
    connection.commit()
    dunia.change("pencari-kerja", 6, pendidikan="S1")
    sent = deliver(connection, ring, settings)
    assert sent.records["pencari-kerja"] == {"tidak_berubah": COUNTS["pencari-kerja"] - 2, "ditolak": 2}
    assert deliver(connection, ring, settings).attempts == 0
    with SiapkerjaClient.from_settings(settings) as client:
        read_back(connection, ring, client, "pencari-kerja", OKTOBER, "run-uji")
    again = deliver(connection, ring, settings)
    assert again.records == {"pencari-kerja": {"diterima": 2}}
    held = pusat.versions("pencari-kerja")
    assert held["batang:pencari-kerja:5"] == (5, False)
    assert held["batang:pencari-kerja:6"] == (2, False)
    assert pusat.holds("pencari-kerja")["batang:pencari-kerja:6"]["data"]["pendidikan"] == "S1"
    assert deliver(connection, ring, settings).attempts == 0


@pytest.mark.parametrize("answer", [problem(422, "KIRIMAN_TIDAK_SAH"), problem(413, "TERLALU_BESAR")])
def test_a_poison_record_holds_up_no_other(
    connection: psycopg.Connection, employers: Dunia, scripted: Deliver, answer: Reply
) -> None:
    poison = "batang:pemberi-kerja:17"
    arrived: Counter[str] = Counter()

    def script(request: Request, _: int) -> Reply:
        if poison in [record["id_daerah"] for record in records(request)]:
            return answer
        arrived.update(record["id_daerah"] for record in records(request))
        return receipt(request)

    assert scripted(script).records["pemberi-kerja"] == {"diterima": 39, "ditolak": 1}
    assert set(arrived.values()) == {1}
    assert scripted(script).attempts == 0


def test_a_record_that_spoils_every_body_is_isolated_and_only_then_stops_the_run(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    poison = "batang:pemberi-kerja:17"
    asked = 0

    def script(request: Request, _: int) -> Reply:
        nonlocal asked
        asked += 1
        if poison in [record["id_daerah"] for record in records(request)]:
            return problem(400, "BADAN_RUSAK")
        return receipt(request)

    with pytest.raises(OwnFault, match="BADAN_RUSAK"):
        scripted(script, batch=40)
    assert asked <= 13
    assert scripted(script).records.get("pemberi-kerja", Counter())["ditolak"] == 0
    states = connection.execute("select keadaan, count(*) from delivery.catatan_status group by 1").fetchall()
    assert dict(states) == {"diterima": 39, "ditolak": 1}
    assert connection.execute("select kode from delivery.ditolak").fetchall() == [("BADAN_RUSAK",)]
    assert ledger.verify(connection, ring.public_key_pem()).ok


def test_a_batch_that_never_gets_a_fitting_receipt_does_not_go_before_the_others(
    connection: psycopg.Connection, employers: Dunia, scripted: Deliver
) -> None:
    arrived: set[str] = set()

    def script(request: Request, _: int) -> Reply:
        names = {record["id_daerah"] for record in records(request)}
        if "batang:pemberi-kerja:1" in names:
            return Reply(200, receipt(request).payload | {"hasil": []})
        arrived.update(names)
        return receipt(request)

    for _ in range(2):
        with pytest.raises(AnswerMismatch):
            scripted(script)
    assert len(arrived) == 30


def test_when_the_receipt_cannot_be_written_the_same_bytes_go_again(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    received: list[tuple[str, bytes]] = []

    def script(request: Request, _: int) -> Reply:
        received.append((request.headers["idempotency-key"], request.body))
        return receipt(request)

    # The ledger takes the outbox entry and the first attempt, not the receipt.
    connection.execute("alter table delivery.buku_besar add constraint penuh check (nomor < 3) not valid")
    connection.commit()
    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            scripted(script)
        states = connection.execute("select keadaan, count(*) from delivery.kiriman group by 1").fetchall()
        assert dict(states) == {"siap": 3, "dikirim": 1}
        assert connection.execute(
            "select count(*) from delivery.catatan_status where di_pusat"
        ).fetchone() == (0,)
    finally:
        connection.rollback()
        connection.execute("alter table delivery.buku_besar drop constraint penuh")
        connection.commit()
    assert scripted(script).records["pemberi-kerja"] == {"diterima": 40}
    repeated = [pair for pair in received if pair[0] == received[0][0]]
    assert len(repeated) == 2
    assert len(set(repeated)) == 1


def test_a_resend_is_refused_when_the_ledger_cannot_write(
    connection: psycopg.Connection, ring: KeyRing, employers: Dunia, scripted: Deliver
) -> None:
    scripted(accepting)
    connection.execute("alter table delivery.buku_besar add constraint penuh check (nomor < 4) not valid")
    connection.commit()
    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            request_resend(connection, ring, "batang:pemberi-kerja:3")
    finally:
        connection.rollback()
        connection.execute("alter table delivery.buku_besar drop constraint penuh")
        connection.commit()
    assert connection.execute("select count(*) from delivery.catatan_status where ulangi").fetchone() == (0,)
