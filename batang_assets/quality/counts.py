"""Counting a month: every number that a suite judges, the judged table read once.

What a rule counts is its ``hitung`` (see ``suites``). The numbers are stored in ``quality.hitungan``, where Great
Expectations reads them; no value of a row is among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.quality.measures import Subject, measure
from batang_assets.quality.number import NOTHING, PLACES, Count, share, yes_no
from batang_assets.quality.suites import (
    BELIEVED,
    CODED,
    EXTRACTION,
    FILLED,
    FRESHNESS,
    LAG,
    ONE_SCAN,
    OWN_MONTH,
    READ,
    UNIQUE,
    VERDICT,
    VOLUME,
    Rule,
    Suite,
)
from batang_assets.quality.working_days import age_in_working_days
from batang_assets.raw.refusals import open_refusals
from batang_assets.settings import Settings

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Counted:
    """A month of a dataset in numbers: its rows, those fit to leave, and rule code → what was counted.

    ``rincian``: rule code → what was found, where the rule's sentence alone would not help.
    """

    baris: int
    layak: int
    aturan: Mapping[str, Count]
    rincian: Mapping[str, str]


def count_month(conn: psycopg.Connection, suite: Suite, period: Period, settings: Settings) -> Counted:
    """Count every rule of the suite for a month and store the numbers; the caller commits.

    Raises DataError if the judged table lacks a column that the suite reads or a verdict column holds NULL.
    """
    subject = Subject(conn, suite.dataset, period, Period.parse(settings.first_period), settings.now())
    _require_columns(conn, suite)
    refused = " ".join(refusal.line() for refusal in open_refusals(conn, period, suite.dataset.wire).values())
    rows, fit, found = _scan(subject, suite)
    found |= _extraction(subject, suite, believed=not refused)
    found |= measure(subject, suite)
    _store(conn, suite, period, found)
    details = {rule.kode: refused for rule in suite.counting(BELIEVED) if refused}
    return Counted(rows, fit, found, details)


def _require_columns(conn: psycopg.Connection, suite: Suite) -> None:
    table = suite.dataset.judged_table
    have = {
        row[0]
        for row in conn.execute(
            "select column_name from information_schema.columns"
            " where table_schema = 'intermediate' and table_name = %s",
            [table],
        )
    }
    if not have:
        raise DataError(f"intermediate.{table} does not exist: build the dbt models first")
    if missing := sorted(suite.columns - have):
        raise DataError(f"intermediate.{table} lacks {', '.join(missing)}, which the suite reads")


def _scan(subject: Subject, suite: Suite) -> tuple[int, int, dict[str, Count]]:
    """Rows of the month, rows fit to leave, and the rules about rows: one pass, and one more for unique keys."""
    rules = suite.counting(*ONE_SCAN)
    verdicts = [sql.Identifier(str(rule.kolom)) for rule in rules if rule.hitung == VERDICT]
    columns = [
        sql.SQL("count(*)"),
        sql.SQL("count(*) filter (where layak)"),
        sql.SQL("count(*) filter (where layak and deleted_at is null)"),
        sql.SQL("count(*) filter (where {})").format(
            sql.SQL(" or ").join(sql.SQL("{} is null").format(name) for name in verdicts)
        ),
        *(expression for rule in rules for expression in _expressions(subject, rule)),
    ]
    query = sql.SQL("select {} from intermediate.{} where periode = %(bulan)s").format(
        sql.SQL(", ").join(columns), sql.Identifier(suite.dataset.judged_table)
    )
    row = subject.conn.execute(query, _bounds(subject)).fetchone()
    assert row is not None
    rows, fit, leaving, unjudged, *pairs = row
    if unjudged:
        _refuse_null(subject, suite)
    found = {}
    for place, rule in enumerate(rules):
        first, second = pairs[2 * place : 2 * place + 2]
        found[rule.kode] = _count(subject, rule, rows, fit, first, second)
    return rows, leaving, found


def _expressions(subject: Subject, rule: Rule) -> list[sql.Composable]:
    """Two expressions a rule: what is checked where that is not all or all fit rows, and what is wrong."""
    column, nothing = sql.Identifier(rule.kolom or "id"), sql.SQL("null::bigint")
    if rule.hitung == VERDICT:
        return [nothing, sql.SQL("count(*) filter (where not {})").format(column)]
    if rule.hitung == FILLED:
        return [nothing, sql.SQL("count(*) filter (where layak and {} is null)").format(column)]
    if rule.hitung == CODED:
        known = sql.SQL(", ").join(map(sql.Literal, rule.kode_sah or ()))
        return [
            sql.SQL("count({}) filter (where layak)").format(column),
            sql.SQL("count(*) filter (where layak and {} not in ({}))").format(column, known),
        ]
    if rule.hitung == UNIQUE:
        repeated = sql.SQL(
            "(select coalesce(sum(kali), 0)::bigint from (select count(*) as kali from intermediate.{}"
            " where periode = %(bulan)s group by {} having count(*) > 1) as ganda)"
        )
        return [nothing, repeated.format(sql.Identifier(subject.dataset.judged_table), column)]
    if rule.hitung == OWN_MONTH:
        # A start of NULL compares as unknown, and so finds nothing too old.
        outside = "updated_at < %(mulai)s::timestamptz or updated_at >= %(akhir)s"
        return [sql.SQL("count(updated_at)"), sql.SQL(f"count(*) filter (where {outside})")]
    if rule.hitung == FRESHNESS:
        return [sql.SQL("max({})").format(column), nothing]
    return [nothing, nothing]


def _bounds(subject: Subject) -> dict[str, object]:
    # The first month also takes in everything older.
    start = None if subject.period == subject.first_period else subject.period.start
    return {"bulan": subject.period.first_day, "mulai": start, "akhir": subject.period.end}


def _count(
    subject: Subject, rule: Rule, rows: int, fit: int, first: int | datetime | None, second: int | None
) -> Count:
    if rule.hitung == VOLUME:
        return Count(1, int(rows < rule.batas), float(rows))
    if rule.hitung == FRESHNESS:
        if not isinstance(first, datetime):
            return NOTHING
        # Offices that are closed write no rows, so calendar days would fail every long holiday.
        days = age_in_working_days(first, subject.reached_at_most)
        return Count(1, int(days > rule.batas), float(days))
    checked = fit if rule.fit_rows_only else rows
    if isinstance(first, int):
        checked = first
    return share(checked, second or 0)


def _refuse_null(subject: Subject, suite: Suite) -> None:
    for rule in suite.counting(VERDICT):
        query = sql.SQL("select 1 from intermediate.{} where periode = %s and {} is null limit 1").format(
            sql.Identifier(suite.dataset.judged_table), sql.Identifier(str(rule.kolom))
        )
        if subject.conn.execute(query, [subject.period.first_day]).fetchone():
            raise DataError(
                f"suite {suite.dataset.wire}, rule {rule.kode}: verdict column {rule.kolom} of"
                f" intermediate.{suite.dataset.judged_table} holds NULL"
            )


def _extraction(subject: Subject, suite: Suite, *, believed: bool) -> dict[str, Count]:
    """Rules about the extraction log: the month was read to the end, and lately, and could be believed."""
    row = subject.conn.execute(
        "select max(jendela_sampai) from raw.penarikan where dataset = %s and periode = %s and lengkap",
        [suite.dataset.wire, subject.period.first_day],
    ).fetchone()
    reached: datetime | None = row[0] if row else None
    found = {}
    for rule in suite.counting(*EXTRACTION):
        if rule.hitung == LAG:
            # Never read: behind by the whole month so far.
            hours = (subject.reached_at_most - (reached or subject.period.start)) / HOUR
            found[rule.kode] = Count(1, int(hours > rule.batas), round(max(hours, 0.0), PLACES))
        else:
            found[rule.kode] = yes_no(reached is not None if rule.hitung == READ else believed)
    return found


def _store(conn: psycopg.Connection, suite: Suite, period: Period, found: Mapping[str, Count]) -> None:
    conn.execute(
        "delete from quality.hitungan where dataset = %s and periode = %s",
        [suite.dataset.wire, period.first_day],
    )
    with (
        conn.cursor() as cursor,
        cursor.copy(
            "copy quality.hitungan (periode, dataset, kode, diperiksa, salah, nilai) from stdin"
        ) as copy,
    ):
        for rule in suite.rules:
            count = found[rule.kode]
            copy.write_row(
                (
                    period.first_day,
                    suite.dataset.wire,
                    rule.kode,
                    count.diperiksa,
                    count.salah,
                    count.nilai,
                )
            )
