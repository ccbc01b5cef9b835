"""Ten thousand random histories: the models against a small program that was written from the rules alone.

The histories lie beside one another in one database, as persons and vacancies that know nothing of each other, so
that one build judges them all. Many a record arrives in two versions, in an order that has nothing to do with their
times.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from tests.warehouse import ledger_world as world
from tests.warehouse.ledger_oracle import (
    Placement,
    Registration,
    Tally,
    Vacancy,
    age_band,
    life,
    places,
    since_graduation,
)

HISTORIES, VACANCIES = 10_000, 2_000
TODAY = date(2026, 10, 31)
MONTHS = [f"2026-{month:02d}" for month in (7, 8, 9, 10)]
EDUCATION = ("SD", "SMP", "SMA", "SMK", "D3", "S1")
JOBS = (None, "2411", "5223", "7212", "91", "4")
PLACES = {"33.25.11.1013": "332511", "33.25.01.2001": "332501", "33.75.01.1001": "luar_kabupaten"}
INDUSTRIES = (("47", "47", "2020"), ("2025-A", "A", "2025"), ("C", "C", "2020"))
KINDS = ("AKL", "AKAD", "AKAN")
RECEIVERS = {"swasta": "SWASTA", "koperasi": "KOPERASI", "perorangan": "PERORANGAN"}
# Where histories meet: month ends, leap days, and each other.
HINGES = [date(2026, m, 1) - timedelta(1) for m in range(2, 12)] + [date(2026, m, 1) for m in range(1, 11)]


@dataclass
class Person:
    """One history: who it is, what was registered, where they were placed."""

    number: int
    born: date
    sex: str
    registrations: list[Registration]
    placements: list[Placement]


def some_day(rng: random.Random, near: date | None = None) -> date:
    """A day of the last two years, often a hinge or close to another one."""
    kind = rng.random()
    if near and kind < 0.6:
        return near + timedelta(rng.choice((-1, 0, 0, 1, 7, 30, 90, 181, 184, 200)))
    if kind < 0.8:
        return rng.choice(HINGES)
    return date(2025, 3, 1) + timedelta(rng.randrange(620))


def maybe(rng: random.Random, chance: float, near: date) -> date | None:
    return some_day(rng, near) if rng.random() < chance else None


def make_person(rng: random.Random, number: int, vacancies: list[Vacancy]) -> Person:
    born = date(1966, 1, 1) + timedelta(rng.randrange(42 * 365))
    sex = rng.choice("LP")
    person = Person(number, born, sex, [], [])
    anchor = some_day(rng)
    for index in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        day = min(some_day(rng, anchor), TODAY)
        graduated = rng.choice((None, day.year + 1, day.year, *(day.year - n for n in (2, 3, 5, 6, 20))))
        village = rng.choice(list(PLACES))
        registration = Registration(
            number * 10 + index, day, maybe(rng, 0.35, day), maybe(rng, 0.1, day), maybe(rng, 0.2, day),
            maybe(rng, 0.15, day),
            {
                "pendidikan": rng.choice(EDUCATION), "jabatan": rng.choice(JOBS) or "",
                "lulus": "" if graduated is None else str(graduated), "desa": village,
            },
        )  # fmt: skip
        if registration.deleted and registration.deleted > TODAY:
            registration.deleted = None
        person.registrations.append(registration)
    for index in range(rng.choice((0, 0, 1, 1, 2, 3))):
        named = rng.choice(person.registrations)
        person.placements.append(
            Placement(
                number * 10 + index, named, min(some_day(rng, named.day), TODAY), sex,
                rng.choice(vacancies).id if rng.random() < 0.3 else None, rng.random() < 0.05,
                rng.choice(KINDS), rng.choice(list(RECEIVERS)),
            )
        )  # fmt: skip
    return person


def make_vacancy(rng: random.Random, number: int) -> Vacancy:
    opened = min(some_day(rng), TODAY)
    wanted = {sex: rng.choice((0, 1, 1, 2)) for sex in ("L", "P", "bebas")}
    wanted["bebas"] += not any(wanted.values())
    deleted = maybe(rng, 0.1, opened)
    return Vacancy(
        number, opened, wanted, {sex: rng.choice((0, 0, 0, 1, 2, 3)) for sex in "LP"},
        max(some_day(rng, opened), opened), maybe(rng, 0.3, opened), maybe(rng, 0.2, opened),
        deleted if deleted and deleted <= TODAY else None,
        {
            "pendidikan": rng.choice(("", *EDUCATION)), "jabatan": rng.choice(JOBS[1:]) or "",
            "desa": rng.choice(list(PLACES)), "pemberi": str(rng.randrange(3)),
        },
    )  # fmt: skip


def seeker_record(person: Person, r: Registration) -> world.Record:
    return _person(person) | {
        "id": r.id, "tanggal_daftar": str(r.day), "tanggal_lapor_terakhir": _text(r.report),
        "tanggal_kedaluwarsa": _text(r.card), "tanggal_dihapus": _text(r.removed),
        "deleted_at": f"{r.deleted}T23:59:59.999+07:00" if r.deleted else None,
        "pendidikan_terakhir": r.attributes["pendidikan"], "tahun_lulus": r.attributes["lulus"] or None,
        "kode_jabatan_diminati": r.attributes["jabatan"] or None, "kode_wilayah_domisili": r.attributes["desa"],
        "disabilitas": "tidak", "status_bekerja": "belum pernah bekerja", "status": "aktif",
    }  # fmt: skip


def placement_record(person: Person, p: Placement) -> world.Record:
    return _person(person) | {
        "id": p.id, "pencari_kerja_id": p.registration.id, "lowongan_id": p.vacancy, "tanggal_mulai": str(p.day),
        "deleted_at": "2026-10-31T10:00:00+07:00" if p.deleted else None, "jenis_antar_kerja": p.kind,
        "jenis_penerima": p.receiver, "nama_pemberi_kerja": "Usaha", "kode_jabatan": "5223",
    }  # fmt: skip


def vacancy_record(v: Vacancy) -> world.Record:
    return {
        "id": v.id, "pemberi_kerja_id": v.attributes["pemberi"], "judul": "Tenaga kerja", "status": "buka",
        "kode_jabatan": v.attributes["jabatan"], "pendidikan_minimal": v.attributes["pendidikan"] or None,
        "kode_wilayah": v.attributes["desa"], "jumlah_l": v.places["L"], "jumlah_p": v.places["P"],
        "jumlah_bebas": v.places["bebas"], "terisi_l": v.counted["L"], "terisi_p": v.counted["P"],
        "tanggal_buka": str(v.opened), "tanggal_tutup": str(v.closes), "tanggal_terpenuhi": _text(v.completed),
        "tanggal_dihapus": _text(v.removed),
        "deleted_at": f"{v.deleted}T00:00:00+07:00" if v.deleted else None,
    }  # fmt: skip


def _person(person: Person) -> dict[str, str]:
    return {
        "nik": world.nik(person.number, str(person.born), person.sex), "nama_lengkap": "Orang Uji",
        "tanggal_lahir": str(person.born), "jenis_kelamin": person.sex,
    }  # fmt: skip


def _text(day: date | None) -> str | None:
    return str(day) if day else None


@dataclass
class World:
    """The histories, and what the source shows of them: older versions among the current ones."""

    people: list[Person]
    vacancies: list[Vacancy]
    shown: dict[str, list[world.Record]]


@pytest.fixture(scope="module")
def histories() -> World:
    rng = random.Random(20261031)
    vacancies = [make_vacancy(rng, number) for number in range(VACANCIES)]
    people = [make_person(rng, number, vacancies) for number in range(HISTORIES)]
    current: dict[str, list[world.Record]] = {
        "pemberi-kerja": [
            {
                "id": n,
                "nama": f"Usaha {n}",
                "kode_kbli": text,
                "kode_wilayah": "33.25.11.1013",
                "status": "aktif",
            }
            for n, (text, _, _) in enumerate(INDUSTRIES)
        ],
        "lowongan": [vacancy_record(v) for v in vacancies],
        "pencari-kerja": [seeker_record(person, r) for person in people for r in person.registrations],
        "penempatan": [placement_record(person, p) for person in people for p in person.placements],
    }
    days = {"lowongan": "tanggal_buka", "pencari-kerja": "tanggal_daftar", "penempatan": "tanggal_mulai"}
    older: dict[str, list[world.Record]] = {
        dataset: [
            dict(row)
            | {day: str(some_day(rng)), "updated_at": "2026-05-01T08:00:00+07:00", "deleted_at": None}
            for row in current[dataset]
            if rng.random() < 0.2
        ]
        for dataset, day in days.items()
    }
    return World(people, vacancies, {name: rows + older.get(name, []) for name, rows in current.items()})


@pytest.fixture(scope="module", params=[1, 2], ids=["one order of arrival", "another order"])
def built(
    request: pytest.FixtureRequest, new_settings: Callable[..., Settings], histories: World
) -> Settings:
    settings = new_settings(clock="2026-10-31T23:59:59.999+07:00", first_period="2026-07")
    rng = random.Random(request.param)
    world.load(settings, {name: rng.sample(rows, len(rows)) for name, rows in histories.shown.items()})
    world.build(settings)
    return settings


def rows(settings: Settings, query: str) -> Counter[tuple]:
    with connect(settings) as connection:
        return Counter(connection.execute(query.encode()).fetchall())


def test_the_histories_meet_every_rule(histories: World, built: Settings) -> None:
    """Chance must not have left a rule untried."""
    met = rows(built, "select jenis, putusan from intermediate.int_pencari_kerja__peristiwa")
    decisions = {
        "lapor": ("berlaku", "sudah_keluar", "masa_depan"),
        "ditempatkan": ("berlaku", "belum_terdaftar", "sudah_keluar"),
        "dihapus": ("berlaku", "belum_terdaftar", "sudah_keluar", "masih_terdaftar", "masa_depan"),
        "terdaftar": ("berlaku",),
        "kedaluwarsa": ("berlaku",),
    }
    for kind, wanted in decisions.items():
        for decision in wanted:
            assert met[kind, decision] > 20, (kind, decision)
    assert rows(built, "select jumlah_bebas < 0 from marts.fct_peristiwa_lowongan")[True,] > 20
    spells = rows(built, "select orang_id from marts.fct_peristiwa_pencari_kerja where jenis = 'terdaftar'")
    assert sum(n > 1 for n in spells.values()) > HISTORIES / 10
    assert len(histories.people) >= 10_000


def test_every_life_is_what_the_rules_say(built: Settings, histories: World) -> None:
    wanted = Counter(event for p in histories.people for event in life(p.registrations, p.placements, TODAY))
    found = rows(
        built,
        "select peristiwa_id, pendaftaran_id, jenis, tanggal_peristiwa from marts.fct_peristiwa_pencari_kerja"
        " where jenis <> 'lapor'",
    )
    assert sorted((found - wanted).elements())[:5] == []
    assert sorted((wanted - found).elements())[:5] == []


def _placed(histories: World) -> dict[int, list[Placement]]:
    placed: dict[int, list[Placement]] = defaultdict(list)
    for person in histories.people:
        for placement in person.placements:
            if placement.vacancy is not None:
                placed[placement.vacancy].append(placement)
    return placed


def test_every_place_is_what_the_rules_say(built: Settings, histories: World) -> None:
    wanted: Counter[tuple] = Counter()
    placed = _placed(histories)
    for v in histories.vacancies:
        for (kind, day, sex), number in places(v, placed[v.id], TODAY).items():
            wanted[v.id, kind, day, sex] += number
    found = rows(
        built,
        "select lowongan_id, jenis, tanggal_peristiwa, jumlah_l, jumlah_p, jumlah_bebas"
        " from marts.fct_peristiwa_lowongan",
    )
    numbers: Counter[tuple] = Counter()
    for (vacancy, kind, day, *per_sex), times in found.items():
        for sex, number in zip(("L", "P", "bebas"), per_sex, strict=True):
            numbers[vacancy, kind, day, sex] += number * times
    assert {k: n for k, n in numbers.items() if n} == {k: n for k, n in wanted.items() if n}


def _vacancy_cells(
    histories: World,
) -> Iterator[tuple[Vacancy, tuple[str, str, str, str], date, int, int]]:
    """Each vacancy with each cell (table, code, edition, sex) that it moves: the day, the flow, the places."""
    placed = _placed(histories)
    for v in histories.vacancies:
        _, industry, edition = INDUSTRIES[int(v.attributes["pemberi"])]
        for (kind, day, sex), number in places(v, placed[v.id], TODAY).items():
            for table, code, version in (
                ("III/1", "semua", ""),
                ("III/4", v.attributes["pendidikan"] or "tidak_diketahui", ""),
                ("III/5", v.attributes["jabatan"], "2014"),
                ("III/6", industry, edition),
            ):
                yield v, (table, code, version, sex), day, ("dibuka", "terisi", "dihapus").index(kind), number


def test_every_cell_is_the_tally_of_the_lives(built: Settings, histories: World) -> None:
    tally, placed_cells = Tally(MONTHS), Counter[tuple[str, ...]]()
    flow = {"terdaftar": 0, "ditempatkan": 1, "dihapus": 2, "kedaluwarsa": 2}
    for person in histories.people:
        registered = {r.id: r for r in person.registrations}
        named = {f"ditempatkan:{p.id}": p for p in person.placements}
        for key, spell, kind, day in life(person.registrations, person.placements, TODAY):
            r = registered[spell]
            about, place = r.attributes, PLACES[r.attributes["desa"]]
            since = since_graduation(int(about["lulus"]) if about["lulus"] else None, r.day)
            job = (about["jabatan"], "2014") if about["jabatan"] else ("tidak_diketahui", "")
            for table, code, version, group in (
                ("III/1", age_band(person.born, r.day), "", "semua"),
                ("III/2", about["pendidikan"], "", "semua"),
                ("III/3", *job, "semua"),
                ("III/7", about["pendidikan"], "", since),
            ):
                tally.add((table, "pencari_kerja", place, code, version, group, person.sex), day, flow[kind])
            if kind == "ditempatkan" and day.isoformat()[:7] >= MONTHS[0]:
                p = named[key]
                receiver = RECEIVERS[p.receiver]
                cell = (f"{day:%Y-%m}-01", place, p.kind, about["pendidikan"], receiver, person.sex)
                placed_cells[cell] += 1
    for v, (table, code, version, sex), day, flow, number in _vacancy_cells(histories):
        cell = (table, "lowongan", PLACES[v.attributes["desa"]], code, version, "semua", sex)
        tally.add(cell, day, flow, number)
    wanted, found = set(tally.cells()), world.flows(built)
    assert sorted(found - wanted)[:3] == []
    assert sorted(wanted - found)[:3] == []
    assert world.placements(built) == {(*cell, str(n)) for cell, n in placed_cells.items()}


def test_every_place_stands_under_its_employer_and_no_other(built: Settings, histories: World) -> None:
    tally = Tally(MONTHS)
    for v, cell, day, flow, number in _vacancy_cells(histories):
        tally.add((*cell, v.attributes["pemberi"]), day, flow, number)
    wanted, found = set(tally.cells()), world.by_employer(built)
    assert len(wanted) > 100
    assert sorted(found - wanted)[:3] == []
    assert sorted(wanted - found)[:3] == []
