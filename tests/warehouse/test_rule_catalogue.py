"""The rule catalogue (``ref_aturan.csv``) and the rules in the models are one set, with one severity each."""

import csv
import re
from collections import Counter

import pytest

from batang_assets.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
DATASETS = {
    "PK": "pencari-kerja",
    "PB": "pemberi-kerja",
    "LW": "lowongan",
    "LM": "lamaran",
    "PL": "pelatihan",
    "PP": "peserta-pelatihan",
    "PN": "penempatan",
    "KJ": "penduduk-bekerja",
}
DIMENSIONS = {"A": "akurat", "R": "relevan", "T": "terkini"}
RULE = re.compile(r'\("(?P<kode>[A-Z]{2}_[ART]\d\d)", "(?P<keparahan>blokir|peringatan)"')
SHARED = re.compile(r'\(d ~ "(?P<akhiran>_[ART]\d\d)", "(?P<keparahan>blokir|peringatan)"')
CALL = re.compile(r'(?P<macro>aturan_orang|aturan_catatan)\("(?P<awalan>[A-Z]{2})"')


def catalogue() -> list[dict[str, str]]:
    """The rows of the catalogue."""
    with (DBT / "seeds" / "ref_aturan.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shared_rules() -> dict[str, list[tuple[str, str]]]:
    """Macro name → (suffix, severity) of the rules that it gives."""
    text = (DBT / "macros" / "aturan.sql").read_text(encoding="utf-8")
    bodies = re.findall(r"macro (aturan_\w+)\(.*?-%}(.*?)endmacro", text, flags=re.DOTALL)
    return {name: [(m["akhiran"], m["keparahan"]) for m in SHARED.finditer(body)] for name, body in bodies}


def rules_of_models() -> list[tuple[str, str, str]]:
    """(code, severity, dataset) of every rule, read from the text of the models that state them."""
    shared, rules = shared_rules(), []
    for path in sorted((DBT / "models" / "intermediate").glob("int_*__dinilai.sql")):
        dataset = path.name.removeprefix("int_").removesuffix("__dinilai.sql").replace("_", "-")
        text = path.read_text(encoding="utf-8")
        rules += [(m["kode"], m["keparahan"], dataset) for m in RULE.finditer(text)]
        for call in CALL.finditer(text):
            rules += [(call["awalan"] + suffix, level, dataset) for suffix, level in shared[call["macro"]]]
    return rules


def test_each_rule_of_a_model_stands_in_the_catalogue_once_with_its_severity_and_dataset() -> None:
    listed = [(row["kode"], row["keparahan"], row["dataset"]) for row in catalogue()]
    assert sorted(listed) == sorted(rules_of_models())
    assert max(Counter(kode for kode, _, _ in listed).values()) == 1


@pytest.mark.parametrize("row", catalogue(), ids=lambda row: row["kode"])
def test_a_catalogue_row_tells_an_official_what_is_wrong_and_what_to_do(row: dict[str, str]) -> None:
    assert row["dataset"] == DATASETS[row["kode"][:2]]
    assert row["dimensi"] == DIMENSIONS[row["kode"][3]]
    assert row["kolom"]
    assert row["kalimat"].endswith(".")
    assert row["tindakan"].endswith(".")
    assert row["pasal"].startswith("Nota Kesepakatan Pasal 6")


def test_every_dataset_has_rules_for_each_of_relevan_akurat_terkini() -> None:
    seen = {(row["dataset"], row["dimensi"]) for row in catalogue()}
    assert seen == {
        (dataset, dimension) for dataset in DATASETS.values() for dimension in DIMENSIONS.values()
    }
