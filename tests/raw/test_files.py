"""The files source: a content is examined once, kept sealed, and shown again whenever a month asks for it."""

import io
import os
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from batang_assets.cli.state import drops_state
from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.errors import BatangError, ConfigurationError, DataError, SourceError
from batang_assets.partitions import Period
from batang_assets.raw.checks import DROPS_READ, check_results
from batang_assets.raw.extract import Extractor
from batang_assets.raw.files.archive import ContentMoved, archive_path, keep
from batang_assets.raw.files.aside import set_aside
from batang_assets.raw.files.source import open_files_source
from batang_assets.raw.sources import open_source
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from tests.raw.drops import OCTOBER, aged, drop, fresh, read, register

LAMARAN = load_contract("batang_career", "lamaran")
HEAD = "id,pencari_kerja_id,lowongan_id,tanggal_lamar,status,updated_at\n"


def rows(*pairs: tuple[int, str]) -> str:
    """A drop of applications: (id, updated_at)."""
    return HEAD + "".join(f"{n},11,3,2026-10-02,dikirim,{moment}\n" for n, moment in pairs)


def ids(settings: Settings, period: Period = OCTOBER) -> list[str]:
    return [row["id"] for row in read(settings, "lamaran", period)]


def extract(settings: Settings, period: Period) -> int:
    """Extract one month into raw; the number of new versions."""
    with open_source(settings) as source, connect(settings) as connection:
        extractor = Extractor(connection, settings, KeyRing.load(settings.keys), source, "run-uji")
        return extractor.extract(LAMARAN, period).new_versions


@pytest.fixture(scope="module")
def base(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def settings(base: Settings, tmp_path: Path) -> Settings:
    return fresh(base, tmp_path)


def test_a_window_shows_the_month_and_the_first_month_everything_older(settings: Settings):
    drop(settings, "a.csv", rows((1, "2019-01-01"), (2, "2026-07-31T23:59:59+07:00"), (3, "2026-08-01")))
    drop(settings, "b.csv", rows((4, "2026-09-30T23:59:59+07:00"), (5, "2026-09-30T17:00:00+00:00")))
    assert [ids(settings, Period(2026, month)) for month in (7, 8, 9, 10)] == [
        ["1", "2"],
        ["3"],
        ["4"],
        ["5"],
    ]


def test_the_same_content_under_another_name_is_one_drop(settings: Settings):
    path = drop(settings, "a.csv", rows((1, "2026-10-02")))
    assert ids(settings) == ["1"]
    path.rename(path.with_name("b.csv"))
    drop(settings, "c.csv", rows((1, "2026-10-02")))
    assert ids(settings) == ["1"]
    assert register(settings) == {"a.csv": (True, None, "lamaran", 1)}
    assert len(list((settings.home / "berkas").iterdir())) == 1


def test_a_drop_is_kept_when_its_file_is_removed_or_replaced(settings: Settings):
    path = drop(settings, "a.csv", rows((1, "2026-10-02")))
    assert ids(settings) == ["1"]
    drop(settings, "a.csv", rows((3, "2026-10-03")), age_s=40)
    assert ids(settings) == ["1", "3"]
    path.unlink()
    assert ids(settings) == ["1", "3"]


def test_drops_are_shown_in_the_order_they_came(settings: Settings):
    drop(settings, "z.csv", rows((1, "2026-10-02")), age_s=300)
    drop(settings, "a.csv", rows((1, "2026-10-03")), age_s=200)
    assert [row["updated_at"][:10] for row in read(settings, "lamaran")] == ["2026-10-02", "2026-10-03"]


def test_what_is_kept_is_sealed_and_private(settings: Settings):
    content = "id,nik,nama_lengkap,updated_at\n1,3325010101990001,Siti Rahayu,2026-10-02\n"
    path = drop(settings, "pencari_kerja.csv", content)
    assert len(read(settings, "pencari-kerja")) == 1
    assert path.read_text() == content
    for kept in settings.home.rglob("*"):
        if kept.is_file():
            assert not kept.stat().st_mode & 0o077
            assert b"Siti Rahayu" not in kept.read_bytes()
            assert b"3325010101990001" not in kept.read_bytes()
    with connect(settings) as connection:
        text = str(connection.execute("select t::text from raw.berkas t").fetchall())
    assert "Siti" not in text
    assert "3325010101990001" not in text


@pytest.mark.parametrize("harm", ["flip", "cut", "swap", "gone"])
def test_damage_to_the_archive_is_found_out(settings: Settings, harm: str):
    drop(settings, "a.csv", HEAD + ("1,11,3,2026-10-02,dikirim,2026-10-02\n" * 60_000))
    drop(settings, "b.csv", rows((2, "2026-10-02")))
    assert len(ids(settings)) == 60_001
    first, second = sorted((settings.home / "berkas").iterdir(), key=lambda path: -path.stat().st_size)
    content = bytearray(first.read_bytes())
    match harm:
        case "flip":
            content[-100] ^= 1
            first.write_bytes(content)
        case "cut":
            # Exactly at the end of a chunk, where the rest would still open.
            start = len(b"BATANG-BERKAS-1\n")
            first.write_bytes(content[: start + 4 + int.from_bytes(content[start : start + 4], "big")])
        case "swap":
            second.replace(first)
        case "gone":
            first.unlink()
    reason = "restore the folder" if harm == "gone" else "a sealed value does not open"
    with pytest.raises((SourceError, DataError), match=reason):
        ids(settings)


def test_what_is_kept_is_what_was_fingerprinted(settings: Settings):
    target = archive_path(settings.home, bytes(32))
    with pytest.raises(ContentMoved):
        keep(KeyRing.load(settings.keys), io.BytesIO(b"isi lain"), target, bytes(32))
    assert list(target.parent.iterdir()) == []


def test_a_month_without_rows_of_a_drop_does_not_read_it(settings: Settings):
    drop(settings, "a.csv", rows((1, "2026-08-02")))
    assert ids(settings) == []
    for kept in (settings.home / "berkas").iterdir():
        kept.unlink()
    assert ids(settings) == []
    with pytest.raises(SourceError, match="restore"):
        ids(settings, Period(2026, 8))


def test_rows_without_a_usable_time_count_as_changed_when_they_came(settings: Settings):
    drop(
        settings,
        "a.csv",
        rows((1, ""), (2, "kemarin"), (3, "2087-01-01"), (4, "0000-00-00"), (5, "2026-08-01")),
    )
    assert ids(settings) == ["1", "2", "3", "4"]
    assert ids(settings, Period(2026, 8)) == ["5"]


def test_a_late_drop_is_not_lost_behind_the_watermark_of_the_running_month(
    new_settings: Callable[..., Settings], tmp_path: Path
):
    settings = fresh(new_settings(clock="2026-10-20T12:00:00+07:00"), tmp_path)
    drop(settings, "a.csv", rows((1, "2026-10-19")))
    assert extract(settings, OCTOBER) == 1
    drop(settings, "b.csv", rows((2, "2026-10-01"), (1, "2026-10-19")), age_s=30)
    assert extract(settings, OCTOBER) == 1
    assert extract(settings, OCTOBER) == 0


def test_months_can_be_materialised_in_any_order_and_again(
    new_settings: Callable[..., Settings], tmp_path: Path
):
    settings = fresh(new_settings(), tmp_path)
    drop(settings, "a.csv", rows((1, "2026-07-02"), (2, "2026-09-02"), (3, "2026-10-02")))
    drop(settings, "b.csv", rows((2, "2026-10-05"), (3, "2026-10-02")), age_s=30)
    months = [Period(2026, month) for month in (10, 7, 9, 8, 10, 7)]
    assert [extract(settings, month) for month in months] == [2, 1, 1, 0, 0, 0]
    with connect(settings) as connection:
        stored = connection.execute(
            "select id, updated_at from raw.lamaran order by id, updated_at"
        ).fetchall()
    assert [key[0] for key in stored] == ["1", "2", "2", "3"]


def test_a_file_still_being_written_is_left_for_later(settings: Settings):
    path = drop(settings, "a.csv", rows((1, "2026-10-02")), age_s=0)
    for name in ("b.csv.part", "c.tmp", ".d.csv", "~$e.xlsx", "f.csv.sebagian", "g.pdf"):
        drop(settings, name, rows((2, "2026-10-02")))
    os.mkfifo(path.with_name("pipa.csv"))
    assert register(settings) == {}
    aged(path)
    assert register(settings) == {"a.csv": (True, None, "lamaran", 1)}


def test_a_run_waits_until_a_fresh_file_is_still(settings: Settings):
    drop(settings, "a.csv", rows((1, "2026-10-02")), age_s=0)
    assert ids(settings) == ["1"]


def test_a_file_that_changes_while_it_is_read_is_not_believed(settings: Settings):
    assert settings.career_files is not None
    path = settings.career_files / "a.csv"
    path.write_text(rows((1, "2026-10-02")))
    with open_files_source(settings) as source:
        (look,) = source.intake.look()
        path.write_text(rows((1, "2026-10-02"), (2, "2026-10-02")))
        source.intake._take(look)
        assert source.register.seen() == {}
        assert source.register.since(0) == []


def test_a_corrected_field_map_gives_refused_drops_another_chance(settings: Settings, tmp_path: Path):
    maps = tmp_path / "peta"
    maps.mkdir()
    drop(settings, "lamaran.csv", "no,pelamar,lowongan,tgl\n1,11,3,2026-10-02\n")
    assert ids(settings) == []
    assert register(settings)["lamaran.csv"][1]
    (maps / "lamaran.yaml").write_text(
        "dataset: lamaran\nberkas: lamaran*\nwaktu_ubah: tgl\nkolom: {id: no, pencari_kerja_id: pelamar}\n"
    )
    mended = settings.model_copy(update={"career_map": maps})
    assert ids(mended) == ["1"]
    assert register(mended)["lamaran.csv"] == (True, None, "lamaran", 1)


def test_live_ids_come_from_the_newest_full_snapshot_alone(settings: Settings, tmp_path: Path):
    maps = tmp_path / "peta"
    maps.mkdir()
    drop(settings, "lamaran-1.csv", rows((1, "2026-10-01"), (2, "2026-10-01")), age_s=300)
    drop(
        settings,
        "lamaran-2.csv",
        HEAD.replace("\n", ",deleted_at\n")
        + "2,11,3,2026-10-02,dikirim,2026-10-02,\n3,11,3,2026-10-02,dikirim,2026-10-02,2026-10-03\n"
        + "4,11,3,2026-10-02,dikirim,2026-10-02,0000-00-00 00:00:00\n"
        + "2,11,3,2026-10-02,dipanggil,2026-10-03,\n",
    )
    with open_files_source(settings) as source, pytest.raises(SourceError, match="potret: true"):
        list(source.live_ids(LAMARAN))
    (maps / "lamaran.yaml").write_text("dataset: lamaran\npotret: true\n")
    with open_files_source(settings.model_copy(update={"career_map": maps})) as source:
        assert list(source.live_ids(LAMARAN)) == ["2", "4"]


def test_a_missing_folder_is_named(settings: Settings, tmp_path: Path):
    nowhere = settings.model_copy(update={"career_files": tmp_path / "tidak-ada"})
    with pytest.raises(ConfigurationError, match="BATANG_CAREER_FILES"), open_files_source(nowhere):
        pass
    with open_files_source(settings) as source:
        source.check()
        assert settings.career_files is not None
        settings.career_files.rmdir()
        with pytest.raises(BatangError, match="BATANG_CAREER_FILES"):
            source.check()


def test_a_large_csv_is_read_in_bounded_memory(settings: Settings):
    long = "x" * 20_000
    content = HEAD + "".join(f"{n},11,3,2026-10-02,{long},2026-10-02T00:00:00+07:00\n" for n in range(3_000))
    drop(settings, "a.csv", content)
    size = len(content)
    del content
    tracemalloc.start()
    try:
        with open_files_source(settings) as source:
            count = sum(1 for _ in source.window(LAMARAN, OCTOBER.start, OCTOBER.end))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 3_000
    assert peak < size / 4


def test_the_clock_of_a_drop_is_that_of_the_pipeline(settings: Settings):
    drop(settings, "a.csv", rows((1, "")))
    with open_files_source(settings) as source:
        source.intake.take_in(wait=False)
        (only,) = source.register.since(0)
    assert only.arrived == settings.now() - timedelta(seconds=1)
    assert isinstance(only.arrived, datetime)
    assert archive_path(settings.home, only.digest).exists()


def test_a_refused_drop_is_told_until_it_leaves_the_folder_or_is_mended(settings: Settings):
    stray = drop(settings, "catatan-rapat.csv", "perihal;isi\nrapat;KENARI\n")
    twice = drop(settings, "lowongan.csv", "id;judul;judul\n1;KENARI;KENARI\n")
    read(settings, "lowongan")
    with connect(settings) as connection:
        told = {one.name: one for one in set_aside(connection)}
        assert told.keys() == {"catatan-rapat.csv", "lowongan.csv"}
        # Nobody's file concerns every dataset.
        assert "catatan-rapat.csv" in {one.name for one in set_aside(connection, "lamaran")}
        state = drops_state(connection)["refused"]
        (check,) = [
            result
            for result in check_results(dg.AssetKey(["raw", "lowongan"]), [], [], set_aside(connection))
            if result.check_name == DROPS_READ
        ]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert {one["file"]: one["reason"] for one in state} == {name: one.reason for name, one in told.items()}
    assert "lowongan.csv" in str(check.description)
    assert "KENARI" not in f"{state}{check.description}"
    stray.unlink()
    drop(settings, twice.name, "id;judul;updated_at\n1;Operator;2026-10-05T08:00:00+07:00\n")
    assert [row["id"] for row in read(settings, "lowongan")] == ["1"]
    with connect(settings) as connection:
        assert set_aside(connection) == []
