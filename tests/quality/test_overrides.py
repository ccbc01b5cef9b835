"""Opening a closed gate by name and reason: what it opens, and how soon it no longer does."""

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from typer.testing import CliRunner

from batang_assets.cli.quality import quality_app
from batang_assets.database import connect
from batang_assets.errors import DataError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality import gate
from batang_assets.quality.assets import check_result
from batang_assets.quality.datasets import dataset_of
from batang_assets.quality.overrides import covering
from batang_assets.settings import Settings, get_settings
from tests.quality import judged

OCTOBER = Period(2026, 10)
WIRE = "lamaran"
WHO = ("Kepala Dinas", "Sudah dibahas dengan Pusdatin")


@pytest.fixture(scope="module")
def prepared(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def conn(prepared: Settings) -> Iterator[psycopg.Connection]:
    with connect(prepared) as connection:
        judged.reset(connection)
        judged.add_rows(connection, WIRE, OCTOBER, 20, wrong={"LM_A01": 10})
        yield connection


def let_through(settings: Settings, conn: psycopg.Connection) -> None:
    gate.open_by_override(conn, OCTOBER, WIRE, *WHO, settings.now())
    conn.commit()


def test_an_override_opens_the_gate_for_its_data_version_only(prepared, conn) -> None:
    gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    with pytest.raises(GateClosed, match="LM_A01"):
        gate.require_open(conn, OCTOBER, [WIRE])
    let_through(prepared, conn)
    gate.require_open(conn, OCTOBER, [WIRE])
    # Judged again, the same version stays open; the verdict itself stays what it is.
    verdict = gate.evaluate(prepared, OCTOBER, WIRE, "uji lagi")
    assert not verdict.lulus
    gate.require_open(conn, OCTOBER, [WIRE])
    status = gate.quality_status(conn, OCTOBER)
    assert status["gates"] == {WIRE: "fail"}
    (shown,) = status["overrides"]
    assert (shown["by"], shown["reason"], shown["rules"]) == (*WHO, ["LM_A01"])
    assert shown["data_version"] == verdict.versi_data
    json.dumps(status)

    judged.add_rows(conn, WIRE, OCTOBER.previous(), 1)
    gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    with pytest.raises(GateClosed, match="LM_A01"):
        gate.require_open(conn, OCTOBER, [WIRE])
    assert gate.quality_status(conn, OCTOBER)["overrides"] == []
    # It happened, and every later report of the month can still print it.
    assert [item.oleh for item in gate.overrides(conn, OCTOBER)][-1] == WHO[0]


def test_one_more_failed_rule_closes_the_gate_again(prepared, conn) -> None:
    gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    let_through(prepared, conn)
    conn.execute("update intermediate.int_lamaran__dinilai set lolos_lm_a02 = false")
    conn.commit()
    verdict = gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    assert verdict.gagal == ("LM_A01", "LM_A02")
    with pytest.raises(GateClosed):
        gate.require_open(conn, OCTOBER, [WIRE])


def test_what_is_open_or_unjudged_cannot_be_let_through(prepared, conn) -> None:
    with pytest.raises(DataError, match="belum dinilai untuk versi data ini"):
        gate.open_by_override(conn, OCTOBER, WIRE, *WHO, prepared.now())
    gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    with pytest.raises(DataError, match="needs a name"):
        gate.open_by_override(conn, OCTOBER, WIRE, " ", "alasan", prepared.now())
    conn.rollback()
    conn.execute("update intermediate.int_lamaran__dinilai set lolos_lm_a01 = true")
    conn.commit()
    gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    with pytest.raises(DataError, match="sudah terbuka"):
        gate.open_by_override(conn, OCTOBER, WIRE, *WHO, prepared.now())


def test_the_check_of_an_overridden_gate_warns_and_names_who(prepared, conn) -> None:
    verdict = gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    let_through(prepared, conn)
    override = covering(conn, OCTOBER, WIRE, verdict.versi_data, verdict.gagal)
    assert override is not None
    closed = check_result(dataset_of(WIRE), [verdict], 0.1)
    opened = check_result(dataset_of(WIRE), [verdict], 0.1, {verdict.period: override})
    assert (closed.passed, closed.severity.value) == (False, "ERROR")
    assert (opened.passed, opened.severity.value) == (False, "WARN")
    assert WHO[0] in str(opened.description)
    assert WHO[1] in str(opened.description)


def test_the_command(prepared, conn, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.evaluate(prepared, OCTOBER, WIRE, "uji")
    monkeypatch.setenv("BATANG_HOME", str(prepared.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", prepared.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", prepared.clock.isoformat())
    get_settings.cache_clear()
    try:
        command = ["override", WIRE, "--period", "2026-10", "--by", WHO[0], "--reason", WHO[1]]
        result = CliRunner().invoke(quality_app, command)
    finally:
        get_settings.cache_clear()
    assert result.exit_code == 0, result.output
    assert "Dibuka oleh Kepala Dinas" in result.stdout
    gate.require_open(conn, OCTOBER, [WIRE])
