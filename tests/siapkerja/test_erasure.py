"""A person who asks for it is gone: from the vault, from what waits, from the centre, and at the door for good."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.raw.loader import LoadResult, load_records
from batang_assets.settings import JAKARTA, Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.erasure import Erased, erase
from batang_assets.siapkerja.outbox import body_context, enqueue
from batang_assets.siapkerja.protocol import SiapkerjaUnavailable
from batang_assets.siapkerja.readback import read_back
from batang_assets.siapkerja.receipts import history
from batang_assets.siapkerja.reconcile import reconcile
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing, unseal
from batang_assets.vault.subjects import answer, register, requests
from tests.siapkerja.siapkerja_dunia import COUNTS, OKTOBER, Dunia
from tests.siapkerja.siapkerja_model import CLIENT_ID, SECRET, Model

RECEIVED = datetime(2026, 10, 30, 9, 15, tzinfo=JAKARTA)
# Seeker 5 of the world, who was also placed: one NIK in two records.
NIK, NAME = "3325115708990205", "Kenari pencari-kerja 5"
SEEKER, PLACEMENT = "batang:pencari-kerja:5", "batang:penempatan:2"


class Office:
    """The world, the centre, and the office that sends and erases."""

    def __init__(self, connection: psycopg.Connection, ring: KeyRing, settings: Settings) -> None:
        self.connection, self.ring, self.settings = connection, ring, settings

    def enqueue(self) -> None:
        enqueue(self.connection, self.ring, self.settings, OKTOBER, "run-uji")

    def client(self, attempts: int = 2) -> SiapkerjaClient:
        limits = Limits(
            deadline_s=20, timeout_s=5, attempts=attempts, first_wait_s=0.001, longest_wait_s=0.002
        )
        return SiapkerjaClient(str(self.settings.siapkerja_url), CLIENT_ID, SECRET, "3325", limits)

    def send(self, attempts: int = 2) -> Sent:
        with self.client(attempts) as client:
            return send_pending(self.connection, self.ring, client)

    def ask(self, number: str = "2026/17", kind: str = "penghapusan") -> None:
        register(self.connection, number, kind, RECEIVED, self.settings.now())
        self.connection.commit()

    def erase(self, number: str = "2026/17", key: str = "pencari-kerja:5") -> Erased:
        return erase(self.connection, self.ring, self.settings, number, key, "Bu Ratna", "diminta sendiri")

    def show(self, dataset: str, **record: Any) -> LoadResult:
        """The source shows one record."""
        with self.connection.transaction():
            contract = load_contract("batang_career", dataset)
            return load_records(self.connection, self.ring, contract, OKTOBER, "run-sumber", [record])

    def query(self, statement: str, *values: Any) -> list[Any]:
        rows = self.connection.execute(statement.encode(), values).fetchall()
        self.connection.commit()
        return rows

    def sealed(self) -> set[tuple[str, str]]:
        return set(self.query("select tabel, id from vault.identitas"))

    def waiting_bodies(self) -> list[dict[str, Any]]:
        rows = self.query(
            "select kunci, badan from delivery.kiriman where badan is not null order by kiriman_id"
        )
        return [json.loads(unseal(self.ring, bytes(badan), body_context(key))) for key, badan in rows]


@pytest.fixture
def model() -> Iterator[Model]:
    with Model() as running:
        yield running


@pytest.fixture
def office(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, house: Settings, model: Model
) -> Office:
    dunia.correct("penempatan", 2, nik=NIK, nama_lengkap=NAME)
    values = {"siapkerja_url": model.url, "siapkerja_client_id": CLIENT_ID, "siapkerja_client_secret": SECRET}
    settings = Settings.model_validate(house.model_dump() | values | {"siapkerja_batch_records": 10})
    return Office(connection, ring, settings)


def test_an_erased_person_is_withdrawn_with_receipts_and_never_sent_again(
    office: Office, model: Model, house: Settings
) -> None:
    office.enqueue()
    office.send()
    office.ask()
    before = office.sealed()
    done = office.erase()
    assert (done.records, done.withdrawals) == ([SEEKER, PLACEMENT], 2)
    assert before - office.sealed() == {("pencari_kerja", "5"), ("penempatan", "2")}
    assert office.send().records == {"penempatan": {"diterima": 1}, "pencari-kerja": {"diterima": 1}}
    assert len(model.live("pencari-kerja")) == COUNTS["pencari-kerja"] - 1
    assert len(model.live("penempatan")) == COUNTS["penempatan"] - 1
    for domain, name in (("pencari-kerja", SEEKER), ("penempatan", PLACEMENT)):
        row = model.held[domain, name]
        assert (row["versi"], row["ditarik"], row["data"]) == (2, True, None)
        events = history(office.connection, name)
        assert [event.kind for event in events if event.number == done.entry] == ["penghapusan"]
        assert (events[-1].kind, events[-1].operation, events[-1].result) == (
            "tanda_terima",
            "tarik",
            "diterima",
        )
    office.connection.commit()
    # The mart still counts them; neither the next outbox nor the comparison with the centre takes them up.
    assert office.query("select count(*) from marts.dim_pencari_kerja") == [(COUNTS["pencari-kerja"],)]
    office.enqueue()
    assert office.send().attempts == 0
    with office.client() as client:
        read = reconcile(office.connection, office.ring, client, office.settings, OKTOBER, OKTOBER, "run-uji")
    assert (read.repaired, sum(item.total for item in read.differences.values())) == (0, 0)
    assert ledger.verify(office.connection, office.ring.public_key_pem()).ok


def test_the_request_is_answered_with_its_hours_in_the_transaction_that_erases(office: Office) -> None:
    office.ask()
    office.erase()
    (found,) = requests(office.connection, office.settings.now())
    assert (found.verdict, found.by, found.reason) == ("dipenuhi", "Bu Ratna", "diminta sendiri")
    # From 30 October 09:15 to the clock's 31 October 23:59:59.
    assert found.hours == pytest.approx(38.75, abs=0.001)
    assert (found.records, found.shown_again) == (2, 0)


def test_the_source_cannot_bring_an_erased_person_back(office: Office, dunia: Dunia) -> None:
    office.ask()
    office.erase()
    sealed, versions = office.sealed(), office.query("select count(*) from raw.pencari_kerja")
    stamp = "2026-10-20T08:00:00+07:00"
    again = office.show("pencari-kerja", id=5, updated_at=stamp, nik=NIK, nama_lengkap=NAME)
    anew = office.show("pencari-kerja", id=500, updated_at=stamp, nik=NIK, nama_lengkap=NAME)
    placed = office.show("penempatan", id=501, updated_at=stamp, nik=int(NIK), nama_lengkap=NAME)
    assert [(one.seen, one.new_versions, one.sealed, one.kept_out) for one in (again, anew, placed)] == [
        (1, 0, 0, 1)
    ] * 3
    # The same rows on the next day are the same three.
    office.show("pencari-kerja", id=500, updated_at=stamp, nik=NIK, nama_lengkap=NAME)
    (found,) = requests(office.connection, office.settings.now())
    assert found.shown_again == 3
    assert (office.sealed(), office.query("select count(*) from raw.pencari_kerja")) == (sealed, versions)
    other = office.show("pencari-kerja", id=502, updated_at=stamp, nik=NIK[:-4] + "0999", nama_lengkap="Lain")
    assert (other.new_versions, other.kept_out) == (1, 0)


def test_a_body_that_waits_is_made_anew_without_the_person(office: Office, model: Model) -> None:
    office.enqueue()
    before = {item["id_daerah"] for body in office.waiting_bodies() for item in body["catatan"]}
    office.ask()
    done = office.erase()
    assert done.deliveries == 2
    bodies = office.waiting_bodies()
    assert NIK not in json.dumps(bodies)
    saved = [i["id_daerah"] for body in bodies for i in body["catatan"] if i["operasi"] == "simpan"]
    assert len(saved) == len(set(saved))
    assert set(saved) == before - {SEEKER, PLACEMENT}
    office.send()
    assert {name for key, name, _ in model.bytes if key == "penempatan"} == {
        f"batang:penempatan:{number}" for number in range(1, COUNTS["penempatan"] + 1)
    }
    assert NIK not in json.dumps([sorted(said) for said in model.bytes.values()])
    assert len(model.live("pencari-kerja")) == COUNTS["pencari-kerja"] - 1


def test_an_outcome_left_unknown_ends_withdrawn_and_doubles_no_other_record(
    office: Office, model: Model
) -> None:
    office.enqueue()
    model.lose_answers = True
    while not any(name == SEEKER for _, name in model.held):
        with pytest.raises(SiapkerjaUnavailable):
            office.send(attempts=1)
        office.query("update delivery.kiriman set coba_lagi_pada = null returning 1")
    office.ask()
    office.erase()
    model.lose_answers = False
    office.send()
    assert (model.held["pencari-kerja", SEEKER]["ditarik"], model.applied["pencari-kerja", SEEKER]) == (
        True,
        2,
    )
    others = {count for (_, name), count in model.applied.items() if name not in (SEEKER, PLACEMENT)}
    assert others == {1}
    assert len(model.live("pencari-kerja")) == COUNTS["pencari-kerja"] - 1
    assert office.query("select count(*) from delivery.kiriman where badan is not null") == [(0,)]
    assert ledger.verify(office.connection, office.ring.public_key_pem()).ok


def test_what_was_read_back_of_the_person_is_destroyed_and_not_let_in_again(
    office: Office, model: Model
) -> None:
    office.enqueue()
    office.send()

    def read() -> None:
        with office.client() as client:
            read_back(office.connection, office.ring, client, "pencari-kerja", OKTOBER, "run-uji", full=True)

    read()
    centre = model.held["pencari-kerja", SEEKER]["id_siapkerja"]
    assert ("siapkerja__pencari_kerja", centre) in office.sealed()
    office.ask()
    office.erase()
    assert ("siapkerja__pencari_kerja", centre) not in office.sealed()
    # Before the withdrawal reaches it, the centre touches the row; somebody there enters the person once more.
    held = model.held["pencari-kerja", SEEKER]
    held["diubah_pada"] = model._now()
    model.put("pencari-kerja", None, None, held["data"])
    read()
    kept = {row[0] for row in office.query("select tabel from vault.ditolak_di_pintu")}
    assert kept == {"siapkerja__pencari_kerja"}
    assert ("siapkerja__pencari_kerja", centre) not in office.sealed()


def test_nothing_is_erased_while_a_delivery_with_the_person_is_on_its_way(
    office: Office, house: Settings
) -> None:
    office.enqueue()
    office.ask()
    before = office.sealed()
    with connect(house) as sender:
        sender.execute("select pg_advisory_lock(332508, kiriman_id::integer) from delivery.kiriman")
        with pytest.raises(DataError, match="being sent right now"):
            office.erase()
    assert office.sealed() == before
    assert office.query("select count(*) from vault.terhapus") == [(0,)]
    assert requests(office.connection, office.settings.now())[0].answered is None


def test_a_record_that_only_once_bore_the_nik_is_somebody_elses(office: Office, dunia: Dunia) -> None:
    # Trainee 3 was entered with the seeker's NIK, which was then mended.
    dunia.correct("pelatihan", 3, nik=NIK, updated_at="2026-10-06T08:00:00+07:00")
    dunia.correct("pelatihan", 3, updated_at="2026-10-07T08:00:00+07:00", nama_lengkap="Kenari pelatihan 3 b")
    office.ask()
    assert office.erase().records == [SEEKER, PLACEMENT]


@pytest.mark.parametrize(
    ("number", "kind", "key", "said"),
    [
        ("2026/18", "penghapusan", "pencari-kerja:5", "no such request"),
        ("2026/17", "akses", "pencari-kerja:5", "is one of akses"),
        ("2026/17", "penghapusan", "pencari-kerja:5000", "no record"),
    ],
)
def test_a_slip_erases_nothing(office: Office, number: str, kind: str, key: str, said: str) -> None:
    office.ask("2026/17", kind)
    before = office.sealed()
    with pytest.raises(DataError, match=said):
        office.erase(number, key)
    assert office.sealed() == before


def test_a_request_is_answered_once_and_never_known_by_a_name_or_nik(office: Office) -> None:
    for name in ("Slamet Widodo", "Slamet", NIK, "", "a" * 41):
        with pytest.raises(DataError, match="reference number"):
            office.ask(name)
    office.connection.rollback()
    office.ask()
    with pytest.raises(DataError, match="in the register already"):
        office.ask()
    office.connection.rollback()
    now = office.settings.now()
    with pytest.raises(DataError, match="long number"):
        answer(office.connection, "2026/17", "ditolak", "Bu Ratna", f"NIK {NIK} bukan miliknya", now)
    answer(office.connection, "2026/17", "ditolak", "Bu Ratna", "bukan datanya", now)
    office.connection.commit()
    with pytest.raises(DataError, match="answered already"):
        office.erase()
