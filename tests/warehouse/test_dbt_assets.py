"""The dbt project as Dagster assets, loaded and built for real against an empty database."""

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from batang_assets.database import connect
from batang_assets.errors import ConfigurationError, DataError
from batang_assets.settings import JAKARTA, get_settings
from batang_assets.warehouse.assets import assets, gudang, konsolidasi
from batang_assets.warehouse.increment import build_of_everything
from batang_assets.warehouse.project import PROJECT_DIR, ensure_manifest, failure, run_dbt
from tests.consolidation.sides import create

LAYERS = {"rujukan", "staging", "intermediate", "marts", "quality", "konsolidasi", "laporan"}
SCHEMAS = {"staging", "intermediate", "marts", "quality", "reports"}


@pytest.fixture
def in_use(settings, monkeypatch):
    """``settings`` as the process's own, the way a Dagster run finds them."""
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", settings.clock.isoformat())
    get_settings.cache_clear()
    yield settings
    get_settings.cache_clear()


@pytest.fixture
def small_project(tmp_path) -> Path:
    """A dbt project of one model, with the real profile."""
    shutil.copy(PROJECT_DIR / "profiles.yml", tmp_path)
    (tmp_path / "dbt_project.yml").write_text("name: kecil\nprofile: batang\nversion: 1.0.0\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "satu.sql").write_text("{{ config(materialized='table') }} select 1 as n")
    return tmp_path


@pytest.mark.parametrize("definition", assets, ids=lambda a: a.node_def.name)
def test_every_asset_is_described_owned_and_grouped_by_layer(definition):
    assert definition.keys
    for spec in definition.specs:
        assert spec.description, spec.key
        assert spec.owners == ["team:disnaker-batang"], spec.key
        assert spec.group_name in LAYERS, spec.key
        assert len(spec.key.path) == 2, spec.key
        assert spec.key.path[0] in SCHEMAS, spec.key
        assert {"dbt", "postgres"} < spec.kinds, spec.key


def test_consolidation_runs_apart_and_everything_else_before_the_gates():
    assert dg.AssetKey(["reports", "rpt_konsolidasi"]) in konsolidasi.keys
    assert not gudang.keys & konsolidasi.keys
    files = {path.stem for path in PROJECT_DIR.glob("models/**/*.sql")}
    seeds = {path.stem for path in PROJECT_DIR.glob("seeds/*.csv")}
    assert {key.path[-1] for key in gudang.keys | konsolidasi.keys} == files | seeds


def test_staging_reads_the_raw_assets():
    upstream = {
        dependency.asset_key
        for spec in gudang.specs
        if spec.key.path[-1].startswith("stg_batang_career__")
        for dependency in spec.deps
    }
    assert {key for key in upstream if key.path[0] == "raw"} >= {
        dg.AssetKey(["raw", name]) for name in ("pencari_kerja", "lowongan", "penempatan", "penduduk_bekerja")
    }


def test_a_build_makes_every_table_says_so_and_leaves_the_process_as_it_was(in_use, capfd):
    before, folder = dict(os.environ), Path.cwd()
    result = dg.materialize([gudang], instance=dg.DagsterInstance.ephemeral())
    assert result.success
    made = {event.asset_key for event in result.get_asset_materialization_events()}
    assert made == gudang.keys
    with connect(in_use) as connection:
        there = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_schema = any(%s)",
            [list(SCHEMAS)],
        ).fetchall()
        divisions = connection.execute("select count(*) from staging.ref_kbli where kode = '01'").fetchone()
    assert {tuple(key.path) for key in gudang.keys} <= set(there)
    # Codes are text: as a number the leading zero would be gone.
    assert divisions == (2,)
    evaluated = {check.asset_check_key for check in result.get_asset_check_evaluations()}
    assert evaluated == {spec.key for spec in gudang.check_specs}
    assert dict(os.environ) == before
    assert Path.cwd() == folder
    # dbt's own lines would flood the output of `batang run`.
    assert "PASS=" not in capfd.readouterr().out


def test_a_single_asset_can_be_built(in_use):
    result = dg.materialize(
        [gudang],
        instance=dg.DagsterInstance.ephemeral(),
        selection=dg.AssetSelection.assets(["staging", "ref_umk"]),
    )
    (event,) = result.get_asset_materialization_events()
    assert event.asset_key == dg.AssetKey(["staging", "ref_umk"])


def test_a_part_of_the_consolidation_leaves_the_warehouse_whole(new_settings, monkeypatch):
    assert not {dep.asset_key for spec in gudang.specs for dep in spec.deps} & konsolidasi.keys
    settings = new_settings()
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    get_settings.cache_clear()
    with connect(settings) as connection:
        create(connection)
    with build_of_everything(settings, "uji") as build:
        build.complete = True

    def whole_after(definition: dg.AssetsDefinition, schema: str, name: str) -> bool:
        selection = dg.AssetSelection.assets([schema, name])
        result = dg.materialize([definition], instance=dg.DagsterInstance.ephemeral(), selection=selection)
        made = [event.asset_key for event in result.get_asset_materialization_events()]
        assert made == [dg.AssetKey([schema, name])]
        with connect(settings) as connection:
            return connection.execute("select utuh from gudang.pembangunan").fetchone() == (True,)

    try:
        assert whole_after(konsolidasi, "intermediate", "int_konsolidasi__daerah")
        assert not whole_after(gudang, "staging", "ref_umk")
    finally:
        get_settings.cache_clear()


def test_the_clock_reaches_the_sql_without_a_second_full_parse(new_settings):
    settings = new_settings(clock="2026-08-15T10:00:00+07:00")
    query = "select {{ hari_ini() }} as hari"
    assert "2026-08-15T10:00:00+07:00" in compiled(settings, query)
    september = settings.model_copy(update={"clock": datetime(2026, 9, 1, tzinfo=JAKARTA)})
    assert "2026-09-01" in compiled(september, query)
    log = (settings.home / "dbt" / "dbt.log").read_text()
    assert len(re.findall("Unable to do partial parsing", log)) == 1


def compiled(settings, query: str) -> str:
    (result,) = run_dbt(settings, ["compile", "--inline", query])
    return result.node.compiled_code


def test_a_failing_model_is_named_in_one_line_without_the_value(settings, small_project):
    model = small_project / "models" / "rusak.sql"
    query = "select cast(t as date) as d from (select 'Siti 1999'::text as t) as x"
    model.write_text("{{ config(materialized='table') }} " + query)
    error = failure(run_dbt(settings, ["build"], small_project))
    assert isinstance(error, DataError)
    assert "\n" not in str(error)
    assert "rusak" in str(error)
    assert "invalid input syntax for type date" in str(error)
    assert "Siti" not in str(error)


def test_a_manifest_is_made_once_and_again_after_a_change(small_project):
    manifest = ensure_manifest(small_project)
    first = manifest.read_bytes()
    assert b"model.kecil.satu" in first
    assert ensure_manifest(small_project).read_bytes() == first
    (small_project / "models" / "dua.sql").write_text("select n from {{ ref('satu') }}")
    assert b"model.kecil.dua" in ensure_manifest(small_project).read_bytes()
    (small_project / "models" / "dua.sql").unlink()
    assert b"model.kecil.dua" not in ensure_manifest(small_project).read_bytes()
    assert [path.name for path in manifest.parent.iterdir()] == ["manifest.json"]


def test_a_project_that_does_not_parse_is_said_in_one_line(small_project):
    (small_project / "models" / "dua.sql").write_text("select n from {{ ref('tidak_ada') }}")
    with pytest.raises(ConfigurationError, match="tidak_ada") as caught:
        ensure_manifest(small_project)
    assert "\n" not in str(caught.value)
    assert not (small_project / "target" / "manifest.json").exists()
