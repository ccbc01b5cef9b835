"""The field map of a domain, read from its contract: which mart column or vault value fills which field.

``asal: <mart column>`` or ``asal: identitas:<vault column>|<alternative>``; columns without ``asal`` belong
to the envelope of the read-back (id, versi …) and are not sent in ``data``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import phonenumbers

from batang_assets.contracts import Column, load_contract
from batang_assets.errors import DataError

IDENTITY = "identitas:"
# Indonesian mobile numbers: 8, an operator digit, 9 to 12 digits in all.
MOBILE = re.compile(r"(?:\+?62|0)(8[1-9]\d{7,10})")
MISSPELLED = re.compile(r"^(?:628|8)(?=\d{7,})")
REFERENCES = {"id_daerah_pemberi_kerja": "pemberi-kerja", "id_daerah_lowongan": "lowongan"}


class UnfitValueError(DataError):
    """A value does not fit its field. ``field``: the field's name; the value itself is not kept."""

    def __init__(self, field: str, kind: str) -> None:
        super().__init__(f"field {field} holds a value that is no {kind}")
        self.field = field


@dataclass(frozen=True)
class Field:
    """One field of ``data``. Exactly one of ``column`` (mart) and ``identities`` (vault, first wins) is set."""

    name: str
    type: str
    required: bool
    column: str | None
    identities: tuple[str, ...]


@cache
def field_map(domain: str) -> tuple[Field, ...]:
    """The fields of ``domain``; raises DataError where the contract does not say where a field comes from."""
    contract = load_contract("siapkerja", domain)
    fields = tuple(_field(domain, column) for column in contract.columns if column.origin)
    orphans = [column.name for column in contract.columns if column.identity and column.origin is None]
    if not fields or orphans:
        raise DataError(f"contract siapkerja/{domain}: no asal for {', '.join(orphans) or 'any column'}")
    return fields


def mart_columns(domain: str) -> tuple[str, ...]:
    """The mart columns that are sent, each once."""
    return tuple(dict.fromkeys(field.column for field in field_map(domain) if field.column))


def reference_columns(domain: str) -> tuple[str, ...]:
    """The mart columns that refer to a record of another domain."""
    return tuple(field.column for field in field_map(domain) if field.name in REFERENCES and field.column)


def needs_identities(domain: str) -> bool:
    """Whether anything of the record lies in the vault."""
    return any(field.identities for field in field_map(domain))


def _field(domain: str, column: Column) -> Field:
    origin = column.origin or ""
    if origin.startswith(IDENTITY):
        names = tuple(name.removeprefix(IDENTITY) for name in origin.split("|"))
        if not column.identity or not all(names):
            raise DataError(f"contract siapkerja/{domain}: asal of {column.name} does not fit")
        return Field(column.name, column.type, column.required, None, names)
    if column.identity or not origin.isidentifier():
        raise DataError(f"contract siapkerja/{domain}: asal of {column.name} must be identitas:<column>")
    return Field(column.name, column.type, column.required, origin, ())


def convert(field: Field, value: Any) -> Any:
    """``value`` as JSON wants it for ``field``; raises UnfitValueError."""
    if value is None or value == "":
        return None
    try:
        return CONVERSIONS.get(field.type, _text)(value)
    except (ValueError, TypeError, ArithmeticError):
        raise UnfitValueError(field.name, field.type) from None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise TypeError
    return value.strip() or None


def _code(value: Any) -> str | int:
    """A code as the mart holds it: text, or a number where the code is one (status_pekerjaan 1–7)."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    number = Decimal(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _date(value: Any) -> str:
    if not isinstance(value, date):
        raise TypeError
    return value.strftime("%Y-%m-%d")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _nik(value: Any) -> str:
    digits = str(value).strip()
    if len(digits) != 16 or not digits.isdecimal():
        raise ValueError
    return digits


def phone_e164(value: Any) -> str | None:
    """The first valid Indonesian (or international) number in ``value`` as E.164, None if there is none."""
    text = str(value)
    plain = MOBILE.fullmatch(text)
    if plain:  # nearly all of them; the matcher is a hundred times slower
        return "+62" + plain[1]
    for match in phonenumbers.PhoneNumberMatcher(_spelled(text), "ID"):
        return phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _spelled(text: str) -> str:
    """Numbers as a matcher knows them: ``628…`` and ``8…`` are often written for ``+628…``."""
    parts = text.replace("/", " ; ").split()
    return " ".join(MISSPELLED.sub("+628", part) for part in parts)


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "teks": _text,
    "kode": _code,
    "bilangan": _integer,
    "rupiah": _integer,
    "tanggal": _date,
    "boolean": _boolean,
    "nik": _nik,
    "telepon": phone_e164,
    "surel": _text,
}
