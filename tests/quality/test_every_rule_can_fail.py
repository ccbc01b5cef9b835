"""No rule of the suites always passes: a fault is put into the tables for each, and exactly its rate is found.

Verdict columns are set false at a known rate; every other kind of rule gets the fault it is there for. The
SQL behind the verdict columns has its own faults in ``test_rule_expressions``.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality import gate
from batang_assets.quality.counts import count_month
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.measures import Subject, measure
from batang_assets.quality.number import Count
from batang_assets.quality.suites import (
    FRESHNESS,
    SHIFT,
    VOLUME,
    Rule,
    Suite,
    all_suites,
    suite_of,
    verdict_column,
)
from batang_assets.quality.working_days import working_days_before
from batang_assets.settings import Settings
from tests.quality import judged

OCTOBER = Period(2026, 10)
ROWS = 80
WIRES = [dataset.wire for dataset in DATASETS]


@pytest.fixture(scope="module")
def prepared(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def conn(prepared: Settings) -> Iterator[psycopg.Connection]:
    with connect(prepared) as connection:
        judged.reset(connection)
        yield connection


def verdict_rules(wire: str) -> list[Rule]:
    return [rule for rule in suite_of(wire).rules if rule.kolom == verdict_column(rule.kode)]


def outcomes(conn: psycopg.Connection) -> dict[str, tuple]:
    rows = conn.execute(
        "select kode, diperiksa, salah, lulus, dimensi, keparahan from quality.hasil_aturan"
    ).fetchall()
    conn.commit()
    return {row[0]: row[1:] for row in rows}


def borne(rule: Rule, rows: int) -> int:
    """The most wrong rows that the rule's published threshold bears."""
    return max(math.floor(rows * rule.batas + 1e-9), rule.maklum_baris)


@pytest.mark.parametrize("wire", WIRES)
def test_each_verdict_is_counted_at_its_rate_and_flips_at_its_threshold(prepared, conn, wire: str) -> None:
    """At the threshold every gate is open; one more wrong row of each rule, and each has failed."""
    rules = verdict_rules(wire)
    for more, passed in ((0, True), (1, False)):
        judged.reset(conn)
        wrong = {rule.kode: borne(rule, ROWS) + more for rule in rules}
        judged.add_rows(conn, wire, OCTOBER, ROWS, wrong=wrong)
        verdict = gate.evaluate(prepared, OCTOBER, wire, "uji")
        found = outcomes(conn)
        for rule in rules:
            expected = (ROWS, wrong[rule.kode], passed, rule.dimensi, rule.keparahan)
            assert found[rule.kode] == expected, rule.kode
        assert verdict.lulus is passed
        assert set(verdict.gagal) == (set() if passed else {rule.kode for rule in rules if rule.blocking})


def test_every_rule_of_the_catalogue_has_an_owner_a_clause_and_what_to_do() -> None:
    owners = {dataset.wire: dataset.pemilik for dataset in DATASETS}
    rules = [rule for suite in all_suites() for rule in suite.rules]
    assert len(rules) >= 80
    for rule in rules:
        assert rule.pemilik == owners[rule.dataset], rule.kode
        assert rule.pasal.startswith("Nota Kesepakatan Pasal 6"), rule.kode
        assert rule.kalimat.endswith(".") and rule.tindakan.endswith("."), rule.kode  # noqa: PT018


@pytest.mark.parametrize("wire", [wire for wire in WIRES if wire != "lamaran"])
def test_each_rule_about_fit_rows_fails_on_one_bad_cell(prepared, conn, wire: str) -> None:
    """Rules that a fit row is filled and coded: a NULL, or a code of no book, in one row of a column."""
    rules = [rule for rule in suite_of(wire).rules if rule.fit_rows_only]
    for value in (None, "TIDAK-ADA-DI-BUKU-KODE"):
        judged.reset(conn)
        judged.add_rows(conn, wire, OCTOBER, 10)
        expected = {rule.kode for rule in rules if bool(rule.kode_sah) is (value is not None)}
        for column in {rule.kolom for rule in rules if rule.kode in expected}:
            _set(conn, wire, str(column), value)
        assert set(gate.evaluate(prepared, OCTOBER, wire, "uji").gagal) == expected
        assert {kode: row[:2] for kode, row in outcomes(conn).items() if kode in expected} == {
            kode: (row[0], 1) for kode, row in outcomes(conn).items() if kode in expected
        }


def _set(conn: psycopg.Connection, wire: str, column: str, value: str | None) -> None:
    table = sql.Identifier("intermediate", suite_of(wire).dataset.judged_table)
    query = sql.SQL("update {} set {} = %s where id = '2026-10-3'").format(table, sql.Identifier(column))
    kind = conn.execute(
        "select data_type from information_schema.columns where table_name = %s and column_name = %s",
        [suite_of(wire).dataset.judged_table, column],
    ).fetchone()
    assert kind == ("text",), (wire, column, kind)
    conn.execute(query, [value])
    conn.commit()


@pytest.mark.parametrize("wire", WIRES)
def test_each_rule_about_the_table_fails_on_its_own_fault(prepared, conn, wire: str) -> None:
    suite = suite_of(wire)
    code = suite.dataset.kode
    table = sql.Identifier("intermediate", suite.dataset.judged_table)
    # Never read: nothing can be said of the month. Read, and empty: only the volume warns.
    verdict = gate.evaluate(prepared, OCTOBER, wire, "uji")
    assert f"{code}_T90" in verdict.gagal
    assert f"{code}_T91" in verdict.peringatan
    assert {rule.kode for rule in suite.rules if rule.hitung == VOLUME} <= set(verdict.peringatan)
    # Stale by one second, and not before; each id twice.
    (fresh,) = [rule for rule in suite.rules if rule.hitung == FRESHNESS]
    bound = working_days_before(OCTOBER.end, int(fresh.batas))
    for moment, passed in ((bound, True), (bound - timedelta(seconds=1), False)):
        judged.reset(conn)
        judged.add_rows(conn, wire, OCTOBER, 3, newest=moment)
        gate.evaluate(prepared, OCTOBER, wire, "uji")
        assert outcomes(conn)[fresh.kode][:3] == (1, 0 if passed else 1, passed)
    conn.execute(sql.SQL("insert into {} select * from {} where id = '2026-10-1'").format(table, table))
    conn.execute(
        "insert into raw.penolakan (run_id, dataset, periode, jenis, dikenal, hilang, keadaan)"
        " values ('uji', %s, '2026-10-01', 'menyusut', 10, 9, 'x')",
        [wire],
    )
    conn.execute("update raw.penarikan set selesai = '2020-01-01'")
    conn.commit()
    try:
        failed = set(gate.evaluate(prepared, OCTOBER, wire, "uji").gagal)
    finally:
        conn.execute("alter table raw.penolakan disable trigger user")
        conn.execute("delete from raw.penolakan")
        conn.execute("alter table raw.penolakan enable trigger user")
        conn.commit()
    assert {f"{code}_A90", f"{code}_A91"} <= failed


def measured(
    settings: Settings, conn: psycopg.Connection, wire: str, clock: str | None = None
) -> dict[str, tuple]:
    at = settings.model_copy(update={"clock": datetime.fromisoformat(clock)}) if clock else settings
    suite = suite_of(wire)
    subject = Subject(conn, suite.dataset, OCTOBER, Period.parse(at.first_period), at.now())
    return held(suite, measure(subject, suite))


def held(suite: Suite, found: Mapping[str, Count]) -> dict[str, tuple]:
    """Checked, wrong, and whether the number is within the rule's bound, which the suite states."""
    return {
        kode: (item.diperiksa, item.salah, item.nilai <= suite.rule(kode).batas)
        for kode, item in found.items()
    }


@pytest.mark.parametrize("wire", WIRES)
def test_rows_of_another_month_and_unknown_columns_are_counted(prepared, conn, wire: str) -> None:
    suite = suite_of(wire)
    own, unknown = f"{suite.dataset.kode}_R93", f"{suite.dataset.kode}_R94"
    judged.add_rows(conn, wire, OCTOBER, 100)
    found = held(suite, count_month(conn, suite, OCTOBER, prepared).aturan)
    assert (found[own], found[unknown]) == ((100, 0, True), (100, 0, True))
    table = sql.Identifier("intermediate", suite.dataset.judged_table)
    move = sql.SQL("update {} set updated_at = %s where id = any(%s)").format(table)
    conn.execute(move, [OCTOBER.end, ["2026-10-1"]])
    conn.execute(move, [OCTOBER.start - timedelta(seconds=1), ["2026-10-2"]])
    conn.execute(move, [OCTOBER.start, ["2026-10-4"]])
    conn.execute(
        sql.SQL("update raw.{} set _kolom_asing = '{{hobi}}' where id = '2026-10-1'").format(
            sql.Identifier(suite.dataset.entity)
        )
    )
    found = held(suite, count_month(conn, suite, OCTOBER, prepared).aturan)
    assert (found[own], found[unknown]) == ((100, 2, True), (100, 1, False))
    conn.execute(move, [OCTOBER.end, ["2026-10-3"]])
    assert held(suite, count_month(conn, suite, OCTOBER, prepared).aturan)[own] == (100, 3, False)
    conn.rollback()


@pytest.mark.parametrize("wire", WIRES)
def test_an_unusual_volume_is_seen_against_the_months_before(prepared, conn, wire: str) -> None:
    dataset = suite_of(wire).dataset
    rule, table = f"{dataset.kode}_A92", sql.Identifier("raw", dataset.entity)
    early = prepared.model_copy(update={"first_period": "2026-05"})
    add = sql.SQL(
        "insert into {} (id, _isi_hash, _periode, _run_id) select %(m)s || n, ('x' || %(m)s || n)::bytea,"
        " %(m)s::date, 'uji' from generate_series(1, %(n)s) n"
    ).format(table)
    # The first month took in everything older and is no measure of a month.
    for month, count in (("2026-05-01", 5000), ("2026-06-01", 30), ("2026-07-01", 30), ("2026-08-01", 30)):
        conn.execute(add, {"m": month, "n": count})
    for rows, answer in ((9, (1, 1, False)), (10, (1, 0, True)), (90, (1, 0, True)), (91, (1, 1, False))):
        conn.execute(sql.SQL("delete from {} where _periode = '2026-10-01'").format(table))
        conn.execute(add, {"m": "2026-10-01", "n": rows})
        assert measured(early, conn, wire)[rule] == answer, rows
    # Half the month has passed: half is expected. With too short a past there is nothing to say.
    conn.execute(sql.SQL("delete from {} where _periode = '2026-10-01'").format(table))
    conn.execute(add, {"m": "2026-10-01", "n": 6})
    assert measured(early, conn, wire, "2026-10-16T12:00:00+07:00")[rule] == (1, 0, True)
    assert measured(prepared, conn, wire)[rule] == (0, 0, True)
    conn.rollback()


@pytest.mark.parametrize("wire", WIRES)
def test_a_month_is_late_after_the_fifth_working_day(prepared, conn, wire: str) -> None:
    """November 2026 begins on a Sunday: its fifth working day is Friday the 6th."""
    rule = f"{suite_of(wire).dataset.kode}_T93"
    judged.add_rows(conn, wire, OCTOBER, 3)
    cases = (
        ("2026-11-06T23:59:59+07:00", "2026-11-05T00:00:00+07:00", (0, 0, True)),
        ("2026-11-07T00:00:00+07:00", "2026-11-06T23:59:59+07:00", (1, 0, True)),
        ("2026-11-07T00:00:00+07:00", "2026-11-07T00:00:00+07:00", (1, 1, False)),
    )
    for now, complete, answer in cases:
        conn.execute("update raw.penarikan set selesai = %s, jendela_sampai = %s", [complete, OCTOBER.end])
        conn.execute(
            "insert into raw.penarikan (run_id, dataset, periode, jendela_dari, jendela_sampai, dilihat,"
            " versi_baru, tersegel, mulai, selesai, lengkap) values ('uji', %s, '2026-09-01', '2026-09-01',"
            " '2026-10-01', 0, 0, 0, '2026-09-30', '2026-10-01', true)",
            [wire],
        )
        assert measured(prepared, conn, wire, now)[rule] == answer
        conn.execute("delete from raw.penarikan where periode = '2026-09-01'")
    # A house that began to read only later cannot have been on time, and is not blamed.
    assert measured(prepared, conn, wire, "2026-11-07T00:00:00+07:00")[rule] == (0, 0, True)
    conn.rollback()


@pytest.mark.parametrize(
    "rule", [rule for suite in all_suites() for rule in suite.rules if rule.hitung == SHIFT],
    ids=lambda rule: rule.kode,
)  # fmt: skip
def test_a_shifted_distribution_is_seen(prepared, conn, rule: Rule) -> None:
    """Half and half for a year; then 60:40 is chance, and 80:20 is not (its index is 0.36)."""
    early = prepared.model_copy(update={"first_period": "2026-05"})
    table = sql.Identifier("intermediate", suite_of(rule.dataset).dataset.judged_table)
    add = sql.SQL(
        "insert into {} (periode, id, layak, {}) select %(m)s::date, %(m)s::text || n, true,"
        " case when n <= %(first)s then 'A' else 'B' end from generate_series(1, 200) n"
    ).format(table, sql.Identifier(str(rule.kolom)))
    for month in ("2026-06-01", "2026-07-01", "2026-08-01"):
        conn.execute(add, {"m": month, "first": 100})
    for first, answer in ((120, (1, 0, True)), (160, (1, 1, False))):
        conn.execute(sql.SQL("delete from {} where periode = '2026-10-01'").format(table))
        conn.execute(add, {"m": "2026-10-01", "first": first})
        assert measured(early, conn, rule.dataset)[rule.kode] == answer
    conn.rollback()


@pytest.mark.parametrize("wire", ["pencari-kerja", "lowongan"])
def test_a_statutory_table_out_of_balance_closes_the_gate(prepared, conn, wire: str) -> None:
    part = wire.replace("-", "_")
    code = suite_of(wire).dataset.kode
    balance, events = f"{code}_A96", f"{code}_A97"
    judged.add_rows(conn, wire, OCTOBER, 3)
    assert gate.evaluate(prepared, OCTOBER, wire, "uji").lulus
    rows = ("1", "2", "5") if part == "pencari_kerja" else ("6", "7", "10")

    def add(row: str, count: int = 1) -> None:
        conn.execute(
            "update reports.rpt_ipk_iii_1 set jumlah = jumlah + %s where periode = '2026-10-01'"
            " and bagian = %s and baris = %s and jenis_kelamin = 'L'",
            [count, part, row],
        )

    add(rows[2])
    # Two cells of four identities; one of them no longer holds.
    assert measured(prepared, conn, wire)[balance] == (8, 1, False)
    conn.commit()
    assert gate.evaluate(prepared, OCTOBER, wire, "uji").gagal == (balance,)
    # An opening that is not last month's closing, though the month itself adds up.
    add(rows[0])
    add("A" if part == "pencari_kerja" else "C")
    assert measured(prepared, conn, wire)[balance] == (8, 1, False)
    # A flow without an event: the identities hold, the ledger disagrees.
    add(rows[0], -1)
    add(rows[1])
    found = measured(prepared, conn, wire)
    assert (found[balance], found[events]) == ((8, 0, True), (3, 1, False))
    amounts = (", jumlah_l, jumlah_p, jumlah_bebas", ", 1, 0, 0") if part == "lowongan" else ("", "")
    kind = "dibuka" if part == "lowongan" else "terdaftar"
    conn.execute(
        f"insert into marts.fct_peristiwa_{part} (jenis, tanggal_peristiwa{amounts[0]})"
        f" values ('{kind}', '2026-10-31'{amounts[1]})".encode()
    )
    assert measured(prepared, conn, wire)[events] == (3, 0, True)
    # A table without the month is no balance.
    conn.execute("delete from reports.rpt_ipk_iii_1 where periode = '2026-10-01'")
    assert measured(prepared, conn, wire)[balance] == (1, 1, False)
    conn.rollback()


def test_the_tests_above_cover_every_rule() -> None:
    """By what they count: verdict columns, fit rows, the table itself, the extraction, and each measure."""
    covered = {"putusan", "terisi", "kode", "unik", "baris", "umur_hari_kerja"}
    covered |= {"ditarik", "tertinggal_jam", "sumber_dipercaya"}
    covered |= {
        "bulan_sendiri",
        "kolom_asing",
        "volume",
        "tenggat",
        "pergeseran",
        "neraca_ipk",
        "ipk_peristiwa",
    }
    assert {rule.hitung for suite in all_suites() for rule in suite.rules} == covered
