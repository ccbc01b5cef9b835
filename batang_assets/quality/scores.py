"""The three words of the agreement as numbers."""

import psycopg

from batang_assets.partitions import Period
from batang_assets.quality.suites import DIMENSIONS


def scores(conn: psycopg.Connection, period: Period) -> dict[str, float | None]:
    """``relevan``, ``akurat``, ``terkini`` in per cent with one decimal, over all datasets of the period.

    Each is the weighted share of checks that hold: the sum over the dimension's rules of weight × (checked −
    wrong) / checked, by the sum of weights. The weight is the number of rows a rule speaks for. None where
    nothing was checked, as in a month without rows; 100.0 only where nothing was wrong. Only the newest verdict
    of each dataset counts.
    """
    rows = conn.execute(
        """
        with terbaru as (
            select distinct on (dataset) periode, dataset, versi_data
            from quality.gerbang where periode = %s order by dataset, dinilai_pada desc
        )
        select dimensi, case when sum(salah) = 0 then 100 else
            least(round(100 * sum(bobot * (diperiksa - salah)::numeric / diperiksa) / sum(bobot), 1), 99.9) end
        from quality.hasil_aturan join terbaru using (periode, dataset, versi_data)
        where diperiksa > 0 and bobot > 0
        group by dimensi
        """,
        [period.first_day],
    )
    found = {dimension: float(score) for dimension, score in rows}
    return {dimension: found.get(dimension) for dimension in DIMENSIONS}


def quarantined(conn: psycopg.Connection, period: Period) -> int:
    """Rows of the period in quarantine; 0 before dbt has first made the table."""
    exists = conn.execute("select to_regclass('quality.karantina') is not null").fetchone()
    if not exists or not exists[0]:
        return 0
    row = conn.execute(
        "select count(*) from quality.karantina where periode = %s", [period.first_day]
    ).fetchone()
    return row[0] if row else 0
