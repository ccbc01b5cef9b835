"""Official lists: what is no tree of the book is refused with its line, and nothing of it is stored."""

import csv
import itertools
from pathlib import Path

import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.reference.books import SEEDS, book_of
from batang_assets.reference.lists import read_list
from batang_assets.reference.store import loads, store_list

_numbers = itertools.count(1)
KBJI = book_of("kbji-2014")
KBLI = book_of("kbli-2020")


def kbji_rows() -> list[list[str]]:
    """The shipped groups with a few finer ones below 01, 11 and 81."""
    with (SEEDS / "ref_kbji.csv").open(encoding="utf-8") as file:
        rows = [[r["tingkat"], r["kode"], r["judul"]] for r in csv.DictReader(file) if r["versi"] == "2014"]
    return [
        *rows,
        ["3", "011", "Perwira"], ["4", "0111", "Perwira Mabes"], ["6", "0111.01", "Panglima"],
        ["6", "0111.10", "Perwira lain"], ["3", "815", "Operator tekstil"], ["4", "8153", "Operator Mesin Jahit"],
    ]  # fmt: skip


def kbli_rows() -> list[list[str]]:
    with (SEEDS / "ref_kbli.csv").open(encoding="utf-8") as file:
        rows = [
            [r["kategori"], r["tingkat"], r["kode"], r["judul"]]
            for r in csv.DictReader(file)
            if r["versi"] == "2020"
        ]
    return [
        *rows,
        ["A", "3", "011", "Semusim"],
        ["A", "4", "0111", "Serealia"],
        ["A", "5", "01111", "Jagung"],
    ]


def write(folder: Path, rows: list[list[str]], header: str = "digit,kode,judul") -> Path:
    path = folder / f"daftar-{next(_numbers)}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def test_a_whole_list_is_read_with_its_parents(tmp_path):
    entries = {entry.code: entry for entry in read_list(KBJI, write(tmp_path, kbji_rows())).entries}
    assert len(entries) == 59
    assert entries["011101"].parent == "0111"
    assert entries["0111"].parent == "011"
    assert entries["0"].parent is None
    assert entries["8153"].normal_title == "operator mesin jahit"


def test_zeros_that_a_spreadsheet_dropped_are_put_back_by_the_level(tmp_path):
    spoilt = [[level, code.lstrip("0") or "0", title] for level, code, title in kbji_rows()]
    for row in spoilt:
        row[1] = {"111.10": "111.1"}.get(row[1], row[1])
    official = read_list(KBJI, write(tmp_path, spoilt))
    assert {entry.code for entry in official.entries} == {code.replace(".", "") for _, code, _ in kbji_rows()}
    # 01, 02, 03, 011, 0111 and the two jobs.
    assert official.mended == 7


def test_without_a_level_a_list_that_lost_its_zeros_is_refused(tmp_path):
    spoilt = [[code.lstrip("0") or "0", title] for _, code, title in kbji_rows()]
    with pytest.raises(DataError, match=r"line \d+|missing"):
        read_list(KBJI, write(tmp_path, spoilt, "kode,judul"))
    spoilt = [[c, code.lstrip("0"), title] for c, _, code, title in kbli_rows()]
    with pytest.raises(DataError, match=r"line \d+|missing"):
        read_list(KBLI, write(tmp_path, spoilt, "kategori,kode,judul"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.append(["4", "8153", "Lagi"]), r"line 61: code 8153 stands already in line 60"),
        (lambda rows: rows.append(["4", "8299", "Tanpa induk"]), r"line 61: code 8299 has no parent 829"),
        (lambda rows: rows.append(["4", "8154", " "]), r"line 61: code 8154 has no title"),
        (lambda rows: rows.append(["3", "8154", "Salah tingkat"]), r"line 61: code 8154 .* level says 3"),
        (lambda rows: rows.append(["5", "81531", "Lima"]), r"line 61: '81531' is no code"),
        (lambda rows: rows.append(["4", "81x4", "Huruf"]), r"line 61: '81X4' is no code"),
        (lambda rows: rows.remove(rows[1]), r"line \d+: code 11 has no parent 1"),
        (lambda rows: [rows.remove(row) for row in list(rows) if row[1].startswith("9")], r"9 is missing"),
    ],
)
def test_what_is_no_tree_is_refused_with_its_line(tmp_path, change, message):
    rows = kbji_rows()
    change(rows)
    with pytest.raises(DataError, match=message):
        read_list(KBJI, write(tmp_path, rows))


def test_a_list_of_another_edition_or_section_is_refused(tmp_path):
    header = "kategori,digit,kode,judul"
    path = write(tmp_path, kbli_rows(), header)
    assert len(read_list(KBLI, path).entries) == 112
    with pytest.raises(DataError, match="not the list of kbli-2025"):
        read_list(book_of("kbli-2025"), path)
    rows = [["B" if code == "011" else letter, level, code, t] for letter, level, code, t in kbli_rows()]
    with pytest.raises(DataError, match=r"line \d+: code 011 is in section B"):
        read_list(KBLI, write(tmp_path, rows, header))


def test_sections_are_told_by_the_order_of_the_file_where_no_column_does(tmp_path):
    ordered = sorted(kbli_rows(), key=lambda row: (row[0], row[1] != "1", row[2]))
    official = read_list(KBLI, write(tmp_path, [row[1:] for row in ordered]))
    section = {entry.code: entry.section for entry in official.entries}
    assert (section["62"], section["01111"]) == ("J", "A")


def test_the_248_villages_load_with_their_kecamatan(tmp_path):
    rows = (SEEDS / "ref_wilayah.csv").read_text(encoding="utf-8")
    path = tmp_path / "wilayah.csv"
    path.write_text(rows, encoding="utf-8")
    entries = read_list(book_of("wilayah"), path).entries
    assert sum(entry.level == 10 for entry in entries) == 248
    assert sum(entry.level == 6 for entry in entries) == 15
    path.write_text(rows.replace("33.25.01,Wonotunggal", "33.25.02,Wonotunggal", 1), encoding="utf-8")
    with pytest.raises(DataError, match="line 2: code 3325012001 does not lie in kecamatan 332502"):
        read_list(book_of("wilayah"), path)


def test_a_load_is_kept_with_who_and_digest_and_a_bad_one_changes_nothing(settings, tmp_path):
    good = write(tmp_path, kbji_rows())
    with connect(settings) as conn:
        assert store_list(conn, KBJI, read_list(KBJI, good), good.name, "Sari", settings.now())
        assert not store_list(conn, KBJI, read_list(KBJI, good), good.name, "Sari", settings.now())
    finer = write(tmp_path, [*kbji_rows(), ["4", "8154", "Operator Pencelupan"]])
    with connect(settings) as conn:
        assert store_list(conn, KBJI, read_list(KBJI, finer), finer.name, "Budi", settings.now())
    with connect(settings) as conn:
        held = loads(conn)
        assert [(one.by, one.rows, one.level, one.current) for one in held] == [
            ("Budi", 60, 6, True),
            ("Sari", 59, 6, False),
        ]
        assert held[0].digest != held[1].digest
        count = conn.execute("select count(*) from reference.kode_berlaku").fetchone()
        assert count == (60,)
        with pytest.raises(DataError, match="--by"):
            store_list(conn, KBJI, read_list(KBJI, good), good.name, " ", settings.now())


def test_the_official_lists_load_whole(official_lists):
    kbji = read_list(KBJI, official_lists / "kbji2014.csv").entries
    assert [sum(e.level == level for e in kbji) for level in (1, 2, 3, 4, 6)] == [10, 43, 130, 446, 2137]
    kbli = read_list(KBLI, official_lists / "kbli2020.csv").entries
    assert [sum(e.level == level for e in kbli) for level in (1, 2, 3, 4, 5)] == [21, 88, 245, 567, 1791]
