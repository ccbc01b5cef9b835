"""The state of the eight tables of a month, for the command line."""

from typing import Any

import psycopg

from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.reports.ipk.balance import faults
from batang_assets.reports.ipk.cube import read_cube
from batang_assets.reports.ipk.layout import TABLES
from batang_assets.settings import Settings


def ipk_status(conn: psycopg.Connection, settings: Settings, period: Period) -> dict[str, dict[str, Any]]:
    """Table → ``balanced`` (every identity of the month holds), ``revision`` (None: not published)."""
    try:
        cube = read_cube(conn, Period.parse(settings.first_period))
        wrong = faults(cube).get(period.key, [] if period in cube.months else ["tidak ada"])
    except DataError:
        wrong = ["tidak ada"]
    rows = conn.execute(
        "select tabel, max(revisi) from reports.ipk_terbitan where periode = %s and wilayah = %s group by tabel",
        [period.key, settings.kode_wilayah],
    )
    revisions = dict(rows.fetchall())
    return {table: {"balanced": not wrong, "revision": revisions.get(table)} for table in TABLES}
