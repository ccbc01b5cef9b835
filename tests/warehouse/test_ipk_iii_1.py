"""IPK III/1 by dbt against a count of every spell and place by hand, month by month, on a real server."""

import csv
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import psycopg
import pytest

from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.reports import ipk_assets
from batang_assets.reports.ipk import imbalances, ipk_iii_1, is_balanced, load_layout
from batang_assets.settings import Settings, get_settings
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


def test_a_stored_table_is_balanced_until_one_cell_changes(conn: psycopg.Connection) -> None:
    assert all(is_balanced(conn, period) for period in FIRST.up_to(LAST))
    for row, identity in (("2", "A = 1 + 2"), ("4", "B = 3 + 4"), ("5", "5 = A - B"), ("1", "sisa awal")):
        with conn.transaction(force_rollback=True):
            conn.execute(
                "update reports.rpt_ipk_iii_1 set jumlah = jumlah + 1 where periode = '2026-08-01' "
                "and bagian = 'pencari_kerja' and kelompok_umur = '20-29' and jenis_kelamin = 'P' and baris = %s",
                [row],
            )
            assert any(fault.startswith(identity) for fault in imbalances(conn, Period(2026, 8)))
    assert is_balanced(conn, Period(2026, 8))


def test_a_lost_cell_or_month_is_not_balanced(conn: psycopg.Connection) -> None:
    conn.execute(
        "delete from reports.rpt_ipk_iii_1 where periode = '2026-09-01' and baris = '5' and kelompok_umur = '55+'"
    )
    assert not is_balanced(conn, Period(2026, 9))
    assert not is_balanced(conn, Period(2026, 10))
    with pytest.raises(DataError, match="2026-10"):
        ipk_iii_1(conn, Period(2026, 10))


def test_statutory_layout_counts_unknown_ages_in_the_totals(
    conn: psycopg.Connection, spells: list[Spell]
) -> None:
    table = ipk_iii_1(conn, Period(2026, 9))
    assert [row[0] for row in table.rows] == [
        "1",
        "2",
        "A",
        "3",
        "4",
        "B",
        "5",
        "6",
        "7",
        "C",
        "8",
        "9",
        "D",
        "10",
    ]
    closing = dict(zip(table.header, table.rows[6], strict=True))
    open_now = [spell for spell in spells if spell.left is None]
    assert closing["L+P"] == len(open_now)
    assert closing["L"] == sum(spell.sex == "L" for spell in open_now)
    unknown = sum(spell.band == "tidak_diketahui" and spell.sex == "P" for spell in open_now)
    assert closing["Umur tidak diketahui P"] == unknown > 0
    assert closing["L/P"] is None
    vacancies = dict(zip(table.header, table.rows[13], strict=True))
    assert vacancies["15-19 L"] is None
    stored = _stored(conn, Period(2026, 9), "lowongan")
    assert vacancies["L+P"] == sum(stored["10", "semua", sex] for sex in ("L", "P", "bebas"))


def test_a_layout_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "salah.yaml"
    wrong.write_text("judul: x\nbaris: []\nkolom: []\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"salah\.yaml"):
        load_layout(wrong)


@pytest.fixture
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings as the process's own, as in a run."""
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_FIRST_PERIOD", settings.first_period)
    get_settings.cache_clear()
    yield settings
    get_settings.cache_clear()


def test_the_asset_writes_the_file_and_reports_it(configured: Settings, spells: list[Spell]) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(ipk_assets.assets, partition_key="2026-09", instance=instance)
    metadata = result.asset_materializations_for_node("reports__ipk")[0].metadata
    path = Path(str(metadata["berkas"].value))
    assert path == configured.outputs / "ipk" / "ipk-iii-1-2026-09.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == metadata["baris"].value == 14
    assert rows[6]["L+P"] == str(sum(spell.left is None for spell in spells))
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_the_asset_refuses_a_table_that_does_not_balance(conn: psycopg.Connection) -> None:
    conn.execute(
        "update reports.rpt_ipk_iii_1 set jumlah = jumlah - 1 where periode = '2026-09-01' and baris = 'A' "
        "and kelompok_umur = '15-19' and jenis_kelamin = 'L'"
    )
    with pytest.raises(DataError, match=r"2026-09 tidak seimbang pada 2 sel, mulai dari 5 = A - B"):
        ipk_assets.balanced_table(conn, Period(2026, 9))
