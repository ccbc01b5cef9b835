"""Handmade report tables: every figure the tests expect, known without the code under test."""

from datetime import date
from itertools import product

import psycopg

from batang_assets.partitions import Period

PERIOD = Period(2026, 10)
AGES = ("15-19", "20-29", "30-44", "45-54", "55+", "tidak_diketahui")
FORMULAS = (("A", "1", "2", 1), ("B", "3", "4", 1), ("5", "A", "B", -1))
VACANCY_ROWS = {"1": "6", "2": "7", "A": "C", "3": "8", "4": "9", "B": "D", "5": "10"}
DOMAINS = ("pencari-kerja", "pemberi-kerja", "lowongan", "penduduk-bekerja", "pelatihan", "penempatan")

SCHEMA = """
create table reports.rpt_ipk_iii_1 (
    periode date, bagian text, baris text, kelompok_umur text, jenis_kelamin text, jumlah bigint);
create table reports.rpt_konsolidasi (
    domain text, daerah bigint, pusat bigint, cocok bigint, beda bigint, hanya_daerah bigint,
    hanya_pusat bigint);
create table reports.rpt_smdata_pemberi_kerja (
    periode date, cakupan text, kode_kecamatan text, kecamatan text, kategori_kbli text, versi_kbli text,
    jumlah bigint, tenaga_kerja_l bigint, tenaga_kerja_p bigint);
create table reports.rpt_smdata_lowongan (
    periode date, cakupan text, kode_kecamatan text, kecamatan text, golongan_kbji text,
    pendidikan_minimal text, jumlah bigint, jumlah_l bigint, jumlah_p bigint, jumlah_bebas bigint);
create table reports.rpt_smdata_pencari_kerja (
    periode date, cakupan text, kode_kecamatan text, kecamatan text, jenis_kelamin text, kelompok_umur text,
    pendidikan text, jumlah bigint);
create table reports.rpt_smdata_penduduk_bekerja (like reports.rpt_smdata_pencari_kerja);
create table reports.rpt_smdata_pelatihan (like reports.rpt_smdata_pencari_kerja, jumlah_lulus bigint);
create table reports.rpt_smdata_penempatan (
    like reports.rpt_smdata_pencari_kerja, jumlah_akl bigint, jumlah_akad bigint, jumlah_akan bigint);
"""


def seekers() -> dict[tuple[str, str, str], int]:
    """IPK III/1 job seekers: figure by (row, age band, sex), balanced by hand."""
    cells: dict[tuple[str, str, str], int] = {}
    for (band, age), (offset, sex) in product(enumerate(AGES), enumerate("LP")):
        for row, figure in {"1": 1000 + 7 * band, "2": 110 + band, "3": 40 + 3 * band, "4": 5}.items():
            cells[row, age, sex] = figure + 11 * offset
        for row, left, right, sign in FORMULAS:
            cells[row, age, sex] = cells[left, age, sex] + sign * cells[right, age, sex]
    return cells


def vacancies() -> dict[tuple[str, str], int]:
    """IPK III/1 vacancies: figure by (row, sex); one is filled above its number and so goes negative."""
    cells: dict[tuple[str, str], int] = {}
    for sex, opening in {"L": 90, "P": 60, "bebas": 2}.items():
        for row, figure in {"1": opening, "2": 30, "3": 40, "4": 1}.items():
            cells[row, sex] = figure
        for row, left, right, sign in FORMULAS:
            cells[row, sex] = cells[left, sex] + sign * cells[right, sex]
    return {(VACANCY_ROWS[row], sex): figure for (row, sex), figure in cells.items()}


PLACEMENTS = [
    ("apbd", "332501", "Wonotunggal", "L", "20-29", "SMK", 3, 2, 1, 0),
    ("semua", "332501", "Wonotunggal", "L", "20-29", "SMK", 5, 3, 1, 1),
    ("semua", "332515", "Kandeman", "P", "55+", "TIDAK_TAMAT_SD", 1, 1, 0, 0),
    ("semua", "tidak_diketahui", None, "P", "tidak_diketahui", "tidak_diketahui", 1200, 1200, 0, 0),
]


def fill(connection: psycopg.Connection) -> None:
    """Make the report tables and fill them for October 2026, with another month beside it."""
    connection.execute(SCHEMA)
    cursor = connection.cursor()
    insert = "insert into reports.rpt_ipk_iii_1 values (%s, %s, %s, %s, %s, %s)"
    for month in (PERIOD.first_day, date(2026, 9, 1)):
        other = 0 if month == PERIOD.first_day else 1
        cursor.executemany(
            insert,
            [(month, "pencari_kerja", row, age, sex, n + other) for (row, age, sex), n in seekers().items()],
        )
        cursor.executemany(
            insert,
            [(month, "lowongan", row, "semua", sex, n + other) for (row, sex), n in vacancies().items()],
        )
    cursor.executemany(
        "insert into reports.rpt_smdata_penempatan values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [(PERIOD.first_day, *row) for row in reversed(PLACEMENTS)],
    )
    cursor.executemany(
        "insert into reports.rpt_konsolidasi values (%s, 10, 9, 7, 1, 2, 1)", [(name,) for name in DOMAINS]
    )
    cursor.execute(
        "insert into reports.rpt_smdata_pencari_kerja values"
        " (%s, 'semua', '332511', 'Batang', 'P', '20-29', 'S1', 17)",
        [PERIOD.first_day],
    )
