"""The graph as a person sees it in the UI, and the schedules that drive it."""

from datetime import datetime

import dagster as dg
import pytest

from batang_assets.definitions import build_definitions
from batang_assets.settings import get_settings
from batang_assets.siapkerja.approving import OP

DEFS = build_definitions()


def test_every_asset_tells_what_it_is_and_whose():
    for spec in DEFS.resolve_all_asset_specs():
        name = spec.key.to_user_string()
        assert spec.description, name
        assert spec.group_name not in (None, "default"), name
        assert spec.owners, name
        assert spec.kinds, name


@pytest.mark.parametrize("job", ["utama", "keluarkan"])
def test_the_names_of_a_run_reach_the_step_that_records_them(job: str):
    names = {"disiapkan_oleh": "Sri Wahyuni", "disetujui_oleh": "Budi Santoso"}
    assert dg.validate_run_config(DEFS.resolve_job_def(job), {"ops": {OP: {"config": names}}})


def test_raw_and_output_assets_are_partitioned_by_month():
    partitioned = {
        spec.key.to_user_string()
        for spec in DEFS.resolve_all_asset_specs()
        if spec.partitions_def is not None
    }
    assert {
        "raw/pencari_kerja",
        "quality/gerbang",
        "delivery/kotak_keluar",
        "smdata/paket",
        "reports/ipk",
    } <= partitioned
    partitions = DEFS.resolve_job_def("utama").partitions_def
    assert partitions is not None
    keys = partitions.get_partition_keys(current_time=datetime.fromisoformat("2026-10-31T23:59:59+07:00"))
    assert list(keys) == ["2026-07", "2026-08", "2026-09", "2026-10"]


def test_a_backfill_reaches_nothing_that_leaves_the_house():
    nodes = {node.name for node in DEFS.resolve_job_def("isi_ulang").graph.node_defs}
    assert not [name for name in nodes if "delivery" in name or "smdata" in name or "baca_ulang" in name]
    assert "reports__laporan_mutu_data" in nodes


def test_letting_a_month_out_reads_nothing_new_and_leaves_the_evaluation_up_to_date():
    job = DEFS.resolve_job_def("keluarkan")
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert {"delivery/pengiriman", "smdata/paket", "reports/hasil_konsolidasi", "reports/evaluasi"} <= keys
    assert not [key for key in keys if key.startswith(("raw/pencari_kerja", "staging/", "marts/"))]


@pytest.mark.parametrize(
    ("schedule", "moment", "period"),
    [
        ("harian", "2026-10-31T01:00:00+07:00", "2026-10"),
        ("harian", "2026-11-01T01:00:00+07:00", "2026-11"),
        ("bulanan", "2026-11-01T03:00:00+07:00", "2026-10"),
        ("bulanan", "2027-01-01T03:00:00+07:00", "2026-12"),
    ],
)
def test_schedules_ask_for_the_month_of_jakarta(schedule: str, moment: str, period: str):
    definition = DEFS.resolve_schedule_def(schedule)
    assert definition.execution_timezone == "Asia/Jakarta"
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance,
            scheduled_execution_time=datetime.fromisoformat(moment),
            repository_def=DEFS.get_repository_def(),
        )
        requests = definition.evaluate_tick(context).run_requests or []
    assert [request.partition_key for request in requests] == [period]
    assert get_settings().clock is None
