"""The gates as Dagster runs them: over one month and over a range, beside marts that are not partitioned."""

from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from batang_assets.database import connect
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.assets import GATE_KEY, asset_checks, assets, periods_of_run
from batang_assets.quality.datasets import DATASETS
from batang_assets.settings import Settings, get_settings
from tests.quality import judged

OCTOBER = Period(2026, 10)
SEPTEMBER = OCTOBER.previous()
CANARY = "KENARI-3325010101990001"


@pytest.fixture(scope="module")
def run_settings(new_settings: Callable[..., Settings]) -> Iterator[Settings]:
    """Settings that the assets themselves find, through the environment."""
    settings = new_settings()
    assert settings.database_url is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BATANG_HOME", str(settings.home))
        patch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
        patch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
        get_settings.cache_clear()
        yield settings
    get_settings.cache_clear()


def definitions() -> dg.Definitions:
    """The gates under stand-ins for what surrounds them: unpartitioned marts, an output below two of them."""
    months = monthly_partitions(get_settings())
    single_run = dg.BackfillPolicy.single_run()
    tables = [dg.AssetSpec(["intermediate", item.judged_table]) for item in DATASETS]
    marts = [dg.AssetSpec(["marts", item.mart]) for item in DATASETS]

    @dg.multi_asset(specs=[*tables, *marts], can_subset=True)
    def dbt(context: dg.AssetExecutionContext):
        for key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key)

    def output(name: str, mart: str) -> dg.AssetsDefinition:
        @dg.asset(
            key=["keluaran", name],
            deps=[dg.AssetKey(["marts", mart])],
            partitions_def=months,
            backfill_policy=single_run,
        )
        def write() -> None: ...

        return write

    outputs = [output("pencari_kerja", "dim_pencari_kerja"), output("lowongan", "fct_lowongan")]
    return dg.Definitions(
        assets=[*assets, dbt, *outputs],
        asset_checks=asset_checks,
        jobs=[dg.define_asset_job("utama", dg.AssetSelection.all(), partitions_def=months)],
        executor=dg.in_process_executor,
    )


def fill(settings: Settings, wrong: dict[str, dict[str, int]]) -> None:
    with connect(settings) as conn:
        judged.reset(conn)
        for dataset in DATASETS:
            for period in (SEPTEMBER, OCTOBER):
                judged.add_rows(
                    conn, dataset.wire, period, 20, wrong=wrong.get(f"{dataset.wire} {period.key}")
                )


def run(tags: dict[str, str] | None = None, partition: str | None = None) -> dg.ExecuteInProcessResult:
    return (
        definitions()
        .resolve_job_def("utama")
        .execute_in_process(
            instance=dg.DagsterInstance.ephemeral(), partition_key=partition, tags=tags, raise_on_error=False
        )
    )


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key
    }


def evaluations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {item.asset_key.path[-1]: item for item in result.get_asset_check_evaluations()}


def test_a_closed_gate_holds_back_its_own_outputs_and_no_others(run_settings: Settings) -> None:
    fill(run_settings, {"lowongan 2026-10": {"LW_A01": 10}, "pencari-kerja 2026-10": {"PK_T01": 20}})
    result = run(partition="2026-10")
    found = evaluations(result)

    assert not result.success
    assert set(found) == {dataset.mart for dataset in DATASETS}
    assert (found["fct_lowongan"].passed, found["fct_lowongan"].severity) == (
        False,
        dg.AssetCheckSeverity.ERROR,
    )
    assert found["fct_lowongan"].metadata["aturan_gagal"].value == "2026-10 LW_A01"
    # A warning is shown, and blocks nothing.
    assert not found["dim_pencari_kerja"].passed
    assert found["dim_pencari_kerja"].severity == dg.AssetCheckSeverity.WARN
    assert found["fct_penempatan"].passed
    assert "keluaran/pencari_kerja" in materialized(result)
    assert "keluaran/lowongan" not in materialized(result)
    # The verdicts are there also for the closed gate.
    assert GATE_KEY.to_user_string() in materialized(result)


def test_a_range_in_one_run_is_judged_month_by_month(run_settings: Settings) -> None:
    fill(run_settings, {"lowongan 2026-09": {"LW_A01": 10}})
    result = run(
        tags={
            "dagster/asset_partition_range_start": "2026-09",
            "dagster/asset_partition_range_end": "2026-10",
        }
    )
    check = evaluations(result)["fct_lowongan"]
    assert check.metadata["periode"].value == "2026-09, 2026-10"
    assert check.metadata["aturan_gagal"].value == "2026-09 LW_A01"
    with connect(run_settings) as conn:
        judged_by = conn.execute("select periode, dataset, run_id from quality.gerbang").fetchall()
    # The range's months, and the two before it that nobody had judged: what is delivered holds their rows too.
    assert {str(month)[:7] for month, _, _ in judged_by} == {"2026-07", "2026-08", "2026-09", "2026-10"}
    assert len(judged_by) == 4 * len(DATASETS)
    assert {run_id for _, _, run_id in judged_by} == {result.run_id}


def test_neither_events_nor_metadata_hold_a_value(run_settings: Settings, caplog, capfd) -> None:
    fill(run_settings, {})
    with connect(run_settings) as conn:
        for column in ("jenis_kelamin", "id", "orang_token"):
            judged.plant(conn, "pencari-kerja", column, CANARY)
    caplog.clear()
    result = run(partition="2026-10")
    assert not evaluations(result)["dim_pencari_kerja"].passed
    printed = capfd.readouterr()
    events = "\n".join(repr(event) for event in result.all_events)
    for text in (events, caplog.text, printed.out, printed.err):
        assert "KENARI" not in text


def test_a_run_without_partition_is_for_the_running_month() -> None:
    assert periods_of_run({}, OCTOBER) == [OCTOBER]
    assert periods_of_run({"dagster/partition": "2026-09"}, OCTOBER) == [SEPTEMBER]
