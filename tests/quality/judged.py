"""Judged tables made by hand, in the shape that dbt gives them, for tests of the gate and of its report."""

from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, dataset_of
from batang_assets.quality.suites import FRESHNESS, Suite, suite_of

CODE_SET = "expect_column_values_to_be_in_set"


def reset(conn: psycopg.Connection) -> None:
    """Empty everything the gate reads or writes, and make the eight judged tables afresh."""
    conn.execute("truncate quality.gerbang, quality.hasil_aturan, raw.penarikan")
    conn.execute("drop table if exists quality.karantina")
    conn.execute(
        "create table quality.karantina (dataset text, id text, periode date, aturan text[],"
        " pertama_terlihat timestamptz, diterima_pada timestamptz)"
    )
    conn.execute("drop table if exists marts.dim_wilayah cascade")
    conn.execute("create table marts.dim_wilayah (kode_wilayah text, kode_kecamatan text, kecamatan text)")
    conn.execute(
        "insert into marts.dim_wilayah values ('3325012001', '332501', 'Wonotunggal'),"
        " ('3325012002', '332501', 'Wonotunggal'), ('3325022001', '332502', 'Bandar')"
    )
    for dataset in DATASETS:
        conn.execute(sql.SQL("truncate raw.{}").format(sql.Identifier(dataset.entity)))
        _make_table(conn, suite_of(dataset.wire))
    conn.commit()


def add_rows(
    conn: psycopg.Connection,
    wire: str,
    period: Period,
    rows: int,
    *,
    wrong: dict[str, int] | None = None,
    newest: datetime | None = None,
    extracted: bool = True,
) -> None:
    """Add a month of ``rows`` judged rows with their raw versions and extraction entry.

    ``wrong``: rule code → so many rows break it, from the first on (so rules share rows, as in life). A row
    is fit if it breaks no blocking rule. ``newest``: when the newest row was updated.
    """
    suite = suite_of(wire)
    newest = newest or period.end - timedelta(hours=2)
    if extracted:
        _log_extraction(conn, wire, period, rows)
    for number in range(rows):
        broken = [kode for kode, count in (wrong or {}).items() if number < count]
        _insert_row(conn, suite, period, f"{period.key}-{number}", broken, newest - timedelta(minutes=number))
    conn.commit()


def plant(conn: psycopg.Connection, wire: str, column: str, value: str) -> None:
    """Write ``value`` into a text column of every judged row of the dataset."""
    table = sql.Identifier("intermediate", dataset_of(wire).judged_table)
    conn.execute(sql.SQL("update {} set {} = %s").format(table, sql.Identifier(column)), [value])
    conn.commit()


def _types(suite: Suite) -> dict[str, str]:
    types = {"id": "text", "layak": "boolean", "deleted_at": "timestamptz", "kode_kecamatan": "text"}
    types |= {rule.kolom: "text" for rule in suite.rules if rule.kolom and rule.kolom not in types}
    types |= {rule.kolom: "timestamptz" for rule in suite.rules if rule.jenis == FRESHNESS and rule.kolom}
    return types | {name: "boolean" for name in types if name.startswith("lolos_")}


def _make_table(conn: psycopg.Connection, suite: Suite) -> None:
    table = sql.Identifier("intermediate", suite.dataset.judged_table)
    columns = ", ".join(f"{name} {kind}" for name, kind in _types(suite).items())
    conn.execute(sql.SQL("drop table if exists {} cascade").format(table))
    conn.execute(sql.SQL("create table {} (periode date, {})").format(table, sql.SQL(columns)))  # ty: ignore


def _insert_row(
    conn: psycopg.Connection, suite: Suite, period: Period, key: str, broken: list[str], updated: datetime
) -> None:
    blocking = [kode for kode in broken if suite.rule(kode).blocking]
    values: dict[str, object] = {}
    for name, kind in _types(suite).items():
        values[name] = updated if kind == "timestamptz" else True if kind == "boolean" else f"isi {name}"
    values |= _codes(suite)
    values |= {f"lolos_{kode.lower()}": False for kode in broken}
    values |= {"id": key, "layak": not blocking, "deleted_at": None, "kode_kecamatan": "332501"}
    table = sql.Identifier("intermediate", suite.dataset.judged_table)
    statement = sql.SQL("insert into {} (periode, {}) values (%s, {})").format(
        table,
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
    )
    conn.execute(statement, [period.first_day, *values.values()])
    conn.execute(
        sql.SQL("insert into raw.{} (id, _isi_hash, _periode, _run_id) values (%s, %s, %s, 'uji')").format(
            sql.Identifier(suite.dataset.entity)
        ),
        [key, key.encode(), period.first_day],
    )
    if blocking:
        conn.execute(
            "insert into quality.karantina values (%s, %s, %s, %s, %s, %s)",
            [suite.dataset.wire, key, period.first_day, blocking, updated, updated],
        )


def _codes(suite: Suite) -> dict[str, object]:
    """A known code for every column whose code book the suite checks."""
    return {column: values[0] for column, values in suite.code_sets.items()}


def _log_extraction(conn: psycopg.Connection, wire: str, period: Period, rows: int) -> None:
    conn.execute(
        "insert into raw.penarikan (run_id, dataset, periode, jendela_dari, jendela_sampai, dilihat, versi_baru,"
        " tersegel, mulai, selesai, lengkap) values ('uji', %s, %s, %s, %s, %s, %s, 0, %s, %s, true)",
        [wire, period.first_day, period.start, period.end, rows, rows, period.end, period.end],
    )
