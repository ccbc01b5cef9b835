"""Declarations: what is wrong in one is told with file and line."""

from pathlib import Path

import pytest

from batang_assets.contracts import all_contracts, read_contract
from batang_assets.errors import DataError

HEAD = "dataset: x\ntabel: x\njudul: X\ndefinisi: d\ntujuan: t\ndasar: b\nkolom:\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD + "  - {nama: id, tipe: teks, definisi: d}\n  - {nama: a, tipe: tekst, definisi: d}\n",
            r"x\.yaml:9.*tekst",
        ),
        (HEAD + "  - {nama: a, tipe: teks}\n", r"x\.yaml:8: a column needs"),
        (
            HEAD + "  - {nama: a, tipe: teks, definisi: d, wjib: true}\n",
            r"x\.yaml:8: unknown keys \['wjib'\]",
        ),
        (HEAD + "  - {nama: a, tipe: teks, definisi: d}\n" * 2, r"x\.yaml:9: column a is declared twice"),
        ("dataset: x\n", r"x\.yaml:1: keys missing"),
        ("dataset: [x\n", r"x\.yaml: not valid YAML"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, text: str, message: str):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(DataError, match=message) as error:
        read_contract(tmp_path / "x.yaml", "batang_career")
    assert "\n" not in str(error.value)


def test_nothing_that_names_a_person_is_a_fact():
    personal = {
        "nik",
        "no_kk",
        "nama_lengkap",
        "tempat_lahir",
        "alamat_domisili",
        "no_hp",
        "foto_url",
        "nama_kontak",
    }
    for source in ("batang_career", "siapkerja"):
        for contract in all_contracts(source):
            assert not personal & {column.name for column in contract.facts}, contract.table
