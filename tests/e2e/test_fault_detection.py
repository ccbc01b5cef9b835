"""Every fault that the world injected, against what the row rules made of it: recall and precision by kind.

The world's truth table names the faults; the pipeline never reads it. A fault is either one that a rule must name
(NAMED) or another way to write a right value, which must be read as what it says (READ).
"""

import csv
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.sandbox.world import build_world, kesalahan, truth_path
from batang_assets.sandbox.world.dunia import DATASETS
from batang_assets.sandbox.world.kesalahan import read_yaml as kesalahan_yaml
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.raw.career import TOKEN, extract_all, serving_world

PEOPLE = 2000
DIRTIER = 4
UNTIL = "2026-10-31T23:59:59+07:00"
LEAST_RECALL = 0.99
BUILD = ["build", "--select", "+karantina", "--resource-type", "seed", "--resource-type", "model"]
# Which rules name the fault; the letters before them are the dataset's. Rules that block hold the row back.
NAMED = {
    "nik_kosong": {"A01"},
    "nik_15_digit": {"A01"},
    "nik_17_digit": {"A01"},
    "nik_angka": {"A01"},
    "nik_digit_berulang": {"A02"},
    "nik_tanggal_lahir_bertentangan": {"A03"},
    "nik_jenis_kelamin_bertentangan": {"A04"},
    "nik_kecamatan_lama": {"A08"},
    "tanggal_mustahil": {"A05"},
    "tanggal_masa_depan": {"A05"},
    "usia_di_bawah_15": {"R01"},
    "wilayah_nama_rancu": {"PK_A13"},
    "orang_ganda": {"PK_A18"},
    "pemberi_kerja_ganda": {"PB_A07", "PB_A08"},
    "status_bertentangan": {"PK_A17", "LW_A12"},
    "upah_teks": {"PK_A20", "LW_A14", "PN_A21", "KJ_A18"},
    "penempatan_tanpa_pendaftaran": {"PN_A10", "PN_A11"},
    "penempatan_sebelum_pendaftaran": {"PN_A13"},
    "penempatan_melebihi_kuota": {"PN_A20"},
    "teks_nul": {"A09", "PB_A06", "LW_A15"},
    "teks_html": {"A09", "PB_A06", "LW_A15", "PL_A09"},
    "teks_rumus": {"A09", "PB_A06"},
    "teks_64kib": {"A09"},
}
# The contract's structural faults: the row is wrong in itself, and must be held back.
STRUCTURAL = {
    "nik_kosong",
    "nik_15_digit", "nik_17_digit", "nik_angka", "nik_digit_berulang", "nik_jenis_kelamin_bertentangan",
    "nik_tanggal_lahir_bertentangan", "tanggal_mustahil", "tanggal_masa_depan", "usia_di_bawah_15",
    "wilayah_nama_rancu", "penempatan_tanpa_pendaftaran", "penempatan_sebelum_pendaftaran",
}  # fmt: skip
# Rules that hold a row back for the fault of a row it refers to, or for a value no code book knows.
INHERITED = {
    "LW_A02", "LW_A04", "LM_A01", "LM_A02", "PP_A10", "PP_A11", "PN_A11", "PN_A12", "PN_A14", "PN_A18",
    "KJ_A11", "KJ_A12", "KJ_A16", "PB_A02",
}  # fmt: skip
# Right values that only the person's other rows know better: linkage weighs them, no rule judges them.
OTHERWISE = {"nama_varian", "tanggal_tertukar", "pindah_desa"}
# A duplicate whose NIK was typed differently has another pseudonym: recall is shown, and nothing is promised.
UNPROMISED = {"orang_ganda"}
MONTHS_ID: list[str] = [
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
]  # fmt: skip


@dataclass
class Verdict:
    """What the rules made of a row, and the row as conformed."""

    failed: set[str]
    row: dict[str, Any]

    def names(self, kind: str) -> bool:
        return any(rule in NAMED[kind] or rule.split("_")[1] in NAMED[kind] for rule in self.failed)


@dataclass
class Judged:
    """The verdict on every row, the rows as the source shows them, and the labels of the truth table."""

    verdicts: dict[tuple[str, int], Verdict]
    shown: dict[tuple[str, int], dict[str, Any]]
    labels: dict[str, list[tuple[str, int, str]]] = field(default_factory=lambda: defaultdict(list))

    def labelled(self) -> set[tuple[str, int]]:
        return {(dataset, key) for rows in self.labels.values() for dataset, key, _ in rows}


def _dirtier(name: str) -> Any:
    """``dirt.yaml`` with DIRTIER times as many dirty rows, and of each kind as many more at least."""
    data = deepcopy(kesalahan_yaml(name))
    for dataset in DATASETS:
        data[dataset]["blok"] = max(3, data[dataset]["blok"] // DIRTIER)
        data[dataset]["wajib"] *= DIRTIER
    return data


@pytest.fixture(scope="module", params=["as dirty as the sandbox", "with many rows of each kind"])
def judged(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_settings: Callable[..., Settings],
) -> Iterator[Judged]:
    world = tmp_path_factory.mktemp("dunia") / "dunia.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "with many rows of each kind":
            patch.setattr(kesalahan, "read_yaml", _dirtier)
        build_world(world, people=PEOPLE, seed=3325, until=datetime.fromisoformat(UNTIL))
    with serving_world(world) as url:
        settings = new_settings(career_url=url, career_token=TOKEN)
        extract_all(settings)
    assert failure(run_dbt(settings, BUILD)) is None
    with connect(settings) as connection:
        yield Judged(_verdicts(connection), _shown(world), _labels(world))


def _verdicts(connection: psycopg.Connection) -> dict[tuple[str, int], Verdict]:
    verdicts: dict[tuple[str, int], Verdict] = {}
    for contract in all_contracts("batang_career"):
        table = sql.Identifier("intermediate", f"int_{contract.table}__dinilai")
        rows = connection.cursor(row_factory=dict_row).execute(sql.SQL("select * from {}").format(table))
        for row in rows:
            failed = {*row["aturan_gagal"], *row["peringatan"]}
            verdicts[contract.dataset, int(row["id"])] = Verdict(failed, row)
    return verdicts


def _shown(world: Path) -> dict[tuple[str, int], dict[str, Any]]:
    with sqlite3.connect(world) as connection:
        found = connection.execute("select dataset, id, isi from catatan")
        return {(dataset, key): json.loads(text) for dataset, key, text in found}


def _labels(world: Path) -> dict[str, list[tuple[str, int, str]]]:
    labels: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    with sqlite3.connect(truth_path(world)) as connection:
        for dataset, key, column, kind in connection.execute(
            "select dataset, id, kolom, jenis from kesalahan"
        ):
            labels[kind].append((dataset, key, column))
    return labels


@dataclass
class Score:
    """One line of the table; ``flagged``: rows that the kind's rules name, ``rightly`` those with any label."""

    injected: int
    found: int
    flagged: int
    rightly: int

    @property
    def recall(self) -> float:
        return self.found / self.injected

    @property
    def precision(self) -> float:
        return self.rightly / self.flagged if self.flagged else 1.0


def score(judged: Judged, kind: str) -> Score:
    rows = judged.labels[kind]
    found = sum(judged.verdicts[dataset, key].names(kind) for dataset, key, _ in rows)
    datasets, labelled = {dataset for dataset, _, _ in rows}, judged.labelled()
    flagged = [at for at, verdict in judged.verdicts.items() if at[0] in datasets and verdict.names(kind)]
    return Score(len(rows), found, len(flagged), sum(at in labelled for at in flagged))


def test_recall_and_precision_of_every_kind(judged: Judged, capsys: pytest.CaptureFixture[str]):
    unknown = judged.labels.keys() - NAMED.keys() - READ.keys() - OTHERWISE
    assert not unknown, "a fault kind that nothing here expects"
    scores = {kind: score(judged, kind) for kind in NAMED if judged.labels[kind]}
    with capsys.disabled():
        print(f"\n{'kind of fault':32} {'injected':>8} {'recall':>7} {'precision':>9}")
        for kind, line in sorted(scores.items(), key=lambda item: (item[0] not in STRUCTURAL, item[0])):
            mark = "structural" if kind in STRUCTURAL else ""
            print(f"{kind:32} {line.injected:8} {line.recall:7.3f} {line.precision:9.3f} {mark}")
        for kind in sorted(READ):
            rows = judged.labels[kind]
            if rows:
                share = 1 - len(misread(judged, kind)) / len(rows)
                print(f"{kind:32} {len(rows):8} {share:7.3f} {'':9} read as what it says")
    assert scores.keys() >= STRUCTURAL
    assert {k: s.recall for k, s in scores.items() if k in STRUCTURAL and s.recall < LEAST_RECALL} == {}
    promised = scores.keys() - UNPROMISED
    assert {k: s.recall for k, s in scores.items() if k in promised and s.recall < LEAST_RECALL} == {}


def test_rules_of_structural_faults_flag_only_faulty_rows(judged: Judged):
    assert {k: s.precision for k in STRUCTURAL if (s := score(judged, k)).precision < 1} == {}


def test_structural_faults_are_held_back(judged: Judged):
    passed = [
        (kind, dataset, key)
        for kind in STRUCTURAL
        for dataset, key, _ in judged.labels[kind]
        if judged.verdicts[dataset, key].row["layak"]
    ]
    assert passed == []


def test_no_clean_row_is_held_back(judged: Judged):
    labelled = judged.labelled()
    wrongly = [
        (at, sorted(set(verdict.row["aturan_gagal"]) - INHERITED))
        for at, verdict in judged.verdicts.items()
        if at not in labelled and set(verdict.row["aturan_gagal"]) - INHERITED
    ]
    assert len(judged.verdicts) - len(labelled) > PEOPLE
    assert wrongly == []


def misread(judged: Judged, kind: str) -> list[tuple[str, int]]:
    """Rows of a READ kind whose conformed value is not what the source's text says."""
    wrong = []
    for dataset, key, column in judged.labels[kind]:
        shown, conformed = judged.shown[dataset, key], judged.verdicts[dataset, key].row
        if not READ[kind](shown, conformed, column):
            wrong.append((dataset, key))
    return wrong


def test_right_values_in_another_spelling_are_read_as_what_they_say(judged: Judged):
    assert {kind: rows for kind in READ if (rows := misread(judged, kind))} == {}


def _says_date(shown: dict[str, Any], conformed: dict[str, Any], column: str) -> bool:
    text = str(shown[column])
    if match := re.fullmatch(r"(\d\d)[-/](\d\d)[-/](\d{4})", text):
        said = date(int(match[3]), int(match[2]), int(match[1]))
    elif match := re.fullmatch(r"(\d+) (\w+) (\d{4})", text):
        said = date(int(match[3]), MONTHS_ID.index(match[2].lower()) + 1, int(match[1]))
    else:
        said = date(1899, 12, 30) + timedelta(days=int(text))
    return conformed[column] == said


def _says_sex(shown: dict[str, Any], conformed: dict[str, Any], column: str) -> bool:
    word = shown[column].lower()
    # Pria and Lk are men; Perempuan, Pr and Wanita are women; a lone letter is its own code.
    return conformed[column] == ("L" if word[0] == "l" or word == "pria" else "P")


def _says_wage(shown: dict[str, Any], conformed: dict[str, Any], column: str) -> bool:
    text = shown[column].lower()
    if "jt" in text or "juta" in text:
        said = round(float(re.sub(r"[^\d,]", "", text).replace(",", ".")) * 1_000_000)
    else:
        said = int(re.sub(r"\D", "", text.removesuffix(",-")))
    return conformed[column] == said


def _says_region(shown: dict[str, Any], conformed: dict[str, Any], column: str) -> bool:
    code = shown.get(column)
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "ref_wilayah.csv").open(encoding="utf-8") as file:
        book = list(csv.DictReader(file))
    if code:
        said = [r for r in book if r["kode_bps"] == code]
    else:
        said = [
            r for r in book
            if (r["nama"], r["kecamatan"]) == (shown["desa_domisili"], shown["kecamatan_domisili"])
        ]  # fmt: skip
    return [r["kode_kemendagri"].replace(".", "") for r in said] == [conformed["kode_wilayah"]]


def _known(*columns: str) -> Callable[[dict[str, Any], dict[str, Any], str], bool]:
    """The code book gave the text a code."""
    return lambda _shown, conformed, _column: any(conformed.get(column) is not None for column in columns)


def _kept(_shown: dict[str, Any], conformed: dict[str, Any], _column: str) -> bool:
    """Nothing of the row is lost: it flows, whatever else is known of it."""
    return conformed["layak"]


READ: dict[str, Callable[[dict[str, Any], dict[str, Any], str], bool]] = {
    "tanggal_dd_mm_yyyy": _says_date,
    "tanggal_teks": _says_date,
    "tanggal_serial_excel": _says_date,
    "jenis_kelamin_varian": _says_sex,
    "upah_varian": _says_wage,
    "wilayah_kode_bps": _says_region,
    "wilayah_nama_saja": _says_region,
    "pendidikan_teks": _known("pendidikan", "pendidikan_minimal"),
    "telepon_varian": lambda _s, c, column: c.get(f"{column}_sah", True),
    "telepon_ganda": lambda _s, c, column: c.get(f"{column}_sah", True),
    "teks_emoji": _kept,
    "kolom_baru": lambda _s, c, column: column in c["kolom_asing"],
    "kolom_hilang": _kept,
    # A title no code book has stays text, and is named by a rule.
    "jabatan_teks": lambda _s, c, _column: (
        bool({"PK_A22", "LW_A04", "PN_A14", "KJ_A12"} & {*c["aturan_gagal"], *c["peringatan"]})
        or c.get("kode_jabatan") is not None
        or c.get("kode_jabatan_diminati") is not None
    ),
    "kbli_2025": lambda _s, c, _column: (
        c["kode_kbli"] is not None or bool({"KJ_A11", "PB_A02"} & {*c["aturan_gagal"]})
    ),
}
