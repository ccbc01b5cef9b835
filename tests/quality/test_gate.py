"""The gate against judged tables made by hand, on a real PostgreSQL and with Great Expectations itself."""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError, GateClosed
from batang_assets.partitions import Period
from batang_assets.quality import gate
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.suites import PROJECT_DIR, suite_of
from batang_assets.quality.sync import read_catalogue
from batang_assets.reports.mutu import render
from batang_assets.settings import Settings
from tests.quality import judged

OCTOBER = Period(2026, 10)
SEEKERS = "pencari-kerja"


@pytest.fixture(scope="module")
def prepared(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def conn(prepared: Settings):
    with connect(prepared) as connection:
        judged.reset(connection)
        yield connection


def evaluate(settings: Settings, dataset: str = SEEKERS, run_id: str = "uji") -> gate.Verdict:
    return gate.evaluate(settings, OCTOBER, dataset, run_id)


def outcome(conn: psycopg.Connection, kode: str) -> tuple[int, int, bool]:
    row = conn.execute(
        "select diperiksa, salah, lulus from quality.hasil_aturan where kode = %s", [kode]
    ).fetchone()
    conn.commit()
    assert row is not None
    return row


@pytest.mark.parametrize(("wrong", "open_"), [(5, True), (6, False)])
def test_the_gate_flips_exactly_at_five_per_cent(prepared, conn, wrong: int, open_: bool) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 100, wrong={"PK_A01": wrong})
    verdict = evaluate(prepared)
    assert verdict.lulus is open_
    assert verdict.gagal == (() if open_ else ("PK_A01",))
    assert (verdict.baris, verdict.layak) == (100, 100 - wrong)
    assert outcome(conn, "PK_A01") == (100, wrong, open_)


@pytest.mark.parametrize(("wrong", "open_"), [(3, True), (4, False)])
def test_a_small_month_bears_three_wrong_rows(prepared, conn, wrong: int, open_: bool) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 20, wrong={"PK_A01": wrong})
    assert evaluate(prepared).lulus is open_


def test_a_warning_rule_never_closes_the_gate(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 40, wrong={"PK_T01": 40})
    verdict = evaluate(prepared)
    assert verdict.lulus
    assert verdict.peringatan == ("PK_T01",)


def test_only_rows_of_the_month_are_judged(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER.previous(), 30, wrong={"PK_A01": 30})
    judged.add_rows(conn, SEEKERS, OCTOBER, 10)
    verdict = evaluate(prepared)
    assert verdict.lulus
    assert verdict.baris == 10


def test_rows_that_source_repeats_close_the_gate(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10)
    conn.execute("insert into intermediate.int_pencari_kerja__dinilai select * from"
                 " intermediate.int_pencari_kerja__dinilai limit 1")  # fmt: skip
    conn.commit()
    assert evaluate(prepared).gagal == ("PK_A90",)


@pytest.mark.parametrize(("value", "kode"), [(None, "PK_R52"), ("WANITA", "PK_A50")])
def test_a_fit_row_without_value_or_with_unknown_code_closes_the_gate(prepared, conn, value, kode) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 100)
    conn.execute(
        "update intermediate.int_pencari_kerja__dinilai set jenis_kelamin = %s where id = '2026-10-7'",
        [value],
    )
    conn.commit()
    assert evaluate(prepared).gagal == (kode,)


def test_a_month_that_was_never_extracted_is_closed(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10, extracted=False)
    assert evaluate(prepared).gagal == ("PK_T90",)


def test_an_extracted_month_without_changes_is_open_with_a_warning(prepared, conn) -> None:
    judged.add_rows(conn, "pelatihan", OCTOBER, 0)
    verdict = evaluate(prepared, "pelatihan")
    assert verdict.lulus
    assert verdict.peringatan == ("PL_R90",)
    assert verdict.baris == 0
    # Nothing came, so nothing can be scored: neither none nor all of it was right.
    assert gate.scores(conn, OCTOBER) == {"relevan": None, "akurat": None, "terkini": None}
    text = render(conn, OCTOBER)
    assert text.count("tidak ada data") >= 6
    assert "belum ada pemeriksaan" not in text


@pytest.mark.parametrize(("days", "open_"), [(6, True), (8, False)])
def test_seekers_not_updated_for_a_week_close_the_gate(prepared, conn, days: int, open_: bool) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10, newest=OCTOBER.end - timedelta(days=days))
    verdict = evaluate(prepared)
    assert verdict.lulus is open_
    assert verdict.gagal == (() if open_ else ("PK_T92",))


def test_freshness_of_the_running_month_is_measured_from_now(prepared, conn) -> None:
    now = datetime.fromisoformat("2026-10-10T08:00:00+07:00")
    judged.add_rows(conn, SEEKERS, OCTOBER, 10, newest=now - timedelta(days=3))
    running = prepared.model_copy(update={"clock": now})
    assert evaluate(running).lulus
    assert not evaluate(prepared).lulus


def test_a_null_verdict_is_an_error_not_a_pass(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 5)
    conn.execute(
        "update intermediate.int_pencari_kerja__dinilai set lolos_pk_a01 = null where id = '2026-10-1'"
    )
    conn.commit()
    with pytest.raises(DataError, match=r"lolos_pk_a01 .*NULL"):
        evaluate(prepared)


def test_a_missing_verdict_column_is_named(prepared, conn) -> None:
    conn.execute("alter table intermediate.int_pencari_kerja__dinilai drop column lolos_pk_a03")
    conn.commit()
    with pytest.raises(DataError, match=r"int_pencari_kerja__dinilai lacks lolos_pk_a03"):
        evaluate(prepared)


def test_outputs_are_refused_until_the_present_data_are_judged(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10)
    with pytest.raises(
        GateClosed, match=r"pencari kerja Oktober 2026: gerbang belum dinilai untuk versi data ini"
    ):
        gate.require_open(conn, OCTOBER, [SEEKERS])
    evaluate(prepared)
    gate.require_open(conn, OCTOBER, [SEEKERS])

    judged.add_rows(conn, SEEKERS, OCTOBER.previous(), 1)
    with pytest.raises(GateClosed, match=r"belum dinilai untuk versi data ini"):
        gate.require_open(conn, OCTOBER, [SEEKERS])
    assert gate.quality_status(conn, OCTOBER)["gates"] == {SEEKERS: "fail"}


def test_a_later_month_leaves_an_earlier_verdict_standing(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10)
    evaluate(prepared)
    judged.add_rows(conn, SEEKERS, OCTOBER.next(), 5)
    gate.require_open(conn, OCTOBER, [SEEKERS])


def test_a_closed_gate_names_dataset_rule_and_remedy(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10)
    judged.add_rows(conn, "lowongan", OCTOBER, 10, wrong={"LW_A01": 10})
    evaluate(prepared)
    evaluate(prepared, "lowongan")
    rule = suite_of("lowongan").rule("LW_A01")
    with pytest.raises(GateClosed) as caught:
        gate.require_open(conn, OCTOBER, [SEEKERS, "lowongan"])
    message = str(caught.value)
    assert "lowongan Oktober 2026" in message
    assert rule.kalimat in message
    assert rule.tindakan in message
    assert "\n" not in message


def test_judging_again_replaces_the_verdict_of_that_version(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 10)
    first = evaluate(prepared, run_id="pertama")
    second = evaluate(prepared, run_id="kedua")
    assert first.versi_data == second.versi_data
    assert conn.execute("select run_id from quality.gerbang").fetchall() == [("kedua",)]
    rules = conn.execute("select count(*) from quality.hasil_aturan").fetchone()
    assert rules == (len(suite_of(SEEKERS).rules),)
    assert gate.verdicts(conn, OCTOBER) == {SEEKERS: second}


def test_scores_are_the_share_of_checks_that_hold(prepared, conn) -> None:
    judged.add_rows(conn, "lamaran", OCTOBER, 40, wrong={"LM_A01": 2, "LM_R01": 10, "LM_T01": 20})
    evaluate(prepared, "lamaran")
    # 40 checks for each rule of the catalogue, and for each other rule that has something to compare with:
    # unique ids and a reading that can be believed (akurat); rows at all, of their own month, without unknown
    # columns (relevan); freshness and two on the extraction (terkini).
    catalogue = Counter(rule["dimensi"] for rule in read_catalogue()["lamaran"])
    checks = {
        "akurat": 40 * (catalogue["akurat"] + 2),
        "relevan": 40 * (catalogue["relevan"] + 3),
        "terkini": 40 * (catalogue["terkini"] + 3),
    }
    wrong = {"akurat": 2, "relevan": 10, "terkini": 20}
    expected = {name: round(100 * (checks[name] - wrong[name]) / checks[name], 1) for name in checks}
    assert gate.scores(conn, OCTOBER) == expected
    assert gate.scores(conn, OCTOBER.next()) == {"relevan": None, "akurat": None, "terkini": None}


def test_a_stale_month_lowers_its_score_by_all_its_rows(prepared, conn) -> None:
    judged.add_rows(conn, "lamaran", OCTOBER, 40, newest=OCTOBER.end - timedelta(days=20))
    evaluate(prepared, "lamaran")
    rules = sum(rule["dimensi"] == "terkini" for rule in read_catalogue()["lamaran"]) + 3
    assert gate.scores(conn, OCTOBER)["terkini"] == round(100 * (rules - 1) / rules, 1)


def test_a_score_is_a_hundred_only_where_nothing_is_wrong(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 120, wrong={"PK_A19": 1})
    evaluate(prepared)
    found = gate.scores(conn, OCTOBER)
    assert found == {"relevan": 100.0, "akurat": 99.9, "terkini": 100.0}


def test_quality_status_counts_rows_and_gates(prepared, conn) -> None:
    judged.add_rows(conn, SEEKERS, OCTOBER, 100, wrong={"PK_A01": 4})
    judged.add_rows(conn, "lowongan", OCTOBER, 10, wrong={"LW_A01": 5})
    evaluate(prepared)
    evaluate(prepared, "lowongan")
    status = gate.quality_status(conn, OCTOBER)
    assert status["rows_checked"] == 110
    assert status["rows_quarantined"] == 9
    assert status["gates"] == {SEEKERS: "pass", "lowongan": "fail"}
    assert set(status["scores"]) == {"relevan", "akurat", "terkini"}


def test_no_value_of_a_row_reaches_results_report_or_log(prepared, conn, caplog, capfd) -> None:
    """Canaries in every text column, where each kind of rule would meet (and could show) them."""
    caplog.set_level(logging.DEBUG)
    canaries = []
    judged.add_rows(conn, SEEKERS, OCTOBER, 30, wrong={"PK_A01": 10})
    for column in ("jenis_kelamin", "pendidikan", "kode_wilayah", "status", "id", "orang_token"):
        canaries.append(f"KENARI-{column}-3325010101990001")
        judged.plant(conn, SEEKERS, column, canaries[-1])
    caplog.clear()
    verdict = evaluate(prepared)
    assert {"PK_A50", "PK_A90"} <= set(verdict.gagal)

    written = [path.read_text() for path in (prepared.home / "gx").rglob("*.json")]
    assert len(written) > 0
    tables = [
        str(conn.execute(f"select * from quality.{name}".encode()).fetchall())
        for name in ("gerbang", "hasil_aturan")
    ]
    printed = capfd.readouterr()
    seen = [*written, *tables, render(conn, OCTOBER), printed.out, printed.err]
    # DEBUG of SQLAlchemy and psycopg included; only this test's own updates hold the canaries.
    seen.append("\n".join(record.getMessage() for record in caplog.records))
    for text in seen:
        assert "KENARI" not in text


def test_a_run_writes_nothing_into_the_checkout(prepared, conn) -> None:
    def state() -> dict[Path, str]:
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in PROJECT_DIR.rglob("*")
            if path.is_file()
        }

    before = state()
    judged.add_rows(conn, SEEKERS, OCTOBER, 5)
    evaluate(prepared)
    assert state() == before
    assert not any(path.is_dir() and not any(path.iterdir()) for path in PROJECT_DIR.rglob("*"))


def test_every_dataset_can_be_judged(prepared, conn) -> None:
    for dataset in DATASETS:
        judged.add_rows(conn, dataset.wire, OCTOBER, 3)
        verdict = evaluate(prepared, dataset.wire)
        assert verdict.lulus, (dataset.wire, verdict.gagal)
        assert verdict.peringatan == ()
    with connect(prepared) as other:
        idle = other.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and application_name = ''"
        ).fetchone()
    assert idle == (0,)
