"""What the daily schedule must keep fresh, as Dagster's own freshness policies.

A policy is about an asset, so the backfill of an old month turns it green: it shows that the schedule ran, no
more. Whether a month's data are fresh is judged by the gate, from the data's own dates (rules …_T90 to …_T93).
"""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

# The daily run starts at 01.00 WIB (``schedules.DAILY``); by four it has long ended.
POLICY = dg.FreshnessPolicy.cron(
    deadline_cron="0 4 * * *", lower_bound_delta=timedelta(hours=4), timezone="Asia/Jakarta"
)
# What comes in, the verdict on it, and what is read about it: made in every run, also behind a closed gate.
GROUP = "raw"
OTHERS = (dg.AssetKey(["quality", "gerbang"]), dg.AssetKey(["reports", "laporan_mutu_data"]))


def with_daily_freshness(
    assets: Sequence[dg.AssetsDefinition | dg.AssetSpec],
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The assets, with the policy on those that every daily run makes."""

    def kept(spec: dg.AssetSpec) -> dg.AssetSpec:
        if spec.group_name != GROUP and spec.key not in OTHERS:
            return spec
        return spec.replace_attributes(freshness_policy=POLICY)

    return list(dg.map_asset_specs(kept, assets))
