"""IPK III/1 by dbt against a count of every spell and place by hand, month by month, on a real server."""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.partitions import Period
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt

# Not the month of the project's default clock: the report must follow the settings.
FIRST, LAST = Period(2025, 7), Period(2026, 9)
TODAY = date(2026, 9, 20)
BANDS = ("15-19", "20-29", "30-44", "45-54", "55+", "tidak_diketahui")


class Spell(NamedTuple):
    band: str
    sex: str
    registered: date
    left: date | None
    exit: str | None


class Place(NamedTuple):
    """Events of one vacancy: (kind, day, places for L, P, either)."""

    events: list[tuple[str, date, tuple[int, ...]]]


def make_spells(rng: random.Random) -> list[Spell]:
    spells = []
    for _ in range(600):
        registered = date(2024, 9, 1) + timedelta(rng.randrange(760))
        if registered > TODAY:
            continue
        left = registered + timedelta(rng.randrange(300))
        exit_kind = rng.choice(["ditempatkan", "dihapus", "kedaluwarsa"])
        stays = left > TODAY or rng.random() < 0.2
        spells.append(
            Spell(
                rng.choice(BANDS), rng.choice("LP"), registered,
                None if stays else left, None if stays else exit_kind,
            )
        )  # fmt: skip
    # Month ends, and in and out within one day.
    spells.append(Spell("15-19", "L", date(2025, 6, 30), date(2025, 7, 1), "ditempatkan"))
    spells.append(Spell("15-19", "L", date(2025, 7, 31), date(2025, 8, 31), "dihapus"))
    spells.append(Spell("55+", "P", date(2026, 2, 28), date(2026, 2, 28), "ditempatkan"))
    return spells


def make_places(rng: random.Random) -> list[Place]:
    places = []
    for _ in range(80):
        day = date(2025, 3, 1) + timedelta(rng.randrange(500))
        wanted = tuple(rng.randrange(4) for _ in range(3))
        filled = tuple(rng.randrange(n + 1) for n in wanted)
        rest = tuple(n - m for n, m in zip(wanted, filled, strict=True))
        events = [
            ("dibuka", day, wanted),
            ("terisi", day + timedelta(20), filled),
            ("dihapus", day + timedelta(70), rest),
        ]
        places.append(Place([event for event in events if event[1] <= TODAY]))
    # Filled above its number: the remainder is negative, and the stock stays true.
    places.append(
        Place(
            [
                ("dibuka", date(2026, 8, 2), (1, 0, 0)),
                ("terisi", date(2026, 8, 9), (1, 0, 2)),
                ("dihapus", date(2026, 8, 9), (0, 0, -2)),
            ]
        )
    )
    return places


@pytest.fixture(scope="module")
def spells() -> list[Spell]:
    return make_spells(random.Random(20261031))


@pytest.fixture(scope="module")
def places() -> list[Place]:
    return make_places(random.Random(7))


@pytest.fixture(scope="module")
def settings(spells: list[Spell], places: list[Place]) -> Iterator[Settings]:
    """A server whose ledgers hold the spells and places, with the report built on them."""
    home = Path(tempfile.mkdtemp(prefix="bt-ipk-"))
    settings = Settings.model_validate(
        {"home": home, "first_period": FIRST.key, "clock": f"{TODAY}T18:00:00+07:00"}
    )
    with EmbeddedServer(home).running():
        prepare_database(settings)
        with connect(settings) as conn:
            _write_ledgers(conn, spells, places)
        error = failure(run_dbt(settings, ["run", "--select", "rpt_ipk_arus", "rpt_ipk_iii_1"]))
        assert error is None, error
        yield settings
    shutil.rmtree(home)


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(settings) as connection:
        yield connection
        connection.rollback()


def _write_ledgers(conn: psycopg.Connection, spells: list[Spell], places: list[Place]) -> None:
    conn.execute(
        "create table marts.fct_peristiwa_pencari_kerja (pencari_kerja_id bigint, jenis text, "
        "tanggal_peristiwa date, jenis_kelamin text, kelompok_umur text, pendidikan text, kode_jabatan text, "
        "versi_kbji text, lama_lulus text, kode_kecamatan text)"
    )
    conn.execute(
        "create table marts.fct_peristiwa_lowongan (lowongan_id bigint, jenis text, tanggal_peristiwa date, "
        "jumlah_l int, jumlah_p int, jumlah_bebas int, pendidikan_minimal text, kode_jabatan text, "
        "versi_kbji text, kode_kbli text, versi_kbli text, kode_kecamatan text)"
    )
    with conn.cursor() as cursor:
        for number, spell in enumerate(spells):
            events = [("terdaftar", spell.registered)]
            if spell.exit and spell.left:
                events.append((spell.exit, spell.left))
            cursor.executemany(
                "insert into marts.fct_peristiwa_pencari_kerja"
                " (pencari_kerja_id, jenis, tanggal_peristiwa, jenis_kelamin, kelompok_umur, lama_lulus)"
                " values (%s, %s, %s, %s, %s, '0-2')",
                [(number, kind, day, spell.sex, spell.band) for kind, day in events],
            )
        for number, place in enumerate(places):
            cursor.executemany(
                "insert into marts.fct_peristiwa_lowongan values (%s, %s, %s, %s, %s, %s)",
                [(number, kind, day, *numbers) for kind, day, numbers in place.events],
            )


def _stored(conn: psycopg.Connection, period: Period, section: str) -> dict[tuple[str, str, str], int]:
    rows = conn.execute(
        "select baris, kelompok_umur, jenis_kelamin, jumlah from reports.rpt_ipk_iii_1 "
        "where periode = %s and bagian = %s",
        [period.first_day, section],
    )
    return {(row, band, sex): count for row, band, sex, count in rows}


def _expected_seekers(spells: list[Spell], period: Period) -> dict[tuple[str, str, str], int]:
    """Every spell looked at on its own: no running sum, so that a broken one shows."""
    cells = Counter({(row, band, sex): 0 for row in "12A34B5" for band in BANDS for sex in "LP"})
    first, last = period.first_day, period.last_day
    for spell in spells:
        left = spell.left or date.max
        here = (spell.band, spell.sex)
        if spell.registered < first <= left:
            cells["1", *here] += 1
        if first <= spell.registered <= last:
            cells["2", *here] += 1
        if spell.registered <= last and left >= first:
            cells["A", *here] += 1
        if first <= left <= last:
            cells["3" if spell.exit == "ditempatkan" else "4", *here] += 1
            cells["B", *here] += 1
        if spell.registered <= last < left:
            cells["5", *here] += 1
    return dict(cells)


def test_every_cell_of_every_month_equals_a_count_of_the_spells(
    conn: psycopg.Connection, spells: list[Spell]
) -> None:
    for period in FIRST.up_to(LAST):
        assert _stored(conn, period, "pencari_kerja") == _expected_seekers(spells, period), period.key


def test_vacancy_stock_is_what_is_open_on_the_last_day(conn: psycopg.Connection, places: list[Place]) -> None:
    for period in FIRST.up_to(LAST):
        stored = _stored(conn, period, "lowongan")
        for index, sex in enumerate(("L", "P", "bebas")):
            events = [(kind, day, n[index]) for place in places for kind, day, n in place.events]
            closing = sum(n if kind == "dibuka" else -n for kind, day, n in events if day <= period.last_day)
            month = [(kind, n) for kind, day, n in events if period.first_day <= day <= period.last_day]
            assert stored["10", "semua", sex] == closing
            for row, wanted in (("7", "dibuka"), ("8", "terisi"), ("9", "dihapus")):
                assert stored[row, "semua", sex] == sum(n for kind, n in month if kind == wanted)


def test_a_vacancy_filled_above_its_number_shows_and_does_not_stay_in_the_stock(
    conn: psycopg.Connection, places: list[Place]
) -> None:
    august = _stored(conn, Period(2026, 8), "lowongan")
    removed = sum(
        n[2]
        for p in places
        for kind, day, n in p.events
        if kind == "dihapus" and day.month == 8 and day.year == 2026
    )
    assert august["9", "semua", "bebas"] == removed
    assert any(n[2] < 0 for place in places for _, _, n in place.events)


def test_the_report_covers_exactly_the_months_from_the_first_to_the_running_one(
    conn: psycopg.Connection,
) -> None:
    months = {row[0] for row in conn.execute("select distinct periode from reports.rpt_ipk_iii_1")}
    assert months == {period.first_day for period in FIRST.up_to(LAST)}
