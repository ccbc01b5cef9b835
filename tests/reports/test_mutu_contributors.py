"""Whom to call: organisations and villages with wrong records, and never a person."""

import psycopg
import pytest

from batang_assets.partitions import Period
from batang_assets.reports.mutu import render
from batang_assets.reports.mutu.breakdown import read_breakdown
from batang_assets.reports.mutu.contributors import SHOWN, read_contributors
from tests.reports.page import Page

OCTOBER = Period(2026, 10)


def add(conn: psycopg.Connection, entity: str, key: str, period: Period = OCTOBER, **values: object) -> None:
    """One judged row; ``gagal`` and ``peringatan`` are the rules it breaks."""
    failed, warned = values.pop("gagal", []), values.pop("peringatan", [])
    columns = {"id": key, "periode": period.first_day, "layak": not failed, "aturan_gagal": failed}
    columns |= {"peringatan": warned} | values
    names, holders = ", ".join(columns), ", ".join(["%s"] * len(columns))
    statement = f"insert into intermediate.int_{entity}__dinilai ({names}) values ({holders})"
    conn.execute(statement.encode(), list(columns.values()))


def found(conn: psycopg.Connection, kind: str) -> dict[str, tuple[int, int, int, str]]:
    group = next(
        item for item in read_contributors(conn, read_breakdown(conn, OCTOBER)) if item.jenis == kind
    )
    return {
        item.nama: (item.baris, item.karantina, item.salah, item.rule.kode)
        for item in [*group.terbanyak, *group.tanpa]
    }


def test_an_employer_answers_for_its_vacancies_placements_workers_and_its_own_record(conn) -> None:
    add(conn, "pemberi_kerja", "1", pemberi_kerja_id="7", nama="PT Uji Coba", peringatan=["PB_A04"])
    add(conn, "lowongan", "2", pemberi_kerja_id="7", gagal=["LW_A03"])
    add(conn, "lowongan", "3", pemberi_kerja_id="7")
    add(conn, "penempatan", "4", pemberi_kerja_id="7", gagal=["PN_A12"], peringatan=["PN_T01"])
    add(conn, "penempatan", "5", Period(2026, 8), pemberi_kerja_id="7", gagal=["PN_A12"])
    add(conn, "penduduk_bekerja", "6", pemberi_kerja_id="7")
    add(conn, "penempatan", "7", Period(2026, 11), pemberi_kerja_id="7", gagal=["PN_A12"])
    add(conn, "penempatan", "8", pemberi_kerja_id="7", gagal=["PN_A12"], deleted_at="2026-10-05")
    # The most frequent blocking rule, before any warning; not next month's rows, not deleted ones.
    assert found(conn, "pemberi-kerja") == {"PT Uji Coba (no. 7)": (6, 3, 4, "PN_A12")}


@pytest.mark.parametrize(
    "name", ["Siti Aminah", "siti aminah", "Toko Siti", "PTSiti", "", None, "PT " + "x" * 90]
)
def test_a_name_that_may_be_a_persons_is_not_shown(conn, name: str | None) -> None:
    add(conn, "pemberi_kerja", "1", pemberi_kerja_id="7", nama=name, gagal=["PB_A03"])
    add(conn, "pelatihan", "2", lembaga=name, gagal=["PL_A01"])
    assert list(found(conn, "pemberi-kerja")) == ["Pemberi kerja no. 7"]
    expected = "Lembaga pelatihan tidak tercatat" if name is None else "Lembaga tanpa bentuk yang dikenal"
    assert list(found(conn, "lpk")) == [expected]
    assert not name or name not in render(conn, OCTOBER)


def test_institutions_answer_for_their_trainings_and_participants(conn) -> None:
    add(conn, "pelatihan", "1", lembaga="LPK Uji")
    add(conn, "peserta_pelatihan", "2", lembaga="LPK Uji", gagal=["PP_A01"])
    add(conn, "peserta_pelatihan", "3", lembaga="UPTD BLK Uji", peringatan=["PP_A16"])
    add(conn, "peserta_pelatihan", "4", lembaga="BLK Tanpa Salah")
    assert found(conn, "lpk") == {"LPK Uji": (2, 1, 1, "PP_A01"), "UPTD BLK Uji": (1, 0, 1, "PP_A16")}


def test_villages_are_named_with_their_kecamatan_and_elsewhere_is_one_place(conn) -> None:
    add(conn, "pencari_kerja", "1", kode_wilayah="3325012001", gagal=["PK_A01"])
    add(conn, "penduduk_bekerja", "2", kode_wilayah="3325012001")
    add(conn, "pencari_kerja", "3", kode_wilayah="3375012001", gagal=["PK_A01", "PK_A03"])
    add(conn, "pencari_kerja", "4", kode_wilayah="3374012001", gagal=["PK_A03"])
    add(conn, "pencari_kerja", "5", kode_wilayah=None, gagal=["PK_A13"])
    assert found(conn, "desa") == {
        "Silurah, Kec. Wonotunggal": (2, 1, 1, "PK_A01"),
        "Di luar Kabupaten Batang": (2, 2, 2, "PK_A03"),
        "Desa atau kelurahan tidak tercatat": (1, 1, 1, "PK_A13"),
    }


def test_the_longest_list_is_cut_by_what_is_held_and_says_so(conn) -> None:
    for number in range(SHOWN + 5):
        add(conn, "lowongan", f"a{number}", pemberi_kerja_id=str(number), peringatan=["LW_A15"])
    add(conn, "lowongan", "b", pemberi_kerja_id="19", gagal=["LW_A03"])
    rows = Page(render(conn, OCTOBER)).table(f"{SHOWN} dari {SHOWN + 5} pemberi kerja")[1:]
    assert len(rows) == SHOWN
    assert rows[0][:5] == ["Pemberi kerja no. 19", "2", "1", "2", "100,0 %"]


def test_no_personal_value_reaches_the_page(conn) -> None:
    columns = conn.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'intermediate'"
        " and data_type = 'text' and column_name not in ('kode_kecamatan', 'kode_wilayah')"
    ).fetchall()
    for entity in ("pencari_kerja", "penempatan", "peserta_pelatihan", "penduduk_bekerja", "pemberi_kerja"):
        add(conn, entity, "1", kode_wilayah="3325012001", gagal=[], peringatan=[])
    for table, column in columns:
        conn.execute(f"update intermediate.{table} set {column} = 'KENARI-{column}'".encode())
    conn.execute(
        "update intermediate.int_pencari_kerja__dinilai set layak = false, aturan_gagal = '{PK_A01}'"
    )
    conn.execute(
        "update intermediate.int_pemberi_kerja__dinilai set layak = false, aturan_gagal = '{PB_A01}'"
    )
    text = render(conn, OCTOBER)
    # An employer's own number is its register number; it is a key of ours, and the one thing that is told.
    assert text.replace("no. KENARI-pemberi_kerja_id", "").count("KENARI") == 0
