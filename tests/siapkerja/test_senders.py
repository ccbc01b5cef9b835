"""Several senders in one run: they share the work, and a fault of one ends the run of all."""

import json
import threading
import time

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.siapkerja.claims import FRESH, claim, release
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.failpoints import arm
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import OwnFault, SiapkerjaUnavailable
from batang_assets.siapkerja.senders import send_with_several
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt

QUICK = Limits(deadline_s=20, timeout_s=10, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)


@pytest.fixture
def twelve(connection: psycopg.Connection, ring: KeyRing, house: Settings) -> Settings:
    """Twelve employers in six batches."""
    world = Dunia(connection, ring)
    world.reset()
    for number in range(1, 13):
        world.employer(number)
    world.open_gates()
    settings = house.model_copy(update={"siapkerja_batch_records": 2})
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    return settings


def test_deliveries_are_on_their_way_at_once_and_each_record_goes_once(
    twelve: Settings, ring: KeyRing
) -> None:
    together = threading.Barrier(2, timeout=10)
    names: list[str] = []

    def script(request: Request, count: int) -> Reply:
        if count <= 2:
            together.wait()  # broken unless two are here at the same time
        names.extend(record["id_daerah"] for record in json.loads(request.body)["catatan"])
        return receipt(request)

    with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
        sent = send_with_several(twelve, ring, client)
    assert sorted(names) == sorted(f"batang:pemberi-kerja:{number}" for number in range(1, 13))
    assert (sent.batches, sent.attempts) == (6, 6)
    assert sent.records == {"pemberi-kerja": {"diterima": 12}}


def test_a_sender_that_claims_while_another_does_finds_the_next_batch(
    twelve: Settings, ring: KeyRing, connection: psycopg.Connection
) -> None:
    found: list[int] = []

    def other(place: str) -> None:
        """In the middle of the first claim, its transaction open, somebody else claims."""
        if place == "klaim.terkunci":
            arm(None)
            with connect(twelve) as second:
                claimed = claim(second, ring, FRESH)
                assert claimed is not None
                found.append(claimed.kiriman_id)

    arm(other)
    try:
        first = claim(connection, ring, FRESH)
    finally:
        arm(None)
    assert first is not None
    assert found == [first.kiriman_id + 1]
    release(connection, first.kiriman_id)


def test_a_fault_of_one_ends_the_run_of_all_and_is_what_is_told(
    twelve: Settings, ring: KeyRing, connection: psycopg.Connection
) -> None:
    def script(request: Request, count: int) -> Reply:
        if count == 1:
            return problem(422, "KUNCI_DIPAKAI_ULANG")
        time.sleep(0.3)
        return receipt(request)

    with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
        with pytest.raises(OwnFault, match="KUNCI_DIPAKAI_ULANG"):
            send_with_several(twelve, ring, client)
        assert len(gateway.requests) <= 3
        with pytest.raises(SiapkerjaUnavailable, match="time is used up"):
            client.sign_on()
    left = connection.execute("select count(*) from delivery.kiriman where keadaan in ('siap', 'dikirim')")
    assert left.fetchone() in ((4,), (5,))
