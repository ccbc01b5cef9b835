"""The state of a month, from the database and the outputs folder alone."""

from typing import Any

import dagster as dg
import psycopg
from psycopg import sql

from batang_assets.consolidation.summary import consolidation_counts
from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality.approval import standing
from batang_assets.quality.gate import quality_status
from batang_assets.raw.files.aside import set_aside
from batang_assets.reports.ipk import ipk_status
from batang_assets.settings import JAKARTA, Settings
from batang_assets.siapkerja.status import delivery_status, ledger_status, undelivered
from batang_assets.smdata.status import package_status
from batang_assets.vault import KeyRing

PERIOD_TAGS = ("dagster/partition", "dagster/asset_partition_range_start")


def period_state(settings: Settings, period: Period) -> dict[str, Any]:
    """The object that ``batang status --json`` prints; counts, codes, digests and paths only."""
    public_key = KeyRing.load(settings.keys).public_key_pem()
    with connect(settings) as connection:
        return {
            "period": period.key,
            "raw": raw_state(connection, period),
            "drops": drops_state(connection),
            "vault": {"sealed": _scalar(connection, "select count(*) from vault.identitas")},
            "quality": quality_status(connection, period),
            "approval": standing(connection, period).as_data(),
            "siapkerja": delivery_status(connection),
            "undelivered": undelivered(connection, settings),
            "ledger": ledger_status(connection, public_key),
            "consolidation": consolidation_counts(connection),
            "ipk": ipk_status(connection, settings, period),
            "smdata": package_status(settings, period),
            "reports": reports_state(settings, period),
            "runs": runs_state(period),
        }


def raw_state(connection: psycopg.Connection, period: Period) -> dict[str, dict[str, int]]:
    """Per dataset: rows the source showed in the last reading of the month, versions stored in the month's
    partition, and versions that were new in the last reading."""
    rows = connection.execute(
        "select distinct on (dataset) dataset, dilihat, versi_baru from raw.penarikan"
        " where periode = %s and lengkap order by dataset, penarikan_id desc",
        [period.first_day],
    ).fetchall()
    last = {dataset: (seen, new) for dataset, seen, new in rows}
    state = {}
    for contract in all_contracts("batang_career"):
        seen, new = last.get(contract.dataset, (0, 0))
        stored = _scalar(
            connection,
            sql.SQL("select count(*) from {} where _periode = {}").format(
                sql.Identifier("raw", contract.table), sql.Literal(period.first_day)
            ),
        )
        state[contract.dataset] = {"seen": seen, "stored": stored, "new_versions": new}
    return state


def drops_state(connection: psycopg.Connection) -> dict[str, list[dict[str, Any]]]:
    """The files in the folders of drops that were set aside, of whatever month: ``refused``: a list of ``source``
    (``batang_career`` or ``siapkerja``), ``file``, ``dataset`` (None if not recognised), ``arrived`` (RFC 3339) and
    ``reason``."""
    return {
        "refused": [
            {
                "source": drop.source,
                "file": drop.name,
                "dataset": drop.dataset,
                "arrived": drop.arrived.astimezone(JAKARTA).isoformat(timespec="seconds"),
                "reason": drop.reason,
            }
            for drop in set_aside(connection, source=None)
        ]
    }


def reports_state(settings: Settings, period: Period) -> dict[str, str]:
    """File name → path of every report made for the month, packages and the tables of IPK as csv aside."""
    folders = {"mutu": "*.html", "ipk": "*.html", "konsolidasi": "*", "evaluasi": "*"}
    return {
        path.name: str(path)
        for folder, pattern in folders.items()
        for path in sorted((settings.outputs / folder).glob(pattern))
        if period.key in path.name and not path.name.startswith(".")
    }


def runs_state(period: Period) -> list[dict[str, Any]]:
    """The Dagster runs of the month, newest first: id, job, wall time in seconds (None while running)."""
    with dg.DagsterInstance.get() as instance:
        records = [
            record
            for tag in PERIOD_TAGS
            for record in instance.get_run_records(dg.RunsFilter(tags={tag: period.key}), limit=50)
        ]
    records.sort(key=lambda record: record.create_timestamp, reverse=True)
    return [
        {
            "run_id": record.dagster_run.run_id,
            "job": record.dagster_run.job_name,
            "status": record.dagster_run.status.value,
            "wall_s": round(record.end_time - record.start_time, 1)
            if record.end_time and record.start_time
            else None,
        }
        for record in records
    ]


def _scalar(connection: psycopg.Connection, query: Any) -> int:
    row = connection.execute(query).fetchone()
    return row[0] if row else 0
