"""People entered at the centre: without a usable NIK they are linked beside ours, and a person can undo it."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.settings import Settings
from batang_assets.vault.linkage.records import read_record
from tests.vault.linkage.people import nik_of, person, persons, proposals
from tests.vault.linkage.test_who_is_who import BORN, SEEKER, House

THEIRS = "siapkerja__pencari_kerja"


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(settings) as connection:
        yield connection


@pytest.fixture
def house(conn: psycopg.Connection, settings: Settings) -> House:
    return House(conn, settings)


def entered(house: House, identity: str, name: str = "SLAMET WIDODO", **changes: Any) -> None:
    """A job seeker whom the centre shows; without a NIK unless given."""
    row: dict[str, Any] = {
        "id": identity, "id_daerah": None, "ditarik": False, "diubah_pada": "2026-10-02T08:00:00Z", "nik": None,
        "nama": name, "tanggal_lahir": BORN, "jenis_kelamin": "L", "kode_wilayah": "3325042007", "no_hp": None,
    }  # fmt: skip
    contract = load_contract("siapkerja", "pencari-kerja")
    load_records(house.connection, house.ring, contract, Period(2026, 10), "uji", [row | changes])
    house.connection.commit()


def test_a_seeker_of_the_centre_without_nik_is_ours_of_the_same_name_birth_and_village(house: House) -> None:
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN))
    entered(house, "SK-1")
    assert house.link().linked == 1
    assert persons(house.connection) == {f"{THEIRS}:SK-1": house.token("pencari_kerja", 1)}


def test_ours_names_the_person_where_neither_has_a_nik(house: House) -> None:
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN, serial=None))
    entered(house, "SK-1", no_hp="+6281234567890")
    house.link()
    assert persons(house.connection) in ({}, {f"{THEIRS}:SK-1": "pencari_kerja:1"})
    house.decide("gabung", "pencari_kerja:1", f"{THEIRS}:SK-1")
    house.link()
    assert persons(house.connection) == {f"{THEIRS}:SK-1": "pencari_kerja:1"}


def test_a_split_undoes_the_link_and_a_merge_restores_it(house: House) -> None:
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN))
    entered(house, "SK-1")
    house.link()
    house.decide("pisah", "pencari_kerja:1", f"{THEIRS}:SK-1")
    house.link()
    assert persons(house.connection) == {}
    assert proposals(house.connection) == {("pencari_kerja:1", f"{THEIRS}:SK-1"): "dipisah"}
    house.decide("gabung", "pencari_kerja:1", f"{THEIRS}:SK-1")
    house.link()
    assert persons(house.connection) == {f"{THEIRS}:SK-1": house.token("pencari_kerja", 1)}


def test_a_nik_decides_before_any_likeness(house: House) -> None:
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN))
    entered(house, "SK-1", nik=nik_of(BORN, "L", 77))
    house.link()
    assert persons(house.connection) == {}


def test_what_the_centre_got_from_us_or_withdrew_is_left_out(house: House) -> None:
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN))
    entered(house, "SK-1", id_daerah="batang:pencari-kerja:1", versi=1)
    entered(house, "SK-2")
    entered(house, "SK-2", nama=None, tanggal_lahir=None, ditarik=True, diubah_pada="2026-10-03T08:00:00Z")
    linked = house.link()
    assert (linked.records, persons(house.connection)) == (1, {})
    assert read_record(house.connection, f"{THEIRS}:SK-2") is None


def test_a_sending_alone_computes_nothing_again(house: House) -> None:
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN))
    entered(house, "SK-1")
    assert house.link().computed
    entered(house, "SK-9", id_daerah="batang:pencari-kerja:1", versi=1)
    assert not house.link().computed
    entered(house, "SK-2", name="Untung")
    assert house.link().computed


def test_the_command_line_shows_the_pair_without_a_value(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from batang_assets.cli.app import app
    from batang_assets.settings import get_settings

    house.take(person(SEEKER, 1, "Slamet Widodo", BORN))
    entered(house, "SK-1")
    house.link()
    assert settings.database_url is not None
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    get_settings.cache_clear()
    try:
        listed = CliRunner().invoke(app, ["people", "list", "--linked", "--json"])
        shown = CliRunner().invoke(app, ["people", "show", f"{THEIRS}:SK-1"])
    finally:
        get_settings.cache_clear()
    assert f"{THEIRS}:SK-1" in listed.output
    assert "tanpa NIK yang sah" in shown.output
    for output in (listed.output, shown.output):
        assert "slamet" not in output.lower()
        assert BORN not in output
