"""The door: no identifier passes it, and nothing is lost at it."""

import hmac
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batang_assets.contracts import load_contract
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw.rows import RawTable
from batang_assets.vault import Door, KeyRing, unseal
from batang_assets.vault.keys import _digest, _states
from batang_assets.vault.opening import identity_context
from batang_assets.vault.records import Shown
from batang_assets.vault.values import NumberText, bounded

PERSON = {
    "id": NumberText("7"),
    "nik": "3325115708950001",
    "no_kk": "KANARI-kk",
    "nama_lengkap": "KANARI-nama",
    "tempat_lahir": "KANARI-tempat",
    "alamat": "KANARI-alamat",
    "no_hp": "0812-KANARI",
    "email": "kanari@contoh.id",
    "agama": "KANARI-agama",
    "jenis_kelamin": "P",
    "keterampilan": "las\0 listrik",
    "nama_ibu": "KANARI-ibu",
    "updated_at": "2026-10-01T08:00:00+07:00",
}


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "kunci")


@pytest.fixture
def door(ring: KeyRing) -> Door:
    return Door(load_contract("batang_career", "pencari-kerja"), ring, "3325", 2026)


def _show(door: Door, record: dict) -> Shown:
    return door.show([door.record_id(record, 1)], [record])[0]


def _pass(door: Door, record: dict):
    shown = _show(door, record)
    return door.split([shown])[0], shown.content_hash


def test_no_identifier_and_no_unknown_value_is_among_the_facts(door: Door):
    split, _ = _pass(door, PERSON)
    flowing = repr((split.facts, split.findings, split.unknown_columns, split.notes)).lower()
    assert "kanari" not in flowing
    assert PERSON["nik"] not in flowing
    assert split.unknown_columns == ["nama_ibu"]


def test_what_must_not_be_taken_is_not_even_sealed(door: Door, ring: KeyRing):
    split, content_hash = _pass(door, PERSON)
    sealed = json.loads(unseal(ring, split.sealed, identity_context("pencari_kerja", "7", content_hash)))
    assert sealed["nama_lengkap"] == "KANARI-nama"
    assert sealed["nama_ibu"] == "KANARI-ibu"
    assert not {"agama", "no_kk"} & sealed.keys()


def test_a_change_in_what_is_not_taken_makes_no_new_version(door: Door):
    assert _show(door, PERSON).content_hash == _show(door, PERSON | {"agama": "lain"}).content_hash
    assert _show(door, PERSON).content_hash != _show(door, PERSON | {"keterampilan": "lain"}).content_hash
    assert _show(door, PERSON).content_hash != _show(door, PERSON | {"nama_lengkap": "lain"}).content_hash


def test_identity_hash_changes_with_an_identifier_and_only_with_one(door: Door):
    base = _pass(door, PERSON)[0].identity_hash
    assert _pass(door, PERSON | {"keterampilan": "lain"})[0].identity_hash == base
    assert _pass(door, PERSON | {"no_hp": "0813"})[0].identity_hash != base


def test_odd_text_is_cleaned_noted_and_kept_whole_in_the_vault(door: Door, ring: KeyRing):
    record = PERSON | {"jurusan": "x" * 65536}
    split, content_hash = _pass(door, record)
    assert split.notes == ["panjang:jurusan", "nul:keterampilan"]
    assert all(len(fact) <= 4096 for fact in split.facts if fact)
    sealed = json.loads(unseal(ring, split.sealed, identity_context("pencari_kerja", "7", content_hash)))
    assert sealed["jurusan"] == "x" * 65536
    assert sealed["keterampilan"] == "las\0 listrik"


def test_a_nik_that_came_as_a_number_is_found_out_with_every_digit(door: Door):
    split, _ = _pass(door, PERSON | {"nik": NumberText("3325115708950000")})
    names = ["orang_token", "nik_panjang", "nik_angka", "nik_struktur_sah"]
    findings = dict(zip(names, split.findings[:4], strict=True))
    assert findings["nik_angka"] is True
    assert findings["nik_panjang"] == 16
    assert findings["nik_struktur_sah"] is False


@pytest.mark.parametrize("value", [None, "", " ", [1], True])
def test_record_without_an_id_is_refused_by_position_not_by_value(door: Door, value):
    with pytest.raises(SourceError, match="record number 12 has no id") as error:
        door.record_id(PERSON | {"id": value}, 12)
    assert "KANARI" not in str(error.value)


TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "3325115708950001", "3325 1157 0895 0001", "081234567890", "+62 812-3456-7890"]
    ),
    st.sampled_from(["<b>A</b>", "=1+1", "a@b.id", "Jl. A - B", "x\0y", "a\x1eb", "a\x1fb", "é", "-1", "@x"]),
    st.text(max_size=12),
    st.integers(0, 10**17).map(lambda number: NumberText(number)),
    st.integers(-9, 10**17),
)
COLUMNS = [c.name for c in load_contract("batang_career", "pencari-kerja").columns if c.name != "id"]


ROWS = st.lists(st.lists(TEXTS, min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=4)


@given(rows=ROWS, ascii_only=st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_plain_records_are_split_as_any_other(door: Door, ring: KeyRing, rows: list, ascii_only: bool):
    """The short way of most records, many at once, finds what the long one does with each."""
    if ascii_only:
        rows = [[value.encode("ascii", "ignore").decode() if type(value) is str else value for value in row]
                for row in rows]  # fmt: skip
    records = [{"id": 7 + place} | dict(zip(COLUMNS, row, strict=True)) for place, row in enumerate(rows)]
    ids = [str(record["id"]) for record in records]
    short = door.show(ids, records)
    long = [
        Shown(one.record_id, door._content_hash(bounded(r)), bounded(r))
        for one, r in zip(short, records, strict=True)
    ]
    assert [one.content_hash for one in short] == [one.content_hash for one in long]
    table = RawTable(door.contract, Period(2026, 10), "uji")
    for shown, one, other in zip(short, door.split(short), door.split(long), strict=True):
        assert table._line(shown, one) == table._careful_line(shown, other)
        assert (one.identity_hash, list(one.facts), list(one.findings), one.unknown_columns, one.notes) == (
            other.identity_hash, list(other.facts), list(other.findings), other.unknown_columns, other.notes,
        )  # fmt: skip
        context = identity_context("pencari_kerja", shown.record_id, shown.content_hash)
        assert json.loads(unseal(ring, one.sealed or b"", context)) == json.loads(
            unseal(ring, other.sealed or b"", context)
        )


def test_most_records_go_the_short_way(door: Door):
    """Else the test above would compare the long way with itself."""
    usual: dict[str, object] = (
        {"id": 7} | dict.fromkeys(COLUMNS) | {"nik": "3325115708950001", "tahun_lulus": 2019}
    )
    others = [
        usual | {"jurusan": text} for text in ("a\tb", "a\\b", "a\0b", "\x1e", "\x1f", "é", True, 1.5, [1])
    ]
    others.extend([usual | {"nama_ibu": "x"}, usual | {"jurusan": "x" * 5000}, {**PERSON}])
    records = [usual, *others, usual]
    assert [one.row is not None for one in door.show(["7"] * len(records), records)] == [
        True, *[False] * len(others), True,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["<b>X</b>", "=HYPERLINK(1)", "@SUM(1)", "+62x", " -1", "a\x07b"])
def test_markup_in_a_name_is_noted_and_its_text_stays_in_the_vault(door: Door, text: str):
    split, _ = _pass(door, PERSON | {"nama_lengkap": text, "keterampilan": None})
    assert split.notes == ["markah:nama_lengkap"]
    assert text not in repr((split.facts, split.findings, split.notes))


@pytest.mark.parametrize("text", ["Jl. A - B", "D'Angelo", "a < b", "RT 1/RW 2", "-"])
def test_ordinary_punctuation_is_no_markup(door: Door, text: str):
    assert _pass(door, PERSON | {"alamat": text, "keterampilan": None})[0].notes is None


@given(content=st.binary(max_size=300))
def test_fingerprints_and_pseudonyms_are_hmac_sha256(content: bytes):
    key = b"k" * 32
    assert _digest(_states(key), content) == hmac.digest(key, content, "sha256")
