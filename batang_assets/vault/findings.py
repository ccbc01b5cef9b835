"""What the door finds out about an identifier, so that the warehouse never needs its value.

Structure of the NIK: PPKKCC DDMMYY SSSS, women's day + 40, no checksum (DOMAIN.md § 5).
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from batang_assets.contracts import Contract
from batang_assets.errors import DataError
from batang_assets.settings import PROJECT_ROOT
from batang_assets.vault.values import LONGEST_TEXT, NumberText, clean_text

# Kemendagri's 38 provinces. A NIK keeps the code of the place and time of its issue.
PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 20), [21], range(31, 37), range(51, 54), range(61, 66), range(71, 77), [81, 82])
    for code in codes
) | {"91", "92", "93", "94", "95", "96"}
REGION_BOOK = PROJECT_ROOT / "dbt_project" / "seeds" / "ref_wilayah.csv"
NIK_DIGITS = 16
_SEPARATORS = re.compile(r"[\s.\-']")
_MOBILE = re.compile(r"(?:\+?62|0)8\d{7,11}")
_LANDLINE = re.compile(r"(?:\+?62|0)[2-79]\d{6,10}")
_FOREIGN = re.compile(r"\+(?!62)\d{8,15}")
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")


@dataclass(slots=True, repr=False)
class NikFindings:
    """Findings about one NIK; see the raw tables' columns of the same names."""

    digits: str
    structure_valid: bool
    region: str
    birth_date: date | None
    sex: str | None


@cache
def known_districts() -> frozenset[str]:
    """The six-digit codes of the regency's kecamatan, from the region code book."""
    try:
        with REGION_BOOK.open(encoding="utf-8", newline="") as file:
            codes = {row["kode_kecamatan"].replace(".", "") for row in csv.DictReader(file)}
    except OSError as error:
        raise DataError(f"code book {REGION_BOOK.name} cannot be read: {error.strerror}") from None
    return frozenset(codes)


def compact_digits(text: str) -> str:
    """``text`` without the separators people write into a number."""
    return _SEPARATORS.sub("", text)


def examine_nik(text: str, regency: str, pivot_year: int) -> NikFindings:
    """Examine a NIK.

    ``regency``: four-digit code of home; ``pivot_year``: a two-digit year is read as the latest one that is
    not after it (the number itself does not tell the century).
    """
    digits = text if text.isdigit() else compact_digits(text)
    if not (len(digits) == NIK_DIGITS and digits.isascii() and digits.isdigit()):
        return NikFindings(digits, False, "tidak_dikenal", None, None)
    birth_date, sex = _birth(digits[6:12], pivot_year)
    valid = (
        birth_date is not None
        and digits[:2] in PROVINCES
        and digits[12:] != "0000"
        and digits != digits[0] * NIK_DIGITS
    )
    return NikFindings(digits, valid, _region(digits[:6], regency), birth_date, sex)


# Both are asked the same again and again: lives have few days, the country few districts.
@lru_cache(maxsize=65_536)
def _birth(code: str, pivot_year: int) -> tuple[date | None, str | None]:
    day, month, year = int(code[:2]), int(code[2:4]), int(code[4:])
    year += 2000 if 2000 + year <= pivot_year else 1900
    try:
        return date(year, month, day - 40 if day > 40 else day), "P" if day > 40 else "L"
    except ValueError:
        return None, None


@lru_cache(maxsize=65_536)
def _region(district: str, regency: str) -> str:
    if district in known_districts():
        return "dikenal"
    if district[:4] == regency:
        return "kecamatan_tidak_dikenal"
    return "luar_batang" if district[:2] in PROVINCES else "tidak_dikenal"


def phone_usable(text: str) -> bool:
    """Whether the first of the numbers in ``text`` has the shape of a telephone number."""
    if _MOBILE.fullmatch(text):
        return True
    first = re.split(r"[,;/|]| atau ", text, maxsplit=1)[0]
    compact = re.sub(r"[\s().\-]", "", first)
    return any(shape.fullmatch(compact) for shape in (_MOBILE, _LANDLINE, _FOREIGN))


def mail_usable(text: str) -> bool:
    """Whether ``text`` has the shape of one e-mail address."""
    return _MAIL.fullmatch(text.strip()) is not None


# A value as the source showed it, and as text → what is found out about it.
Examine = Callable[[Any, str | None], tuple[Any, ...]]
NO_NIK = (None, None, False, False, "tidak_dikenal", None, None)
_NUMBERS = (NumberText, int, float)


def examiners(
    contract: Contract, pseudonym: Callable[[str], str], home: str, pivot_year: int
) -> dict[str, Examine]:
    """For every identifier of the contract, in order, what finds out about it; its findings are in the order of
    ``finding_columns``. ``home``, ``pivot_year``: see ``examine_nik``."""

    def nik(value: Any, text: str | None) -> tuple[Any, ...]:
        if not text or text.isspace():
            return NO_NIK
        found = examine_nik(clean_text(text[:LONGEST_TEXT]), home, pivot_year)
        return (
            pseudonym(found.digits) if found.digits else None,
            len(found.digits),
            isinstance(value, _NUMBERS),
            found.structure_valid,
            found.region,
            found.birth_date,
            found.sex,
        )

    kinds: dict[str, Examine] = {"nik": nik, "telepon": _phone, "surel": _mail}
    return {column.name: kinds.get(column.type, _present) for column in contract.identities}


def _present(_: Any, text: str | None) -> tuple[bool]:
    return (bool(text) and not text.isspace(),)


def _phone(_: Any, text: str | None) -> tuple[bool, bool]:
    present = bool(text) and not text.isspace()
    return present, present and phone_usable((text or "")[:LONGEST_TEXT])


def _mail(_: Any, text: str | None) -> tuple[bool, bool]:
    present = bool(text) and not text.isspace()
    return present, present and mail_usable((text or "")[:LONGEST_TEXT])
