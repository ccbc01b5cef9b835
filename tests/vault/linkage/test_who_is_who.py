"""Who is linked and who is not: each case by hand, through the real door, vault and model."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people
from batang_assets.vault.linkage.decisions import decide
from tests.vault.linkage.people import person, persons, proposals, take_in

SEEKER, TRAINEE, PLACED, WORKER = "pencari-kerja", "peserta-pelatihan", "penempatan", "penduduk-bekerja"
BORN = "1994-03-17"


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(settings) as connection:
        yield connection


class House:
    """A database with people in it, linked as often as a test asks."""

    def __init__(self, connection: psycopg.Connection, settings: Settings) -> None:
        self.connection, self.settings = connection, settings
        self.ring = KeyRing.load(settings.keys)
        self.now = settings.now()

    def take(self, *rows: tuple[str, dict[str, Any]]) -> None:
        take_in(self.connection, self.settings, list(rows))

    def link(self):
        self.now += timedelta(hours=1)
        return link_people(self.connection, self.ring, "uji", self.now)

    def decide(self, kind, one: str, other: str) -> None:
        self.now += timedelta(minutes=1)
        decide(self.connection, kind, one, other, "Bu Ratna", "diperiksa", self.now)
        self.connection.commit()

    def token(self, table: str, number: int) -> str:
        row = self.connection.execute(
            f"select orang_token from raw.{table} where id = %s".encode(), [str(number)]
        ).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def house(conn: psycopg.Connection, settings: Settings) -> House:
    return House(conn, settings)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Slamet Widodo", {}),
        ("H. Slamet Widodo, S.Pd.", {}),
        ("Widodo Slamet", {}),
        ("Slamet W.", {}),
        ("Slamet Widodo", {"tanggal_lahir": "17 Maret 1994"}),
        ("Slamet Widodo", {"jenis_kelamin": "Laki-laki", "kode_wilayah": "3325040007"}),
    ],
)
def test_a_trainee_without_nik_is_the_seeker_of_the_same_name_birth_and_village(house: House, name, changes):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN), person(TRAINEE, 2, name, BORN, serial=None, **changes)
    )
    house.link()
    assert persons(house.connection) == {"peserta_pelatihan:2": house.token("pencari_kerja", 1)}


@pytest.mark.parametrize(
    ("nik_change", "why"),
    [(lambda nik: nik[:9] + nik[10:], "a digit lost"), (lambda nik: int(nik[:15] + "0"), "a number")],
)
def test_a_broken_nik_is_no_nik_and_its_person_is_found(house: House, nik_change, why):
    seeker = person(SEEKER, 1, "Slamet Widodo", BORN, serial=4321)
    broken = person(WORKER, 2, "Slamet Widodo", BORN, nik=nik_change(seeker[1]["nik"]))
    house.take(seeker, broken)
    house.link()
    assert persons(house.connection) == {"penduduk_bekerja:2": house.token("pencari_kerja", 1)}, why


def test_a_placement_is_of_the_registration_it_names(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN),
        person(PLACED, 2, "Slamet Widada", BORN, serial=None, pencari_kerja_id=1),
    )
    house.link()
    assert persons(house.connection) == {"penempatan:2": house.token("pencari_kerja", 1)}


@pytest.mark.parametrize(
    ("name", "birth", "sex", "why"),
    [
        ("Siti Widodo", BORN, "P", "a twin of the other sex"),
        ("Sugeng Widodo", BORN, "L", "a twin of another name"),
        ("Slamat Widodo", BORN, "L", "a twin whose name is a letter away"),
        ("Slamet Widodo", "2018-03-17", "L", "a son of the same name, born the same day of the year"),
        ("Slamet Widodo", "1970-08-02", "L", "a father of the same name"),
        ("Slamet Widodo", BORN, "P", "a namesake of the other sex"),
    ],
)
def test_twins_fathers_and_namesakes_are_not_merged(house: House, name, birth, sex, why):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN),
        person(TRAINEE, 2, name, birth, sex, serial=None),
        person(WORKER, 3, name, birth, sex, serial=None),
    )
    house.link()
    assert house.token("pencari_kerja", 1) not in persons(house.connection).values(), why


def test_a_lone_common_name_needs_more_than_a_birth_date(house: House):
    house.take(
        person(SEEKER, 1, "Slamet", BORN),
        person(TRAINEE, 2, "Slamet", BORN, serial=None, kode_wilayah="33.25.01.2001"),
    )
    house.link()
    assert persons(house.connection) == {}


def test_two_people_with_sound_niks_are_proposed_and_never_merged(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN, serial=11, no_hp="081234567890"),
        person(SEEKER, 2, "Slamet Widodo", BORN, serial=12, no_hp="+6281234567890"),
    )
    house.link()
    assert persons(house.connection) == {}
    assert proposals(house.connection) == {("pencari_kerja:1", "pencari_kerja:2"): "nik_berbeda"}


def test_who_fits_two_people_alike_is_left_to_a_person(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN, serial=11),
        person(SEEKER, 2, "Slamet Widodo", BORN, serial=12),
        person(TRAINEE, 3, "Slamet Widodo", BORN, serial=None),
    )
    house.link()
    assert persons(house.connection) == {}
    why = proposals(house.connection)
    assert (
        why["pencari_kerja:1", "peserta_pelatihan:3"]
        == why["pencari_kerja:2", "peserta_pelatihan:3"]
        == "rancu"
    )
    house.decide("gabung", "pencari_kerja:1", "pencari_kerja:2")
    house.link()
    one, two = sorted(house.token("pencari_kerja", number) for number in (1, 2))
    assert persons(house.connection) == {two: one, "peserta_pelatihan:3": one}


def test_a_nik_that_its_own_row_contradicts_gives_way_only_to_its_likeness(house: House):
    seeker = person(SEEKER, 1, "Slamet Widodo", BORN, serial=4321, no_hp="081234567890")
    mistyped = person(TRAINEE, 2, "Slamet Widodo", BORN, nik=seeker[1]["nik"].replace("170394", "180394"))
    stranger = person(WORKER, 3, "Slamet Widodo", BORN, nik=seeker[1]["nik"][:6] + "1803949876")
    house.take(seeker, mistyped, stranger)
    house.link()
    found = persons(house.connection)
    assert found == {house.token("peserta_pelatihan", 2): house.token("pencari_kerja", 1)}


def test_a_decision_is_undone_by_its_contrary_and_the_history_stays(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN), person(TRAINEE, 2, "Dwi Astuti", "1999-01-02", "P", None)
    )
    house.link()
    assert persons(house.connection) == {}
    house.decide("gabung", "peserta_pelatihan:2", "pencari-kerja:1")
    house.link()
    assert persons(house.connection) == {"peserta_pelatihan:2": house.token("pencari_kerja", 1)}
    house.decide("pisah", "pencari_kerja:1", "peserta_pelatihan:2")
    house.link()
    assert persons(house.connection) == {}
    history = house.connection.execute(
        "select cara, keyakinan, sebab_dicabut from vault.tautan_orang"
    ).fetchall()
    assert history == [("keputusan", 1.0, "keputusan")]


def test_a_split_holds_against_the_model_whatever_comes_later(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN), person(TRAINEE, 2, "Slamet Widodo", BORN, serial=None)
    )
    house.link()
    assert len(persons(house.connection)) == 1
    house.decide("pisah", "pencari_kerja:1", "peserta_pelatihan:2")
    house.link()
    assert persons(house.connection) == {}
    # A third record that is like both must not bring them together.
    house.take(person(WORKER, 3, "Slamet Widodo", BORN, serial=None))
    house.link()
    found = persons(house.connection)
    assert found.get("peserta_pelatihan:2") != house.token("pencari_kerja", 1)
    assert found.get("penduduk_bekerja:3", "") != found.get("peserta_pelatihan:2", "-")
    house.decide("gabung", "pencari_kerja:1", "peserta_pelatihan:2")
    house.link()
    assert persons(house.connection)["peserta_pelatihan:2"] == house.token("pencari_kerja", 1)


def test_a_record_whose_nik_is_mended_leaves_its_link_for_its_nik(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN), person(TRAINEE, 2, "Slamet Widodo", BORN, serial=None)
    )
    house.link()
    house.take(person(TRAINEE, 2, "Slamet Widodo", BORN, updated_at="2026-10-31T09:00:00+07:00"))
    house.link()
    assert persons(house.connection) == {}
    assert house.token("pencari_kerja", 1) is not None
    (cause,) = house.connection.execute("select sebab_dicabut from vault.tautan_orang").fetchall()
    assert cause == ("data_berubah",)


@pytest.mark.parametrize(
    ("one", "other", "by", "message"),
    [
        ("pencari_kerja:1", "pencari_kerja:1", "Bu Ratna", "one record"),
        ("pencari_kerja:1", "pencari_kerja:9", "Bu Ratna", "no record pencari_kerja:9"),
        ("pencari_kerja:1", "orang:9", "Bu Ratna", "dataset:id"),
        ("pencari_kerja:1", "peserta_pelatihan:2", " ", "--by"),
        ("pencari_kerja:1", "peserta_pelatihan:2", "Bu Ratna", "NIK yang sama"),
    ],
)
def test_a_decision_that_cannot_be_kept_is_refused_in_one_line(house: House, one, other, by, message):
    house.take(person(SEEKER, 1, "Slamet Widodo", BORN), person(TRAINEE, 2, "Slamet Widodo", BORN))
    with pytest.raises(DataError, match=message) as caught:
        decide(house.connection, "pisah", one, other, by, "diperiksa", house.now)
    assert "\n" not in str(caught.value)
    assert house.connection.execute("select count(*) from vault.keputusan_orang").fetchone() == (0,)


def test_nothing_changed_opens_nothing_and_writes_nothing(house: House):
    house.take(
        person(SEEKER, 1, "Slamet Widodo", BORN), person(TRAINEE, 2, "Slamet Widodo", BORN, serial=None)
    )
    first = house.link()
    count = "select (select count(*) from vault.pengungkapan), (select count(*) from vault.penautan)"
    before = house.connection.execute(count).fetchone()
    again = house.link()
    assert (first.computed, again.computed) == (True, False)
    assert again.linked == first.linked == 1
    assert house.connection.execute(count).fetchone() == before == (2, 1)
