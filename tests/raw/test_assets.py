"""The raw assets as Dagster runs them, on an ephemeral instance against a real server and a real source."""

from collections.abc import Iterator

import dagster as dg
import pytest

from batang_assets.database import connect
from batang_assets.raw import assets as raw
from batang_assets.settings import Settings, get_settings


@pytest.fixture
def configured(source: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The source's settings in the environment, where assets find them."""
    assert source.database_url is not None
    assert source.career_token is not None
    monkeypatch.setenv("BATANG_HOME", str(source.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", source.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CAREER_URL", source.career_url or "")
    monkeypatch.setenv("BATANG_CAREER_TOKEN", source.career_token.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    get_settings.cache_clear()
    yield source
    get_settings.cache_clear()


def _materialize(instance: dg.DagsterInstance, **options) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        raw.assets, instance=instance, resources={"batang_career": raw.batang_career}, **options
    )


def test_a_range_of_months_is_one_run_and_its_metadata_add_up_to_what_is_stored(configured: Settings):
    with dg.DagsterInstance.ephemeral() as instance:
        history = _materialize(
            instance,
            tags={
                "dagster/asset_partition_range_start": "2026-07",
                "dagster/asset_partition_range_end": "2026-09",
            },
        )
        october = _materialize(instance, partition_key="2026-10")
        assert history.success
        assert october.success
        assert set(instance.get_materialized_partitions(dg.AssetKey(["raw", "pencari_kerja"]))) == {
            "2026-07", "2026-08", "2026-09", "2026-10",
        }  # fmt: skip
        with connect(configured) as connection:
            for asset in raw.assets:
                if asset.key == raw.VANISHED_KEY:
                    continue
                told = 0
                for result in (history, october):
                    for event in result.asset_materializations_for_node(asset.node_def.name)[-1:]:
                        told += int(str(event.metadata["versi_baru"].value))
                stored = connection.execute(
                    "select sum(versi_baru) from raw.penarikan where dataset = %s",
                    [asset.key.path[-1].replace("_", "-")],
                ).fetchone()
                assert stored == (told,), asset.key
