"""The gates measured beside one pass of SQL with the same rules, and the report of three years.

``make bench-quality``. A month as ``batang demo`` leaves it, judged by all eight suites: the gate in a process
of its own, Great Expectations' import included, and one scan a dataset that counts what the same rules count;
the two must find the same. ``--rows 1000000`` multiplies the judged rows first. Rules that no expectation
holds (extraction, drift, balances) are in the gate's time alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from batang_assets.database import connect
from batang_assets.database.server import EmbeddedServer
from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.gate import evaluate_all
from batang_assets.quality.suites import (
    CODED,
    FILLED,
    FRESHNESS,
    UNIQUE,
    VERDICT,
    VOLUME,
    Rule,
    Suite,
    suite_of,
)
from batang_assets.reports.mutu.files import render_index
from batang_assets.reports.mutu.render import render
from batang_assets.settings import Settings

# The first month takes in everything older, so it is by far the largest.
PERIOD, LAST = Period(2026, 7), Period(2026, 10)
UNTIL = "2026-10-31T23:59:59+07:00"
MOST_TIMES, MOST_EXTRA_S, MOST_RENDER_S = 1.3, 8.0, 5.0
MONTHS = 36
Counts = dict[str, tuple[int, int]]


def demo(home: Path, people: int) -> None:
    """The real pipeline over a synthetic world, once."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BATANG_")}
    command = [Path(sys.executable).parent / "batang", "demo", "--people", str(people)]
    log = (home.parent / "demo.log").open("w")
    with log:
        subprocess.run(
            command, check=True, stdout=log, stderr=log, env=environment | {"BATANG_HOME": str(home)}
        )


def multiply(conn: psycopg.Connection, rows: int) -> None:
    """Copy the judged rows of the month under new ids until there are so many in all datasets together."""
    have = sum(_count(conn, suite_of(dataset.wire)) for dataset in DATASETS)
    for dataset in DATASETS:
        table = sql.Identifier("intermediate", dataset.judged_table)
        names = [
            row[0]
            for row in conn.execute(
                "select column_name from information_schema.columns where table_schema = 'intermediate'"
                " and table_name = %s order by ordinal_position",
                [dataset.judged_table],
            )
        ]
        chosen = [
            sql.SQL("id || '-' || kali") if name == "id" else sql.Identifier("t", name) for name in names
        ]
        conn.execute(
            sql.SQL(
                "insert into {} ({}) select {} from {} t cross join generate_series(2, %s) kali where periode = %s"
            ).format(
                table, sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(chosen), table
            ),
            [max(rows // have, 1), PERIOD.first_day],
        )
    conn.commit()
    conn.autocommit = True
    conn.execute("vacuum analyze")


def _count(conn: psycopg.Connection, suite: Suite) -> int:
    query = sql.SQL("select count(*) from intermediate.{} where periode = %s")
    row = conn.execute(
        query.format(sql.Identifier(suite.dataset.judged_table)), [PERIOD.first_day]
    ).fetchone()
    return row[0] if row else 0


def one_pass(conn: psycopg.Connection, suite: Suite) -> Counts:
    """Checked and wrong rows of every expectation on columns, in one scan; maximum and volume are read along."""
    rules = suite.counting(VERDICT, FILLED, CODED, UNIQUE)
    extra: list[sql.Composable] = [
        sql.SQL("max({})").format(sql.Identifier(str(rule.kolom))) for rule in suite.counting(FRESHNESS)
    ]
    extra += [sql.SQL("count(*)") for rule in suite.counting(VOLUME)]
    columns = [expression for rule in rules for expression in _expressions(suite, rule)]
    query = sql.SQL("select {} from intermediate.{} where periode = {}").format(
        sql.SQL(", ").join(columns + extra),
        sql.Identifier(suite.dataset.judged_table),
        sql.Literal(PERIOD.first_day),
    )
    row = conn.execute(query).fetchone()
    assert row is not None
    return {rule.kode: (row[2 * place], row[2 * place + 1]) for place, rule in enumerate(rules)}


def _expressions(suite: Suite, rule: Rule) -> list[sql.Composable]:
    column = sql.Identifier(str(rule.kolom))
    where = sql.SQL("layak" if rule.fit_rows_only else "true")
    filled = sql.SQL("count(*) filter (where {} and {} is not null)").format(where, column)
    if rule.hitung == FILLED:
        every = sql.SQL("count(*) filter (where {})").format(where)
        return [every, sql.SQL("count(*) filter (where {} and {} is null)").format(where, column)]
    if rule.hitung == UNIQUE:
        table = sql.Identifier("intermediate", suite.dataset.judged_table)
        twice = sql.SQL(
            "(select coalesce(sum(n), 0)::bigint from (select count(*) as n from {} where periode = {}"
            " group by {} having count(*) > 1) as d)"
        ).format(table, sql.Literal(PERIOD.first_day), column)
        return [filled, twice]
    known = sql.SQL(", ").join(map(sql.Literal, rule.kode_sah or (True,)))
    return [
        filled,
        sql.SQL("count(*) filter (where {} and {} is not null and {} not in ({}))").format(
            where, column, column, known
        ),
    ]


def stored(conn: psycopg.Connection, suite: Suite) -> Counts:
    """What the gate has stored for the month."""
    return {
        kode: (checked, wrong)
        for kode, checked, wrong in conn.execute(
            "select kode, diperiksa, salah from quality.hasil_aturan h join (select distinct on (dataset) *"
            " from quality.gerbang where periode = %s order by dataset, dinilai_pada desc) g"
            " using (periode, dataset, versi_data) where dataset = %s",
            [PERIOD.first_day, suite.dataset.wire],
        )
    }


def bench_gate(settings: Settings) -> bool:
    """Time both and compare what they found."""
    suites = [suite_of(dataset.wire) for dataset in DATASETS]
    with connect(settings) as conn:
        rows = sum(_count(conn, suite) for suite in suites)
        for suite in suites:
            one_pass(conn, suite)  # reads the tables into memory, for both
        begun = time.perf_counter()
        counted = [one_pass(conn, suite) for suite in suites]
        plain_s = time.perf_counter() - begun
    result = subprocess.run(
        [sys.executable, __file__, "--judge", settings.model_dump_json(include={"home", "clock"})],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured = json.loads(result.stdout.splitlines()[-1])
    gate_s = measured["duration_s"]
    with connect(settings) as conn:
        for suite, counts in zip(suites, counted, strict=True):
            found = stored(conn, suite)
            differing = [kode for kode, count in counts.items() if found.get(kode) != count]
            assert not differing, f"{suite.dataset.wire}: gate and SQL count differently: {differing}"
    rules = sum(map(len, counted))
    most_s = MOST_TIMES * plain_s + MOST_EXTRA_S
    print(
        f"{rows:>9,} rows, {rules} rules: one pass {plain_s:6.2f} s, gate {gate_s:6.2f} s,"
        f" of which processor time of our own process {measured['cpu_s']:.2f} s"
        f" (goal ≤ 1.3 × + 8 s = {most_s:.2f} s): {'met' if gate_s <= most_s else 'MISSED'}",
        flush=True,
    )
    return gate_s <= most_s


def judge(settings: Settings) -> None:
    """All eight gates of the month; prints the seconds, Great Expectations' import included."""
    begun, worked = time.perf_counter(), time.process_time()
    evaluate_all(settings, [(PERIOD, dataset.wire) for dataset in DATASETS], "bench")
    # Processor time tells how much of the wall time a busy machine has added.
    print(json.dumps({"duration_s": time.perf_counter() - begun, "cpu_s": time.process_time() - worked}))


def bench_report(settings: Settings) -> bool:
    """The report of the last month with 36 months of verdicts behind it, and the index."""
    with connect(settings) as conn:
        earlier = "select (periode - n * interval '1 month')::date"
        many = [MONTHS, PERIOD.first_day]
        conn.execute(
            "insert into quality.gerbang (periode, dataset, versi_data, lulus, ringkasan, dinilai_pada, run_id) "
            + earlier
            + ", dataset, versi_data, lulus, ringkasan, dinilai_pada, run_id from quality.gerbang,"
            " generate_series(1, %s) n where periode = %s",
            many,
        )
        conn.execute(
            "insert into quality.hasil_aturan "
            + earlier
            + ", dataset, versi_data, kode, dimensi, keparahan, diperiksa, salah, batas, bobot, lulus"
            " from quality.hasil_aturan, generate_series(1, %s) n where periode = %s",
            many,
        )
        begun, worked = time.perf_counter(), time.process_time()
        text = render(conn, LAST, "bench", now=settings.now())
        first_s, own_s = time.perf_counter() - begun, time.process_time() - worked
        months = len(text.split('id="tabel-tren"')[1].split("</table>")[0].split("<tr>")) - 2
        folder = settings.outputs / "mutu"
        begun = time.perf_counter()
        render_index(conn, folder)
        index_s = time.perf_counter() - begun
        conn.rollback()
    met = first_s <= MOST_RENDER_S
    print(
        f"report of {months} months: {first_s:.2f} s (own process {own_s:.2f} s),"
        f" {len(text.encode()) / 1e6:.2f} MB; index {index_s:.2f} s"
        f" (goal ≤ {MOST_RENDER_S:g} s): {'met' if met else 'MISSED'}",
        flush=True,
    )
    return met


def main() -> int:
    """Exit status 1 where a goal was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=25_000)
    parser.add_argument("--rows", type=int, default=0, help="Also with so many judged rows (0: not).")
    parser.add_argument(
        "--home", type=Path, help="A demo's home to measure in and to leave changed; else a new one."
    )
    parser.add_argument("--judge", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.judge:
        judge(Settings.model_validate(json.loads(arguments.judge)))
        return 0
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp") as folder:
        home = (arguments.home or Path(folder) / "rumah").resolve()
        if arguments.home is None:
            demo(home, arguments.people)
        settings = Settings.model_validate({"home": home, "clock": UNTIL})
        with EmbeddedServer(home).running():
            met = [bench_gate(settings), bench_report(settings)]
            if arguments.rows:
                with connect(settings) as conn:
                    multiply(conn, arguments.rows)
                met += [bench_gate(settings), bench_report(settings)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
