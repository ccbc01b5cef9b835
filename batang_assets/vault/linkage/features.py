"""Opened identities → rows that the model compares. They live in memory and are never written."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from batang_assets.vault.findings import compact_digits
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.linkage.names import Name, Vocabulary, read_name
from batang_assets.vault.linkage.records import DATASETS, Record, exchanged_date, twin_key
from batang_assets.vault.opening import open_identities

CHUNK = 20_000
SERIAL_DIGITS = 4
_LEAST_NIK = 13
_PHONE_DIGITS = 9
PURPOSE = "penautan orang"
RECIPIENT = "brankas"
Identity = tuple[Name, str | None, str | None]


def opened(
    connection: psycopg.Connection, ring: KeyRing, records: list[Record], run_id: str
) -> dict[str, Identity]:
    """Record key → (name, last digits of the NIK, telephone). Each opening is logged in ``vault.pengungkapan``."""
    found: dict[str, Identity] = {}
    for dataset in DATASETS:
        mine = [record for record in records if record.dataset == dataset]
        for start in range(0, len(mine), CHUNK):
            keys = [(record.id, record.content_hash) for record in mine[start : start + CHUNK]]
            identities = open_identities(
                connection, ring, dataset, keys, purpose=PURPOSE, recipient=RECIPIENT, run_id=run_id
            )
            for record_id, values in identities.items():
                found[f"{dataset}:{record_id}"] = _identity(values)
    return found


def _identity(values: Mapping[str, str | None]) -> Identity:
    name = read_name((values.get("nama_lengkap") or values.get("nama") or "")[:200])
    return name, nik_serial(values.get("nik")), phone_digits(values.get("no_hp"))


def nik_serial(nik: str | None) -> str | None:
    """The last four digits, where the number of a person is; None of a number that is none."""
    digits = compact_digits(nik or "")
    if len(digits) < _LEAST_NIK or not digits.isascii() or not digits.isdigit() or len(set(digits)) == 1:
        return None
    return digits[-SERIAL_DIGITS:]


def phone_digits(text: str | None) -> str | None:
    """The last nine digits of the first telephone number, whatever stands before them (0, 62, +62)."""
    first = re.split(r"[,;/|]| atau ", text or "", maxsplit=1)[0]
    digits = re.sub(r"\D", "", first)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else None


def model_rows(records: list[Record], identities: Mapping[str, Identity]) -> list[dict[str, Any]]:
    """One row a record for ``model.py``. ``unique_id`` sorts the tail first, so that it is always the left one."""
    vocabulary = Vocabulary(_one_a_person(records, identities))
    rows = []
    for record in records:
        name, serial, phone = identities[record.key]
        spelling = vocabulary.spelling(name)
        rows.append(
            {
                "unique_id": f"{'0' if record.tail else '1'}{record.key}",
                "asal": record.origin,
                "nama": " ".join(sorted(name.words)) or None,
                "urut": " ".join(name.words) or None,
                "ejaan": " ".join(sorted(spelling)) or None,
                **_abbreviated(name, spelling),
                "lahir": f"{record.birth:%Y%m%d}" if record.birth else None,
                "tukar": exchanged_date(record.birth),
                "jenis_kelamin": record.sex,
                "desa": record.village,
                "kecamatan": record.village[:6] if record.village else None,
                "nomor_urut": serial,
                "telepon": phone,
                "rujukan": record.reference,
                "pendaftaran": record.dataset == "pencari_kerja",
                "kembar": twin_key(record),
            }
        )
    return rows


def _one_a_person(records: list[Record], identities: Mapping[str, Identity]) -> Iterator[Name]:
    seen: set[str] = set()
    for record in records:
        if record.origin not in seen:
            seen.add(record.origin)
            yield identities[record.key][0]


def _abbreviated(name: Name, spelling: tuple[str, ...]) -> dict[str, Any]:
    """The name as it is when all but the first, or all but the last, of its words are initials."""
    initials = [word[0] for word in name.words]
    return {
        "depan": " ".join([spelling[0], *initials[1:]]) if len(spelling) > 1 else None,
        "belakang": " ".join([*initials[:-1], spelling[-1]]) if len(spelling) > 1 else None,
        "disingkat": any(len(word) == 1 for word in name.words),
        "banyak_kata": len(name.words),
    }
