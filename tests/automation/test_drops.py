"""The sensor asks once for every month that new drops touch, and says why where it asks for nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from batang_assets.automation import drops as sensors
from batang_assets.jobs import MAIN, build_jobs
from batang_assets.partitions import monthly_partitions
from batang_assets.raw.files.source import open_files_source
from batang_assets.settings import Settings, get_settings
from tests.raw.drops import aged, drop, fresh
from tests.raw.test_files import rows


@pytest.fixture(scope="module")
def base(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def settings(base: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings that the sensor, which reads them from the environment, finds too."""
    made = fresh(base, tmp_path)
    assert made.database_url is not None
    monkeypatch.setenv("BATANG_HOME", str(made.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", made.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CAREER_FILES", str(made.career_files))
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    get_settings.cache_clear()
    yield made
    get_settings.cache_clear()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def evaluate(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    result = sensors.new_drops(context)
    assert isinstance(result, dg.SensorResult)
    return result


def months(result: dg.SensorResult) -> list[str | None]:
    return [request.partition_key for request in result.run_requests or []]


def test_one_run_for_each_month_whatever_the_number_of_drops(
    settings: Settings, instance: dg.DagsterInstance
):
    drop(settings, "a.csv", rows((1, "2019-01-01"), (2, "2026-07-02"), (3, "2026-09-02")))
    drop(settings, "b.csv", rows((4, "2026-09-03"), (5, "2026-10-30")), age_s=30)
    # A clock that is ahead: next month is asked for when it has come.
    drop(settings, "d.csv", rows((7, "2026-11-01T01:00:00+07:00")))
    first = evaluate(instance)
    assert months(first) == ["2026-07", "2026-09", "2026-10"]
    assert evaluate(instance).run_requests == first.run_requests
    again = evaluate(instance, first.cursor)
    assert months(again) == []
    assert again.cursor == first.cursor
    drop(settings, "c.csv", rows((6, "2026-09-04")), age_s=20)
    later = evaluate(instance, first.cursor)
    assert months(later) == ["2026-09"]
    keys = [request.run_key for request in [*(first.run_requests or []), *(later.run_requests or [])]]
    assert len(set(keys)) == 4


def test_a_renamed_copy_asks_for_nothing(settings: Settings, instance: dg.DagsterInstance):
    drop(settings, "a.csv", rows((1, "2026-10-02")))
    cursor = evaluate(instance).cursor
    drop(settings, "salinan.csv", rows((1, "2026-10-02")), age_s=30)
    assert months(evaluate(instance, cursor)) == []


def test_what_a_run_took_in_is_asked_for_too(settings: Settings, instance: dg.DagsterInstance):
    drop(settings, "a.csv", rows((1, "2026-08-02")))
    with open_files_source(settings, run_id="run-uji") as source:
        source.intake.take_in(wait=False)
    assert months(evaluate(instance)) == ["2026-08"]


def test_files_being_written_wait_and_refused_ones_are_told(
    settings: Settings, instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture
):
    path = drop(settings, "a.csv", rows((1, "2026-10-02")), age_s=0)
    drop(settings, "rusak.csv", "a,b\n3325010101990001,2\n")
    result = evaluate(instance)
    assert months(result) == []
    assert result.skip_reason is not None
    assert "1 berkas disisihkan" in str(result.skip_reason.skip_message)
    aged(path)
    assert months(evaluate(instance, result.cursor)) == ["2026-10"]


def test_a_large_file_is_left_to_a_run(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sensors, "LARGEST_BYTES", 100)
    drop(settings, "a.csv", rows((1, "2026-08-02")))
    large = evaluate(instance)
    assert months(large) == ["2026-10"]
    assert evaluate(instance, large.cursor).run_requests == large.run_requests
    with open_files_source(settings, run_id="run-uji") as source:
        source.intake.take_in(wait=True)
    assert months(evaluate(instance, large.cursor)) == ["2026-08"]


def test_without_the_files_source_it_says_so(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BATANG_CAREER_FILES")
    get_settings.cache_clear()
    result = sensors.new_drops(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SkipReason)
    assert "BATANG_CAREER_FILES" in str(result.skip_message)


def test_it_runs_the_main_job_over_its_partitions_and_is_off_until_switched_on(settings: Settings):
    sensor = sensors.new_drops
    assert sensor.job_name == MAIN
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    assert sensor.job_name in {job.name for job in build_jobs(settings)}
    assert {"2026-07", "2026-10"} <= set(monthly_partitions(settings).get_partition_keys())


def test_an_extract_of_the_centre_asks_for_the_running_month_alone(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    folder = tmp_path / "ekstrak"
    folder.mkdir()
    monkeypatch.setenv("BATANG_SIAPKERJA_FILES", str(folder))
    get_settings.cache_clear()
    heading = "id_siapkerja,nik,nama,tanggal_lahir,diubah_pada\n"
    aged_path = folder / "pencaker.csv"
    aged_path.write_text(heading + "S1,,Kenari,1999-08-17,2026-08-01\n")
    aged(aged_path)
    drop(settings, "a.csv", rows((1, "2026-08-02")))
    result = sensors.new_extracts(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SensorResult)
    assert months(result) == ["2026-10"]
    again = sensors.new_extracts(dg.build_sensor_context(instance=instance, cursor=result.cursor))
    assert isinstance(again, dg.SensorResult)
    assert not again.run_requests
    # Each folder has its own register.
    assert months(evaluate(instance)) == ["2026-08"]
    monkeypatch.delenv("BATANG_SIAPKERJA_FILES")
    get_settings.cache_clear()
    skipped = sensors.new_extracts(dg.build_sensor_context(instance=instance))
    assert isinstance(skipped, dg.SkipReason)
    assert "BATANG_SIAPKERJA_FILES" in str(skipped.skip_message)
