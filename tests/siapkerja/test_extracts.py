"""Extracts of the centre: the same rows as the read-back, each drop once, nothing of a person told to anyone."""

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from batang_assets.cli.guards import accept_source
from batang_assets.contracts import load_contract
from batang_assets.partitions import Period
from batang_assets.raw.files.aside import set_aside
from batang_assets.raw.inspection.report import inspect_extracts
from batang_assets.sandbox.siapkerja.extract import write_extract
from batang_assets.settings import Settings
from batang_assets.siapkerja.assets import extracts_result
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.extracts import Extracted, take_extracts
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.readback import read_back
from batang_assets.siapkerja.sending import send_pending
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_pusat import Pusat

HEADER = "ID SIAPkerja;Nomor Induk Kependudukan;Nama Lengkap;Tgl Lahir;L/P;Tanggal Diperbarui"
NIK = "3325115708990101"
NOT_OF_THE_ROW = ("_versi", "_isi_hash", "_run_id", "_diterima_pada", "diubah_pada")


@pytest.fixture
def folder(connection: psycopg.Connection, dunia: Dunia, tmp_path: Path) -> Path:
    """An empty watched folder beside a small world in the marts."""
    connection.execute("truncate raw.berkas, raw.berkas_nama")
    connection.commit()
    place = tmp_path / "ekstrak"
    place.mkdir()
    return place


@pytest.fixture
def extracts(house: Settings, folder: Path) -> Settings:
    """Settings that know the centre by its extracts alone."""
    return house.model_copy(update={"siapkerja_files": folder})


def put(folder: Path, name: str, *lines: str, age_s: float = 60) -> None:
    aged(folder, name, "\n".join([HEADER, *lines]) + "\n", age_s)


def aged(folder: Path, name: str, text: str, age_s: float = 60) -> None:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    still(path, age_s)


def still(path: Path, age_s: float = 60) -> None:
    """Let a file look as if nobody wrote to it for a while."""
    then = time.time() - age_s
    os.utime(path, (then, then))


def take(connection: psycopg.Connection, ring: KeyRing, settings: Settings) -> dict[str, Extracted]:
    return take_extracts(connection, ring, settings, OKTOBER, "run-uji")


def rows(connection: psycopg.Connection, domain: str) -> list[dict[str, Any]]:
    """The raw rows of a domain: facts, findings and the time of change, whatever wrote them."""
    table = sql.Identifier("raw", load_contract("siapkerja", domain).table)
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            sql.SQL("select t.*, diubah_pada::timestamptz as berubah from {} t order by id, _versi").format(
                table
            )
        ).fetchall()
    connection.rollback()
    return [{k: v for k, v in row.items() if k not in NOT_OF_THE_ROW} for row in found]


def current(connection: psycopg.Connection) -> dict[str, str]:
    """id → whether withdrawn, of the version that counts now."""
    found = connection.execute(
        "select distinct on (id) id, ditarik from raw.siapkerja__pencari_kerja"
        " order by id, diubah_pada::timestamptz desc, _versi desc"
    ).fetchall()
    connection.rollback()
    return dict(found)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_extract_with_all_columns_fills_raw_as_the_read_back_does(
    connection: psycopg.Connection,
    ring: KeyRing,
    dunia: Dunia,
    start_pusat: Callable[..., Pusat],
    settings_for: Callable[..., Settings],
    folder: Path,
    tmp_path: Path,
    kind: str,
) -> None:
    settings = settings_for(start_pusat(), siapkerja_files=folder)
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings) as client:
        send_pending(connection, ring, client)
        dunia.remove("pencari-kerja", 3)
        dunia.open_gates()
        enqueue(connection, ring, settings, OKTOBER, "run-uji")
        send_pending(connection, ring, client)
        for domain in DOMAINS:
            read_back(connection, ring, client, domain.name, OKTOBER, "run-1")
    read = {domain.name: rows(connection, domain.name) for domain in DOMAINS}
    assert sum(map(len, read.values())) == 58
    for domain in DOMAINS:
        connection.execute(f"truncate raw.siapkerja__{domain.name.replace('-', '_')}".encode())
    connection.execute("delete from vault.identitas where tabel like 'siapkerja%'")
    connection.commit()
    write_extract(tmp_path / "pusat-0" / "pusat.sqlite", folder, kind=kind, day=date(2026, 10, 30))
    for path in folder.iterdir():
        still(path)

    found = take(connection, ring, settings)
    for name, expected in read.items():
        for one, other in zip(rows(connection, name), expected, strict=True):
            assert {k: (v, other[k]) for k, v in one.items() if v != other[k]} == {}, name
    assert {one.drops for one in found.values()} == {1}
    assert all(not one.unreadable and not one.refused for one in found.values())
    seen = connection.execute(
        "select distinct cara, keadaan_pada from delivery.baca_ulang where cara = 'ekstrak'"
    ).fetchall()
    assert seen == [("ekstrak", date(2026, 10, 30))]
    sealed = connection.execute(
        "select count(*) from vault.identitas where tabel = 'siapkerja__pencari_kerja'"
    ).fetchone()
    assert sealed == (25,)
    inspection = inspect_extracts(settings)
    assert inspection is not None
    assert inspection.usable
    seekers = next(report for report in inspection.datasets if report.dataset == "pencari-kerja")
    assert [column.name for column in seekers.columns if column.state != "matched"] == []


def test_a_drop_is_loaded_once_whatever_its_name(connection, ring, extracts, folder) -> None:
    put(folder, "pencaker 2026-10-30.csv", f"P1;{NIK};Kenari Satu;17-08-1999;P;30/10/2026")
    first = take(connection, ring, extracts)["pencari-kerja"]
    assert (first.drops, first.rows, first.new_versions) == (1, 1, 1)
    put(folder, "pencaker salinan.csv", f"P1;{NIK};Kenari Satu;17-08-1999;P;30/10/2026")
    again = take(connection, ring, extracts)["pencari-kerja"]
    assert (again.drops, again.new_versions) == (0, 0)
    assert len(rows(connection, "pencari-kerja")) == 1


def test_a_part_of_the_columns_is_enough_and_claims_no_comparison(connection, ring, extracts, folder) -> None:
    put(folder, "pencaker.csv", f"P1;{NIK};Kenari Satu;1999-08-17;P;kemarin", "P2;;Kenari Dua;1999-08-17;P;")
    found = take(connection, ring, extracts)["pencari-kerja"]
    one, two = rows(connection, "pencari-kerja")
    assert (one["nik_struktur_sah"], two["nik_struktur_sah"]) == (True, False)
    assert (one["sidik_data"], one["ditarik"], one["sumber"], one["pendidikan"]) == (
        None,
        "false",
        "pusat",
        None,
    )
    assert one["berubah"] == two["berubah"]  # when the file came
    assert found.unreadable == {"diubah_pada": 1}
    result = extracts_result(dg.AssetKey("x"), found)
    assert not result.passed
    assert result.description == "Nilai yang tidak terbaca menurut kontrak: diubah_pada (1)."
    assert "Kenari" not in str(rows(connection, "pencari-kerja"))


def test_a_refused_drop_is_named_until_it_is_gone_and_shows_no_value(
    connection, ring, extracts, folder
) -> None:
    aged(folder, "pencaker.csv", f"{HEADER}\n;{NIK};Kenari Satu;1999-08-17;P;2026-10-30\n")
    found = take(connection, ring, extracts)
    refused = found["pencari-kerja"].refused
    assert [(drop.name, drop.source, drop.dataset) for drop in refused] == [
        ("pencaker.csv", "siapkerja", "pencari-kerja")
    ]
    result = extracts_result(dg.AssetKey("x"), found["pencari-kerja"])
    assert "baris 2: kolom id kosong" in str(result.description)
    assert NIK not in str(result.description)
    assert "Kenari" not in str(result.description)
    assert set_aside(connection, source="batang_career") == []
    connection.rollback()
    (folder / "pencaker.csv").unlink()
    assert take(connection, ring, extracts)["pencari-kerja"].refused == []


def test_what_a_snapshot_no_longer_shows_is_withdrawn_and_may_come_back(
    connection, ring, extracts, folder, tmp_path
) -> None:
    maps = tmp_path / "peta"
    maps.mkdir()
    (maps / "pk.yaml").write_text(
        'dataset: pencari-kerja\npotret: ya\nkolom: {id: ["ID SIAPkerja"], nama: ["Nama Lengkap"],'
        ' nik: ["Nomor Induk Kependudukan"], diubah_pada: ["Tanggal Diperbarui"]}\n'
    )
    settings = extracts.model_copy(update={"siapkerja_map": maps, "career_shrink_pct": 34})
    line = "{};" + NIK + ";Kenari;1999-08-17;P;2026-10-01"
    put(folder, "pencaker a.csv", *(line.format(f"P{n}") for n in (1, 2, 3)), age_s=90)
    take(connection, ring, settings)
    put(folder, "pencaker b.csv", line.format("P1"), line.format("P2"), age_s=80)
    found = take(connection, ring, settings)["pencari-kerja"]
    assert (found.withdrawn, current(connection)) == (1, {"P1": "false", "P2": "false", "P3": "true"})

    put(folder, "pencaker c.csv", line.format("P9"), age_s=70)
    shrunk = take(connection, ring, settings)["pencari-kerja"]
    assert (shrunk.drops, len(shrunk.shrunk)) == (0, 1)
    assert "ekstrak tidak lagi memuat 2 dari 2 catatan" in shrunk.shrunk[0]
    assert current(connection) == {"P1": "false", "P2": "false", "P3": "true"}
    assert "batang source accept siapkerja/pencari-kerja --period 2026-10" in shrunk.shrunk[0]

    accepted = accept_source(
        settings, "siapkerja/pencari-kerja", "2026-10", "Bu Sri", "Pusat membersihkan data"
    )
    assert "2 of 2" in accepted[0]
    believed = take(connection, ring, settings)["pencari-kerja"]
    assert (believed.drops, believed.withdrawn, believed.shrunk) == (1, 2, [])
    assert current(connection) == {"P1": "true", "P2": "true", "P3": "true", "P9": "false"}

    put(folder, "pencaker d.csv", *(line.format(f"P{n}") for n in (1, 2, 3, 4, 9)), age_s=60)
    take(connection, ring, settings)
    assert current(connection) == {"P1": "false", "P2": "false", "P3": "false", "P4": "false", "P9": "false"}


def test_a_row_with_an_illegible_fact_is_marked_by_its_column_and_no_value(
    connection, ring, extracts, folder
) -> None:
    put(
        folder,
        "pencaker.csv",
        f"P1;{NIK};Kenari;kemarin;P;2026-10-01",
        f"P2;{NIK};Kenari;1999-08-17;P;2026-10-01",
    )
    assert take(connection, ring, extracts)["pencari-kerja"].unreadable == {"tanggal_lahir": 1}
    notes = {row["id"]: row["_catatan"] for row in rows(connection, "pencari-kerja")}
    assert notes == {"P1": ["tidak_terbaca:tanggal_lahir"], "P2": None}


def test_without_a_folder_nothing_is_looked_for(connection, ring, house) -> None:
    assert take_extracts(connection, ring, house, Period(2026, 10), "run-uji") == {}
    assert inspect_extracts(house) is None
