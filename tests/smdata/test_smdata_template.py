"""A template is data: what is wrong in it is named with file and line."""

import csv
from pathlib import Path

import pytest

from batang_assets.errors import DataError
from batang_assets.smdata.sheets import TableSheet
from batang_assets.smdata.template import DEFAULT, load_labels, load_template

SHEETS = [
    *(f"IPK III-{number}" for number in range(1, 9)),
    "Pemberi Kerja",
    "Lowongan",
    "Penduduk Bekerja",
    "Pelatihan",
    "Penempatan",
    "Pencari Kerja",
    "Konsolidasi",
    "Mutu Data",
    "Metadata",
]


def test_template_1_has_the_sheets_of_the_contract():
    template = load_template()
    assert [sheet.name for sheet in template.sheets] == SHEETS
    assert template.missing == ()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("lebar: 80", "lebaar: 80", "lebaar"),
        ("kelompok: cakupan", "kelompok: kecamatan", "must be the first column"),
        ("sambung: {sumbu: baris", "sambung: {sumbu: garis", "sumbu"),
        ("pasangan: {awal: akhir}", "pasangan: {awal: ujung}", "ujung"),
        ("nama: Mutu Data", "nama: Konsolidasi", "given twice: konsolidasi"),
        ("nama: Mutu Data", "nama: 'Mutu/Data'", "pattern"),
        ("bentuk: terbitan", "bentuk: grafik", "grafik"),
        ("tabel: III/4", "tabel: IV/4", "pattern"),
        ("publik: {ambang: 3, kolom", "publik: {ambang: 3, alasan: x, kolom", "publik has either"),
    ],
)
def test_a_wrong_template_names_file_and_line(tmp_path: Path, old: str, new: str, complaint: str):
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "rusak.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_template(path)
    message = str(caught.value)
    assert message.startswith("rusak.yaml:")
    assert complaint in message
    assert "\n" not in message
    # The named line opens the sheet, block or entry that holds the fault.
    fault = text[: text.index(old)].count("\n") + 1
    line = int(message.split(":")[1])
    assert 1 <= line <= fault


def test_a_public_sheet_of_villages_or_disability_needs_the_stricter_threshold():
    sheet = {
        "nama": "Uji",
        "berkas": "uji",
        "bentuk": "tabel",
        "judul": ["UJI"],
        "laporan": "reports.uji",
        "kolom": [
            {"nama": "kode_desa", "kepala": "Desa", "definisi": "Desa."},
            {"nama": "jumlah", "kepala": "Jumlah", "definisi": "Jumlah.", "format": "bilangan"},
        ],
    }
    with pytest.raises(ValueError, match="kode_desa needs ambang 10"):
        TableSheet.model_validate({**sheet, "publik": {"ambang": 5}})
    assert TableSheet.model_validate({**sheet, "publik": {"ambang": 10}}).public.threshold == 10


def test_the_line_of_a_misspelt_key_is_its_own(tmp_path: Path):
    text = DEFAULT.read_text(encoding="utf-8").replace("lebar: 80", "lebaar: 80")
    path = tmp_path / "rusak.yaml"
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("lebaar")].count("\n") + 1
    with pytest.raises(DataError, match=rf"rusak\.yaml:{line}: "):
        load_template(path)


def test_broken_yaml_and_a_missing_file_are_one_line(tmp_path: Path):
    path = tmp_path / "rusak.yaml"
    path.write_text("lembar: [", encoding="utf-8")
    with pytest.raises(DataError, match=r"rusak\.yaml: not valid YAML"):
        load_template(path)
    with pytest.raises(DataError, match="cannot be read"):
        load_template(tmp_path / "tiada.yaml")


def test_every_cause_that_the_bridge_may_name_has_words():
    seed = Path(__file__).parents[2] / "dbt_project" / "seeds" / "ref_konsolidasi_sebab.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        named = {(row["hubungan"], row["sebab"]) for row in csv.DictReader(file) if row["hubungan"]}
    assert {value for pair in named for value in pair} <= load_labels("sebab.yaml").keys()
