"""What the sender does with batches that do not go as they are; the counterpart is told what to answer."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import OwnFault, SiapkerjaUnavailable
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.status import delivery_status
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt

QUICK = Limits(deadline_s=20, timeout_s=2, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)


@pytest.fixture
def employers(connection: psycopg.Connection, ring: KeyRing) -> Dunia:
    """500 employers and nothing else: one full batch."""
    world = Dunia(connection, ring)
    world.reset()
    for number in range(1, 501):
        world.employer(number)
    world.open_gates()
    return world


def queue(connection: psycopg.Connection, ring: KeyRing, house: Settings) -> None:
    enqueue(connection, ring, house, OKTOBER, "run-uji")


def send(connection: psycopg.Connection, ring: KeyRing, script: Callable[[Request, int], Reply]) -> Sent:
    with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
        return send_pending(connection, ring, client)


def names(request: Request) -> list[str]:
    return [record["id_daerah"] for record in json.loads(request.body)["catatan"]]


def test_the_bad_record_of_500_is_found_in_19_requests_and_the_others_arrive(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    bad = "batang:pemberi-kerja:251"
    arrived: list[str] = []

    def script(request: Request, _: int) -> Reply:
        if bad in names(request):
            return problem(422, "KIRIMAN_TIDAK_SAH")
        arrived.extend(names(request))
        return receipt(request)

    queue(connection, ring, house)
    sent = send(connection, ring, script)
    assert sent.attempts <= 19
    assert len(arrived) == len(set(arrived)) == 499
    assert sent.records["pemberi-kerja"] == {"diterima": 499, "ditolak": 1}
    row = connection.execute("select id_daerah, galat from delivery.catatan_status where keadaan = 'ditolak'")
    assert row.fetchall() == [(bad, [{"bidang": "lainnya", "kode": "KIRIMAN_TIDAK_SAH"}])]
    assert ledger.verify(connection, ring.public_key_pem()).ok


def test_a_batch_too_large_is_split_until_it_fits(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    sizes: list[int] = []

    def script(request: Request, _: int) -> Reply:
        if len(names(request)) > 125:
            return Reply(413, raw=b"", headers={"Content-Type": "text/html"})
        sizes.append(len(names(request)))
        return receipt(request)

    queue(connection, ring, house)
    assert send(connection, ring, script).records["pemberi-kerja"] == {"diterima": 500}
    assert sizes == [125] * 4


def test_no_body_exceeds_one_mebibyte(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    connection.execute("update marts.dim_pemberi_kerja set alamat = repeat('é', 2000)")
    connection.commit()
    bodies: list[int] = []

    def script(request: Request, _: int) -> Reply:
        bodies.append(len(request.body))
        return receipt(request)

    queue(connection, ring, house)
    assert send(connection, ring, script).records["pemberi-kerja"] == {"diterima": 500}
    assert sum(bodies) > 2 * 1024 * 1024
    assert max(bodies) <= 1024 * 1024


def test_a_fault_of_ours_stops_the_run_and_the_records_go_as_new_versions(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    queue(connection, ring, house)
    with pytest.raises(OwnFault, match="KUNCI_DIPAKAI_ULANG"):
        send(connection, ring, lambda *_: problem(422, "KUNCI_DIPAKAI_ULANG"))
    assert delivery_status(connection)["pemberi-kerja"]["pending"] == 500
    connection.commit()
    versions: set[int] = set()

    def script(request: Request, _: int) -> Reply:
        versions.update(record["versi"] for record in json.loads(request.body)["catatan"])
        return receipt(request)

    queue(connection, ring, house)
    send(connection, ring, script)
    assert versions == {2}
    assert delivery_status(connection)["pemberi-kerja"]["accepted"] == 500


def test_an_older_version_goes_before_a_newer_one_with_its_first_bytes(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    received: list[Request] = []

    def lost(request: Request, _: int) -> Reply:
        received.append(request)
        return Reply(drop=True)

    def script(request: Request, _: int) -> Reply:
        received.append(request)
        return receipt(request)

    queue(connection, ring, house)
    with pytest.raises(SiapkerjaUnavailable):
        send(connection, ring, lost)
    employers.change("pemberi-kerja", 7, nama="PT Berubah")
    queue(connection, ring, house)
    send(connection, ring, script)
    *first, last = received
    assert len({(request.headers["idempotency-key"], request.body) for request in first}) == 1
    assert json.loads(last.body)["catatan"][0]["versi"] == 2
    assert names(last) == ["batang:pemberi-kerja:7"]


def test_an_outcome_left_unknown_is_asked_for_by_its_key_before_anything_is_sent_again(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    committed: dict[str, list[Any]] = {}

    def lost(request: Request, _: int) -> Reply:
        committed[request.headers["idempotency-key"]] = [receipt(request).payload]
        return Reply(drop=True)

    queue(connection, ring, house)
    with pytest.raises(SiapkerjaUnavailable):
        send(connection, ring, lost)
    with Gateway(lost) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
        gateway.known = committed
        sent = send_pending(connection, ring, client)
    assert gateway.look_ups == list(committed)
    assert gateway.requests == []
    assert (sent.attempts, sent.records) == (0, {"pemberi-kerja": {"diterima": 500}})
    assert ledger.verify(connection, ring.public_key_pem()).ok


def test_a_retry_after_is_kept_by_the_next_run_and_no_newer_version_overtakes(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    queue(connection, ring, house)
    with pytest.raises(SiapkerjaUnavailable):
        send(connection, ring, lambda *_: problem(503, "SIBUK", **{"Retry-After": "3600"}))
    employers.change("pemberi-kerja", 7, nama="PT Berubah")
    queue(connection, ring, house)
    asked: list[Request] = []

    def script(request: Request, _: int) -> Reply:
        asked.append(request)
        return receipt(request)

    with pytest.raises(SiapkerjaUnavailable):
        send(connection, ring, script)
    assert asked == []


def test_nothing_leaves_when_the_ledger_cannot_write(
    connection: psycopg.Connection, ring: KeyRing, house: Settings, employers: Dunia
) -> None:
    queue(connection, ring, house)
    connection.execute("alter table delivery.buku_besar add constraint penuh check (nomor < 2) not valid")
    connection.commit()
    asked: list[Request] = []

    def script(request: Request, _: int) -> Reply:
        asked.append(request)
        return receipt(request)

    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            send(connection, ring, script)
        assert asked == []
    finally:
        connection.rollback()
        connection.execute("alter table delivery.buku_besar drop constraint penuh")
        connection.commit()


def test_a_record_refused_for_its_reference_goes_again_with_the_reference(
    connection: psycopg.Connection, ring: KeyRing, house: Settings
) -> None:
    """The centre has lost an employer that it once acknowledged."""
    world = Dunia(connection, ring)
    world.reset()
    world.employer(1)
    world.vacancy(1, employer=1)
    world.open_gates()

    def forgetful(request: Request, _: int) -> Reply:
        lost = "lowongan" in request.target
        answer = receipt(request, "ditolak" if lost else "diterima")
        for result in answer.payload["hasil"] if lost else ():
            result["galat"] = [{"bidang": "id_daerah_pemberi_kerja", "kode": "RUJUKAN_HILANG", "pesan": "x"}]
        return answer

    queue(connection, ring, house)
    assert send(connection, ring, forgetful).records == {
        "pemberi-kerja": {"diterima": 1},
        "lowongan": {"ditolak": 1},
    }
    queue(connection, ring, house)
    assert send(connection, ring, forgetful).attempts == 0
    world.change("pemberi-kerja", 1, nib="1234567890124")
    queue(connection, ring, house)
    mended = send(connection, ring, lambda request, _: receipt(request))
    assert mended.records == {"pemberi-kerja": {"diterima": 1}, "lowongan": {"diterima": 1}}
    queue(connection, ring, house)
    assert send(connection, ring, forgetful).attempts == 0


def test_a_rejected_record_that_leaves_is_not_withdrawn_from_a_centre_that_never_had_it(
    connection: psycopg.Connection, ring: KeyRing, house: Settings
) -> None:
    world = Dunia(connection, ring)
    world.reset()
    world.employer(1)
    world.open_gates()
    queue(connection, ring, house)
    send(connection, ring, lambda request, _: receipt(request, "ditolak"))
    world.remove("pemberi-kerja", 1)
    queue(connection, ring, house)
    assert send(connection, ring, lambda request, _: receipt(request)).attempts == 0
    assert set(delivery_status(connection)["pemberi-kerja"].values()) == {0}
    connection.commit()
    # It returns under the next version number, never under one that was used.
    world.employer(1)
    world.connection.commit()
    versions: list[int] = []

    def script(request: Request, _: int) -> Reply:
        versions.extend(record["versi"] for record in json.loads(request.body)["catatan"])
        return receipt(request)

    queue(connection, ring, house)
    send(connection, ring, script)
    assert versions == [2]
