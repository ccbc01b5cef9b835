"""Enqueue, send, lose, crash, reject, correct, withdraw, merge, in any order: the server's state is the model's.

The model is small on purpose: what the server must hold is decided when a record is enqueued, never by how often or
in which pieces it is sent.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from psycopg import sql

from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import Batch, Receipt, SiapkerjaUnavailable
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import BeforeSending, Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.faultproxy import Fault, FaultProxy
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat

QUICK = Limits(deadline_s=5, timeout_s=5, attempts=2, first_wait_s=0.001, longest_wait_s=0.002)
KNOWN, UNKNOWN = "3325111013", "0011111111"  # regions; the server rejects the second
LINE = "POST /integrasi/"
TROUBLES = {
    "answers lost": (Fault("down", ending="reset", line=LINE), float("inf")),
    "never arrives": (Fault("up", ending="reset", after_bytes=100, line=LINE), float("inf")),
    "one answer lost": (Fault("down", ending="reset", line=LINE), 1),
    "one cut": (Fault("down", ending="close", after_bytes=200, line=LINE), 1),
}
texts, employer_ids, person_ids = itertools.count(1), itertools.count(1), itertools.count(1)
any_record = st.integers(0, 2**16)


class Employer(NamedTuple):
    text: str
    region: str


class Vacancy(NamedTuple):
    text: str
    employer: str


class Seeker(NamedTuple):
    text: str


class Placement(NamedTuple):
    text: str
    employer: str
    vacancy: str


Content = Employer | Vacancy | Seeker | Placement


@dataclass
class There:
    """The real parts: database, ring, server process and the way to it."""

    house: Settings
    ring: KeyRing
    proxy: FaultProxy
    pusat: Pusat
    store: Path

    def held(self) -> dict[str, Content]:
        """What the server holds and has not withdrawn."""
        found: dict[str, Content] = {}
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as database:
            for name, text in database.execute("select id_daerah, data from catatan where not ditarik"):
                data = json.loads(text)
                match name.split(":")[1]:
                    case "pemberi-kerja":
                        found[name] = Employer(data["alamat"], data["kode_wilayah"])
                    case "lowongan":
                        found[name] = Vacancy(data["judul"], data["id_daerah_pemberi_kerja"])
                    case "pencari-kerja":
                        found[name] = Seeker(data["jurusan"])
                    case _:
                        references = data["id_daerah_pemberi_kerja"], data["id_daerah_lowongan"]
                        found[name] = Placement(data["nama_pemberi_kerja"], *references)
        return found


class Crash(BaseException):
    """This process is gone: nothing is tidied up."""


class Crashing(SiapkerjaClient):
    """Dies at the ``nth`` delivery: before it leaves, or with the receipt in hand."""

    connection: psycopg.Connection
    nth: int
    received: bool

    def send(self, batch: Batch, before: BeforeSending | None = None) -> Receipt:
        self.nth -= 1

        def then_die(request_id: str) -> None:
            assert before is not None
            before(request_id)
            if self.nth == 0 and not self.received:
                self.die()

        receipt = super().send(batch, then_die)
        if self.nth == 0:
            self.die()
        return receipt

    def die(self) -> None:
        self.connection.close()
        raise Crash


class Machine(RuleBasedStateMachine):
    """Employers, vacancies, seekers and placements in the marts, the outbox, and a server behind a bad line."""

    there: There

    def __init__(self) -> None:
        super().__init__()
        self.connection = connect(self.there.house)
        world = Dunia(self.connection, self.there.ring)
        world.reset()
        world.open_gates()
        self.known = set(self.there.held())  # of earlier examples
        self.mart: dict[str, Content] = {}
        self.enqueued: dict[str, Content] = {}
        self.held: dict[str, Content] = {}
        self.gone: list[str] = []

    # -- the marts -----------------------------------------------------------------------------------

    def employers(self) -> list[str]:
        return sorted(name for name, content in self.mart.items() if isinstance(content, Employer))

    def vacancies(self, employer: str = "") -> list[str]:
        found = [(name, content) for name, content in self.mart.items() if isinstance(content, Vacancy)]
        return sorted(name for name, content in found if not employer or content.employer == employer)

    def placements(self, reference: str = "") -> list[str]:
        found = [(name, content) for name, content in self.mart.items() if isinstance(content, Placement)]
        return sorted(name for name, content in found if not reference or reference in content[1:])

    def put(self, name: str, content: Content) -> None:
        self.remove(name)
        self.mart[name] = content
        number = int(name.rpartition(":")[2])
        world = Dunia(self.connection, self.there.ring)
        if isinstance(content, Employer):
            world.employer(number, alamat=content.text, kode_wilayah=content.region)
        elif isinstance(content, Vacancy):
            employer = int(content.employer.rpartition(":")[2])
            world.vacancy(number, employer=employer, judul=content.text)
        elif isinstance(content, Seeker):
            world.seeker(number, jurusan=content.text)
        else:
            references = {"id_daerah_pemberi_kerja": content.employer, "id_daerah_lowongan": content.vacancy}
            world.placement(number, nama_pemberi_kerja=content.text, **references)
        self.connection.commit()
        if isinstance(content, Seeker | Placement):
            world.open_gates()  # a person came through the door: other data than were judged

    def remove(self, name: str) -> None:
        self.mart.pop(name, None)
        table = sql.Identifier(Dunia.mart(name.split(":")[1]))
        statement = sql.SQL("delete from marts.{} where id_daerah = %s").format(table)
        self.connection.execute(statement, [name])
        self.connection.commit()

    @rule(region=st.sampled_from([KNOWN, KNOWN, UNKNOWN]))
    def new_employer(self, region: str) -> None:
        self.put(f"batang:pemberi-kerja:{next(employer_ids)}", Employer(f"Jalan {next(texts)}", region))

    @precondition(lambda self: self.employers())
    @rule(which=any_record)
    def new_vacancy(self, which: int) -> None:
        employers = self.employers()
        content = Vacancy(f"Lowongan {next(texts)}", employers[which % len(employers)])
        self.put(f"batang:lowongan:{next(employer_ids)}", content)

    @rule()
    def new_seeker(self) -> None:
        self.put(f"batang:pencari-kerja:{next(person_ids)}", Seeker(f"Jurusan {next(texts)}"))

    @precondition(lambda self: self.vacancies())
    @rule(which=any_record)
    def new_placement(self, which: int) -> None:
        vacancy = self.vacancies()[which % len(self.vacancies())]
        opened = self.mart[vacancy]
        assert isinstance(opened, Vacancy)
        content = Placement(f"PT {next(texts)}", opened.employer, vacancy)
        self.put(f"batang:penempatan:{next(person_ids)}", content)

    @precondition(lambda self: self.mart)
    @rule(which=any_record, region=st.sampled_from([KNOWN, KNOWN, UNKNOWN]))
    def correct(self, which: int, region: str) -> None:
        """Other content; an employer may also become one that the server rejects, or be mended."""
        name = sorted(self.mart)[which % len(self.mart)]
        content = self.mart[name]
        text = f"Baru {next(texts)}"
        if isinstance(content, Employer):
            self.put(name, Employer(text, region))
        else:
            self.put(name, content._replace(text=text))

    @precondition(lambda self: self.mart)
    @rule(which=any_record)
    def withdraw(self, which: int) -> None:
        """A record leaves the marts, a person's by erasure; an employer takes its vacancies along, both their
        placements."""
        name = sorted(self.mart)[which % len(self.mart)]
        referring = self.vacancies(name) if ":pemberi-kerja:" in name else []
        for gone in (name, *referring, *self.placements(name)):
            self.remove(gone)
        self.gone.append(name)

    @precondition(lambda self: any(":pemberi-kerja:" in name for name in self.gone))
    @rule(which=any_record)
    def bring_back(self, which: int) -> None:
        """An employer that had left is there again, under its old name."""
        gone = sorted({name for name in self.gone if ":pemberi-kerja:" in name})
        name = gone[which % len(gone)]
        if name not in self.mart:
            self.put(name, Employer(f"Jalan {next(texts)}", KNOWN))

    @precondition(lambda self: len(self.employers()) > 1)
    @rule(which=any_record)
    def merge(self, which: int) -> None:
        """Two employers were one: the first takes over what refers to the second, which goes."""
        employers = self.employers()
        kept, merged = employers[which % len(employers)], employers[(which + 1) % len(employers)]
        for name in (*self.vacancies(merged), *self.placements(merged)):
            content = self.mart[name]
            assert isinstance(content, Vacancy | Placement)
            self.put(name, content._replace(employer=kept))
        self.remove(merged)
        self.gone.append(merged)

    # -- the outbox ----------------------------------------------------------------------------------

    @rule()
    def enqueue(self) -> None:
        enqueue(self.connection, self.there.ring, self.there.house, OKTOBER, "run-uji")
        seekers = [name for name in self.mart if ":pencari-kerja:" in name]
        for name in [*self.employers(), *self.vacancies(), *seekers, *self.placements()]:
            content = self.mart[name]
            if content == self.enqueued.get(name):
                continue
            if isinstance(content, Vacancy | Placement) and not set(content[1:]) <= self.held.keys():
                continue  # it waits for what it refers to
            if not isinstance(content, Employer) or content.region == KNOWN:
                self.held[name] = content
            self.enqueued[name] = content
        for name in [name for name in self.enqueued if name not in self.mart]:
            del self.enqueued[name]
            self.held.pop(name, None)

    def client(self, kind: type[SiapkerjaClient] = SiapkerjaClient) -> SiapkerjaClient:
        return kind(self.there.proxy.url, self.there.pusat.client_id, SECRET, "3325", QUICK)

    @rule()
    def send(self) -> None:
        """All is well: whatever is in the outbox arrives."""
        with self.client() as client:
            send_pending(self.connection, self.there.ring, client)
        found = {name: content for name, content in self.there.held().items() if name not in self.known}
        assert found == self.held

    @rule(trouble=st.sampled_from(sorted(TROUBLES)))
    def send_badly(self, trouble: str) -> None:
        fault, times = TROUBLES[trouble]
        with self.client() as client:
            client.sign_on()
            self.there.proxy.strike(fault, times)
            try:
                send_pending(self.connection, self.there.ring, client)
            except SiapkerjaUnavailable:
                assert times > 1
            finally:
                self.there.proxy.strike(None)

    @rule(nth=st.integers(1, 3), received=st.booleans())
    def crash(self, nth: int, received: bool) -> None:
        with self.client(Crashing) as client:
            assert isinstance(client, Crashing)
            client.connection, client.nth, client.received = self.connection, nth, received
            try:
                send_pending(self.connection, self.there.ring, client)
            except Crash:
                self.connection = connect(self.there.house)

    def teardown(self) -> None:
        """At last everything goes, once the rejected references have been mended or given up."""
        try:
            for _ in range(2):
                self.enqueue()
                self.send()
            assert ledger.verify(self.connection, self.there.ring.public_key_pem()).ok
            rows = self.connection.execute(
                "select count(*) from delivery.kiriman where keadaan in ('siap', 'dikirim') or badan is not null"
            ).fetchone()
            assert rows == (0,)
        finally:
            self.connection.close()


@pytest.fixture
def there(
    house: Settings, ring: KeyRing, start_pusat: Callable[..., Pusat], tmp_path: Path
) -> Generator[There]:
    pusat = start_pusat()
    with FaultProxy(pusat.url) as proxy:
        yield There(house, ring, proxy, pusat, tmp_path / "pusat-0" / "pusat.sqlite")


def bound(there: There) -> type[Machine]:
    return type("Bound", (Machine,), {"there": there})


def test_a_record_that_returns_before_its_withdrawal_was_sent_is_not_held_up(there: There) -> None:
    machine = bound(there)()
    try:
        machine.new_employer(KNOWN)
        machine.enqueue()
        machine.send()
        machine.withdraw(0)
        machine.enqueue()
        machine.bring_back(0)
        machine.enqueue()
        machine.send()
    finally:
        machine.teardown()


def test_people_follow_a_merge_and_leave_with_their_erasure(there: There) -> None:
    machine = bound(there)()
    try:
        for step in (machine.new_employer, machine.new_employer):
            step(KNOWN)
        for which in (0, 1):
            machine.new_vacancy(which)
            machine.new_placement(which)
        machine.new_seeker()
        machine.enqueue()
        machine.send()
        machine.merge(0)
        machine.enqueue()
        machine.send()
        for name in [
            *machine.placements()[:1],
            *(name for name in machine.mart if ":pencari-kerja:" in name),
        ]:
            machine.withdraw(sorted(machine.mart).index(name))
        machine.enqueue()
        machine.send()
        assert len(machine.placements()) == 1
    finally:
        machine.teardown()


@pytest.mark.parametrize(("examples", "steps"), [(8, 25), pytest.param(400, 60, marks=pytest.mark.nightly)])
def test_the_servers_state_is_the_models(examples: int, steps: int, there: There) -> None:
    run_state_machine_as_test(
        bound(there),
        settings=profile(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            # A failure is printed as it was found: shrinking it against real servers takes too long.
            phases=[Phase.explicit, Phase.generate],
        ),
    )
