"""Operators' row lists, with what Excel does to them; and layouts that are none."""

from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from batang_assets.contracts.indicators import FILE, definitions
from batang_assets.errors import DataError
from batang_assets.partitions import Span
from batang_assets.reports.ipk.grid import build_grid
from batang_assets.reports.ipk.history import changes
from batang_assets.reports.ipk.layout import FOLDER, ListSpec, layouts, load_layout
from batang_assets.reports.ipk.operator_lists import current_lists, drop_list, read_list, store_list
from batang_assets.reports.ipk.rowlists import Crosswalk, RowList, nest, packaged
from batang_assets.reports.ipk.tables import open_book
from batang_assets.settings import Settings
from tests.reports.ipk.ledger import Ledger, Seeker
from tests.reports.ipk.test_ipk_revisions import published, require_sums
from tests.reports.ipk.test_ipk_tables import cells, of

NOW = datetime(2026, 11, 2, tzinfo=UTC)
# As a spreadsheet leaves it: 0 blank, 0110 without its zero, a space too many.
JOBS = (
    "kode,label\n,TNI DAN POLRI\n110,ANGGOTA\n2,PROFESIONAL\n2411,PAKAR  AKUNTANSI\n2419,LAINNYA\n"
    "9,PEKERJA KASAR\n"
)
WALK = (
    "dari_versi,dari_kode,ke_kode\n2014,2411,2411\n2014,24,2411\n2014,24,2419\n2014,9,9\n2014,31,2411\n"
    "2014,31,9\n"
)


def written(folder: Path, text: str, name: str = "daftar.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_zeros_that_a_spreadsheet_lost_are_put_back_and_told(tmp_path: Path) -> None:
    found = read_list("III/3", written(tmp_path, JOBS))
    assert [code for code, _ in found.rows] == ["0", "0110", "2", "2411", "2419", "9"]
    assert found.rows[3] == ("2411", "PAKAR AKUNTANSI")
    assert found.mended == ("daftar.csv:2: kode kosong dibaca 0", "daftar.csv:3: kode 110 dibaca 0110")
    totalled = read_list("III/3", written(tmp_path, JOBS + "JUMLAH,JUMLAH\n"))
    assert totalled.rows == found.rows
    assert "baris JUMLAH tidak dimuat" in totalled.mended[0]
    industries = read_list(
        "III/6", written(tmp_path, "kode,label\nA,PERTANIAN\n11,SEMUSIM\nC,INDUSTRI\n101,DAGING\n")
    )
    assert [code for code, _ in industries.rows] == ["A", "011", "C", "101"]


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("III/2", "kode,label\n4000,DIPLOMA I\n4101,PENDIDIKAN\n4000,DIPLOMA II\n4201,PENDIDIKAN\n",
         r"daftar\.csv:4: kode 4000 sudah dipakai pada baris 2.*misalnya 4200 bila ia membawahi 4201"),
        ("III/3", "kode,label\n2411.0,A\n", r"daftar\.csv:2: kode '2411\.0' bukan kode"),
        ("III/3", "kode,label\n24110,A\n", r"daftar\.csv:2: kode 24110 terdiri atas 5 angka"),
        ("III/3", "kode,label\n1,A\n,B\n", r"daftar\.csv:3: kode '' bukan kode"),
        ("III/3", "kode,label\n1,\n", r"daftar\.csv:2: uraian kode 1 kosong"),
        ("III/3", "kode;label\n1;A;B\n", r"daftar\.csv:2: 3 kolom, seharusnya 2"),
        ("III/3", "code,label\n1,A\n", r"daftar\.csv:1: baris kepala harus kode,label"),
        ("III/3", "kode,label\n", r"tidak ada baris"),
        ("III/3", 'kode,label\n1,"A\n', r"daftar\.csv:2: bukan CSV"),
        ("III/8", "kode,label\n1,A\n", r"III/8: tabel ini tidak memakai daftar"),
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_with_file_and_line(
    tmp_path: Path, table: str, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_list(table, written(tmp_path, text))


def test_a_crosswalk_into_nowhere_is_refused(tmp_path: Path) -> None:
    walk = written(tmp_path, "dari_versi,dari_kode,ke_kode\n2014,24,2411\n2014,25,2599\n", "padanan.csv")
    with pytest.raises(DataError, match=r"padanan\.csv:3: ke_kode '2599' tidak ada"):
        read_list("III/3", written(tmp_path, JOBS), walk)


def test_a_code_goes_over_the_crosswalk_into_one_row_or_into_none() -> None:
    rows = RowList(
        nest([("2", "P"), ("2411", "A"), ("2419", "B"), ("9", "K")]),
        "2002",
        Crosswalk.of(
            [("2014", "2411", "2411"), ("2014", "24", "2411"), ("2014", "24", "2419"), ("2014", "9", "9"),
             ("2014", "9111", "9"), ("2014", "3111", "2411"), ("2014", "3112", "2411")]
        ),
    )  # fmt: skip
    assert rows.leaf("2411", "2014") == "2411"
    # Two targets are no place for one person; a fraction of one is none either.
    assert rows.leaf("24", "2014") == rows.leaf("2499", "2014") == "tidak_dapat_dipetakan"
    assert rows.leaf("9112", "2014") == "9"
    # Known only to the group whose every detail goes one way.
    assert rows.leaf("31", "2014") == "2411"
    assert rows.leaf("77", "2014") == rows.leaf("2411", "2026") == "tidak_dapat_dipetakan"
    assert rows.leaf("2411", "2002") == "2411"
    assert rows.leaf("2599", "2002") == rows.leaf("2", "2002") == "2x"
    assert rows.leaf("tidak_diketahui", "") == "tidak_diketahui"


def test_a_division_goes_where_its_section_goes(tmp_path: Path) -> None:
    written(
        tmp_path,
        "versi,kode,tingkat,kategori,judul\n2020,J,1,J,INFORMASI\n2020,K,1,K,KEUANGAN\n2020,62,2,J,PROGRAM\n"
        "2020,64,2,K,BANK\n2025,K,1,K,TELEKOMUNIKASI\n2025,61,2,K,TELEKOMUNIKASI\n2025,T,1,T,LAIN\n",
        "ref_kbli.csv",
    )
    written(
        tmp_path,
        "buku_asal,versi_asal,kode_asal,buku_tujuan,versi_tujuan,kode_tujuan,bagian,dasar\n"
        "kbli,2025,K,kbli,2020,J,1,x\nkbli,2025,T,kbli,2020,J,0.5,x\nkbli,2025,T,kbli,2020,K,0.5,x\n"
        "kbli,2020,J,kbli,2025,K,1,x\n",
        "ref_padanan.csv",
    )
    spec = ListSpec.model_validate({"klasifikasi": "kbli", "versi": "2020", "tingkat": [1, 2]})
    rows = packaged(spec, tmp_path)
    assert rows.leaf("K", "2025") == rows.leaf("61", "2025") == rows.leaf("61100", "2025") == "Jx"
    assert rows.leaf("62011", "2020") == "62"
    assert rows.leaf("T", "2025") == "tidak_dapat_dipetakan"


def test_heads_ending_in_00_hold_what_begins_like_them() -> None:
    rows = nest(
        [("3000", "MENENGAH"), ("3110", "TEKSTIL"), ("3111", "GRAFIKA"), ("4100", "D1"), ("4101", "X")],
        heads=True,
    )
    assert [row.parent for row in rows] == [None, 0, 0, None, 3]


@pytest.fixture
def found(conn: psycopg.Connection) -> Ledger:
    ledger = Ledger(
        seekers=[
            Seeker(1, date(2026, 10, 1), None, None, job="2411"),
            Seeker(2, date(2026, 10, 2), None, None, job="2421", sex="P"),
            Seeker(3, date(2026, 10, 3), None, None, job="9"),
            Seeker(4, date(2026, 10, 4), None, None, job="31"),
            Seeker(5, date(2026, 10, 5), None, None, job=None, edition=None),
        ]
    )
    ledger.write(conn)
    return ledger


def test_a_loaded_list_makes_the_rows_and_the_change_is_the_code_books(
    conn: psycopg.Connection, ipk_settings: Settings, found: Ledger, tmp_path: Path
) -> None:
    published(ipk_settings)
    loaded = read_list("III/3", written(tmp_path, JOBS), written(tmp_path, WALK, "padanan.csv"))
    assert store_list(conn, "III/3", "2002", loaded, NOW)
    assert not store_list(conn, "III/3", "2002", loaded, NOW)
    conn.commit()
    book = open_book(conn, ipk_settings)
    october = cells(book, "III/3", "2026-10")
    closing = {row: value for (_, row, column), value in october.items() if column == "Sisa akhir Jumlah"}
    assert closing == {
        "2": 1, "2411": 1, "9": 1, "tidak_diketahui": 1, "tidak_dapat_dipetakan": 2, "jumlah": 5
    }  # fmt: skip
    assert of(october, "pencari_kerja", "jumlah") == of(
        cells(book, "III/2", "2026-10"), "pencari_kerja", "jumlah"
    )
    done = published(ipk_settings, datetime(2026, 11, 3, tzinfo=UTC))
    # The rows of July to September are others too, though nobody is in them.
    assert {(one.table, one.revision) for one in done} == {("III/3", 1)}
    moved = changes(conn, "III/3", Span.parse("2026-10"), "3325", 1)
    assert {one.cause for one in moved} == {"buku_kode"}
    assert sum(one.difference for one in moved if one.row == "24" and one.column == "Terdaftar L") == -1
    require_sums(conn)
    drop_list(conn, "III/3", NOW)
    assert current_lists(conn) == {}
    with pytest.raises(DataError, match="tidak ada daftar operator"):
        drop_list(conn, "III/3", NOW)


def test_every_list_row_stands_once_in_the_grid() -> None:
    for layout in layouts():
        grid = build_grid(layout)
        for number in range(len(layout.sections)):
            codes = [row.code for row in grid.rows if row.section == number]
            assert len(set(codes)) == len(codes)
            leaves = [
                leaf
                for row in grid.rows
                if row.section == number and row.kind == "isi"
                for leaf in row.leaves or ()
            ]
            assert len(set(leaves)) == len(leaves)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("judul: Pencari Kerja", "jduul: Pencari Kerja", r"iii-2\.yaml:\d+: "),
        ("ukuran: awal}", "ukuran: awl}", r"iii-2\.yaml:12: kolom\.0\.ukuran"),
        ("ukuran: awal}", "ukuran: awal, bagian: [x]}", r"no section 'x'"),
        ("rincian: [L, P, Jumlah], ukuran: awal", "rincian: [L, Q], ukuran: awal", r"no rincian 'Q'"),
        (", ukuran: awal}", "}", "not said once"),
        ("judul: Terdaftar", "judul: Sisa lalu", "a column stands twice"),
        ("bagian:\n", "bagian: [\n", r"iii-2\.yaml:\d+: not YAML"),
    ],
)  # fmt: skip
def test_a_layout_that_is_none_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = (FOLDER / "iii-2.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "iii-2.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_layout("III/2", tmp_path)


def test_every_indicator_has_its_twelve_items_and_a_lacking_one_is_refused(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    sql = (Path(__file__).parents[3] / "dbt_project/models/laporan/rpt_indikator.sql").read_text(
        encoding="utf-8"
    )
    assert all(f"'{item.code}'" in sql for item in definitions())
    path = written(tmp_path, text.replace("    interpretasi:", "    tafsir:", 1), "indikator.yaml")
    with pytest.raises(DataError, match=r"indikator\.yaml:\d+: indikator\.0\."):
        definitions(path)
