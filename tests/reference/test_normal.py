"""The normal form of a text: Python and PostgreSQL must say the same, or a text in the queue is never found."""

import string

import psycopg
import pytest
from hypothesis import given, settings, strategies

from batang_assets.database import connect
from batang_assets.reference.books import seed
from batang_assets.reference.normal import teks_normal
from batang_assets.warehouse.project import PROJECT_DIR

MACRO = (PROJECT_DIR / "macros" / "nilai.sql").read_text(encoding="utf-8")
BODY = MACRO.split("{% macro teks_normal(kolom) -%}")[1].split("{%- endmacro %}")[0]
BODY = BODY.replace("{{ kolom }}", "%s::text")
TRICKY = "İıKſßÀéΣÅ½²٣１ \u00a0\t\n\u2028\u200b😀ǅ.-_/()&'\"\\%"


@pytest.fixture(scope="module")
def conn(new_settings):
    with connect(new_settings()) as connection:
        yield connection


@settings(max_examples=600, deadline=None)
@given(
    text=strategies.none()
    | strategies.text(strategies.sampled_from(TRICKY + string.ascii_letters + string.digits), max_size=40)
    | strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
)
def test_python_and_the_macro_agree(conn: psycopg.Connection, text: str | None):
    row = conn.execute(f"select {BODY}".encode(), [text]).fetchone()
    assert row == (teks_normal(text),)


def test_every_dictionary_text_is_its_own_normal_form():
    for name in ("ref_pendidikan_kamus", "ref_jabatan_kamus"):
        texts = [row["teks_normal"] for row in seed(name)]
        assert [text for text in texts if teks_normal(text) != text] == []
