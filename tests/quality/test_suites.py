"""The suites under ``expectations/``: that they open, say what they must, and agree with dbt's rules."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from batang_assets.errors import ConfigurationError, DataError
from batang_assets.quality import sync
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.expectations_project import open_project
from batang_assets.quality.measures import require_known
from batang_assets.quality.suites import (
    PROJECT_DIR,
    SUITES_DIR,
    all_suites,
    load_suite,
    suite_of,
    verdict_column,
)
from batang_assets.settings import PROJECT_ROOT, Settings

MODELS = PROJECT_ROOT / "dbt_project" / "models" / "intermediate"
MACRO = PROJECT_ROOT / "dbt_project" / "macros" / "aturan.sql"


def rules_in_dbt(dataset: Dataset) -> dict[str, str]:
    """Rule code → severity as the dbt model and the macros it calls state it, read from their text."""
    text = (MODELS / f"{dataset.judged_table}.sql").read_text(encoding="utf-8")
    found = dict(re.findall(r'\("([A-Z]{2}_[ART]\d\d)", "(blokir|peringatan)"', text))
    macros = MACRO.read_text(encoding="utf-8").split("{% macro ")
    for macro in macros:
        if re.match(r"aturan_\w+", macro) and macro.split("(")[0] + "(" in text:
            shared = re.findall(r'd ~ "(_[ART]\d\d)", "(blokir|peringatan)"', macro)
            found |= {dataset.kode + suffix: severity for suffix, severity in shared}
    return found


def test_great_expectations_opens_the_project_and_finds_every_suite_and_validation(
    settings: Settings,
) -> None:
    with open_project(settings) as project:
        assert {suite.name for suite in project.suites.all()} == {item.wire for item in DATASETS}
        for dataset in DATASETS:
            definition = project.validation_definitions.get(dataset.wire)
            assert definition.suite.name == dataset.wire
            columns = {entry.column for entry in definition.suite.expectations}
            assert columns == {rule.kode.lower() for rule in suite_of(dataset.wire).rules}
            assert all(f" as {column}" in definition.asset.query for column in columns)
            assert definition.is_fresh().success
        assert project.variables.analytics_enabled is False


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda item: item.wire)
def test_suite_has_every_verdict_column_of_dbt_with_its_severity(dataset: Dataset) -> None:
    in_suite = {
        rule.kode: rule.keparahan
        for rule in load_suite(dataset.wire).rules
        if rule.kolom == verdict_column(rule.kode)
    }
    assert in_suite == rules_in_dbt(dataset)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda item: item.wire)
def test_suite_file_is_in_line_with_the_catalogue(dataset: Dataset) -> None:
    text = (SUITES_DIR / f"{dataset.wire}.json").read_text(encoding="utf-8")
    rules = sync.read_catalogue()[dataset.wire]
    assert sync.rendered(sync.synced(dataset, json.loads(text), rules)) == text


def test_the_project_file_shows_great_expectations_a_column_for_every_rule() -> None:
    text = sync.PROJECT_FILE.read_text(encoding="utf-8")
    suites = {
        item.wire: json.loads((SUITES_DIR / f"{item.wire}.json").read_text(encoding="utf-8"))
        for item in DATASETS
    }
    assert sync.with_queries(text, suites) == text
    with pytest.raises(ConfigurationError, match="no query asset lamaran"):
        sync.with_queries(text.replace("      lamaran:\n", "      lain:\n"), suites)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda item: item.wire)
def test_every_dataset_is_judged_on_all_three_words_and_on_its_extraction(dataset: Dataset) -> None:
    rules = load_suite(dataset.wire).rules
    assert {rule.dimensi for rule in rules} == {"relevan", "akurat", "terkini"}
    counted = {rule.hitung for rule in rules}
    assert {"ditarik", "tertinggal_jam", "sumber_dipercaya", "umur_hari_kerja", "baris"} <= counted
    assert any(rule.hitung == "ditarik" and rule.blocking for rule in rules)


def test_every_rule_counts_something_known() -> None:
    require_known(all_suites())
    rule = dataclasses.replace(all_suites()[0].rules[0], hitung="tidak_ada")
    with pytest.raises(DataError, match="counts nothing known: tidak_ada"):
        require_known((dataclasses.replace(all_suites()[0], rules=(rule,)),))


def test_rule_codes_are_unique_over_all_datasets() -> None:
    codes = [rule.kode for suite in all_suites() for rule in suite.rules]
    assert len(codes) == len(set(codes))


def test_thresholds_are_written_for_an_official() -> None:
    rule = load_suite("pencari-kerja").rule("PK_A01")
    assert rule.ambang == "paling banyak 5 % salah, atau 3 baris"
    assert (
        load_suite("pencari-kerja").rule("PK_T92").ambang == "data terbaru berumur paling lama 5 hari kerja"
    )


def test_sync_keeps_thresholds_takes_new_rules_and_drops_old_ones() -> None:
    dataset = dataset_of("lamaran")
    suite = json.loads((SUITES_DIR / "lamaran.json").read_text(encoding="utf-8"))
    rules = sync.read_catalogue()["lamaran"]
    kept, dropped = rules[0], rules[1]
    entry = next(item for item in suite["expectations"] if item["meta"]["kode"] == kept["kode"])
    entry["kwargs"]["max_value"] = 0.13
    new = kept | {"kode": "LM_A77", "keparahan": "blokir", "kalimat": "Aturan baru."}

    changed = sync.synced(dataset, suite, [kept | {"kalimat": "Kalimat lain."}, new])

    by_code = {entry["meta"]["kode"]: entry for entry in changed["expectations"]}
    assert by_code[kept["kode"]]["kwargs"]["max_value"] == 0.13
    assert by_code[kept["kode"]]["meta"]["kalimat"] == "Kalimat lain."
    assert by_code["LM_A77"]["kwargs"] == {"column": "lm_a77", "max_value": 0.05}
    assert dropped["kode"] not in by_code
    assert "LM_R90" in by_code


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kalimat": ""}, r"rule LM_A01 lacks meta\.kalimat"),
        ({"dimensi": "bagus"}, r"rule LM_A01 has an unknown dimensi"),
        ({"kode": "PK_A01"}, r"rule PK_A01 does not begin with LM_"),
        (
            {"kode": "LM_A02"},
            r"rule LM_A02 must be expect_column_max_to_be_between with max_value on column lm_a02",
        ),
    ],
)
def test_a_faulty_suite_is_refused_by_name(tmp_path: Path, change: dict[str, str], message: str) -> None:
    suite = json.loads((SUITES_DIR / "lamaran.json").read_text(encoding="utf-8"))
    entry = next(item for item in suite["expectations"] if item["meta"]["kode"] == "LM_A01")
    entry["meta"] |= change
    (tmp_path / "lamaran.json").write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"suite lamaran\.json.*" + message):
        load_suite("lamaran", tmp_path)


def test_a_rule_that_appears_twice_is_refused(tmp_path: Path) -> None:
    suite = json.loads((SUITES_DIR / "lamaran.json").read_text(encoding="utf-8"))
    suite["expectations"].append(suite["expectations"][-1])
    (tmp_path / "lamaran.json").write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"rule LM_[A-Z]\d\d appears twice"):
        load_suite("lamaran", tmp_path)


def test_the_digest_follows_the_file(tmp_path: Path) -> None:
    text = (SUITES_DIR / "lamaran.json").read_text(encoding="utf-8")
    (tmp_path / "lamaran.json").write_text(
        text.replace('"max_value": 0.05', '"max_value": 0.04'), encoding="utf-8"
    )
    assert load_suite("lamaran", tmp_path).digest != load_suite("lamaran").digest


def test_no_suite_names_an_address_or_holds_a_secret() -> None:
    for path in PROJECT_DIR.rglob("*"):
        if path.is_file():
            assert not re.search(r"https?://|postgresql\S*://", path.read_text(encoding="utf-8")), path.name
