"""Schema drift: an unknown column is told by its name, a missing required one closes that dataset's gate."""

from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality.gate import data_version
from batang_assets.raw import assets as raw
from batang_assets.raw.drift import NAMES_LISTED, ColumnsSeen
from batang_assets.raw.refusals import open_refusals
from batang_assets.settings import Settings, get_settings
from tests.raw.shifting import Shifting, shifting

OCTOBER = Period.parse("2026-10")
CANARY = "KENARI-nilai"


@pytest.fixture
def source() -> Iterator[Shifting]:
    with shifting("lamaran") as source:
        for key in range(1, 6):
            source.put(key, f"2026-10-0{key}T08:00:00", status="dikirim")
        yield source


@pytest.fixture
def settings(
    source: Shifting, new_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    settings = new_settings(career_url=source.url, career_token="t", career_overlap_s=30 * 86400)
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_CAREER_URL", source.url)
    monkeypatch.setenv("BATANG_CAREER_TOKEN", "t")
    monkeypatch.setenv("BATANG_CAREER_OVERLAP_S", str(30 * 86400))
    monkeypatch.setenv("BATANG_CLOCK", settings.now().isoformat())
    assert settings.database_url
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    get_settings.cache_clear()
    yield settings
    get_settings.cache_clear()


def _materialize() -> dg.ExecuteInProcessResult:
    return dg.materialize(
        raw.assets,
        resources={"batang_career": raw.batang_career},
        partition_key="2026-10",
        raise_on_error=False,
    )


def _checks(result: dg.ExecuteInProcessResult, table: str) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        check.check_name: check
        for check in result.get_asset_check_evaluations()
        if check.asset_key == dg.AssetKey(["raw", table])
    }


def _query(settings: Settings, text: str) -> list[tuple]:
    with connect(settings) as connection:
        return connection.execute(text.encode()).fetchall()


def test_an_unknown_column_is_a_warning_with_its_name_and_its_value_is_sealed(
    settings: Settings, source: Shifting
):
    source.put(2, "2026-10-09T08:00:00", kolom_baru=CANARY)
    result = _materialize()
    assert result.success
    check = _checks(result, "lamaran")["kolom_asing"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == "Kolom yang tidak dikenal kontrak: kolom_baru."
    assert _checks(result, "lowongan")["kolom_asing"].passed
    assert CANARY not in "\n".join(repr(event) for event in result.all_events)
    assert _query(settings, "select _kolom_asing from raw.lamaran where id = '2'") == [(["kolom_baru"],)]
    assert _query(settings, "select id from vault.identitas where tabel = 'lamaran'") == [("2",)]
    assert CANARY not in str(_query(settings, "select l::text from raw.lamaran l"))


def test_a_missing_required_column_closes_the_gate_by_name_and_leaves_earlier_data(
    settings: Settings, source: Shifting
):
    assert _materialize().success
    before = _query(settings, "select * from raw.lamaran order by _versi")
    with connect(settings) as connection:
        version = data_version(connection, OCTOBER, "lamaran")
    for key in source.rows:
        source.put(key, f"2026-10-1{key}T08:00:00", status="diterima")
        del source.rows[key]["tanggal_lamar"]
    result = _materialize()
    assert result.success, "the other datasets go on"
    check = _checks(result, "lamaran")["sumber_utuh"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "kolom wajib tanggal_lamar tidak ada" in (check.description or "")
    assert _checks(result, "lowongan")["sumber_utuh"].passed
    assert _query(settings, "select * from raw.lamaran order by _versi") == before
    with connect(settings) as connection:
        (refusal,) = open_refusals(connection, OCTOBER, "lamaran").values()
        assert refusal.columns == ("tanggal_lamar",)
        assert not open_refusals(connection, OCTOBER, "lowongan")
        # A verdict of before does not stand for the refused reading.
        assert data_version(connection, OCTOBER, "lamaran") != version
    for key in source.rows:
        source.put(key, f"2026-10-1{key}T08:00:00", tanggal_lamar="2026-10-01")
    assert _materialize().success
    with connect(settings) as connection:
        assert not open_refusals(connection, OCTOBER, "lamaran")
    assert len(_query(settings, "select 1 from raw.lamaran")) == len(before) + 5


def test_a_column_that_only_some_records_lack_is_not_missing(settings: Settings, source: Shifting):
    del source.rows[1]["tanggal_lamar"]
    assert _checks(_materialize(), "lamaran")["sumber_utuh"].passed
    assert _query(settings, "select count(*) from raw.lamaran") == [(5,)]


def test_a_source_that_invents_a_column_for_every_record_fills_neither_memory_nor_message():
    seen = ColumnsSeen(load_contract("batang_career", "lamaran"))
    seen.take({"id": n, f"kolom{n}\0\ud800" + "x" * 500: 1} for n in range(30_000))
    names = seen.unknown()
    assert len(names) == NAMES_LISTED
    assert max(map(len, names)) <= 100
    "".join(names).encode()
