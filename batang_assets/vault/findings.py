"""What the door finds out about an identifier, so that the warehouse never needs its value.

Structure of the NIK: PPKKCC DDMMYY SSSS, women's day + 40, no checksum (DOMAIN.md § 5).
"""

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from batang_assets.errors import DataError
from batang_assets.settings import PROJECT_ROOT

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
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    sex = "P" if day > 40 else "L"
    year += 2000 if 2000 + year <= pivot_year else 1900
    try:
        birth_date = date(year, month, day - 40 if day > 40 else day)
    except ValueError:
        birth_date = None
    valid = (
        birth_date is not None
        and digits[:2] in PROVINCES
        and digits[12:] != "0000"
        and digits != digits[0] * NIK_DIGITS
    )
    return NikFindings(digits, valid, _region(digits, regency), birth_date, sex if birth_date else None)


def _region(digits: str, regency: str) -> str:
    if digits[:6] in known_districts():
        return "dikenal"
    if digits[:4] == regency:
        return "kecamatan_tidak_dikenal"
    return "luar_batang" if digits[:2] in PROVINCES else "tidak_dikenal"


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
