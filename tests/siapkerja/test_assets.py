"""The delivery as Dagster runs it: what sends, and what must not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from batang_assets.settings import Settings, get_settings
from batang_assets.siapkerja.assets import EXTRACTS_READ, OUTBOX, READ_BACK, SENDING, assets
from batang_assets.siapkerja.status import delivery_status
from tests.siapkerja.siapkerja_dunia import COUNTS, Dunia
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat
from tests.siapkerja.test_extracts import NIK, put


@pytest.fixture
def pusat(
    start_pusat: Callable[..., Pusat], settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pusat]:
    """A sandbox that the environment points at."""
    server = start_pusat()
    settings = settings_for(server)
    assert settings.database_url
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_SIAPKERJA_URL", server.url)
    monkeypatch.setenv("BATANG_SIAPKERJA_CLIENT_ID", server.client_id)
    monkeypatch.setenv("BATANG_SIAPKERJA_CLIENT_SECRET", SECRET)
    get_settings.cache_clear()
    yield server
    get_settings.cache_clear()


def run(first: str, last: str | None = None, **tags: str) -> dg.ExecuteInProcessResult:
    """Materialise the delivery for a month, or a range of months in one run."""
    with dg.DagsterInstance.ephemeral() as instance:
        if last is None:
            return dg.materialize(
                assets, partition_key=first, instance=instance, tags=tags, raise_on_error=False
            )
        job = dg.define_asset_job("uji").resolve(
            asset_graph=dg.Definitions(assets=assets).resolve_asset_graph()
        )
        ends = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        return job.execute_in_process(instance=instance, tags=ends | tags, raise_on_error=False)


def metadata(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, Any]:
    events = [event for event in result.get_asset_materialization_events() if event.asset_key == key]
    return {name: value.value for name, value in events[-1].materialization.metadata.items()}


def test_a_month_is_sent_and_read_back(connection: psycopg.Connection, dunia: Dunia, pusat: Pusat) -> None:
    result = run("2026-10")
    assert result.success
    total = sum(COUNTS.values())
    assert metadata(result, OUTBOX)["dagster/row_count"] == total
    assert metadata(result, SENDING)["dagster/row_count"] == total
    assert (
        metadata(result, dg.AssetKey(["raw", "siapkerja__penempatan"]))["versi_baru"] == COUNTS["penempatan"]
    )
    assert len(pusat.holds("penempatan")) == COUNTS["penempatan"]
    values = [
        str(value.value)
        for event in result.get_asset_materialization_events()
        for value in event.materialization.metadata.values()
    ]
    assert not [canary for canary in dunia.niks + dunia.names if any(canary in value for value in values)]


@pytest.mark.parametrize("tag", ["dagster/backfill", "batang/tanpa_kirim"])
def test_a_backfill_sends_nothing_unless_asked(
    connection: psycopg.Connection, dunia: Dunia, pusat: Pusat, tag: str
) -> None:
    silent = run("2026-10", **{tag: "abc"})
    assert silent.success
    assert metadata(silent, OUTBOX) == {"keterangan": "tidak dikirim: isi ulang"}
    assert metadata(silent, SENDING) == {"keterangan": "tidak dikirim: isi ulang"}
    assert connection.execute("select count(*) from delivery.kiriman").fetchone() == (0,)
    connection.commit()
    asked = run("2026-10", **{tag: "abc", "batang/kirim": "ya"})
    assert metadata(asked, SENDING)["dagster/row_count"] == sum(COUNTS.values())


def test_a_month_that_a_later_one_has_overtaken_sends_nothing(
    connection: psycopg.Connection, dunia: Dunia, pusat: Pusat
) -> None:
    result = run("2026-09")
    assert result.success
    assert metadata(result, SENDING)["keterangan"].startswith("tidak dikirim: bulan Oktober 2026")
    assert connection.execute("select count(*) from delivery.kiriman").fetchone() == (0,)


def test_a_range_enqueues_once(connection: psycopg.Connection, dunia: Dunia, pusat: Pusat) -> None:
    result = run("2026-08", "2026-10")
    assert result.success
    queued = connection.execute(
        "select count(*) from delivery.buku_besar where jenis = 'antre' and isi::jsonb ->> 'periode' = '2026-10'"
    )
    assert queued.fetchone() == (1,)
    assert {state["accepted"] for state in delivery_status(connection).values()} == set(COUNTS.values())


def test_a_closed_gate_fails_the_run_for_good(
    connection: psycopg.Connection, dunia: Dunia, pusat: Pusat
) -> None:
    connection.execute("update quality.gerbang set versi_data = 'lama' where dataset = 'penempatan'")
    connection.commit()
    with (
        dg.DagsterInstance.ephemeral() as instance,
        pytest.raises(dg.Failure, match="belum dinilai") as raised,
    ):
        dg.materialize(assets, partition_key="2026-10", instance=instance)
    assert raised.value.allow_retries is False
    assert connection.execute("select count(*) from delivery.kiriman").fetchone() == (0,)


def test_a_run_knows_the_centre_by_its_extracts_alone(
    connection: psycopg.Connection,
    dunia: Dunia,
    house: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert house.database_url
    put(tmp_path, "pencaker.csv", f"P1;{NIK};Kenari;1999-08-17;P;2026-10-01")
    monkeypatch.setenv("BATANG_HOME", str(house.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", house.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_SIAPKERJA_FILES", str(tmp_path))
    monkeypatch.delenv("BATANG_SIAPKERJA_URL", raising=False)
    connection.execute("truncate raw.berkas, raw.berkas_nama")
    connection.commit()
    get_settings.cache_clear()
    try:
        result = run("2026-10")
    finally:
        get_settings.cache_clear()
    assert result.success
    assert metadata(result, OUTBOX)["dagster/row_count"] == sum(COUNTS.values())
    for key in (SENDING, READ_BACK):
        assert "sisi pusat dibaca dari berkas ekstrak" in metadata(result, key)["keterangan"]
    # What waits for good is counted, and what to do is said.
    assert metadata(result, SENDING)["menunggu"] == sum(COUNTS.values())
    assert f"{sum(COUNTS.values())} catatan menunggu" in metadata(result, SENDING)["keterangan"]
    assert metadata(result, dg.AssetKey(["raw", "siapkerja__pencari_kerja"]))["ekstrak_baris"] == 1
    checks = result.get_asset_check_evaluations()
    assert {check.passed for check in checks if check.check_name == EXTRACTS_READ} == {True}
    seen = connection.execute("select domain, cara, baris from delivery.baca_ulang").fetchall()
    assert seen == [("pencari-kerja", "ekstrak", 1)]
