"""Punctuality, coverage, deliveries and consolidation in the report, against tables made by hand."""

from datetime import datetime, timedelta

import psycopg
import pytest

from batang_assets.partitions import Period
from batang_assets.quality.balance import balance_rules
from batang_assets.reports.mutu import render
from batang_assets.reports.mutu.flow import read_closings, read_timeliness
from batang_assets.settings import JAKARTA
from tests.quality import judged
from tests.reports.page import Page

SEPTEMBER, OCTOBER = Period(2026, 9), Period(2026, 10)
AFTER = datetime(2026, 12, 1, tzinfo=JAKARTA)


def read(conn: psycopg.Connection, wire: str, period: Period, reached: datetime, done: datetime) -> None:
    conn.execute(
        "insert into raw.penarikan (run_id, dataset, periode, jendela_dari, jendela_sampai, dilihat, versi_baru,"
        " tersegel, mulai, selesai, lengkap) values ('uji', %s, %s, %s, %s, 1, 1, 0, %s, %s, true)",
        [wire, period.first_day, period.start, reached, done, done],
    )


def state(conn: psycopg.Connection, now: datetime, wire: str = "lowongan") -> str:
    return next(item.keadaan for item in read_timeliness(conn, OCTOBER, now) if item.dataset.wire == wire)


def test_the_running_month_is_in_time_as_long_as_it_was_read_within_a_day_and_two_hours(conn) -> None:
    now = datetime(2026, 10, 20, 12, tzinfo=JAKARTA)
    assert state(conn, now) == "Belum ditarik"
    read(conn, "lowongan", OCTOBER, now - timedelta(hours=26), now)
    assert state(conn, now) == "Sesuai jadwal harian"
    assert state(conn, now + timedelta(minutes=1)) == "Tertinggal 26 jam"


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (datetime(2026, 11, 1, 3, tzinfo=JAKARTA), "Tepat waktu"),
        # 2 to 6 November 2026 are Monday to Friday, without a holiday.
        (datetime(2026, 11, 6, 23, 59, tzinfo=JAKARTA), "Tepat waktu"),
        (datetime(2026, 11, 7, 0, 0, tzinfo=JAKARTA), "Terlambat 1 hari"),
        (datetime(2026, 11, 20, 8, tzinfo=JAKARTA), "Terlambat 14 hari"),
    ],
)
def test_a_past_month_must_be_wholly_read_by_the_fifth_working_day_of_the_next(
    conn, done, expected: str
) -> None:
    read(conn, "lowongan", OCTOBER, OCTOBER.end - timedelta(seconds=1), OCTOBER.end - timedelta(days=1))
    assert state(conn, AFTER) == "Bulan belum tertutup"
    read(conn, "lowongan", OCTOBER, OCTOBER.end, done)
    # Reading it again later makes it no later.
    read(conn, "lowongan", OCTOBER, OCTOBER.end, AFTER - timedelta(days=1))
    assert state(conn, AFTER) == expected


def test_a_log_whose_clock_runs_ahead_is_not_called_late(conn) -> None:
    read(conn, "lowongan", OCTOBER, OCTOBER.end, AFTER)
    assert state(conn, AFTER - timedelta(days=3)).startswith("Tertutup; waktunya tidak dapat dibandingkan")


def test_months_before_are_counted_by_datasets_closed_and_in_time(conn) -> None:
    for wire, done in (("lowongan", 1), ("lamaran", 1), ("penempatan", 8)):
        read(conn, wire, SEPTEMBER, SEPTEMBER.end, datetime(2026, 10, done, 4, tzinfo=JAKARTA))
    read(conn, "pelatihan", SEPTEMBER, SEPTEMBER.end - timedelta(days=1), SEPTEMBER.end)
    found = read_closings(conn, OCTOBER, AFTER)
    assert [(item.period, item.tertutup, item.tepat) for item in found] == [(SEPTEMBER, 3, 2)]
    # 1, 2, 5, 6 and 7 October 2026 are the first five working days.
    assert Page(render(conn, OCTOBER, now=AFTER)).rows("Bulan-bulan sebelumnya")["September 2026"] == [
        "7 Oktober 2026", "3", "2", "8 Okt 2026 04.00 WIB",
    ]  # fmt: skip


def test_coverage_counts_records_months_and_kecamatan_up_to_the_month(judged_settings, conn) -> None:
    judged.add_rows(conn, "penempatan", SEPTEMBER, 4, wrong={"PN_A12": 1}, extracted=False)
    judged.add_rows(conn, "penempatan", OCTOBER, 2, extracted=False)
    judged.add_rows(conn, "penempatan", Period(2026, 11), 9, extracted=False)
    try:
        rows = Page(render(conn, OCTOBER)).rows("Data setiap domain")
    finally:
        judged.reset(conn)
    assert rows["Penempatan"] == ["6", "5", "2", "2", "1 dari 2", "0"]
    assert rows["Lowongan"][0] == "! belum ada"
    assert len(rows) == 6


def deliver(conn: psycopg.Connection, domain: str, period: Period, states: dict[str, int]) -> None:
    total = sum(states.values())
    delivery = conn.execute(
        "insert into delivery.kiriman (kunci, domain, operasi, periode, run_id, jumlah, ukuran, sidik_isi,"
        " keadaan) values (%s, %s, 'simpan', %s, 'uji', %s, 1, 'x', 'diakui') returning kiriman_id",
        [f"{domain}-{period}", domain, period.first_day, total],
    ).fetchone()
    assert delivery is not None
    number = 0
    for outcome, count in states.items():
        for _ in range(count):
            number += 1
            key = f"batang:{domain}:{period.key}-{number}"
            error = '[{"bidang": "nik", "kode": "NIK_TIDAK_DITEMUKAN"}]' if outcome == "ditolak" else None
            conn.execute(
                "insert into delivery.catatan_status (id_daerah, domain, versi, operasi, keadaan, di_pusat, galat)"
                " values (%s, %s, 1, 'simpan', %s, %s, %s)",
                [key, domain, outcome, outcome == "diterima", error],
            )
            conn.execute(
                "insert into delivery.kotak_keluar (id_daerah, versi, kiriman_id, posisi, keadaan)"
                " values (%s, 1, %s, %s, %s)",
                [key, delivery[0], number, outcome],
            )


def test_deliveries_are_shown_for_the_month_and_as_they_stand(conn) -> None:
    assert "Belum ada kiriman." in render(conn, OCTOBER)
    deliver(conn, "penempatan", SEPTEMBER, {"diterima": 7, "ditolak": 1})
    deliver(conn, "penempatan", OCTOBER, {"diterima": 4, "tidak_berubah": 2, "ditolak": 3})
    conn.execute(
        "insert into delivery.tertahan values ('batang:penempatan:x', 'penempatan', '{a}', 'RUJUKAN_DITOLAK')"
    )
    page = Page(render(conn, OCTOBER))
    assert page.rows("Versi catatan")["Penempatan"] == ["9", "4", "2", "3", "0", "13", "4", "1", "0"]
    assert page.rows("Versi catatan")["Lowongan"] == ["0"] * 9
    assert page.table("Mengapa catatan")[1:] == [
        ["Penempatan", "nik", "NIK_TIDAK_DITEMUKAN", "4"],
        ["Penempatan", "–", "RUJUKAN_DITOLAK", "1"],
    ]
    assert page.rows("Data setiap domain")["Penempatan"][-1] == "11"


def test_what_the_centre_writes_as_a_code_is_shown_only_if_it_looks_like_one(conn) -> None:
    deliver(conn, "penempatan", OCTOBER, {"ditolak": 1})
    conn.execute(
        "update delivery.catatan_status set galat = "
        '\'[{"bidang": "Siti KENARI", "kode": "NIK 3325014101900001 salah"}]\''
    )
    text = render(conn, OCTOBER)
    assert "KENARI" not in text
    assert "3325014101900001" not in text
    assert Page(text).table("Mengapa catatan")[1] == ["Penempatan", "(lain)", "(lain)", "1"]


def test_consolidation_is_shown_with_the_causes_of_what_differs(conn) -> None:
    assert "Konsolidasi belum dijalankan." in render(conn, OCTOBER)
    conn.execute(
        "create table reports.rpt_konsolidasi as select 'penempatan' as domain, 10 as daerah, 9 as pusat,"
        " 7 as cocok, 1 as beda, 2 as hanya_daerah, 1 as hanya_pusat"
    )
    conn.execute(
        "create table reports.rpt_konsolidasi_sebab as select 'penempatan' as domain, * from (values"
        " ('beda', 'isi_berbeda', 1), ('hanya_daerah', 'ditolak', 2), ('hanya_pusat', 'entri_pusat', 1))"
        " as s (hubungan, sebab, jumlah)"
    )
    rows = Page(render(conn, OCTOBER)).rows("Catatan daerah dan pusat")
    assert rows["Penempatan"] == [
        "10", "9", "7", "1", "2", "1",
        "Hanya di daerah: 2 ditolak Berbeda isi: 1 isi berbeda Hanya di pusat: 1 entri pusat",
    ]  # fmt: skip


def test_the_balances_of_the_consolidation_are_shown_with_what_to_do(conn) -> None:
    conn.execute(
        "create table reports.rpt_konsolidasi as select 'penempatan' as domain, 1 as daerah, 1 as pusat,"
        " 1 as cocok, 0 as beda, 0 as hanya_daerah, 0 as hanya_pusat"
    )
    conn.execute(
        "create table reports.rpt_konsolidasi_sebab (domain text, hubungan text, sebab text, jumlah bigint)"
    )
    for rule in balance_rules():
        broken = rule.kode == "KO_A03"
        conn.execute(
            "insert into quality.neraca (periode, kode, diperiksa, salah, lulus, sidik, run_id)"
            " values (%s, %s, 6, %s, %s, 'x', 'uji')",
            [OCTOBER.first_day, rule.kode, 2 if broken else 0, not broken],
        )
    page = Page(render(conn, OCTOBER))
    rows = page.rows("Neraca konsolidasi")
    assert set(rows) == {rule.kode for rule in balance_rules()}
    assert rows["KO_A01"][1:] == ["6", "0", "✓ seimbang"]
    assert rows["KO_A03"][1:] == ["6", "2", "✕ tidak seimbang"]
    told = next(rule for rule in balance_rules() if rule.kode == "KO_A03")
    assert rows["KO_A03"][0] == f"{told.kalimat} Tindakan: {told.tindakan}"
    assert set(page.rows("Aturan neraca konsolidasi")) == set(rows)


def test_what_left_the_quarantine_is_told_by_cause(conn) -> None:
    assert "Keluar dari karantina" not in render(conn, OCTOBER)
    for number, (kept, cause) in enumerate(
        [
            ("diterima", None),
            ("diperbaiki", "versi_baru"),
            ("diperbaiki", "versi_baru"),
            ("diperbaiki", "hilang"),
        ]
    ):
        left = OCTOBER.start + timedelta(days=3) if cause else None
        conn.execute(
            "insert into quality.riwayat_karantina (dataset, id, isi_hash, periode, aturan, keadaan,"
            " pertama_terlihat, terakhir_terlihat, keluar_pada, sebab_keluar)"
            " values ('lowongan', %s, 'x', %s, '{LW_A03}', %s, %s, %s, %s, %s)",
            [str(number), SEPTEMBER.first_day, kept, SEPTEMBER.start, SEPTEMBER.start, left, cause],
        )
    text = render(conn, OCTOBER)
    assert "1 baris diterima apa adanya dengan alasan tertulis." in text
    assert "2 diperbaiki di sumber; 1 tidak ada lagi di sumber." in text
