"""Handmade report tables: every figure the tests expect, known without the code under test."""

from datetime import date

import psycopg

from batang_assets.partitions import Period, Span
from tests.smdata.smdata_dunia import population, publish, statutory

PERIOD = Period(2026, 10)
SPAN = Span.parse("2026-10")
DOMAINS = ("pencari-kerja", "pemberi-kerja", "lowongan", "penduduk-bekerja", "pelatihan", "penempatan")
PEOPLE, PLACES = population(7, 400, [Period(2026, 9), PERIOD])
TABLES = statutory(PEOPLE, PLACES, SPAN)

SCHEMA = """
create table reports.rpt_konsolidasi (
    domain text, daerah bigint, pusat bigint, cocok bigint, beda bigint, hanya_daerah bigint,
    hanya_pusat bigint);
create table reports.rpt_konsolidasi_sebab (domain text, hubungan text, sebab text, jumlah bigint);
create table reports.rpt_konsolidasi_jembatan (domain text, selisih bigint);
create table reports.rpt_konsolidasi_bidang (domain text, jumlah bigint);
create table reports.rpt_konsolidasi_tolak (domain text, jumlah bigint);
create table reports.rpt_konsolidasi_daftar_kerja (domain text, sebab text);
create table reports.rpt_smdata_pemberi_kerja (
    rentang text, periode date, cakupan text, kode_kecamatan text, kecamatan text, kategori_kbli text,
    versi_kbli text, jumlah bigint, tenaga_kerja_l bigint, tenaga_kerja_p bigint);
create table reports.rpt_smdata_lowongan (
    rentang text, periode date, cakupan text, kode_kecamatan text, kecamatan text, golongan_kbji text,
    pendidikan_minimal text, jumlah bigint, jumlah_l bigint, jumlah_p bigint, jumlah_bebas bigint);
create table reports.rpt_smdata_lowongan_pemberi_kerja (
    rentang text, periode date, cakupan text, kode_kecamatan text, kecamatan text, golongan_kbji text,
    pendidikan_minimal text, pemberi_kerja_id text, jumlah bigint, jumlah_l bigint, jumlah_p bigint,
    jumlah_bebas bigint);
create table reports.rpt_smdata_pencari_kerja (
    rentang text, periode date, cakupan text, kode_kecamatan text, kecamatan text, jenis_kelamin text,
    kelompok_umur text, pendidikan text, jumlah bigint);
create table reports.rpt_smdata_penduduk_bekerja (like reports.rpt_smdata_pencari_kerja);
create table reports.rpt_smdata_pelatihan (like reports.rpt_smdata_pencari_kerja, jumlah_lulus bigint);
create table reports.rpt_smdata_penempatan (
    like reports.rpt_smdata_pencari_kerja, jumlah_akl bigint, jumlah_akad bigint, jumlah_akan bigint);
"""

PLACEMENTS = [
    ("apbd", "332501", "Wonotunggal", "L", "20-29", "SMK", 3, 2, 1, 0),
    ("semua", "332501", "Wonotunggal", "L", "20-29", "SMK", 5, 3, 1, 1),
    ("semua", "332515", "Kandeman", "P", "55+", "TIDAK_TAMAT_SD", 1, 1, 0, 0),
    ("semua", "tidak_diketahui", None, "P", "tidak_diketahui", "tidak_diketahui", 1200, 1200, 0, 0),
]


def cell(table: str, part: str, code: str, column: str) -> int:
    """One figure of a statutory table of October 2026."""
    found = [value for p, c, _, k, value in TABLES[table] if (p, c, k) == (part, code, column)]
    assert len(found) == 1
    assert found[0] is not None
    return found[0]


def fill(connection: psycopg.Connection) -> None:
    """Make the report tables and fill them for October 2026, with another month beside it."""
    connection.execute(SCHEMA)
    cursor = connection.cursor()
    publish(connection, TABLES, SPAN)
    publish(connection, statutory(PEOPLE, PLACES, Span.parse("2026-09")), Span.parse("2026-09"))
    for month, key in ((PERIOD.first_day, "2026-10"), (date(2026, 9, 1), "2026-09")):
        cursor.executemany(
            "insert into reports.rpt_smdata_penempatan values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(key, month, *row) for row in reversed(PLACEMENTS)],
        )
    cursor.executemany(
        "insert into reports.rpt_konsolidasi values (%s, 10, 9, 7, 1, 2, 1)", [(name,) for name in DOMAINS]
    )
    cursor.executemany(
        "insert into reports.rpt_konsolidasi_sebab values (%s, %s, %s, %s)",
        [(name, *cause) for name in DOMAINS for cause in CAUSES],
    )
    cursor.execute(
        "insert into reports.rpt_smdata_pencari_kerja values"
        " ('2026-10', %s, 'semua', '332511', 'Batang', 'P', '20-29', 'S1', 17)",
        [PERIOD.first_day],
    )


CAUSES = [
    ("beda", "isi_berbeda", 1),
    ("hanya_daerah", "belum_dikirim", 1),
    ("hanya_daerah", "sebab_baru_dari_jembatan", 1),
    ("hanya_pusat", "entri_pusat", 1),
]
