"""Rules that no batch of one table can show: against the schedule, the past twelve months, and other tables.

A suite lists them under ``meta.ukuran``; each names a measure of this module. A measure returns counts only.
Where there is nothing to compare with (a first month, a handful of rows) it has checked nothing: 0 of 0.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.quality.datasets import Dataset
from batang_assets.quality.suites import Measured, Rule, Suite
from batang_assets.quality.working_days import due_moment
from batang_assets.settings import Settings

HISTORY_MONTHS = 12
# Below these a comparison with the past says more about chance than about the data.
LEAST_MONTHS = 3
LEAST_ROWS = 100
LEAST_HISTORY_ROWS = 300
NOTHING = Measured(0, 0, True)
IPK_PARTS = {
    # dataset → part of the table, its rows (opening, in, A, filled, out, B, closing)
    "pencari-kerja": ("pencari_kerja", ("1", "2", "A", "3", "4", "B", "5")),
    "lowongan": ("lowongan", ("6", "7", "C", "8", "9", "D", "10")),
}


@dataclass(frozen=True)
class Subject:
    """What is measured: one month of one dataset, as things stand now."""

    conn: psycopg.Connection
    dataset: Dataset
    period: Period
    first_period: Period
    now: datetime


def measure(
    conn: psycopg.Connection, suite: Suite, period: Period, settings: Settings
) -> dict[str, Measured]:
    """Rule code → what was found, for every measured rule of the suite."""
    subject = Subject(conn, suite.dataset, period, Period.parse(settings.first_period), settings.now())
    return {rule.kode: MEASURES[rule.ukuran](subject, rule) for rule in suite.rules if rule.ukuran}


def own_month(subject: Subject, rule: Rule) -> Measured:
    """Rows of the month that were changed in another month; the first month also takes in everything older."""
    start = None if subject.period == subject.first_period else subject.period.start
    # A start of NULL compares as unknown, and so finds nothing too old.
    row = subject.conn.execute(
        sql.SQL(
            "select count(updated_at), count(*) filter"
            " (where updated_at < %(start)s::timestamptz or updated_at >= %(end)s)"
            " from intermediate.{} where periode = %(month)s"
        ).format(sql.Identifier(subject.dataset.judged_table)),
        {
            "start": start,
            "end": subject.period.end,
            "month": subject.period.first_day,
        },
    ).fetchone()
    return _share(rule, *(row or (0, 0)))


def unknown_columns(subject: Subject, rule: Rule) -> Measured:
    """Versions of the partition that carry a column the contract does not know."""
    row = subject.conn.execute(
        sql.SQL(
            "select count(*), count(*) filter (where cardinality(_kolom_asing) > 0)"
            " from raw.{} where _periode = %s"
        ).format(sql.Identifier(subject.dataset.entity)),
        [subject.period.first_day],
    ).fetchone()
    return _share(rule, *(row or (0, 0)))


def usual_volume(subject: Subject, rule: Rule) -> Measured:
    """Whether the partition holds between a ``batas``-th and ``batas`` times the mean of the months before it.

    While the month runs, as much is expected as has passed of it.
    """
    if len(_history(subject)) < LEAST_MONTHS:
        return NOTHING
    found: dict[Period, int] = {
        Period.of(month): count
        for month, count in subject.conn.execute(
            sql.SQL("select _periode, count(*) from raw.{} where _periode <= %s group by 1").format(
                sql.Identifier(subject.dataset.entity)
            ),
            [subject.period.first_day],
        )
    }
    months = [month for month in _history(subject) if found.get(month)]
    if len(months) < LEAST_MONTHS or rule.batas is None:
        return NOTHING
    mean = sum(found[month] for month in months) / len(months)
    whole = (subject.period.end - subject.period.start).total_seconds()
    passed = min(max((subject.now - subject.period.start).total_seconds() / whole, 0.0), 1.0)
    count = found.get(subject.period, 0)
    return _yes_no(mean * passed / rule.batas <= count <= max(mean * rule.batas, 1))


def on_schedule(subject: Subject, rule: Rule) -> Measured:
    """Whether a reading to the month's end was complete by the due working day.

    Not asked before that day is over, nor where the house itself began reading only after it.
    """
    due = due_moment(subject.period)
    row = subject.conn.execute(
        "select min(selesai), min(selesai) filter"
        " (where lengkap and periode = %(month)s and jendela_sampai >= %(end)s)"
        " from raw.penarikan where dataset = %(dataset)s",
        {
            "month": subject.period.first_day,
            "end": subject.period.end,
            "dataset": subject.dataset.wire,
        },
    ).fetchone()
    began, complete = row or (None, None)
    if subject.now < due or began is None or began >= due:
        return NOTHING
    return _yes_no(complete is not None and complete < due)


def same_distribution(subject: Subject, rule: Rule) -> Measured:
    """Whether the fit rows of the month are spread over the column's values as in the months before.

    The population stability index (sum over the values of (p − q) · ln(p / q), each value with half a row
    more so that none is 0) must not pass ``batas``; 0.25 is commonly taken as a real shift.
    """
    history = set(_history(subject))
    if len(history) < LEAST_MONTHS:
        return NOTHING
    now: dict[str | None, int] = {}
    before: dict[str | None, int] = {}
    months = set()
    rows = subject.conn.execute(
        sql.SQL(
            "select periode, {column}::text, count(*) from intermediate.{table}"
            " where layak and deleted_at is null and periode between %s and %s group by 1, 2"
        ).format(column=sql.Identifier(rule.kolom or ""), table=sql.Identifier(subject.dataset.judged_table)),
        [min(history).first_day, subject.period.first_day],
    )
    for month, value, count in rows:
        if Period.of(month) == subject.period:
            now[value] = now.get(value, 0) + count
        elif Period.of(month) in history:
            before[value] = before.get(value, 0) + count
            months.add(month)
    if len(months) < LEAST_MONTHS or sum(now.values()) < LEAST_ROWS:
        return NOTHING
    if sum(before.values()) < LEAST_HISTORY_ROWS or rule.batas is None:
        return NOTHING
    return _yes_no(stability_index(now, before) <= rule.batas)


def stability_index(now: Mapping[str | None, int], before: Mapping[str | None, int]) -> float:
    """The population stability index between two counts by value; 0 where they are spread alike."""
    values = now.keys() | before.keys()
    total_now = sum(now.values()) + len(values) / 2
    total_before = sum(before.values()) + len(values) / 2
    index = 0.0
    for value in values:
        p = (now.get(value, 0) + 0.5) / total_now
        q = (before.get(value, 0) + 0.5) / total_before
        index += (p - q) * math.log(p / q)
    return index


def ipk_balances(subject: Subject, rule: Rule) -> Measured:
    """The identities of IPK III/1 in every cell of the dataset's part, opening against last month's closing."""
    part, rows = IPK_PARTS[subject.dataset.wire]
    cells = _ipk_cells(subject, part, subject.period)
    if not cells:
        return Measured(1, 1, False)
    before = _ipk_cells(subject, part, subject.period.previous())
    checked = wrong = 0
    for key, cell in cells.items():
        if len(cell) < len(rows):
            checked, wrong = checked + 1, wrong + 1
            continue
        opening, entered, a, filled, removed, b, closing = (cell[row] for row in rows)
        holds = [a == opening + entered, b == filled + removed, closing == a - b]
        if before:
            holds.append(opening == before.get(key, {}).get(rows[-1], 0))
        checked += len(holds)
        wrong += holds.count(False)
    return Measured(checked, wrong, wrong == 0)


def ipk_counts_events(subject: Subject, rule: Rule) -> Measured:
    """The flows of IPK III/1 against the ledger of dated events: entered, filled, removed."""
    part, rows = IPK_PARTS[subject.dataset.wire]
    total: dict[str, int] = {}
    for cell in _ipk_cells(subject, part, subject.period).values():
        for row, count in cell.items():
            total[row] = total.get(row, 0) + count
    events = _events(subject, part)
    holds = [
        total.get(row, 0) == events[name] for row, name in zip((rows[1], *rows[3:5]), events, strict=True)
    ]
    return Measured(len(holds), holds.count(False), all(holds))


def _events(subject: Subject, part: str) -> dict[str, int]:
    kinds = {
        "pencari_kerja": ("count(*)", "terdaftar", "ditempatkan", "dihapus"),
        "lowongan": ("coalesce(sum(jumlah_l + jumlah_p + jumlah_bebas), 0)", "dibuka", "terisi", "dihapus"),
    }
    amount, entered, filled, removed = kinds[part]
    rows = subject.conn.execute(
        sql.SQL(
            "select jenis, {amount}::bigint from marts.{table}"
            " where tanggal_peristiwa >= %s and tanggal_peristiwa <= %s group by 1"
        ).format(amount=sql.SQL(amount), table=sql.Identifier(f"fct_peristiwa_{part}")),  # ty: ignore
        [subject.period.first_day, subject.period.last_day],
    )
    found = dict(rows.fetchall())
    return {
        "masuk": found.get(entered, 0),
        "terpenuhi": found.get(filled, 0),
        "keluar": found.get(removed, 0) + found.get("kedaluwarsa", 0),
    }


def _ipk_cells(subject: Subject, part: str, period: Period) -> dict[tuple[str, str], dict[str, int]]:
    cells: dict[tuple[str, str], dict[str, int]] = {}
    for row, age, sex, count in subject.conn.execute(
        "select baris, kelompok_umur, jenis_kelamin, jumlah from reports.rpt_ipk_iii_1"
        " where periode = %s and bagian = %s",
        [period.first_day, part],
    ):
        cells.setdefault((age, sex), {})[row] = count
    return cells


def _history(subject: Subject) -> list[Period]:
    """The twelve months before, without the first of all, which took in everything older."""
    months, month = [], subject.period.previous()
    while month > subject.first_period and len(months) < HISTORY_MONTHS:
        months.append(month)
        month = month.previous()
    return months


def _share(rule: Rule, checked: int, wrong: int) -> Measured:
    return Measured(checked, wrong, wrong <= checked * rule.tolerance)


def _yes_no(holds: bool) -> Measured:
    return Measured(1, 0 if holds else 1, holds)


MEASURES: dict[str | None, Callable[[Subject, Rule], Measured]] = {
    "bulan_sendiri": own_month,
    "kolom_asing": unknown_columns,
    "volume": usual_volume,
    "tenggat": on_schedule,
    "pergeseran": same_distribution,
    "neraca_ipk": ipk_balances,
    "ipk_peristiwa": ipk_counts_events,
}


def require_known(suites: tuple[Suite, ...]) -> None:
    """Raises DataError if a suite names a measure that does not exist."""
    for suite in suites:
        for rule in suite.rules:
            if rule.ukuran and rule.ukuran not in MEASURES:
                raise DataError(
                    f"suite {suite.dataset.wire}: rule {rule.kode} names no measure: {rule.ukuran}"
                )
