"""The asset packs a month only when its gates are open, and a backfill only when it is told to."""

from collections.abc import Callable, Iterator

import dagster as dg
import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import GateClosed
from batang_assets.partitions import Period
from batang_assets.quality import approval
from batang_assets.quality.balance import _digest, balance_rules
from batang_assets.settings import Settings, get_settings
from batang_assets.smdata.assets import pack, paket, paket_publik
from batang_assets.smdata.package import packages_folder
from batang_assets.smdata.status import package_status
from tests.approved import let_out
from tests.smdata.smdata_truth import PERIOD, SPAN, fill

DATASETS = ("lowongan", "pelatihan", "pemberi-kerja", "pencari-kerja", "penduduk-bekerja", "penempatan")
PREPARED_BY_HAND = {"batang/tanpa_kirim": "ya"}


@pytest.fixture
def open_month(new_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home of its own whose gates for October 2026 are open, as this process's settings."""
    settings = new_settings()
    with connect(settings) as connection:
        fill(connection)
        let_out(connection, PERIOD)
        balance(connection)
    assert settings.database_url
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    get_settings.cache_clear()
    yield settings
    get_settings.cache_clear()


def balance(connection: psycopg.Connection, passed: bool = True, period: Period = PERIOD) -> None:
    """Store the verdict on the present consolidation."""
    for rule in balance_rules():
        connection.execute(
            "insert into quality.neraca (periode, kode, diperiksa, salah, lulus, sidik, run_id)"
            " values (%s, %s, 6, %s, %s, %s, 'uji')",
            [
                period.first_day,
                rule.kode,
                int(not passed),
                passed,
                _digest(connection, "konsolidasi", period),
            ],
        )


def run(tags: dict[str, str] | None = None, raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            [paket], partition_key="2026-10", instance=instance, tags=tags, raise_on_error=raise_on_error
        )


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    event = result.asset_materializations_for_node("smdata__paket")[0]
    return {name: value.value for name, value in event.metadata.items()}


def test_an_open_month_is_packed_once_and_found_unchanged_afterwards(open_month: Settings):
    first = metadata(run())
    status = package_status(open_month, PERIOD)
    assert first["paket_baru"] == 1
    assert first["folder"] == status["package"]
    assert status["signature"] == "valid"
    assert metadata(run())["paket_baru"] == 0
    assert package_status(open_month, PERIOD) == status


def test_a_closed_gate_leaves_nothing(open_month: Settings):
    with connect(open_month) as connection:
        connection.execute("delete from quality.gerbang where dataset = 'peserta-pelatihan'")
    with pytest.raises(GateClosed, match="peserta pelatihan Oktober 2026"):
        run()
    assert not packages_folder(open_month).exists()


def test_data_that_arrived_after_the_verdict_close_the_month_again(open_month: Settings):
    run()
    before = package_status(open_month, PERIOD)
    with connect(open_month) as connection:
        connection.execute(
            "insert into raw.penempatan (id, _isi_hash, _periode, _run_id) values ('1', '\\x00', %s, 'uji')",
            [PERIOD.first_day],
        )
    assert "belum disiapkan" in str(metadata(run())["paket"])
    with pytest.raises(GateClosed, match="belum disiapkan"):
        pack(open_month, SPAN, "uji", open_month.now())
    assert package_status(open_month, PERIOD) == before


def test_a_month_that_one_person_alone_prepared_is_not_packed(open_month: Settings):
    with connect(open_month) as connection:
        approval.revoke(connection, PERIOD, "Budi Penyetuju", "belum dibaca", open_month.now())
        approval.prepare(connection, PERIOD, "Sri Penyiap", open_month.now())
    assert "menunggu persetujuan orang kedua" in str(metadata(run())["paket"])
    assert not packages_folder(open_month).exists()


def test_a_consolidation_that_does_not_close_holds_the_package_back(open_month: Settings):
    with connect(open_month) as connection:
        connection.execute("update reports.rpt_konsolidasi set pusat = pusat + 1")
    with pytest.raises(GateClosed, match="Konsolidasi Oktober 2026 belum dinilai"):
        run()
    assert not packages_folder(open_month).exists()


def test_the_public_package_of_an_open_month_is_written_beside_the_restricted_one(open_month: Settings):
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([paket, paket_publik], partition_key="2026-10", instance=instance)
    assert result.success
    status = package_status(open_month, PERIOD)
    assert str(status["public"]["package"]).endswith("smdata-publik-3325-2026-10-r1")
    assert status["public"]["signature"] == "valid"
    assert [receipt["how"] for receipt in status["receipts"]] == ["folder"]


@pytest.mark.parametrize("tags", [PREPARED_BY_HAND, {"dagster/backfill": "abc"}])
def test_a_backfill_writes_no_package_unless_told_to(open_month: Settings, tags: dict[str, str]):
    result = run(tags)
    assert result.success
    assert "tidak ditulis" in str(metadata(result)["paket"])
    assert not packages_folder(open_month).exists()
    assert metadata(run({**tags, "batang/kirim": "ya"}))["paket_baru"] == 1


def test_the_package_waits_for_every_report_of_the_template():
    keys = {key.to_user_string() for key in paket.asset_deps[paket.key]}
    assert keys == {
        "delivery/persetujuan",
        "reports/ipk",
        "reports/rpt_konsolidasi",
        "reports/rpt_konsolidasi_sebab",
        "reports/rpt_smdata_lowongan_pemberi_kerja",
        *(f"reports/rpt_smdata_{dataset.replace('-', '_')}" for dataset in DATASETS),
    }
