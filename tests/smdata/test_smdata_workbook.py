"""The workbook, read back by another implementation: what an official sees is what the reports say."""

import re
import zipfile
from pathlib import Path

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from batang_assets.errors import DataError
from batang_assets.smdata.sheets import PublishedSheet, TableSheet
from batang_assets.smdata.tables import SheetData, collect
from batang_assets.smdata.template import load_template
from batang_assets.smdata.workbook import write_workbook
from tests.smdata.conftest import MADE_AT
from tests.smdata.smdata_truth import DOMAINS, PLACEMENTS, SPAN, TABLES

FORMULAS = (
    "1+1",
    "A1",
    "SUM(A1:A9)",
    "IF(1,2,3)",
    "cmd|'/c calc'!A1",
    'DDE("cmd";"/C calc";"x")',
    'IMPORTXML("http://contoh.invalid","//a")',
    'WEBSERVICE("http://contoh.invalid")',
    "MSEXCEL|'\\..\\..\\cmd.exe'!''",
    "(1+1)",
)
# Starts that a spreadsheet may take for a formula, a link, a number, a date or an escape.
PAYLOADS = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://contoh.invalid","klik")',
    "+62812345678",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "{=1+1}",
    "3325111708990001",
    "0012",
    "1e5",
    "31-12-1999",
    "http://contoh.invalid/a",
    "mailto:a@contoh.invalid",
    "internal:Metadata!A1",
    "external:C:\\a.xlsx",
    "\tTab",
    " depan dan belakang ",
    "baris satu\nbaris dua",
    "_x003D_1+1",
    "TRUE",
    "#REF!",
    '<a href="x">&amp;</a>',
    "emoji 🧑‍🌾",
    *(f"{start}{rest}" for start in "=+-@" for rest in FORMULAS),
]


@pytest.fixture
def workbook(build) -> CalamineWorkbook:
    package = build()
    return CalamineWorkbook.from_path(str(package.path / f"{package.name}.xlsx"))


def rows_of(workbook: CalamineWorkbook, name: str) -> list[list]:
    return workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)


def single_sheet(path: Path, texts: list[str]) -> None:
    sheet = TableSheet.model_validate(
        {
            "nama": "Uji",
            "berkas": "uji",
            "bentuk": "tabel",
            "judul": ["UJI"],
            "laporan": "reports.uji",
            "kolom": [{"nama": "teks", "kepala": "Teks", "definisi": "Teks."}],
        }
    )
    data = SheetData(sheet, (), [(text,) for text in texts])
    write_workbook(path, [data], SPAN, "Uji", MADE_AT)


def statutory(rows: list[list], sheet: PublishedSheet) -> dict[tuple[str, str, str], object]:
    """Figure by (part, row label, published column) as a reader finds it below the headers."""
    found: dict[tuple[str, str, str], object] = {}
    for block in sheet.blocks:
        start = next(i for i, row in enumerate(rows) if row[0] == block.title)
        tops, heads = rows[start + 1][2:], rows[start + 2][2:]
        filled = ""
        for place, column in enumerate(block.columns):
            filled = tops[place] or filled
            assert (filled, heads[place]) == column.header
        for row in rows[start + 3 :]:
            if not row[1]:
                break
            for place, column in enumerate(block.columns):
                found[block.source, row[1], column.source] = row[2 + place]
    return found


def test_the_sheets_are_those_of_the_template(workbook: CalamineWorkbook):
    assert workbook.sheet_names == [sheet.name for sheet in load_template().sheets]


def test_every_statutory_table_is_the_count_person_by_person(workbook: CalamineWorkbook):
    for number in range(1, 9):
        sheet = load_template().sheets[number - 1]
        assert isinstance(sheet, PublishedSheet)
        rows = rows_of(workbook, sheet.name)
        assert rows[0][0] == f"LAPORAN IPK III/{number}"
        assert [row[0] for row in rows[2:4]] == ["KABUPATEN BATANG (33.25)", "BULAN: OKTOBER 2026"]
        truth = {
            (part, label, column): value
            for part, _, label, column, value in TABLES[f"III/{number}"]
            if value is not None
        }
        assert statutory(rows, sheet) == truth


def test_a_plain_sheet_shows_words_for_codes_and_a_total_for_each_scope(workbook: CalamineWorkbook):
    rows = rows_of(workbook, "Penempatan")
    head = next(index for index, row in enumerate(rows) if row[0] == "Cakupan")
    words = {
        "apbd": "Kegiatan APBD",
        "semua": "Semua sumber",
        "L": "Laki-laki",
        "P": "Perempuan",
        "TIDAK_TAMAT_SD": "Tidak tamat SD",
        "tidak_diketahui": "Tidak diketahui",
        None: "Tidak diketahui",
    }
    shown = [[words.get(cell, cell) for cell in row] for row in PLACEMENTS]
    assert rows[head + 1] == shown[0]
    assert rows[head + 2] == ["JUMLAH KEGIATAN APBD", "", "", "", "", "", 3, 2, 1, 0]
    assert rows[head + 3 : head + 6] == shown[1:]
    assert rows[head + 6] == ["JUMLAH SEMUA SUMBER", "", "", "", "", "", 1206, 1204, 1, 1]
    assert len(rows) == head + 7


def test_rows_follow_the_order_of_the_template_not_the_alphabet(connection: psycopg.Connection):
    for level in ("S1", "SD", "aneh", "SMA", "tidak_diketahui", "TIDAK_TAMAT_SD"):
        connection.execute(
            "insert into reports.rpt_smdata_penduduk_bekerja values"
            " ('2026-10', '2026-10-01', 'semua', '332501', 'Wonotunggal', 'L', '20-29', %s, 1)",
            [level],
        )
    sheets = {data.sheet.name: data for data in collect(connection, load_template(), SPAN, "3325")}
    levels = [row[5] for row in sheets["Penduduk Bekerja"].rows]
    assert levels == ["TIDAK_TAMAT_SD", "SD", "SMA", "S1", "aneh", "tidak_diketahui"]
    assert [row[0] for row in sheets["Konsolidasi"].rows] == list(DOMAINS)


def test_a_sheet_without_rows_says_so(workbook: CalamineWorkbook):
    assert rows_of(workbook, "Lowongan")[-1][0] == "Tidak ada data pada periode ini."


def test_the_causes_that_the_bridge_holds_are_columns_with_words(workbook: CalamineWorkbook):
    rows = rows_of(workbook, "Konsolidasi")
    head = next(index for index, row in enumerate(rows) if row[0] == "Domain")
    assert rows[head][:7] == ["Domain", "Daerah", "Pusat", "Cocok", "Beda", "Hanya daerah", "Hanya pusat"]
    assert rows[head][7:] == [
        "Beda: isi berbeda",
        "Hanya daerah: belum dikirim",
        "Hanya daerah: sebab_baru_dari_jembatan",
        "Hanya pusat: entri langsung di pusat",
    ]
    assert rows[head + 1] == ["Pencari kerja", 10, 9, 7, 1, 2, 1, 1, 1, 1, 1]


def test_metadata_names_the_package(workbook: CalamineWorkbook):
    rows = {(row[0], row[1]): row for row in rows_of(workbook, "Metadata")}
    assert rows["Paket", "Nama paket"][2] == "smdata-3325-2026-10-r1"
    assert rows["Paket", "Run"][2] == "run-1"
    assert rows["Paket", "Persetujuan"][2].startswith(
        "Disiapkan oleh Budi Santoso; disetujui oleh Rina Wulandari"
    )
    assert rows["Variabel", "pencari-kerja.jenis_kelamin"][3] == "Jenis kelamin (L, P)"
    assert not [
        name for _, name in rows if str(name).endswith((".nik", ".nama_lengkap", ".no_hp", ".alamat"))
    ]


def test_totals_are_formulas_and_the_pages_are_set_up(workbook: CalamineWorkbook, folder: Path):
    with zipfile.ZipFile(next(folder.glob("*/*.xlsx"))) as archive:
        first = archive.read("xl/worksheets/sheet1.xml").decode()
        second = archive.read("xl/worksheets/sheet3.xml").decode()
        placements = archive.read("xl/worksheets/sheet13.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    formulas = re.findall(r"<f>([^<]*)</f><v>(-?\d+)</v>", first)
    # Seekers: A, B and 5 in 15 columns, and three sums in the other four rows; vacancies: 4 columns and one sum.
    assert len(formulas) == 3 * 15 + 4 * 3 + 3 * 4 + 4
    assert re.findall(r"<f>([^<]*)</f><v>1206</v>", placements) == ["SUM(G9:G11)"]
    assert "<f>" in second
    for xml in (first, second, placements):
        assert 'state="frozen"' in xml
        assert 'orientation="landscape"' in xml
    assert second.count("<mergeCell ") >= 5 + 5
    assert book.count("_xlnm.Print_Area") == len(load_template().made)
    assert "_xlnm.Print_Titles" in book
    assert "[$-421]#,##0" in styles


def test_text_that_looks_like_a_formula_a_link_or_a_number_stays_text(tmp_path: Path):
    path = tmp_path / "uji.xlsx"
    single_sheet(path, PAYLOADS)
    rows = rows_of(CalamineWorkbook.from_path(str(path)), "Uji")
    assert [row[0] for row in rows[3:]] == PAYLOADS
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in archive.namelist() if "rels/sheet" in name or "external" in name.lower()]
    assert "<f>" not in xml
    assert "<hyperlink" not in xml


def test_there_are_at_least_sixty_payloads_and_each_is_text():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60


def test_a_text_too_long_for_a_cell_is_refused_not_cut(tmp_path: Path):
    with pytest.raises(DataError, match="column 1 has 32768 characters"):
        single_sheet(tmp_path / "uji.xlsx", ["x" * 32_768])


def test_a_large_sheet_is_streamed(tmp_path: Path):
    path = tmp_path / "uji.xlsx"
    single_sheet(path, [f"baris {number}" for number in range(20_000)])
    rows = rows_of(CalamineWorkbook.from_path(str(path)), "Uji")
    assert len(rows) == 20_003
    assert rows[-1] == ["baris 19999"]


def test_a_printed_page_breaks_between_the_blocks_of_a_statutory_table(build):
    package = build()
    (path,) = package.path.glob("*.xlsx")
    sheets = [sheet.name for sheet in load_template().made]
    with zipfile.ZipFile(path) as book:
        text = book.read(f"xl/worksheets/sheet{sheets.index('IPK III-7') + 1}.xml").decode()
    breaks = [int(number) for number in re.findall(r'<brk id="(\d+)"', text)]
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("IPK III-7").to_python(skip_empty_area=False)
    assert [str(rows[row][0]).partition(".")[0] for row in breaks] == ["III", "V"]
