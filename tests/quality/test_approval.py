"""Two people let a month out: who may, for which data, how soon it ends, and what is kept of it."""

from collections.abc import Callable, Iterator

import dagster as dg
import psycopg
import pytest
from typer.testing import CliRunner

from batang_assets.automation.release import approved
from batang_assets.cli.app import app
from batang_assets.database import connect
from batang_assets.errors import ConfigurationError, DataError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality import approval
from batang_assets.settings import Settings, get_settings, load_settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.approving import Names, record_steps
from batang_assets.vault import KeyRing
from tests.approved import judge

OCTOBER = Period(2026, 10)
SRI, BUDI = "Sri Wahyuni", "Budi Santoso"


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(settings) as connection:
        judge(connection, OCTOBER)
        connection.commit()
        yield connection


def arrive(connection: psycopg.Connection) -> None:
    """One more raw row of the month: the data that were judged are no longer the present ones."""
    connection.execute(
        "insert into raw.penempatan (id, _isi_hash, _periode, _run_id)"
        " select (count(*) + 1)::text, '\\x00', %s, 'uji' from raw.penempatan",
        [OCTOBER.first_day],
    )


def test_one_prepares_and_another_lets_the_month_out(settings, conn) -> None:
    now = settings.now()
    with pytest.raises(GateClosed, match="belum disiapkan"):
        approval.require_approved(conn, OCTOBER)
    with pytest.raises(DataError, match="belum disiapkan"):
        approval.approve(conn, OCTOBER, BUDI, "", now)
    approval.prepare(conn, OCTOBER, SRI, now)
    with pytest.raises(GateClosed, match=f"disiapkan oleh {SRI}"):
        approval.require_approved(conn, OCTOBER)
    given, new = approval.approve(conn, OCTOBER, BUDI, "sudah dibaca", now)
    assert new
    assert approval.require_approved(conn, OCTOBER) == given
    assert (given.disiapkan_oleh, given.disetujui_oleh, given.catatan) == (SRI, BUDI, "sudah dibaca")


@pytest.mark.parametrize("same", [SRI, "  sri  WAHYUNI ", "SRI-WAHYUNI", "Srí Wahyuni."])
def test_the_preparer_cannot_approve_however_the_name_is_typed(settings, conn, same: str) -> None:
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    with pytest.raises(DataError, match="orang lain"):
        approval.approve(conn, OCTOBER, same, "", settings.now())
    with pytest.raises(DataError, match="dua orang"):
        approval.require_two_people(SRI, same)


@pytest.mark.parametrize("blank", ["", "  ", ".", "--"])
def test_a_name_that_names_nobody_is_refused(settings, conn, blank: str) -> None:
    with pytest.raises(DataError, match="nama orang"):
        approval.prepare(conn, OCTOBER, blank, settings.now())
    with pytest.raises(DataError, match="nama orang"):
        approval.require_two_people(SRI, blank)


def test_an_approval_holds_for_the_data_that_were_judged_and_no_others(settings, conn) -> None:
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    approval.approve(conn, OCTOBER, BUDI, "", settings.now())
    arrive(conn)
    with pytest.raises(GateClosed, match="belum disiapkan"):
        approval.require_approved(conn, OCTOBER)
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    with pytest.raises(GateClosed, match="penempatan belum dinilai"):
        approval.approve(conn, OCTOBER, BUDI, "", settings.now())


def test_an_approval_can_be_taken_back_with_a_reason(settings, conn) -> None:
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    approval.approve(conn, OCTOBER, BUDI, "", settings.now())
    with pytest.raises(DataError, match="alasan"):
        approval.revoke(conn, OCTOBER, BUDI, " ", settings.now())
    approval.revoke(conn, OCTOBER, BUDI, "angka penempatan diragukan", settings.now())
    with pytest.raises(GateClosed):
        approval.require_approved(conn, OCTOBER)
    steps = [step["langkah"] for step in approval.approvals(conn, [OCTOBER])]
    assert steps == ["disiapkan", "disetujui", "dicabut"]


def test_preparing_approved_data_again_changes_nothing(settings, conn) -> None:
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    given, _ = approval.approve(conn, OCTOBER, BUDI, "", settings.now())
    approval.prepare(conn, OCTOBER, "Orang Ketiga", settings.now())
    again, new = approval.approve(conn, OCTOBER, "Orang Keempat", "", settings.now())
    assert (again, new) == (given, False)


@pytest.mark.parametrize(
    "statement", ["update quality.persetujuan set oleh = 'x'", "delete from quality.persetujuan"]
)
def test_no_step_can_be_changed_afterwards(settings, conn, statement: str) -> None:
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    conn.commit()
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        conn.execute(statement)


def test_an_approval_stands_in_the_signed_ledger_once(settings, conn) -> None:
    ring = KeyRing.load(settings.keys)
    names = Names(disiapkan_oleh=SRI, disetujui_oleh=BUDI, catatan="rapat 2 November")
    for _ in range(2):
        record_steps(conn, ring, settings, OCTOBER, names, "run-1")
    (entry,) = [text for _, kind, text, *_ in ledger.entries(conn) if kind == "persetujuan"]
    for part in (SRI, BUDI, "rapat 2 November", '"periode":"2026-10"'):
        assert part in entry
    assert ledger.verify(conn, ring.public_key_pem()).ok


def test_a_run_that_names_one_person_twice_records_nothing(settings, conn) -> None:
    ring = KeyRing.load(settings.keys)
    with pytest.raises(DataError, match="dua orang"):
        record_steps(conn, ring, settings, OCTOBER, Names(disiapkan_oleh=SRI, disetujui_oleh=SRI), "run-1")
    assert approval.standing(conn, OCTOBER).preparer is None


def test_a_scheduled_run_prepares_in_the_name_set_for_it_and_waits(settings, conn) -> None:
    scheduled = settings.model_copy(update={"prepared_by": SRI})
    record_steps(conn, KeyRing.load(settings.keys), scheduled, OCTOBER, Names(), "run-1")
    now = approval.standing(conn, OCTOBER)
    assert (now.preparer, now.approval) == (SRI, None)
    assert now.as_data()["state"] == "waiting"


def test_the_demo_says_that_it_approved_itself(settings, conn) -> None:
    demo = settings.model_copy(update={"self_approval": True})
    record_steps(conn, KeyRing.load(settings.keys), demo, OCTOBER, Names(), "run-1")
    given = approval.require_approved(conn, OCTOBER)
    assert "otomatis oleh mode demo" in given.sentence()
    assert approval.standing(conn, OCTOBER).as_data()["demo"] is True


def test_self_approval_is_refused_where_a_real_siapkerja_is_configured() -> None:
    allowed = {"BATANG_SELF_APPROVAL": "true", "BATANG_SIAPKERJA_URL": "http://127.0.0.1:8080"}
    assert load_settings(allowed).self_approval
    with pytest.raises(ConfigurationError, match="BATANG_SELF_APPROVAL"):
        load_settings(allowed | {"BATANG_SIAPKERJA_URL": "https://api.example.go.id"})


@pytest.fixture
def operator(
    settings: Settings, conn, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[int, str]]]:
    """Runs ``batang`` with arguments on the test's database: exit status and what it printed."""
    assert settings.database_url
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    get_settings.cache_clear()

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(arguments))
        return result.exit_code, result.output

    yield run
    get_settings.cache_clear()


def test_the_command_approves_refuses_and_takes_back(operator, settings, conn) -> None:
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    conn.commit()
    status, text = operator("approve", "--period", "2026-10", "--by", SRI)
    assert (status, "orang lain" in text) == (1, True)
    status, text = operator("approve", "--period", "2026-10", "--by", BUDI, "--note", "sudah dibaca")
    assert status == 0
    assert f"disetujui oleh {BUDI}" in text
    assert approval.require_approved(conn, OCTOBER).catatan == "sudah dibaca"
    conn.rollback()
    status, text = operator(
        "approve", "--period", "2026-10", "--by", BUDI, "--note", "salah bulan", "--revoke"
    )
    assert (status, "dicabut" in text) == (0, True)


def test_a_run_for_unattended_use_refuses_one_person_before_it_starts(operator) -> None:
    status, text = operator(
        "run", "--period", "2026-10", "--prepared-by", SRI, "--approved-by", "sri wahyuni"
    )
    assert status == 1
    assert "dua orang" in text


def look(cursor: str | None) -> tuple[list[str | None], str | None]:
    """What the sensor asks for after ``cursor``: months, and its next cursor (None: nothing to do)."""
    found = approved(dg.build_sensor_context(cursor=cursor))
    if isinstance(found, dg.SkipReason):
        return [], None
    assert isinstance(found, dg.SensorResult)
    return [request.partition_key for request in found.run_requests or []], found.cursor


def test_the_sensor_releases_each_approval_given_by_hand_once(operator, settings, conn) -> None:
    months, cursor = look(None)
    assert months == []
    approval.prepare(conn, OCTOBER, SRI, settings.now())
    conn.commit()
    operator("approve", "--period", "2026-10", "--by", BUDI)
    months, cursor = look(cursor)
    assert months == ["2026-10"]
    assert look(cursor) == ([], None)
