"""The door: no identifier passes it, and nothing is lost at it."""

import hmac
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batang_assets.contracts import load_contract
from batang_assets.errors import SourceError
from batang_assets.vault import Door, KeyRing, unseal
from batang_assets.vault.door import NumberText, Shown, bounded
from batang_assets.vault.keys import _digest, _states
from batang_assets.vault.opening import identity_context

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


def _pass(door: Door, record: dict):
    shown = door.show(door.record_id(record, 1), record)
    return door.split(shown), shown.content_hash


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
    assert door.show("7", PERSON).content_hash == door.show("7", PERSON | {"agama": "lain"}).content_hash
    assert (
        door.show("7", PERSON).content_hash != door.show("7", PERSON | {"keterampilan": "lain"}).content_hash
    )
    assert (
        door.show("7", PERSON).content_hash != door.show("7", PERSON | {"nama_lengkap": "lain"}).content_hash
    )


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
)
COLUMNS = [c.name for c in load_contract("batang_career", "pencari-kerja").columns if c.name != "id"]


@given(values=st.lists(TEXTS, min_size=len(COLUMNS), max_size=len(COLUMNS)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_plain_records_are_split_as_any_other(door: Door, ring: KeyRing, values: list):
    """The short way of most records (here: without what is not ASCII) finds what the long one does."""
    plain = [
        None if value is None else type(value)(value.encode("ascii", "ignore").decode()) for value in values
    ]
    for given_values in (values, plain):
        record = {"id": NumberText("7")} | dict(zip(COLUMNS, given_values, strict=True))
        short = door.show("7", record)
        long = Shown("7", door._content_hash(bounded(record)), record, plain=False)
        assert short.content_hash == long.content_hash
        one, other = door.split(short), door.split(long)
        assert (one.identity_hash, list(one.facts), list(one.findings), one.unknown_columns, one.notes) == (
            other.identity_hash, list(other.facts), list(other.findings), other.unknown_columns, other.notes,
        )  # fmt: skip
        context = identity_context("pencari_kerja", "7", short.content_hash)
        assert json.loads(unseal(ring, one.sealed or b"", context)) == json.loads(
            unseal(ring, other.sealed or b"", context)
        )


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
