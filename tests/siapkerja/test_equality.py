"""Both sides hold the same: what differs is found, sent again where it is ours, and named where it is not."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import psycopg
import pytest

from batang_assets.settings import Settings, get_settings
from batang_assets.siapkerja import assets as delivery
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.equality import compare
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.readback import read_back
from batang_assets.siapkerja.receipts import history
from batang_assets.siapkerja.reconcile import Reconciled, reconcile
from batang_assets.siapkerja.resend import request_resend
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import COUNTS, OKTOBER, Dunia
from tests.siapkerja.siapkerja_model import CLIENT_ID, SECRET, Model, problem

SEEKERS, EMPLOYERS = "pencari-kerja", "pemberi-kerja"
Reconcile = Callable[[], Reconciled]


@pytest.fixture
def model() -> Iterator[Model]:
    with Model() as running:
        yield running


@pytest.fixture
def settings_of(house: Settings, model: Model) -> Settings:
    values = {"siapkerja_url": model.url, "siapkerja_client_id": CLIENT_ID, "siapkerja_client_secret": SECRET}
    return Settings.model_validate(house.model_dump() | values | {"siapkerja_batch_records": 10})


@pytest.fixture
def delivered(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, settings_of: Settings
) -> Reconcile:
    """A delivered world; calling it reads back and mends."""
    enqueue(connection, ring, settings_of, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings_of) as client:
        send_pending(connection, ring, client)

    def again() -> Reconciled:
        with SiapkerjaClient.from_settings(settings_of) as client:
            return reconcile(connection, ring, client, settings_of, OKTOBER, OKTOBER, "run-uji")

    return again


def differences(done: Reconciled) -> dict[str, dict[str, int]]:
    found = {name: {k: n for k, n in item.counts.items() if n} for name, item in done.differences.items()}
    return {name: counts for name, counts in found.items() if counts}


def seeker(model: Model, number: int) -> dict[str, Any]:
    return model.held[SEEKERS, f"batang:{SEEKERS}:{number}"]


def test_what_was_delivered_is_held_and_nothing_is_sent_again(model: Model, delivered: Reconcile) -> None:
    model.put(SEEKERS, None, None, {"nama": "Orang pusat"})
    done = delivered()
    assert (done.repaired, differences(done)) == (0, {})
    assert {name: item.held for name, item in done.differences.items()} == COUNTS
    before = sum(model.applied.values())
    assert (delivered().repaired, sum(model.applied.values())) == (0, before)


def lose(model: Model) -> None:
    del model.held[SEEKERS, f"batang:{SEEKERS}:4"]


def turn_back(model: Model) -> None:
    model.put(SEEKERS, f"batang:{SEEKERS}:4", 0, {"nama": "lama"})


def overtake(model: Model) -> None:
    model.put(SEEKERS, f"batang:{SEEKERS}:4", 9, {"nama": "baru"})


def alter(model: Model) -> None:
    model.put(SEEKERS, f"batang:{SEEKERS}:4", 1, {"nama": "lain"})


def withdraw(model: Model) -> None:
    model.put(SEEKERS, f"batang:{SEEKERS}:4", 1, None, ditarik=True)


@pytest.mark.parametrize(
    ("tamper", "kind", "version"),
    [
        (lose, "hilang", 2),
        (turn_back, "tertinggal", 2),
        (overtake, "lebih_baru", 10),
        (alter, "berbeda", 2),
        (withdraw, "berbeda", 2),
    ],
)
def test_what_the_centre_holds_otherwise_is_named_and_sent_again_above_its_version(
    connection: psycopg.Connection,
    ring: KeyRing,
    model: Model,
    delivered: Reconcile,
    monkeypatch: pytest.MonkeyPatch,
    tamper: Callable[[Model], None],
    kind: str,
    version: int,
) -> None:
    delivered()
    whole = seeker(model, 4)["data"]
    tamper(model)
    with monkeypatch.context() as only_look:
        only_look.setattr("batang_assets.siapkerja.reconcile.REPAIR_ROUNDS", 0)
        assert differences(delivered()) == {SEEKERS: {kind: 1}}
    done = delivered()
    assert (done.repaired, differences(done)) == (1, {})
    assert (seeker(model, 4)["data"], seeker(model, 4)["versi"]) == (whole, version)
    entry = connection.execute(
        "select isi::jsonb from delivery.buku_besar where jenis = 'perbaikan'"
    ).fetchone()
    assert entry is not None
    assert entry[0]["catatan"] == [f"batang:{SEEKERS}:4"]
    kinds = [event.kind for event in history(connection, f"batang:{SEEKERS}:4")]
    assert kinds == ["percobaan", "tanda_terima", "perbaikan", "percobaan", "tanda_terima"]
    assert ledger.verify(connection, ring.public_key_pem()).ok


def test_a_withdrawn_record_that_lives_on_at_the_centre_is_withdrawn_again(
    model: Model, dunia: Dunia, delivered: Reconcile, connection: psycopg.Connection, ring: KeyRing,
    settings_of: Settings,
) -> None:  # fmt: skip
    dunia.remove(SEEKERS, 4)
    enqueue(connection, ring, settings_of, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings_of) as client:
        send_pending(connection, ring, client)
    assert (differences(delivered()), seeker(model, 4)["ditarik"]) == ({}, True)
    model.put(SEEKERS, f"batang:{SEEKERS}:4", 2, {"nama": "hidup lagi"})
    done = delivered()
    assert (done.repaired, differences(done)) == (1, {})
    assert (seeker(model, 4)["ditarik"], seeker(model, 4)["versi"]) == (True, 3)


def test_a_row_that_nobody_here_knows_is_reported_and_withdrawn_only_by_hand(
    connection: psycopg.Connection, ring: KeyRing, model: Model, dunia: Dunia, delivered: Reconcile,
    settings_of: Settings,
) -> None:  # fmt: skip
    model.put(SEEKERS, f"batang:{SEEKERS}:777", 5, {"nama": "asing"})
    for _ in range(2):
        done = delivered()
        assert (done.repaired, differences(done)) == (0, {SEEKERS: {"lebih": 1}})
        assert done.differences[SEEKERS].theirs == 1
    check = delivery.equality_result(done.differences)
    assert not check.passed
    assert "pencari-kerja: 1 lebih" in str(check.description)
    assert "777" not in str(check.description)
    request_resend(connection, ring, f"batang:{SEEKERS}:777")
    enqueue(connection, ring, settings_of, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings_of) as client:
        send_pending(connection, ring, client)
    assert (seeker(model, 777)["ditarik"], seeker(model, 777)["versi"]) == (True, 6)
    assert differences(delivered()) == {}


def test_lost_books_are_taken_up_again_from_what_the_centre_holds(
    connection: psycopg.Connection, model: Model, dunia: Dunia, delivered: Reconcile
) -> None:
    delivered()
    connection.execute("truncate delivery.kotak_keluar, delivery.kiriman, delivery.catatan_status")
    connection.commit()
    done = delivered()
    assert (done.repaired, differences(done)) == (sum(COUNTS.values()), {})
    assert {row["versi"] for row in model.live(SEEKERS).values()} == {2}


def test_a_centre_that_alters_what_it_is_sent_is_not_sent_to_for_ever(
    model: Model, delivered: Reconcile, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = Model._decide

    def altering(self: Model, domain: str, record: dict[str, Any]) -> dict[str, Any]:
        result = decide(self, domain, record)
        if record["id_daerah"] == f"batang:{SEEKERS}:4":
            self.held[domain, record["id_daerah"]]["data"] = {"nama": "DIUBAH"}
        return result

    model.put(SEEKERS, f"batang:{SEEKERS}:4", 1, {"nama": "DIUBAH"})
    monkeypatch.setattr(Model, "_decide", altering)
    rounds = [delivered() for _ in range(4)]
    assert [done.repaired for done in rounds] == [2, 1, 0, 0]
    assert rounds[-1].differences[SEEKERS].theirs == 1


def test_a_record_on_its_way_is_not_judged(
    connection: psycopg.Connection, ring: KeyRing, model: Model, dunia: Dunia, delivered: Reconcile,
    settings_of: Settings,
) -> None:  # fmt: skip
    delivered()
    dunia.change(SEEKERS, 4, pendidikan="S1")
    enqueue(connection, ring, settings_of, OKTOBER, "run-uji")
    alter(model)
    with SiapkerjaClient.from_settings(settings_of) as client:
        read_back(connection, ring, client, SEEKERS, OKTOBER, "run-uji")
    assert compare(connection)[SEEKERS].total == 0


# -- as Dagster runs it ------------------------------------------------------------------------------


@pytest.fixture
def environment(settings_of: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    assert settings_of.database_url
    monkeypatch.setenv("BATANG_HOME", str(settings_of.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings_of.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_SIAPKERJA_URL", str(settings_of.siapkerja_url))
    monkeypatch.setenv("BATANG_SIAPKERJA_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("BATANG_SIAPKERJA_CLIENT_SECRET", SECRET)
    monkeypatch.setattr(delivery, "RETRY_WAIT_S", 0.05)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    everything = [*delivery.assets, *delivery.asset_checks]
    return dg.materialize(everything, partition_key="2026-10", instance=instance, raise_on_error=False)


@pytest.mark.usefixtures("environment")
def test_a_run_mends_and_its_check_passes(model: Model, dunia: Dunia) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(instance).success
        lose(model)
        overtake(model)
        result = run(instance)
    assert result.success
    (check,) = (e for e in result.get_asset_check_evaluations() if e.check_name == "kesamaan")
    assert check.passed
    assert check.description == f"Kedua pihak memegang {sum(COUNTS.values())} catatan yang sama."
    read = next(e for e in result.get_asset_materialization_events() if e.asset_key == delivery.READ_BACK)
    assert read.materialization.metadata["dikirim_lagi"].value == 1


@pytest.mark.usefixtures("environment")
def test_the_check_fails_on_what_only_the_centre_can_explain(model: Model, dunia: Dunia) -> None:
    model.put(EMPLOYERS, f"batang:{EMPLOYERS}:888", 2, {"nama": "asing"})
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(instance)
    (check,) = (e for e in result.get_asset_check_evaluations() if e.check_name == "kesamaan")
    assert not check.passed
    assert check.metadata["milik_pusat"].value == 1
    texts = [str(check.description), *(str(value.value) for value in check.metadata.values())]
    assert not [canary for canary in [*dunia.niks, *dunia.names, ":888"] if canary in " ".join(texts)]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("answer", "tries"), [(problem(503, "SIBUK"), 3), (problem(422, "KUNCI_DIPAKAI_ULANG"), 1)]
)
def test_only_what_time_can_mend_is_tried_again(
    model: Model, dunia: Dunia, monkeypatch: pytest.MonkeyPatch, answer: Any, tries: int
) -> None:
    quick = Limits(deadline_s=20, timeout_s=2, attempts=1)
    monkeypatch.setattr("batang_assets.siapkerja.client.Limits", lambda **_: quick)
    model.trouble = lambda *_: answer
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(instance)
    assert not result.success
    begun = [event for event in result.all_events if event.step_key == "delivery__pengiriman"]
    starts = [e for e in begun if e.event_type_value in ("STEP_START", "STEP_RESTARTED")]
    assert len(starts) == tries
