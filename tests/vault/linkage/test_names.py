"""Names: what is one name in two spellings, and what is two names, as DOMAIN.md § 5 says it."""

import pytest

from batang_assets.vault.linkage.names import Vocabulary, read_name

ONE_NAME = [
    ("H. Muhammad Rizki", "Muh. Rizki"),
    ("M.Rizki", "Moh Rizki"),
    ("M. Rizki", "Mochammad Rizki"),
    ("Hj. Siti Rahayu, S.Pd.", "SITI RAHAYU"),
    ("Siti Rahayu S.Kom", "siti  rahayu"),
    ("Siti Rahayu, SE, MM", "Siti Rahayu"),
    ("Soekarno", "Sukarno"),
    ("Djoko Soesilo", "Joko Susilo"),
    ("Tjatoer", "Catur"),
    ("Ma'ruf", "Maruf"),
    ("<b>Budi</b> Santoso 🙏", "Budi Santoso"),
    ("Budi\x00 Santoso", "Budi Santoso"),
    ("Dr. Ir. Budi", "Budi"),
]
TWO_NAMES = [
    ("Siti Rahayu", "Siti Rahmawati"),
    ("Hasan", "Husen"),
    ("Moh", "Budi"),
    ("Rina", "Rini"),
    ("M", "Muhammad"),
]


@pytest.mark.parametrize(("one", "other"), ONE_NAME)
def test_spellings_of_one_name_read_alike(one: str, other: str):
    assert sorted(read_name(one).words) == sorted(read_name(other).words)
    assert read_name(one).words


@pytest.mark.parametrize(("one", "other"), TWO_NAMES)
def test_two_names_stay_two(one: str, other: str):
    assert read_name(one).words != read_name(other).words


@pytest.mark.parametrize(
    ("one", "other"), [("Khoirul", "Choirul"), ("Fitri", "Vitri"), ("Zaenal", "Zainal"), ("Annisa", "Anisa")]
)
def test_one_sound_in_two_spellings_sounds_alike(one: str, other: str):
    assert read_name(one).sounds == read_name(other).sounds


@pytest.mark.parametrize("text", ["", " ", "...", ",", "123", "🙏", "H."])
def test_what_is_no_name_has_no_words_but_a_title_standing_alone(text: str):
    assert read_name(text).words == (("h",) if text == "H." else ())


def test_a_slip_is_mended_only_where_one_known_name_is_near():
    people = ["Setiawan"] * 9 + ["Rina"] * 9 + ["Rini"] * 9 + ["Setowen", "Stiawan", "Rinu", "Rine"]
    vocabulary = Vocabulary(map(read_name, people))
    spelling = {name: vocabulary.spelling(read_name(name)) for name in people}
    assert spelling["Stiawan"] == spelling["Setiawan"]
    # Two names that many bear are two names, and what is as near to one as to the other is neither.
    assert spelling["Rina"] != spelling["Rini"]
    assert spelling["Rinu"] not in (spelling["Rina"], spelling["Rini"])
    assert spelling["Setowen"] != spelling["Setiawan"]
