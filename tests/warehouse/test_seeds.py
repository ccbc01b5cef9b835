"""The code books and dictionaries: a wrong row here miscodes people silently, in every table downstream."""

import csv
import re
from collections import Counter

import pytest
import yaml

from batang_assets.warehouse.project import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
DICTIONARIES = {
    "ref_pendidikan_kamus": "TIDAK_TAMAT_SD SD SMP SMA SMK D1 D2 D3 D4 S1 S2 S3",
    "ref_disabilitas_kamus": "TIDAK FISIK INTELEKTUAL MENTAL SENSORIK GANDA",
    "ref_jenis_kelamin_kamus": "L P",
    "ref_penerima_kamus": "PEMERINTAH BUMN_BUMD KOPERASI SWASTA BADAN_USAHA_LAIN PERORANGAN",
}
KEYS = {
    "ref_pendidikan": ("kode",),
    "ref_kbji": ("versi", "kode"),
    "ref_kbli": ("versi", "kode"),
    "ref_status_pekerjaan": ("kode",),
    "ref_umk": ("tahun",),
    "ref_sakernas": ("tahun", "bulan", "indikator"),
    "ref_wilayah": ("kode_kemendagri",),
    "ref_jabatan_kamus": ("teks_normal",),
    "ref_buku_kode": ("buku", "versi"),
    "ref_kecamatan": ("kode_kemendagri",),
    "ref_disabilitas": ("kode",),
    "ref_jenis_penempatan": ("kode",),
    "ref_penerima": ("kode",),
    "ref_padanan": ("buku_asal", "versi_asal", "kode_asal", "versi_tujuan", "kode_tujuan"),
    "ref_rentang_upah": ("kode",),
    "ref_ambang_penyelarasan": ("jenis",),
} | dict.fromkeys(DICTIONARIES, ("teks_normal",))


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lookup(name: str, column: str = "kode") -> dict[str, str]:
    return {row["teks_normal"]: row[column] for row in rows(name)}


@pytest.mark.parametrize("name", KEYS)
def test_a_code_stands_once_in_its_book(name):
    found = Counter(tuple(row[column] for column in KEYS[name]) for row in rows(name))
    assert [key for key, count in found.items() if count > 1 or not all(key)] == []


@pytest.mark.parametrize("name", [*DICTIONARIES, "ref_jabatan_kamus"])
def test_every_dictionary_key_is_in_the_form_that_the_models_look_up(name):
    keys = [row["teks_normal"] for row in rows(name)]
    wrong = [
        key for key in keys if key != re.sub(r"[^a-z0-9]+", " ", key.lower()).strip() or key in ("", "null")
    ]
    assert wrong == []


@pytest.mark.parametrize("name", DICTIONARIES)
def test_dictionary_values_are_exactly_siapkerjas_enumeration(name):
    assert {row["kode"] for row in rows(name)} == set(DICTIONARIES[name].split())


def test_education_levels_rise_in_the_order_of_the_enumeration():
    book = sorted(rows("ref_pendidikan"), key=lambda row: int(row["urutan"]))
    assert [row["kode"] for row in book] == DICTIONARIES["ref_pendidikan_kamus"].split()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("slta", "SMA"),
        ("madrasah aliyah", "SMA"),
        ("paket c", "SMA"),
        ("stm", "SMK"),
        ("smea", "SMK"),
        ("sd mi", "SD"),
        ("mts", "SMP"),
        ("tidak tamat sd", "TIDAK_TAMAT_SD"),
        ("diploma iii", "D3"),
        ("ahli madya", "D3"),
        ("strata 1", "S1"),
        ("magister", "S2"),
    ],
)
def test_usual_spellings_of_education_are_known(text, code):
    assert lookup("ref_pendidikan_kamus")[text] == code


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        # UU 8/2016 pasal 4 and its explanation: netra, rungu and wicara are sensory; laras is mental.
        ("tuna netra", "SENSORIK"),
        ("tuna rungu", "SENSORIK"),
        ("tuna wicara", "SENSORIK"),
        ("tuna daksa", "FISIK"),
        ("tuna grahita", "INTELEKTUAL"),
        ("tuna laras", "MENTAL"),
        ("tidak ada", "TIDAK"),
    ],
)
def test_legacy_disability_labels_follow_the_law_of_2016(label, kind):
    assert lookup("ref_disabilitas_kamus")[label] == kind


def test_kbji_has_its_ten_major_and_43_sub_major_groups_in_both_editions():
    book = rows("ref_kbji")
    assert Counter((row["versi"], row["tingkat"]) for row in book) == {
        ("2014", "1"): 10, ("2014", "2"): 43, ("2026", "1"): 10, ("2026", "2"): 43,
    }  # fmt: skip
    assert all(len(row["kode"]) == int(row["tingkat"]) for row in book)
    for edition in ("2014", "2026"):
        codes = {row["kode"] for row in book if row["versi"] == edition}
        assert {code[0] for code in codes} == {code for code in codes if len(code) == 1} == set("0123456789")


def test_every_job_title_has_a_four_digit_code_of_a_known_group():
    groups = {(row["versi"], row["kode"]) for row in rows("ref_kbji")}
    for row in rows("ref_jabatan_kamus"):
        assert re.fullmatch(r"\d{4}", row["kode_kbji"]), row
        assert (row["versi"], row["kode_kbji"][:2]) in groups, row


def test_kbli_sections_and_divisions_of_both_versions():
    book = rows("ref_kbli")
    sections = {
        version: [row["kode"] for row in book if row["versi"] == version and row["tingkat"] == "1"]
        for version in ("2020", "2025")
    }
    assert sections == {"2020": list("ABCDEFGHIJKLMNOPQRSTU"), "2025": list("ABCDEFGHIJKLMNOPQRSTUV")}
    divisions = Counter(row["versi"] for row in book if row["tingkat"] == "2")
    assert divisions == {"2020": 88, "2025": 87}
    assert all(row["kategori"] in sections[row["versi"]] for row in book)


def test_kbli_2025_letters_from_k_on_are_one_further_than_in_2020():
    letter = {
        (row["versi"], row["kode"]): row["kategori"] for row in rows("ref_kbli") if row["tingkat"] == "2"
    }
    for division in (f"{n:02d}" for n in range(1, 100)):
        if ("2025", division) not in letter:
            continue
        old, new = letter["2020", division], letter["2025", division]
        # Divisions 61–63 moved from the old J into the new K; A–I and 58–60 kept their letter.
        shift = 1 if division >= "61" else 0
        assert ord(new) - ord(old) == shift, division


def test_formal_work_is_status_3_and_4_of_7():
    book = {row["kode"]: row["formal"] for row in rows("ref_status_pekerjaan")}
    assert sorted(book) == list("1234567")
    assert {code for code, formal in book.items() if formal == "true"} == {"3", "4"}


def test_sakernas_rates_agree_with_sakernas_counts():
    value = {row["indikator"]: float(row["nilai"]) for row in rows("ref_sakernas")}
    force = value["BEKERJA"] + value["PENGANGGURAN"]
    assert value["TPAK"] == pytest.approx(100 * force / value["PENDUDUK_15_PLUS"], abs=0.005)
    assert value["TPT"] == pytest.approx(100 * value["PENGANGGURAN"] / force, abs=0.005)


def test_minimum_wage_is_known_for_every_year_of_the_agreement_so_far():
    wage = {int(row["tahun"]): int(row["umk_rupiah"]) for row in rows("ref_umk")}
    assert wage[2025] == 2534382
    # 2025 rose by the national 6.5 %, 2026 by 6.87 %: the published rises, independent of the amounts.
    assert wage[2025] / wage[2024] == pytest.approx(1.065, abs=0.0001)
    assert wage[2026] / wage[2025] == pytest.approx(1.0687, abs=0.0001)


def test_every_seed_is_documented_column_by_column_and_typed():
    declared = {seed["name"]: seed for seed in yaml.safe_load((SEEDS / "_seeds.yml").read_text())["seeds"]}
    for path in SEEDS.glob("*.csv"):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        seed = declared[path.stem]
        assert [column["name"] for column in seed["columns"]] == header, path.stem
        assert list(seed["config"]["column_types"]) == header, path.stem
        assert seed["description"], path.stem
        assert all(column["description"] for column in seed["columns"]), path.stem
