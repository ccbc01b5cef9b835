"""The queue of free texts: what enters it, what people decide, and what the warehouse makes of both."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.reference.books import book_of
from batang_assets.reference.conforming import Conformed, conform
from batang_assets.reference.decisions import decide, history, waiting
from batang_assets.reference.lists import read_list
from batang_assets.reference.store import reference_state, store_list
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.quality.source_rows import base, load, record
from tests.reference.test_lists import kbji_rows, write

OCTOBER, SEPTEMBER = Period(2026, 10), Period(2026, 9)
TEXTS: dict[int, dict[str, Any]] = {
    101: {"jabatan_diminati": "Oprator  Mesin Jahit", "kode_jabatan_diminati": None},
    102: {"jabatan_diminati": "oprator mesin jahit", "kode_jabatan_diminati": ""},
    103: {"jabatan_diminati": "Jaga Toko", "kode_jabatan_diminati": None},
    104: {"jabatan_diminati": "jaga toko", "kode_jabatan_diminati": "0000"},
    105: {"jabatan_diminati": "jaga tokko", "kode_jabatan_diminati": "5223"},
    106: {"jabatan_diminati": "Siti 081234567890", "kode_jabatan_diminati": None},
    107: {"jabatan_diminati": "kerja apa saja asal halal " * 4, "kode_jabatan_diminati": None},
    108: {"pendidikan_terakhir": "Sekolah Menengah Kejuruhan"},
    109: {"pendidikan_terakhir": "STM"},
    110: {"pendidikan_terakhir": "Kuliah"},
}
Seed = Callable[[Settings], None]


def put(settings: Settings, texts: dict[int, dict[str, Any]], period: Period = OCTOBER) -> None:
    with connect(settings) as conn:
        rows = [("pencari-kerja", record("pencari-kerja", n, **changes)) for n, changes in texts.items()]
        load(conn, settings, rows, period)


def round_of(settings: Settings, *periods: Period) -> Conformed:
    with connect(settings) as conn:
        return conform(conn, periods or [OCTOBER], settings.now())


def state(conn: psycopg.Connection) -> dict[str, tuple[str, str | None, int]]:
    return {one.text: (one.state, one.code, one.rows) for one in waiting(conn)}


def test_only_distinct_unknown_texts_without_a_code_enter_and_none_that_could_name_a_person(settings):
    put(settings, TEXTS)
    done = round_of(settings)
    with connect(settings) as conn:
        found = state(conn)
    assert found["oprator mesin jahit"] == ("fuzzy", "8153", 2)
    assert found["jaga toko"][0] == "menunggu"
    assert found["jaga toko"][2] == 2
    assert found["sekolah menengah kejuruhan"] == ("fuzzy", "SMK", 1)
    assert found["kuliah"][0] == "menunggu"
    assert set(found) == {"oprator mesin jahit", "jaga toko", "sekolah menengah kejuruhan", "kuliah"}
    assert (done.months, done.texts, done.sure, done.waiting) == (1, 4, 2, 2)


def test_a_month_in_which_nothing_is_new_is_not_read_again_and_counts_never_add_up_twice(settings):
    put(settings, TEXTS)
    assert round_of(settings, SEPTEMBER, OCTOBER).months == 2
    assert round_of(settings, SEPTEMBER, OCTOBER).months == 0
    put(settings, {120: {"jabatan_diminati": "jaga toko", "kode_jabatan_diminati": None}}, SEPTEMBER)
    put(settings, {121: {"jabatan_diminati": "jaga toko", "kode_jabatan_diminati": None}})
    assert round_of(settings, SEPTEMBER, OCTOBER).months == 2
    with connect(settings) as conn:
        assert state(conn)["jaga toko"][2] == 4


def test_a_dictionary_that_grows_settles_what_waited(settings, tmp_path):
    put(settings, {101: {"jabatan_diminati": "Operator Pewarnaan Sutra", "kode_jabatan_diminati": None}})
    round_of(settings)
    book = book_of("kbji-2014")
    path = write(tmp_path, [*kbji_rows(), ["4", "8154", "Operator Pewarnaan Sutra"]])
    with connect(settings) as conn:
        assert "operator pewarnaan sutra" in state(conn)
        store_list(conn, book, read_list(book, path), path.name, "Sari", settings.now())
    round_of(settings)
    with connect(settings) as conn:
        assert state(conn) == {}


def test_decisions_are_kept_checked_and_revocable(settings):
    put(settings, TEXTS)
    round_of(settings)
    now = settings.now()
    with connect(settings) as conn:
        before = reference_state(conn)
        for bad, message in (
            ({"text": "jaga toko", "by": " ", "note": "x", "code": "5223"}, "--by"),
            ({"text": "jaga toko", "by": "Sari", "note": "x", "code": "0999"}, "no code"),
            ({"text": "jaga toko", "by": "Sari", "note": "x", "code": "5223", "version": "1999"}, "edition"),
            ({"text": "entah", "by": "Sari", "note": "x", "code": "5223"}, "not in the queue"),
        ):
            with pytest.raises(DataError, match=message):
                decide(conn, "jabatan", action="terima", now=now, **bad)
        with pytest.raises(DataError, match="nothing to revoke"):
            decide(conn, "jabatan", "jaga toko", "cabut", "Sari", "keliru", now)
        decide(conn, "jabatan", "Jaga  Toko", "terima", "Sari", "penjaga toko", now, "5223")
        decide(conn, "jabatan", "oprator mesin jahit", "tolak", "Sari", "bukan jabatan", now)
        assert state(conn)["jaga toko"][0] == "diterima"
        assert in_force(conn) == {("pendidikan", "SMK", "fuzzy"), ("jabatan", "5223", "keputusan")}
        decide(conn, "jabatan", "jaga toko", "cabut", "Budi", "ternyata lain", now)
        decide(conn, "jabatan", "oprator mesin jahit", "cabut", "Budi", "ternyata jabatan", now)
        assert state(conn)["jaga toko"][0] == "menunggu"
        assert in_force(conn) == {("pendidikan", "SMK", "fuzzy"), ("jabatan", "8153", "fuzzy")}
        assert [one["action"] for one in history(conn, "jabatan", "jaga toko")] == ["terima", "cabut"]
        assert reference_state(conn) != before
    with connect(settings) as conn, pytest.raises(errors.RaiseException, match="append-only"):
        conn.execute("update quality.keputusan_penyelarasan set kode = '9999'")


def in_force(conn: psycopg.Connection) -> set[tuple[str, str, str]]:
    return set(conn.execute("select jenis, kode, cara from quality.penyelarasan_berlaku").fetchall())


def build(settings: Settings) -> None:
    selection = [
        "--select",
        "+int_pencari_kerja__dinilai",
        "--resource-type",
        "seed",
        "--resource-type",
        "model",
    ]
    error = failure(run_dbt(settings, ["build", *selection]))
    assert error is None, error


def conformed(settings: Settings, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Key → columns of the judged seekers."""
    query = sql.SQL("select id, {} from intermediate.int_pencari_kerja__dinilai").format(
        sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connect(settings) as conn:
        return {key: tuple(rest) for key, *rest in conn.execute(query)}


def test_the_warehouse_replays_decisions_and_takes_a_finer_list_without_a_change_of_code(settings, tmp_path):
    codes = {
        111: {"kode_jabatan_diminati": "8153"},
        112: {"kode_jabatan_diminati": "8159"},
        113: {"kode_jabatan_diminati": "0111.01"},
        114: {"kode_jabatan_diminati": None, "jabatan_diminati": "Perwira Mabes"},
    }
    with connect(settings) as conn:
        load(conn, settings, base())
    put(settings, TEXTS | codes)
    round_of(settings)
    build(settings)
    columns = ("kode_jabatan_diminati", "jabatan_asal", "jabatan_tingkat")
    found = conformed(settings, *columns)
    assert found["101"] == found["102"] == ("8153", "fuzzy", 4)
    assert found["103"] == found["104"] == (None, "tidak_dikenal", None)
    assert found["106"][1] == found["107"][1] == "tidak_dikenal"
    assert found["111"] == ("8153", "kode", 2)
    assert found["112"] == ("8159", "kode", 2)
    assert found["113"] == ("011101", "kode", 2)
    assert found["114"] == (None, "tidak_dikenal", None)
    education = conformed(settings, "pendidikan", "pendidikan_asal", "pendidikan_keyakinan")
    assert education["108"][:2] == ("SMK", "fuzzy")
    assert 0.88 <= education["108"][2] < 1
    assert education["109"] == ("SMK", "kamus", None)
    assert education["110"] == (None, "tidak_dikenal", None)

    book = book_of("kbji-2014")
    path = write(tmp_path, kbji_rows())
    with connect(settings) as conn:
        decide(conn, "jabatan", "jaga toko", "terima", "Sari", "penjaga toko", settings.now(), "5223")
        store_list(conn, book, read_list(book, path), path.name, "Sari", settings.now())
    build(settings)
    found = conformed(settings, *columns)
    assert found["103"] == found["104"] == ("5223", "keputusan", 4)
    assert found["111"] == ("8153", "kode", 4)
    # The list of 2014 reaches that level and lacks 8159: only the edition whose list does not may have it.
    assert found["112"] == ("8159", "kode", 2)
    assert found["113"] == ("011101", "kode", 6)
    assert found["114"] == ("0111", "kamus", 4)
