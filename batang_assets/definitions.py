"""The whole graph in one screen."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from batang_assets.automation import drops, release
from batang_assets.automation.freshness import with_daily_freshness
from batang_assets.automation.schedules import build_schedules
from batang_assets.jobs import build_jobs
from batang_assets.quality import alerts, balance, data_docs
from batang_assets.quality import assets as quality
from batang_assets.raw import assets as raw
from batang_assets.reference import assets as reference
from batang_assets.reports.evaluasi import assets as evaluasi
from batang_assets.reports.ipk import assets as ipk
from batang_assets.reports.konsolidasi import assets as hasil_konsolidasi
from batang_assets.reports.mutu import assets as mutu
from batang_assets.settings import get_settings
from batang_assets.siapkerja import approving
from batang_assets.siapkerja import assets as siapkerja
from batang_assets.smdata import assets as smdata
from batang_assets.vault.linkage import assets as linkage
from batang_assets.warehouse import assets as warehouse


def build_definitions(overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Everything Dagster knows of this project; ``overrides`` replaces resources by key, for tests.

    Loading touches neither database nor network. Everything of one run happens in one process: starting
    processes costs more than the work at a regency's size.
    """
    resources: dict[str, Any] = {"batang_career": raw.batang_career}
    return dg.Definitions(
        assets=with_daily_freshness(
            [
                *raw.assets,
                *reference.assets,
                *linkage.assets,
                *warehouse.assets,
                *quality.assets,
                *data_docs.assets,
                approving.persetujuan,
                *siapkerja.assets,
                *ipk.assets,
                *smdata.assets,
                *hasil_konsolidasi.assets,
                *mutu.assets,
                *evaluasi.assets,
            ]
        ),
        asset_checks=[*quality.asset_checks, *siapkerja.asset_checks, *balance.asset_checks],
        jobs=build_jobs(get_settings()),
        schedules=build_schedules(),
        sensors=[*drops.sensors, *alerts.sensors, *release.sensors],
        resources=resources | dict(overrides or {}),
        executor=dg.in_process_executor,
    )


defs = build_definitions()
