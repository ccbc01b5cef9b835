"""How often conforming is right, against the synthetic world's truth: printed per kind, with floors honestly set.

The world's rows say a title and its true code, and its truth names the rows whose education is free text; the
text's true level is known from the material it was drawn from. Slips of the pen are made here, by code that
shares nothing with the project.
"""

import json
import random
import sqlite3
import string
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest

from batang_assets.database import connect
from batang_assets.reference.books import book_of
from batang_assets.reference.likeness import nearest
from batang_assets.reference.lists import read_list
from batang_assets.reference.normal import teks_normal
from batang_assets.reference.store import store_list
from batang_assets.reference.terms import Terms, load_terms
from batang_assets.sandbox.world import build_world, truth_path
from batang_assets.sandbox.world.bahan import load

LEVELS = {"Tidak/Belum Tamat SD": "TIDAK_TAMAT_SD"}
OCTOBER = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
TEXT = {"pencari-kerja": "pendidikan_terakhir", "lowongan": "pendidikan_minimal",
        "peserta-pelatihan": "pendidikan_terakhir", "penduduk-bekerja": "pendidikan_terakhir"}  # fmt: skip
JOB = {"pencari-kerja": ("jabatan_diminati", "kode_jabatan_diminati"), "lowongan": ("judul", "kode_jabatan"),
       "penempatan": ("jabatan", "kode_jabatan"), "penduduk-bekerja": ("jabatan", "kode_jabatan")}  # fmt: skip
# What the free job texts of the world mean, by the titles of KBJI 2014; None: nothing that has a code.
FREE_JOBS = {
    "operator garmen": "8153",
    "serabutan": "9622",
    "apa saja": None,
    "staf": None,
    "ikut saudara": None,
}


@pytest.fixture(scope="module")
def terms(new_settings) -> dict[str, Terms]:
    with connect(new_settings()) as conn:
        return load_terms(conn)


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> dict[str, Counter[tuple[str, str | None]]]:
    """Kind → (text as the world writes it, true code or None) → rows that say so."""
    path = tmp_path_factory.mktemp("dunia") / "dunia.sqlite"
    build_world(path, people=3000, seed=11, until=OCTOBER)
    level = {
        teks_normal(text): LEVELS.get(code, code)
        for code, texts in load().lain["pendidikan_teks"].items()
        for text in texts
    }
    found: dict[str, Counter[tuple[str, str | None]]] = {"pendidikan": Counter(), "jabatan": Counter()}
    for dataset, row, free in _rows(path):
        if "pendidikan_teks" in free and row.get(TEXT.get(dataset, "")):
            text = row[TEXT[dataset]]
            found["pendidikan"][text, level[teks_normal(text)]] += 1
        if dataset in JOB and isinstance(title := row.get(JOB[dataset][0]), str):
            code = row.get(JOB[dataset][1])
            if code is not None and not free & {"teks_html", "teks_emoji", "teks_nul", "teks_rumus"}:
                found["jabatan"][title, str(code)] += 1
            elif code is None and title in FREE_JOBS:
                found["jabatan"][title, FREE_JOBS[title]] += 1
    return found


def _rows(path) -> Iterator[tuple[str, dict, set[str]]]:
    faults: dict[tuple[str, int], set[str]] = {}
    for dataset, key, _, kind in sqlite3.connect(truth_path(path)).execute("select * from kesalahan"):
        faults.setdefault((dataset, key), set()).add(kind)
    for dataset, key, content in sqlite3.connect(path).execute("select dataset, id, isi from catatan"):
        yield dataset, json.loads(content), faults.get((dataset, key), set())


def slip(rng: random.Random, text: str) -> str:
    """One slip: a letter lost, doubled, changed, or two swapped."""
    at = rng.randrange(len(text) - 1)
    return rng.choice(
        (
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + rng.choice(string.ascii_lowercase) + text[at + 1 :],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )
    )


def conformed(terms: Terms, text: str) -> tuple[str | None, str]:
    """Code and how it was got, as the build gets it without a person's decision."""
    normal = teks_normal(text) or ""
    if normal in terms.codes:
        return terms.codes[normal].code, "kamus"
    near = nearest(terms, normal)
    return (near.code.code, "fuzzy") if near and near.sure else (None, "tidak_dikenal")


def measured(
    terms: Terms, cases: list[tuple[str, str | None]], how: str | None = None
) -> tuple[float, float]:
    """Precision over what was given a code (in the way ``how``), recall over what has one."""
    given = right = having = 0
    for text, true in cases:
        code, got = conformed(terms, text)
        having += true is not None
        if code is not None and how in (None, got):
            given += 1
            right += code == true
    return right / given if given else 1.0, right / having if having else 1.0


@pytest.mark.parametrize(
    ("kind", "plain_precision", "plain_recall", "fuzzy_precision", "fuzzy_recall"),
    # The world writes official titles of KBJI, most of which only a loaded list knows: see the next test.
    [("pendidikan", 0.99, 0.99, 0.99, 0.65), ("jabatan", 0.99, 0.28, 0.99, 0.24)],
)
def test_conforming_is_right(
    terms, truth, capsys, kind, plain_precision, plain_recall, fuzzy_precision, fuzzy_recall
):
    plain = list(truth[kind].elements())
    rng = random.Random(3325)
    slips = [
        (slip(rng, teks_normal(text) or ""), true)
        for (text, true), _ in truth[kind].items()
        if true is not None and len(text) > 3
        for _ in range(40)
    ]
    slips = [(text, true) for text, true in slips if teks_normal(text) not in terms[kind].codes]
    of_plain, of_slips = measured(terms[kind], plain), measured(terms[kind], slips, "fuzzy")
    with capsys.disabled():
        print(
            f"\n{kind}: {len(plain)} rows as written, precision {of_plain[0]:.4f} recall {of_plain[1]:.4f}; "
            f"{len(slips)} slips, fuzzy alone: precision {of_slips[0]:.4f} recall {of_slips[1]:.4f}"
        )
    assert of_plain[0] >= plain_precision
    assert of_plain[1] >= plain_recall
    assert of_slips[0] >= fuzzy_precision
    assert of_slips[1] >= fuzzy_recall


def test_with_the_official_list_loaded_occupations_are_known_by_their_titles(
    official_lists, new_settings, truth, capsys
):
    path = official_lists / "kbji2014.csv"
    settings = new_settings()
    book = book_of("kbji-2014")
    with connect(settings) as conn:
        store_list(conn, book, read_list(book, path), path.name, "uji", settings.now())
        terms = load_terms(conn)["jabatan"]
    rng = random.Random(3325)
    plain = list(truth["jabatan"].elements())
    slips = [
        (slip(rng, teks_normal(text) or ""), true)
        for text, true in truth["jabatan"]
        if true
        for _ in range(40)
    ]
    slips = [(text, true) for text, true in slips if teks_normal(text) not in terms.codes]
    of_plain, of_slips = measured(terms, plain), measured(terms, slips, "fuzzy")
    with capsys.disabled():
        print(f"\njabatan with the official list: plain {of_plain}, slips {of_slips}")
    assert of_plain[0] >= 0.99
    assert of_plain[1] >= 0.99
    assert of_slips[0] >= 0.99
    assert of_slips[1] >= 0.85


@pytest.mark.parametrize("kind", ["pendidikan", "jabatan"])
def test_a_new_name_is_not_taken_for_a_like_one(terms, kind):
    """Each dictionary text, with itself taken out of the dictionary: what is then used at once must be right."""
    whole = terms[kind]
    wrong = []
    for text, code in whole.codes.items():
        rest = {other: known for other, known in whole.codes.items() if other != text}
        near = nearest(Terms(kind, rest, whole.threshold, whole.margin, whole.floor), text)
        if near and near.sure and near.code.code != code.code:
            wrong.append((text, near.text))
    assert wrong == []


def test_numbers_and_numerals_are_never_mistaken(terms):
    for text, like in (
        ("strata iii", "S3"),
        ("stratt ii", "S2"),
        ("diplomma iii", "D3"),
        ("diplomma ii", "D2"),
    ):
        found = nearest(terms["pendidikan"], text)
        assert found is None or not found.sure or found.code.code == like, text
