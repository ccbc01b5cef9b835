"""Every table cell by cell against people and places counted by hand."""

from datetime import date

import numpy as np
import psycopg
import pytest

from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.reports.ipk.publication import cell_names
from batang_assets.reports.ipk.tables import Book, open_book
from batang_assets.settings import Settings
from tests.reports.ipk.ledger import Ledger, Seeker, Vacancy

ARUS = "reports.rpt_ipk_arus"
FLOWS, DEGREE = f"update {ARUS}", "tabel = 'III/2' and kode = 'S1'"
MEASURES = ("Sisa lalu", "Terdaftar", "Ditempatkan", "Dihapuskan", "Sisa akhir")


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def people() -> Ledger:
    """Ten seekers and four vacancies, by hand, over July to October."""
    return Ledger(
        seekers=[
            # Open since June, placed in August; known only to the major group of the job.
            Seeker(
                1, day(6, 3), day(8, 31), "ditempatkan", age="30-44", education="S1", job="2", graduated="6+"
            ),
            # In and out within one month.
            Seeker(2, day(7, 1), day(7, 31), "ditempatkan", sex="P", placement=("AKAD", "BUMN_BUMD")),
            Seeker(3, day(7, 31), day(10, 1), "dihapus", sex="P", education="SMK", job="9", place="332502"),
            Seeker(
                4, day(8, 1), None, None, education=None, job=None, edition=None, graduated="tidak_diketahui"
            ),
            # Fourteen years old, or of unknown age: outside the statutory bands.
            Seeker(5, day(8, 15), None, None, age="tidak_diketahui", place=None),
            Seeker(6, day(9, 30), day(10, 31), "kedaluwarsa", place="337501", graduated="3-5"),
            Seeker(
                7, day(10, 31), None, None, sex="P", age="15-19", education="SMP", job="9629", place="332515"
            ),
            Seeker(8, day(10, 2), day(10, 30), "ditempatkan", placement=("AKAN", "PERORANGAN"), age="45-54"),
            # An edition of the code book that the row list does not hold and no crosswalk leads from.
            Seeker(
                9, day(10, 5), None, None, job="2411", edition="2090", age="55+", education="TIDAK_TAMAT_SD"
            ),
            Seeker(10, day(11, 1), None, None),
        ],
        vacancies=[
            Vacancy(1, day(7, 10), (2, 0, 3), (day(8, 5), (1, 0, 1)), (day(9, 9), (1, 0, 2))),
            # Filled above its number: the remainder is negative, nothing is clamped.
            Vacancy(2, day(9, 1), (1, 0, 0), (day(10, 2), (1, 0, 2)), (day(10, 2), (0, 0, -2)), industry="A"),
            Vacancy(3, day(10, 31), (0, 4, 0), None, None, job="2", industry=None, industry_edition=None),
            Vacancy(4, day(10, 1), (0, 0, 5), None, None, industry="T", industry_edition="2025", place=None),
        ],
    )


@pytest.fixture
def book(conn: psycopg.Connection, ipk_settings: Settings) -> Book:
    people().write(conn)
    return open_book(conn, ipk_settings)


def cells(book: Book, table: str, span: str, region: str = "3325") -> dict[tuple[str, str, str], int]:
    """(section, row, column) → value, of every cell that is not 0."""
    number = [grid.layout.table for grid in book.grids].index(table)
    found = book.tables(Span.parse(span))[number][book.regions.index(region)]
    names = cell_names(book.grids[number])
    return {names[row][column]: int(found[row, column]) for row, column in np.argwhere(found)}


def of(found: dict[tuple[str, str, str], int], section: str, row: str) -> dict[str, int]:
    return {column: value for (part, code, column), value in found.items() if (part, code) == (section, row)}


def test_iii_1_of_october(book: Book) -> None:
    found = cells(book, "III/1", "2026-10")
    seekers = "pencari_kerja"
    # Open at the end of September: 3, 4, 5, 6.
    assert of(found, seekers, "1") == {
        "20–29 L": 2, "20–29 P": 1, "Tidak diketahui L": 1, "Semua L": 3, "Semua P": 1, "Semua Jumlah": 4
    }  # fmt: skip
    assert of(found, seekers, "2") == {
        "15–19 P": 1, "45–54 L": 1, "55+ L": 1, "Semua L": 2, "Semua P": 1, "Semua Jumlah": 3
    }  # fmt: skip
    assert of(found, seekers, "A")["Semua Jumlah"] == 7
    assert of(found, seekers, "3") == {"45–54 L": 1, "Semua L": 1, "Semua Jumlah": 1}
    assert of(found, seekers, "4") == {
        "20–29 L": 1, "20–29 P": 1, "Semua L": 1, "Semua P": 1, "Semua Jumlah": 2
    }  # fmt: skip
    assert of(found, seekers, "B")["Semua Jumlah"] == 3
    assert of(found, seekers, "5") == {
        "15–19 P": 1, "20–29 L": 1, "55+ L": 1, "Tidak diketahui L": 1, "Semua L": 3, "Semua P": 1,
        "Semua Jumlah": 4,
    }  # fmt: skip
    places = "lowongan"
    assert of(found, places, "6") == {"Semua L": 1, "Semua Jumlah": 1}
    assert of(found, places, "7") == {"Semua P": 4, "Semua L/P": 5, "Semua Jumlah": 9}
    assert of(found, places, "C") == {"Semua L": 1, "Semua P": 4, "Semua L/P": 5, "Semua Jumlah": 10}
    assert of(found, places, "8") == {"Semua L": 1, "Semua L/P": 2, "Semua Jumlah": 3}
    assert of(found, places, "9") == {"Semua L/P": -2, "Semua Jumlah": -2}
    assert of(found, places, "D") == {"Semua L": 1, "Semua Jumlah": 1}
    assert of(found, places, "10") == {"Semua P": 4, "Semua L/P": 5, "Semua Jumlah": 9}


def test_iii_2_of_the_quarter(book: Book) -> None:
    found = cells(book, "III/2", "2026-T3")
    part = "pencari_kerja"
    assert of(found, part, "S1") == {
        "Sisa lalu L": 1, "Sisa lalu Jumlah": 1, "Ditempatkan L": 1, "Ditempatkan Jumlah": 1
    }  # fmt: skip
    assert of(found, part, "SMA") == {
        "Terdaftar L": 2, "Terdaftar P": 1, "Terdaftar Jumlah": 3, "Ditempatkan P": 1, "Ditempatkan Jumlah": 1,
        "Sisa akhir L": 2, "Sisa akhir Jumlah": 2,
    }  # fmt: skip
    assert of(found, part, "SMK") == {
        "Terdaftar P": 1, "Terdaftar Jumlah": 1, "Sisa akhir P": 1, "Sisa akhir Jumlah": 1
    }  # fmt: skip
    assert of(found, part, "tidak_diketahui") == {
        "Terdaftar L": 1, "Terdaftar Jumlah": 1, "Sisa akhir L": 1, "Sisa akhir Jumlah": 1
    }  # fmt: skip
    total = of(found, part, "jumlah")
    assert [total.get(f"{name} Jumlah", 0) for name in MEASURES] == [1, 5, 2, 0, 4]


def test_iii_3_puts_every_person_into_one_row(book: Book) -> None:
    found = cells(book, "III/3", "2026-10")
    closing = {row: value for (_, row, column), value in found.items() if column == "Sisa akhir Jumlah"}
    # 4: no job; 5: 2411; 7: 9629; 9: another edition.
    assert closing == {
        "tidak_diketahui": 1, "24": 1, "2": 1, "96": 1, "9": 1, "tidak_dapat_dipetakan": 1, "jumlah": 4
    }  # fmt: skip
    july = cells(book, "III/3", "2026-07")
    # Known to the major group alone: a row of its own within the group.
    assert of(july, "pencari_kerja", "2x")["Sisa akhir L"] == 1
    assert of(july, "pencari_kerja", "2")["Sisa akhir L"] == 1
    assert of(july, "pencari_kerja", "9x")["Terdaftar P"] == 1


def test_iii_4_to_iii_6_of_october(book: Book) -> None:
    education, job, industry = (cells(book, table, "2026-10") for table in ("III/4", "III/5", "III/6"))
    assert of(education, "lowongan", "SMA") == of(education, "lowongan", "jumlah")
    assert of(education, "lowongan", "jumlah") == {
        "Sisa lalu L": 1, "Sisa lalu Jumlah": 1, "Terdaftar P": 4, "Terdaftar L/P": 5, "Terdaftar Jumlah": 9,
        "Dipenuhi L": 1, "Dipenuhi L/P": 2, "Dipenuhi Jumlah": 3, "Dihapuskan L/P": -2, "Dihapuskan Jumlah": -2,
        "Sisa akhir P": 4, "Sisa akhir L/P": 5, "Sisa akhir Jumlah": 9,
    }  # fmt: skip
    assert of(job, "lowongan", "2x")["Sisa akhir Jumlah"] == 4
    assert of(job, "lowongan", "9x")["Sisa akhir Jumlah"] == 5
    closing = {row: value for (_, row, column), value in industry.items() if column == "Sisa akhir Jumlah"}
    # A letter of KBLI 2025 is no letter of KBLI 2020, and this one goes into two.
    assert closing == {"tidak_diketahui": 4, "tidak_dapat_dipetakan": 5, "jumlah": 9}
    assert of(industry, "lowongan", "Ax")["Dipenuhi Jumlah"] == 3
    assert of(cells(book, "III/6", "2026-07"), "lowongan", "01")["Sisa akhir L/P"] == 3


def test_iii_7_of_october(book: Book) -> None:
    found = cells(book, "III/7", "2026-10")
    assert of(found, "awal", "jumlah") == {
        "0–2 tahun L": 1, "0–2 tahun P": 1, "3–5 tahun L": 1, "Tidak diketahui L": 1, "Semua L": 3, "Semua P": 1,
        "Semua Jumlah": 4,
    }  # fmt: skip
    assert of(found, "awal", "tidak_diketahui") == {"Tidak diketahui L": 1, "Semua L": 1, "Semua Jumlah": 1}
    assert of(found, "dihapus", "SMA") == {"3–5 tahun L": 1, "Semua L": 1, "Semua Jumlah": 1}
    assert of(found, "terpenuhi", "SMA") == {"0–2 tahun L": 1, "Semua L": 1, "Semua Jumlah": 1}
    assert of(found, "masuk", "jumlah")["Semua Jumlah"] == 3
    assert of(found, "akhir", "jumlah")["Semua Jumlah"] == 4


def test_iii_8_counts_the_placements_twice_over(book: Book) -> None:
    found = cells(book, "III/8", "2026-S2")
    expected = {
        "AKL L": 1, "AKL Jumlah": 1, "AKAD P": 1, "AKAD Jumlah": 1, "AKAN L": 1, "AKAN Jumlah": 1,
        "Semua L": 2, "Semua P": 1, "Semua Jumlah": 3,
    }  # fmt: skip
    assert of(found, "pendidikan", "jumlah") == of(found, "penerima", "jumlah") == expected
    assert of(found, "pendidikan", "S1") == {"AKL L": 1, "AKL Jumlah": 1, "Semua L": 1, "Semua Jumlah": 1}
    assert of(found, "penerima", "BUMN_BUMD") == {
        "AKAD P": 1,
        "AKAD Jumlah": 1,
        "Semua P": 1,
        "Semua Jumlah": 1,
    }
    assert of(found, "penerima", "PERORANGAN")["AKAN L"] == 1


def test_kecamatan_add_up_to_the_regency(book: Book) -> None:
    assert len(book.regions) == 1 + 15 + 2
    for table in book.tables(Span.parse("2026-T3")):
        assert (table[0] == table[1:].sum(axis=0)).all()
    assert cells(book, "III/1", "2026-10", "332515")["pencari_kerja", "2", "15–19 P"] == 1
    assert cells(book, "III/1", "2026-10", "luar_kabupaten")["pencari_kerja", "4", "20–29 L"] == 1
    assert cells(book, "III/1", "2026-10", "tidak_diketahui")["lowongan", "10", "Semua L/P"] == 5


def test_months_add_up_to_quarters_and_a_month_opens_as_the_last_closed(book: Book) -> None:
    quarter = book.tables(Span.parse("2026-T3"))
    months = [book.tables(Span.parse(f"2026-0{number}")) for number in (7, 8, 9)]
    for number, grid in enumerate(book.grids[1:6], start=1):
        for place, column in enumerate(grid.columns):
            parts = [month[number][:, :, place] for month in months]
            whole = quarter[number][:, :, place]
            if column.measure == "awal":
                assert (whole == parts[0]).all()
            elif column.measure == "akhir":
                assert (whole == parts[2]).all()
            else:
                assert (whole == sum(parts)).all()
        opening = [place for place, column in enumerate(grid.columns) if column.measure == "awal"]
        closing = [place for place, column in enumerate(grid.columns) if column.measure == "akhir"]
        assert (months[1][number][:, :, opening] == months[0][number][:, :, closing]).all()


def test_a_span_before_the_first_month_is_refused(book: Book) -> None:
    with pytest.raises(DataError, match="2026-07 sampai 2026-11"):
        book.tables(Span.parse("2026"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (f"{FLOWS} set akhir = akhir + 1 where {DEGREE} and periode = '2026-09-01'", "sisa akhir"),
        (f"{FLOWS} set awal = awal + 1, akhir = akhir + 1 where {DEGREE} and periode = '2026-11-01'", "sisa lalu"),
        (f"delete from {ARUS} where tabel = 'III/3' and kode = '9' and periode = '2026-09-01'", "sisa lalu"),
        (f"{FLOWS} set masuk = masuk + 1, terpenuhi = terpenuhi + 1 where tabel = 'III/7'", "III/1 = III/7"),
        (f"{FLOWS} set kode_kecamatan = '332502' where tabel = 'III/6'", "III/1 = III/6"),
        ("update reports.rpt_ipk_penempatan set jumlah = jumlah + 1", "III/1 = III/8"),
        (f"insert into {ARUS} select * from {ARUS} where tabel = 'III/5' limit 1", "dua kali"),
        (f"{FLOWS} set kode = '99+' where tabel = 'III/1' and kode = '55+'", "kode '99\\+' tidak punya kolom"),
        (f"{FLOWS} set kode = 'D9' where {DEGREE}", "'D9' tidak ada"),
        (f"{FLOWS} set kode_kecamatan = '332599' where kode_kecamatan = '332515'", "'332599'"),
    ],
)  # fmt: skip
def test_nothing_is_counted_from_cells_that_do_not_hold(
    conn: psycopg.Connection, ipk_settings: Settings, change: str, message: str
) -> None:
    people().write(conn)
    conn.execute(change)  # ty: ignore
    with pytest.raises(DataError, match=message):
        open_book(conn, ipk_settings)
