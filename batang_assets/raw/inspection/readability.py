"""Whether a value reads as its contract type says: the same forms that ``dbt_project/macros`` read.

Used to tell an operator how well a source fits, before anything is stored, and to hold rows of the centre;
what flows from Batang Career is judged by the row rules.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from batang_assets.contracts import Column, Contract
from batang_assets.vault.findings import NIK_DIGITS, compact_digits, mail_usable, phone_usable
from batang_assets.vault.values import as_text

_MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "agt": 8,
    "ags": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}  # fmt: skip
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_ISO_DAY = re.compile(r"([12]\d{3})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]([12]\d{3})", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})[- ]+([a-z]{3,9})\.?[- ]+([12]\d{3})", re.ASCII)
_MOMENT = re.compile(
    r"([12]\d{3}-\d\d-\d\d)[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
    r"(?:[Zz]|[+-](?:0\d|1[0-4]):?[0-5]\d)?",
    re.ASCII,
)
_WHOLE = re.compile(
    r"\s*(?:[+-]?\d{1,15}(?:\.0{1,2})?|\d{1,3}(?:\.\d{3}){1,4}|\d{1,9}\s*(?:orang|tahun|thn|th|jam|jp|hari)\.?)\s*",
    re.ASCII | re.IGNORECASE,
)
_MONEY_NOISE = re.compile(r"^(rp|idr)\.?|,-$|/?(per)?(bulan|bln)$")
_MONEY = re.compile(
    r"\d{1,13}(?:[.,]\d{1,2})?|\d{1,3}(?:\.\d{3}){1,4}(?:,\d{1,2})?|\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,2})?"
    r"|\d{1,4}(?:[.,]\d{1,6})?(?:jt|juta)|\d{1,6}(?:[.,]\d{1,3})?(?:rb|ribu|k)",
    re.ASCII,
)
_YES_NO = frozenset({"true", "false", "1", "0", "ya", "tidak", "y", "t", "n", "f"})


def reads_as_date(text: str) -> bool:
    """Whether ``baca_tanggal`` reads ``text``."""
    moment = _MOMENT.fullmatch(text.strip())
    return _is_day(moment[1]) if moment else _is_day(text)


def reads_as_time(text: str) -> bool:
    """Whether ``baca_waktu`` reads ``text``."""
    moment = _MOMENT.fullmatch(text)
    if moment:
        return _is_day(moment[1])
    return 5 <= len(text) <= 20 and _is_day(text)


# Asked the same again and again: lives and registers have few days.
@lru_cache(maxsize=65_536)
def _is_day(text: str) -> bool:
    text = text.strip(" ").lower()
    if _SERIAL.fullmatch(text):
        return True
    if match := _ISO_DAY.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif match := _WORDS.fullmatch(text):
        day, month, year = match[1], str(_MONTHS.get(match[2][:3], 0)), match[3]
    else:
        return False
    return _exists(int(year), int(month), int(day))


def _exists(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12 or day < 1:
        return False
    first_of_next = datetime(year + month // 12, month % 12 + 1, 1)
    return day <= (first_of_next - timedelta(days=1)).day


def _reads_as_rupiah(text: str) -> bool:
    compact = re.sub(r"\s+", "", text.lower())
    return _MONEY.fullmatch(_MONEY_NOISE.sub("", compact)) is not None


def _reads_as_nik(text: str) -> bool:
    digits = compact_digits(text)
    return len(digits) == NIK_DIGITS and digits.isascii() and digits.isdigit()


_READERS: dict[str, Callable[[str], bool]] = {
    "bilangan": lambda text: _WHOLE.fullmatch(text) is not None,
    "rupiah": _reads_as_rupiah,
    "tanggal": reads_as_date,
    "waktu": reads_as_time,
    "boolean": lambda text: text.strip().lower() in _YES_NO,
    "nik": _reads_as_nik,
    "telepon": phone_usable,
    "surel": mail_usable,
}


def reads(column: Column, text: str) -> bool:
    """Whether ``text``, which is not blank, reads as the column's type; text and codes always do."""
    reader = _READERS.get(column.type)
    return reader is None or reader(text)


def unreadable(contract: Contract, record: Mapping[str, Any]) -> list[str]:
    """The facts of ``record`` that are none of their column's type, by name; identities are for the vault."""
    broken = []
    for column in contract.columns:
        reader = None if column.identity else _READERS.get(column.type)
        text = (as_text(record.get(column.name)) or "").strip() if reader else ""
        if reader and text and not reader(text):
            broken.append(column.name)
    return broken
