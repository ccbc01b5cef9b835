"""Freshness policies: on what every daily run makes, in Jakarta's time, on nothing a gate may hold."""

from datetime import datetime, timedelta

from dagster._core.definitions.freshness import CronFreshnessPolicy

from batang_assets.automation.schedules import DAILY
from batang_assets.definitions import build_definitions

SPECS = {spec.key.to_user_string(): spec for spec in build_definitions().resolve_all_asset_specs()}


def test_the_policy_is_on_what_every_daily_run_makes_and_on_nothing_else() -> None:
    kept = {name for name, spec in SPECS.items() if spec.freshness_policy is not None}
    raw = {name for name, spec in SPECS.items() if spec.group_name == "raw"}
    assert kept == raw | {"quality/gerbang", "reports/laporan_mutu_data"}
    assert len(raw) >= 8


def test_a_run_at_the_scheduled_hour_is_in_time_and_yesterdays_is_not() -> None:
    policy = SPECS["quality/gerbang"].freshness_policy
    assert isinstance(policy, CronFreshnessPolicy)
    hour = int(DAILY.split()[1])
    deadline = datetime.fromisoformat(f"2026-10-31T{int(policy.deadline_cron.split()[1]):02}:00:00+07:00")
    begins = deadline - policy.lower_bound_delta
    started = datetime.fromisoformat(f"2026-10-31T{hour:02}:00:00+07:00")
    assert begins <= started < deadline
    assert started - timedelta(days=1) < begins
    assert policy.timezone == "Asia/Jakarta"
