"""What the door says of identifiers, against python-stdnum's reading and the rule's text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.id import nik as oracle

from batang_assets.vault.findings import examine_nik, mail_usable, phone_usable


@given(
    st.sampled_from(["332511", "332501", "337502", "317101", "990101", "002511"]),
    st.dates(date(1940, 1, 1), date(2012, 12, 31)),
    st.booleans(),
    st.integers(1, 9999),
)
def test_structure_agrees_with_an_independent_reading(place: str, born: date, woman: bool, serial: int):
    number = f"{place}{born.day + 40 * woman:02d}{born:%m%y}{serial:04d}"
    found = examine_nik(number, "3325", 2026)
    assert found.structure_valid == (oracle.is_valid(number) and len(set(number)) > 1)
    assert found.sex == ("P" if woman else "L")
    assert found.birth_date is not None
    assert (found.birth_date.day, found.birth_date.month) == (born.day, born.month)
    assert found.birth_date.year % 100 == born.year % 100


@pytest.mark.parametrize(
    ("number", "valid", "region"),
    [
        ("3325110101990001", True, "dikenal"),
        ("3325990101990001", True, "kecamatan_tidak_dikenal"),
        ("3375020101990001", True, "luar_batang"),
        ("9701010101990001", False, "tidak_dikenal"),
        ("3325110101990000", False, "dikenal"),
        ("3325113102990001", False, "dikenal"),
        ("332511010199001", False, "tidak_dikenal"),
        ("33251101019900011", False, "tidak_dikenal"),
        ("3333333333333333", False, "luar_batang"),
        ("33251101O1990001", False, "tidak_dikenal"),
        ("", False, "tidak_dikenal"),
    ],
)
def test_structure_and_region_of_a_nik(number: str, valid: bool, region: str):
    found = examine_nik(number, "3325", 2026)
    assert (found.structure_valid, found.region) == (valid, region)


def test_separators_do_not_make_another_person():
    assert examine_nik(" 3325.1101 0199-0001", "3325", 2026).digits == "3325110101990001"


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("081234567890", True), ("+62 812-3456-7890", True), ("6281234567890", True),
        ("081234567890 / 085700000001", True), ("0285391234", True), ("+819012345678", True),
        ("12345", False), ("-", False), ("tidak ada", False), ("08123", False),
    ],
)  # fmt: skip
def test_phone_shapes(text: str, usable: bool):
    assert phone_usable(text) is usable


@pytest.mark.parametrize(("text", "usable"), [("a@b.id", True), ("a@b", False), ("a b@c.id", False)])
def test_mail_shapes(text: str, usable: bool):
    assert mail_usable(text) is usable
