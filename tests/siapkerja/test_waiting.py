"""Who waits for whom: a reference first, an older version first, a withdrawal last; and nobody else."""

import json
from collections.abc import Callable

import psycopg
import pytest

from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import SiapkerjaUnavailable
from batang_assets.siapkerja.receipts import describe, history, standing
from batang_assets.siapkerja.resend import request_resend
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.status import delivery_status
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt

QUICK = Limits(deadline_s=20, timeout_s=2, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)
Script = Callable[[Request, int], Reply]
EMPLOYER, VACANCY = "batang:pemberi-kerja:{}", "batang:lowongan:{}"


class Centre:
    """Answers by rules on id_daerah and keeps, in order, what it accepted as (id_daerah, versi, operasi)."""

    def __init__(self) -> None:
        self.poison: set[str] = set()
        self.refused: set[str] = set()
        self.accepted: list[tuple[str, int, str]] = []
        self.seen: list[str] = []

    def __call__(self, request: Request, _: int) -> Reply:
        records = json.loads(request.body)["catatan"]
        self.seen += [record["id_daerah"] for record in records]
        if self.poison & {record["id_daerah"] for record in records}:
            return problem(500, "GALAT")
        answer = receipt(request)
        for record, result in zip(records, answer.payload["hasil"], strict=True):
            if record["id_daerah"] in self.refused:
                galat = [{"bidang": "nib", "kode": "FORMAT", "pesan": "x"}]
                result |= {"status": "ditolak", "galat": galat}
            else:
                self.accepted.append((record["id_daerah"], record["versi"], record["operasi"]))
        return answer

    def names(self) -> list[str]:
        return [name for name, _, _ in self.accepted]


class Run:
    """Enqueue and send, in batches of a given size."""

    def __init__(self, connection: psycopg.Connection, ring: KeyRing, house: Settings) -> None:
        self.connection, self.ring, self.house = connection, ring, house

    def enqueue(self, batch: int) -> None:
        settings = self.house.model_copy(update={"siapkerja_batch_records": batch})
        enqueue(self.connection, self.ring, settings, OKTOBER, "run-uji")

    def send(self, script: Script) -> Sent:
        with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
            return send_pending(self.connection, self.ring, client)

    def rows(self, query: str) -> list[tuple]:
        found = self.connection.execute(query.encode()).fetchall()
        self.connection.commit()
        return found


@pytest.fixture
def run(connection: psycopg.Connection, ring: KeyRing, house: Settings) -> Run:
    return Run(connection, ring, house)


@pytest.fixture
def three(connection: psycopg.Connection, ring: KeyRing) -> Dunia:
    """Three employers with a vacancy each, and a seeker."""
    world = Dunia(connection, ring)
    world.reset()
    for number in (1, 2, 3):
        world.employer(number)
        world.vacancy(number, employer=number)
    world.seeker(1)
    world.open_gates()
    return world


def test_a_record_whose_reference_is_refused_never_leaves_and_says_why(run: Run, three: Dunia) -> None:
    centre = Centre()
    centre.refused = {EMPLOYER.format(1)}
    run.enqueue(batch=10)
    sent = run.send(centre)
    assert sent.records["lowongan"] == {"diterima": 2}
    assert VACANCY.format(1) not in centre.seen
    assert run.rows("select id_daerah, rujukan, alasan from delivery.tertahan") == [
        (VACANCY.format(1), [EMPLOYER.format(1)], "RUJUKAN_DITOLAK")
    ]
    assert delivery_status(run.connection)["lowongan"]["pending"] == 1
    assert (
        "RUJUKAN_DITOLAK"
        in describe(standing(run.connection, VACANCY.format(1)), history(run.connection, VACANCY.format(1)))[
            0
        ]
    )
    run.connection.commit()
    run.enqueue(batch=10)
    assert run.send(centre).attempts == 0
    three.change("pemberi-kerja", 1, nib="1234567890124")
    centre.refused = set()
    run.enqueue(batch=10)
    assert run.send(centre).records == {"pemberi-kerja": {"diterima": 1}, "lowongan": {"diterima": 1}}
    assert centre.accepted[-1] == (VACANCY.format(1), 2, "simpan")
    assert run.rows("select count(*) from delivery.tertahan") == [(0,)]
    assert ledger.verify(run.connection, run.ring.public_key_pem()).ok


def test_a_stuck_delivery_holds_up_only_what_refers_to_it(run: Run, three: Dunia) -> None:
    centre = Centre()
    centre.poison = {EMPLOYER.format(1)}
    run.enqueue(batch=1)
    for _ in range(2):
        with pytest.raises(SiapkerjaUnavailable):
            run.send(centre)
    assert sorted(centre.names()) == sorted(
        ["batang:pencari-kerja:1", *(kind.format(n) for kind in (EMPLOYER, VACANCY) for n in (2, 3))]
    )
    assert run.rows("select id_daerah, alasan, ditunggu from delivery.menunggu") == [
        (VACANCY.format(1), "RUJUKAN_BELUM_DIAKUI", EMPLOYER.format(1))
    ]
    assert "RUJUKAN_BELUM_DIAKUI" in describe(standing(run.connection, VACANCY.format(1)), [])[0]
    run.connection.commit()
    centre.poison = set()
    run.send(centre)
    assert centre.names()[-2:] == [EMPLOYER.format(1), VACANCY.format(1)]


def test_records_that_wait_do_not_hold_up_the_others_of_their_batch(run: Run, three: Dunia) -> None:
    centre = Centre()
    centre.poison = {EMPLOYER.format(2)}
    three.remove("lowongan", 1)
    three.remove("lowongan", 2)
    three.remove("lowongan", 3)
    run.enqueue(batch=1)  # each employer in a delivery of its own
    for number in (1, 2, 3):
        three.vacancy(number, employer=number)
    three.open_gates()
    run.enqueue(batch=10)  # the vacancies in one
    for _ in range(2):
        with pytest.raises(SiapkerjaUnavailable):
            run.send(centre)
    assert {VACANCY.format(1), VACANCY.format(3)} <= set(centre.names())
    assert VACANCY.format(2) not in centre.seen
    centre.poison = set()
    run.send(centre)
    assert centre.names()[-2:] == [EMPLOYER.format(2), VACANCY.format(2)]
    assert len(centre.names()) == len(set(centre.names())) == 7
    result = ledger.verify(run.connection, run.ring.public_key_pem())
    assert result.ok


def test_an_older_version_that_is_stuck_holds_up_its_own_record_only(run: Run, three: Dunia) -> None:
    centre = Centre()
    run.enqueue(batch=10)
    run.send(centre)
    centre.poison = {EMPLOYER.format(2)}
    three.change("pemberi-kerja", 2, nama="PT Dua")
    run.enqueue(batch=10)
    with pytest.raises(SiapkerjaUnavailable):
        run.send(centre)
    for number in (1, 2, 3):
        three.change("pemberi-kerja", number, nama="PT Baru")
    run.enqueue(batch=10)
    with pytest.raises(SiapkerjaUnavailable):
        run.send(centre)
    assert {(EMPLOYER.format(n), 2, "simpan") for n in (1, 3)} <= set(centre.accepted)
    centre.poison = set()
    run.send(centre)
    assert centre.accepted[-2:] == [(EMPLOYER.format(2), 2, "simpan"), (EMPLOYER.format(2), 3, "simpan")]


def test_what_the_centre_holds_already_is_no_reason_to_wait(run: Run, three: Dunia) -> None:
    centre = Centre()
    run.enqueue(batch=10)
    run.send(centre)
    centre.poison = {EMPLOYER.format(1)}
    three.change("pemberi-kerja", 1, nama="PT Satu")
    three.change("lowongan", 1, judul="Penjahit")
    run.enqueue(batch=10)
    with pytest.raises(SiapkerjaUnavailable):
        run.send(centre)
    with pytest.raises(SiapkerjaUnavailable):
        run.send(centre)
    assert (VACANCY.format(1), 2, "simpan") in centre.accepted


def test_a_withdrawal_waits_for_what_still_refers_to_it_and_no_other_does(run: Run, three: Dunia) -> None:
    """Employers 1 and 2 go; vacancy 1 moves to employer 3 (a merge), vacancy 2 goes as well and is stuck."""
    centre = Centre()
    run.enqueue(batch=10)
    run.send(centre)
    centre.poison = {VACANCY.format(2)}
    three.change("lowongan", 1, id_daerah_pemberi_kerja=EMPLOYER.format(3))
    for domain, number in (("pemberi-kerja", 1), ("pemberi-kerja", 2), ("lowongan", 2)):
        three.remove(domain, number)
    three.remove("pencari-kerja", 1)
    run.enqueue(batch=10)
    for _ in range(2):
        with pytest.raises(SiapkerjaUnavailable):
            run.send(centre)
    later = centre.accepted[7:]
    assert later.index((VACANCY.format(1), 2, "simpan")) < later.index((EMPLOYER.format(1), 2, "tarik"))
    assert ("batang:pencari-kerja:1", 2, "tarik") in later
    assert EMPLOYER.format(2) not in [name for name, _, _ in later]
    assert ("MASIH_DIRUJUK",) in run.rows("select alasan from delivery.menunggu")
    centre.poison = set()
    run.send(centre)
    assert centre.accepted[-2:] == [(VACANCY.format(2), 2, "tarik"), (EMPLOYER.format(2), 2, "tarik")]


def test_a_record_that_was_never_in_the_outbox_says_what_it_waits_for(run: Run, three: Dunia) -> None:
    three.vacancy(9, employer=99)
    three.open_gates()
    run.enqueue(batch=10)
    line = describe(standing(run.connection, VACANCY.format(9)), history(run.connection, VACANCY.format(9)))[
        0
    ]
    assert "RUJUKAN_TIDAK_ADA" in line
    assert EMPLOYER.format(99) in line
    run.connection.commit()
    with pytest.raises(DataError, match="held back"):
        request_resend(run.connection, run.ring, VACANCY.format(9))
