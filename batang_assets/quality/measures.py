"""Rules that the rows of one month cannot show: against the schedule, the past twelve months, and other tables.

A suite's rule names one in ``hitung``. A measure returns counts only. Where there is nothing to compare with (a
first month, a handful of rows) it has counted nothing.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.quality.datasets import Dataset
from batang_assets.quality.number import NOTHING, PLACES, Count, share, yes_no
from batang_assets.quality.suites import EXTRACTION, ONE_SCAN, SCHEDULE, SHIFT, USUAL, Rule, Suite
from batang_assets.quality.working_days import due_moment

HISTORY_MONTHS = 12
# Below these a comparison with the past says more about chance than about the data.
LEAST_MONTHS = 3
LEAST_ROWS = 100
LEAST_HISTORY_ROWS = 300
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

    @property
    def reached_at_most(self) -> datetime:
        """How far the month has come: its end, or now while it runs."""
        return min(self.now, self.period.end)


def measure(subject: Subject, suite: Suite) -> dict[str, Count]:
    """Rule code → what was counted, for every rule of the suite that is measured here."""
    rules = [rule for rule in suite.rules if rule.hitung in MEASURES]
    return {rule.kode: MEASURES[rule.hitung](subject, rule) for rule in rules} | same_distribution(
        subject, suite.counting(SHIFT)
    )


def unknown_columns(subject: Subject, rule: Rule) -> Count:
    """Versions of the partition that carry a column the contract does not know."""
    row = subject.conn.execute(
        sql.SQL(
            "select count(*), count(*) filter (where cardinality(_kolom_asing) > 0)"
            " from raw.{} where _periode = %s"
        ).format(sql.Identifier(subject.dataset.entity)),
        [subject.period.first_day],
    ).fetchone()
    return share(*(row or (0, 0)))


def usual_volume(subject: Subject, rule: Rule) -> Count:
    """Whether the partition holds between a ``kali``-th and ``kali`` times the mean of the months before it.

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
    if len(months) < LEAST_MONTHS or rule.kali is None:
        return NOTHING
    mean = sum(found[month] for month in months) / len(months)
    whole = (subject.period.end - subject.period.start).total_seconds()
    passed = min(max((subject.now - subject.period.start).total_seconds() / whole, 0.0), 1.0)
    count = found.get(subject.period, 0)
    return yes_no(mean * passed / rule.kali <= count <= max(mean * rule.kali, 1))


def on_schedule(subject: Subject, rule: Rule) -> Count:
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
    return yes_no(complete is not None and complete < due)


def same_distribution(subject: Subject, rules: Sequence[Rule]) -> dict[str, Count]:
    """How far the fit rows of the month are spread otherwise over each rule's column than in the months before.

    The population stability index (sum over the values of (p − q) · ln(p / q), each value with half a row
    more so that none is 0); 0.25 is commonly taken as a real shift.
    """
    history = set(_history(subject))
    if not rules or len(history) < LEAST_MONTHS:
        return {rule.kode: NOTHING for rule in rules}
    spread = _spread(subject, [rule.kolom or "" for rule in rules], min(history))
    return {
        rule.kode: _shift(rule, {month: counts for month, counts in months.items() if month in history}, now)
        for rule, months in zip(rules, spread, strict=True)
        for now in [months.get(subject.period, {})]
    }


Spread = dict[Period, dict[str | None, int]]


def _spread(subject: Subject, columns: Sequence[str], first: Period) -> list[Spread]:
    """For each column: month → value → fit rows, from ``first`` to the subject's month, in one scan for all."""
    names = [sql.Identifier(column) for column in columns]
    query = sql.SQL(
        "select grouping({0})::int, periode, {1}, count(*) from intermediate.{2} where layak and deleted_at is null"
        " and periode between %s and %s group by grouping sets ({3})"
    ).format(
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names),
        sql.Identifier(subject.dataset.judged_table),
        sql.SQL(", ").join(sql.SQL("(periode, {})").format(name) for name in names),
    )
    found: list[Spread] = [{} for _ in columns]
    # grouping() has a bit a column, the first the highest: 0 for the one that is grouped by.
    places = {
        (1 << len(columns)) - 1 - (1 << (len(columns) - 1 - place)): place for place in range(len(columns))
    }
    for mask, month, *values, count in subject.conn.execute(
        query, [first.first_day, subject.period.first_day]
    ):
        place = places[mask]
        found[place].setdefault(Period.of(month), {})[values[place]] = count
    return found


def _shift(rule: Rule, before: Spread, now: dict[str | None, int]) -> Count:
    past = Counter[str | None]()
    for counts in before.values():
        past.update(counts)
    if len(before) < LEAST_MONTHS or sum(now.values()) < LEAST_ROWS or past.total() < LEAST_HISTORY_ROWS:
        return NOTHING
    index = stability_index(now, past)
    return Count(1, int(index > rule.batas), round(index, PLACES))


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


def ipk_balances(subject: Subject, rule: Rule) -> Count:
    """The identities of IPK III/1 in every cell of the dataset's part, opening against last month's closing."""
    part, rows = IPK_PARTS[subject.dataset.wire]
    cells = _ipk_cells(subject, part, subject.period)
    if not cells:
        return yes_no(False)
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
    return share(checked, wrong)


def ipk_counts_events(subject: Subject, rule: Rule) -> Count:
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
    return share(len(holds), holds.count(False))


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


MEASURES: dict[str, Callable[[Subject, Rule], Count]] = {
    "kolom_asing": unknown_columns,
    USUAL: usual_volume,
    SCHEDULE: on_schedule,
    "neraca_ipk": ipk_balances,
    "ipk_peristiwa": ipk_counts_events,
}


def require_known(suites: tuple[Suite, ...]) -> None:
    """Raises DataError if a rule counts what nobody knows how to count."""
    known = {*ONE_SCAN, *EXTRACTION, *MEASURES, SHIFT}
    for suite in suites:
        for rule in suite.rules:
            if rule.hitung not in known:
                raise DataError(
                    f"suite {suite.dataset.wire}: rule {rule.kode} counts nothing known: {rule.hitung}"
                )
