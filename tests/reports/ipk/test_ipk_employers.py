"""Who stands behind a published vacancy figure: counted one by one, as sets, against what is kept with it."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.reports.ipk.publication import publish
from batang_assets.reports.ipk.tables import open_book
from batang_assets.settings import Settings
from tests.reports.ipk.ledger import Ledger, Vacancy

KEPT = """
select tabel, bagian, kode_baris, kolom, jumlah[urutan_baris + 1][urutan_kolom + 1], revisi
from (
    select distinct on (tabel) * from reports.ipk_terbitan
    where wilayah = '3325' and periode = %s order by tabel, revisi desc
) as terbitan
join reports.ipk_terbitan_pemberi_kerja using (terbitan_id) join reports.ipk_terbitan_sel using (terbitan_id)
where nilai is not null
"""
HEADS = {"Sisa lalu": "awal", "Terdaftar": "masuk", "Dipenuhi": "terpenuhi", "Dihapuskan": "dihapus"}
HEADS |= {"Sisa akhir": "akhir"}
OVERVIEW = {
    "6": ("awal",), "7": ("masuk",), "C": ("awal", "masuk"), "8": ("terpenuhi",), "9": ("dihapus",),
    "D": ("terpenuhi", "dihapus"), "10": ("akhir",),
}  # fmt: skip
SEXES = {"L": (0,), "P": (1,), "L/P": (2,), "Jumlah": (0, 1, 2)}


def ledger() -> Ledger:
    """Seven vacancies of four employers and of nobody known."""
    day = date
    return Ledger(
        vacancies=[
            # One employer twice in one group: once in III/5 row 24, in no month twice.
            Vacancy(1, day(2026, 6, 1), (2, 0, 0), (day(2026, 8, 3), (2, 0, 0)), job="2411", employer=1),
            Vacancy(2, day(2026, 9, 1), (0, 3, 0), job="2512", employer=1),
            Vacancy(
                3, day(2026, 8, 9), (1, 0, 1), None, (day(2026, 9, 30), (1, 0, 1)), job="2411", employer=2
            ),
            Vacancy(4, day(2026, 7, 2), (0, 0, 4), job="2", education="S1", industry="A", employer=3),
            Vacancy(5, day(2026, 10, 2), (1, 1, 0), (day(2026, 10, 9), (1, 0, 0)), job="5223", employer=4),
            Vacancy(
                6,
                day(2026, 10, 3),
                (5, 0, 0),
                job="5223",
                industry=None,
                industry_edition=None,
                employer=None,
            ),
            Vacancy(7, day(2026, 7, 7), (1, 0, 0), (day(2026, 7, 7), (1, 0, 0)), education=None, employer=2),
        ]
    )


def publish_at(settings: Settings, at: datetime | None = None) -> None:
    now = settings.model_copy(update={"clock": at}) if at else settings
    with connect(now) as conn:
        conn.execute("set transaction isolation level repeatable read")
        publish(conn, open_book(conn, now), now, "uji")
        conn.commit()


def moved(world: Ledger, one: Vacancy, span: Span, flow: str, sexes: tuple[int, ...]) -> bool:
    """Whether the vacancy has a place of such a sex in the flow or stock of the span."""
    begin, after = span.first.first_day, span.last.next().first_day
    for sex in sexes:
        stock = {begin: 0, after: 0}
        flows = {"masuk": 0, "terpenuhi": 0, "dihapus": 0}
        for kind, day, places in world.places(one):
            name = {"dibuka": "masuk", "terisi": "terpenuhi"}.get(kind, kind)
            for edge in stock:
                if day < edge:
                    stock[edge] += places[sex] if kind == "dibuka" else -places[sex]
            if begin <= day < after:
                flows[name] += places[sex]
        if {**flows, "awal": stock[begin], "akhir": stock[after]}[flow]:
            return True
    return False


def rows_of(one: Vacancy, table: str) -> set[str]:
    """The printed rows that count it, by hand: details, groups, the unknown, the total."""
    if table == "III/4":
        return {one.education or "tidak_diketahui", "jumlah"}
    if table == "III/5":
        return {
            "2411": {"2", "24"},
            "2512": {"2", "25"},
            "2": {"2", "2x"},
            "5223": {"5", "52"},
            "9": {"9", "9x"},
        }[str(one.job)] | {"jumlah"}
    return {"01132": {"A", "01"}, "A": {"A", "Ax"}, None: {"tidak_diketahui"}}[one.industry] | {"jumlah"}


def truth(world: Ledger, span: Span, table: str, row: str, column: str) -> int:
    head, _, sex = column.rpartition(" ")
    flows = OVERVIEW[row] if table == "III/1" else (HEADS[head],)
    return len(
        {
            one.employer
            for one in world.vacancies
            if one.employer and (table == "III/1" or row in rows_of(one, table))
            for flow in flows
            if moved(world, one, span, flow, SEXES[sex])
        }
    )


def kept(conn: psycopg.Connection, span: str) -> dict[tuple[str, str, str], int]:
    found = {}
    for table, part, row, column, count, _ in conn.execute(KEPT, [span]):
        if part == "lowongan":
            found[table, row, column] = count
        else:
            assert count == 0
    return found


@pytest.mark.parametrize("key", ["2026-07", "2026-08", "2026-09", "2026-10", "2026-T3"])
def test_every_vacancy_cell_keeps_how_many_employers_it_unites(
    conn: psycopg.Connection, ipk_settings: Settings, key: str
) -> None:
    world = ledger()
    world.write(conn)
    publish_at(ipk_settings)
    found, span = kept(conn, key), Span.parse(key)
    assert {table for table, _, _ in found} == {"III/1", "III/4", "III/5", "III/6"}
    assert {cell: truth(world, span, *cell) for cell in found} == found
    assert max(found.values()) >= 3 or key in ("2026-07", "2026-08")


def test_a_revision_has_its_own_employers_and_an_older_one_keeps_what_it_had(
    conn: psycopg.Connection, ipk_settings: Settings
) -> None:
    world = ledger()
    world.write(conn)
    publish_at(ipk_settings)
    first = dict(
        conn.execute("select terbitan_id, jumlah from reports.ipk_terbitan_pemberi_kerja").fetchall()
    )
    world.vacancies.append(Vacancy(8, date(2026, 10, 20), (1, 0, 0), job="2411", employer=9))
    world.write(conn)
    publish_at(ipk_settings, datetime(2026, 11, 20, tzinfo=UTC))
    october = Span.parse("2026-10")
    rows = conn.execute(KEPT, ["2026-10"]).fetchall()
    assert {row[5] for row in rows} == {1}
    assert {cell: truth(world, october, *cell) for cell in kept(conn, "2026-10")} == kept(conn, "2026-10")
    now = dict(conn.execute("select terbitan_id, jumlah from reports.ipk_terbitan_pemberi_kerja").fetchall())
    assert {number: now[number] for number in first} == first
    assert len(now) == len(first) + 4


def test_an_employer_corrected_under_figures_that_stay_is_corrected_without_a_revision(
    conn: psycopg.Connection, ipk_settings: Settings
) -> None:
    world = ledger()
    world.write(conn)
    publish_at(ipk_settings)
    world.vacancies[3] = Vacancy(
        4, date(2026, 7, 2), (0, 0, 4), job="2", education="S1", industry="A", employer=1
    )
    world.write(conn)
    publish_at(ipk_settings, datetime(2026, 11, 20, tzinfo=UTC))
    october = Span.parse("2026-10")
    assert {row[5] for row in conn.execute(KEPT, ["2026-10"])} == {0}
    found = kept(conn, "2026-10")
    assert {cell: truth(world, october, *cell) for cell in found} == found
    assert found["III/5", "2", "Sisa akhir Jumlah"] == 1


def test_employers_of_a_month_that_is_not_reported_stop_the_publication(
    conn: psycopg.Connection, ipk_settings: Settings
) -> None:
    ledger().write(conn)
    conn.execute("update reports.rpt_ipk_pemberi_kerja set periode = '2030-01-01' where tabel = 'III/4'")
    conn.commit()
    with pytest.raises(DataError, match="di luar bulan laporan"):
        publish_at(ipk_settings)
    assert conn.execute("select count(*) from reports.ipk_terbitan").fetchone() == (0,)
