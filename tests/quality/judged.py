"""Judged tables made by hand, in the shape that dbt gives them, for tests of the gate and of its report."""

from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, dataset_of
from batang_assets.quality.suites import FRESHNESS, Suite, suite_of


def reset(conn: psycopg.Connection) -> None:
    """Empty everything the gate reads or writes, and make the eight judged tables afresh."""
    conn.execute(
        "truncate quality.gerbang, quality.hasil_aturan, quality.hitungan,"
        " quality.riwayat_karantina, quality.neraca, raw.penarikan"
    )
    conn.execute("drop table if exists quality.karantina")
    conn.execute(
        "create table quality.karantina (dataset text, id text, isi_hash bytea, periode date, aturan text[],"
        " pertama_terlihat timestamptz, diterima_pada timestamptz)"
    )
    conn.execute("drop table if exists marts.dim_wilayah cascade")
    conn.execute(
        "create table marts.dim_wilayah (kode_wilayah text, kode_kecamatan text, kecamatan text, nama text)"
    )
    conn.execute(
        "insert into marts.dim_wilayah values ('3325012001', '332501', 'Wonotunggal', 'Silurah'),"
        " ('3325012002', '332501', 'Wonotunggal', 'Sodong'), ('3325022001', '332502', 'Bandar', 'Tumbrep')"
    )
    _make_statutory_tables(conn)
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


def _make_statutory_tables(conn: psycopg.Connection) -> None:
    """IPK III/1 of months in which nothing happened, and the empty ledgers that say so."""
    conn.execute("drop table if exists reports.rpt_ipk_iii_1 cascade")
    conn.execute(
        "create table reports.rpt_ipk_iii_1 as select periode::date, bagian, baris, kelompok_umur,"
        " jenis_kelamin, 0::bigint as jumlah from generate_series('2026-01-01', '2027-06-01', interval '1 month')"
        " as periode, (values ('pencari_kerja', '{1,2,A,3,4,B,5}'::text[], '20-29'),"
        " ('lowongan', '{6,7,C,8,9,D,10}', 'semua')) as b (bagian, semua, kelompok_umur), unnest(semua) as baris,"
        " (values ('L'), ('P')) as k (jenis_kelamin)"
    )
    for ledger, amounts in (
        ("pencari_kerja", ""),
        ("lowongan", ", jumlah_l int, jumlah_p int, jumlah_bebas int"),
    ):
        conn.execute(f"drop table if exists marts.fct_peristiwa_{ledger} cascade".encode())
        columns = f"jenis text, tanggal_peristiwa date{amounts}"
        conn.execute(f"create table marts.fct_peristiwa_{ledger} ({columns})".encode())


def _types(suite: Suite) -> dict[str, str]:
    types = {"id": "text", "layak": "boolean", "deleted_at": "timestamptz", "kode_kecamatan": "text"}
    types |= {"isi_hash": "bytea", "aturan_gagal": "text[]", "peringatan": "text[]"}
    types |= dict.fromkeys(("pemberi_kerja_id", "nama", "lembaga", "kode_wilayah"), "text")
    types |= {rule.kolom: "text" for rule in suite.rules if rule.kolom and rule.kolom not in types}
    types |= {rule.kolom: "timestamptz" for rule in suite.rules if rule.hitung == FRESHNESS and rule.kolom}
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
    values |= {"isi_hash": key.encode(), "aturan_gagal": blocking}
    values |= {"peringatan": [kode for kode in broken if kode not in blocking]}
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
            "insert into quality.karantina values (%s, %s, %s, %s, %s, %s, %s)",
            [suite.dataset.wire, key, key.encode(), period.first_day, blocking, updated, updated],
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
