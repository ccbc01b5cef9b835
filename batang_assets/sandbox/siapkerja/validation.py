"""Record rules: the field tables of ``kontrak.yaml`` compiled to plain functions.

A checker takes a value that is not null and answers an error code or None. No message holds a
value of the record.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from .faults import share

Check = Callable[[Any], str | None]
Galat = dict[str, str]
MAX_TEXT = 2000
MAX_NUMBER = 10**15
UNKNOWN_NIK_RATE = 0.003

PESAN = {
    "WAJIB": "bidang wajib diisi",
    "FORMAT": "bentuk nilai tidak sesuai kontrak",
    "TIDAK_DIKENAL": "kode tidak ada dalam buku kode",
    "NIK_TIDAK_DITEMUKAN": "NIK tidak ditemukan pada data kependudukan",
    "RUJUKAN_HILANG": "rujukan belum dikirim atau sudah ditarik",
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def galat(bidang: str, kode: str, pesan: str | None = None) -> Galat:
    """One entry of a record's ``galat``."""
    return {"bidang": bidang, "kode": kode, "pesan": pesan or PESAN[kode]}


@dataclass(frozen=True)
class Table:
    """A domain, compiled. ``references``: (field, domain); ``versions``: (code, its version field, KBLI?)."""

    fields: tuple[tuple[str, bool, Check], ...]
    names: frozenset[str]
    references: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str, bool], ...]
    only_if: tuple[tuple[str, dict[str, str]], ...]


def load_contract() -> dict[str, Any]:
    """The package's ``kontrak.yaml``, parsed."""
    return yaml.safe_load(
        files("batang_assets.sandbox.siapkerja").joinpath("kontrak.yaml").read_text("utf-8")
    )


def civil_registry_knows(
    nik: str, seed: int, provinces: Iterable[str], rate: float = UNKNOWN_NIK_RATE
) -> bool:
    """Does the civil registry know this 16-digit NIK? A fixed share ``rate`` of them, by seed, it does not.

    A number of an unknown province or with serial 0000 was never issued.
    """
    return nik[:2] in provinces and nik[12:] != "0000" and share(seed, f"nik:{nik}") >= rate


def _text(value: Any) -> str | None:
    good = type(value) is str and len(value) <= MAX_TEXT and value.strip() and not _CONTROL.search(value)
    return None if good else "FORMAT"


def _bool(value: Any) -> str | None:
    return None if type(value) is bool else "FORMAT"


def _date(value: Any) -> str | None:
    if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-":
        return "FORMAT"
    try:
        date.fromisoformat(value)
    except ValueError:
        return "FORMAT"
    return None


def _pattern(pattern: str) -> Check:
    match = re.compile(pattern).fullmatch
    return lambda value: None if type(value) is str and match(value) else "FORMAT"


def _integer(low: int, high: int) -> Check:
    return lambda value: None if type(value) is int and low <= value <= high else "FORMAT"


def _code(book: Iterable[str | int]) -> Check:
    # bool is no int here: True would otherwise be found as 1.
    held, types = frozenset(book), (str, int)
    return lambda value: "FORMAT" if type(value) not in types else None if value in held else "TIDAK_DIKENAL"


def _region(provinces: frozenset[str]) -> Check:
    match = re.compile("[0-9]{10}").fullmatch

    def check(value: Any) -> str | None:
        if type(value) is not str or not match(value):
            return "FORMAT"
        return None if value[:2] in provinces else "TIDAK_DIKENAL"

    return check


class Validator:
    """The rules of every domain. Raises ValueError when ``contract`` names a type, book or domain it lacks.

    ``seed`` and ``unknown_nik_rate`` (0..1) fix which NIKs the civil registry does not know.
    """

    def __init__(
        self, contract: dict[str, Any], seed: int = 0, unknown_nik_rate: float = UNKNOWN_NIK_RATE
    ) -> None:
        self.seed, self.unknown_nik_rate = seed, unknown_nik_rate
        self.provinces = frozenset(contract["provinsi"])
        self._sections = {version: frozenset(letters) for version, letters in contract["bagian_kbli"].items()}
        self.tables = {
            name: self._compile(name, fields, contract) for name, fields in contract["domain"].items()
        }

    def _compile(self, domain: str, fields: dict[str, dict[str, Any]], contract: dict[str, Any]) -> Table:
        compiled = []
        for name, rule in fields.items():
            try:
                compiled.append((name, bool(rule.get("wajib")), self._checker(rule, contract)))
            except KeyError as missing:
                raise ValueError(f"kontrak.yaml: {domain}.{name}: {missing} is not declared") from missing
        rules = fields.items()
        return Table(
            fields=tuple(compiled),
            names=frozenset(fields),
            references=tuple((name, rule["ke"]) for name, rule in rules if rule["tipe"] == "rujukan"),
            versions=tuple(
                (n, rule["versi"], rule["tipe"] == "kbli") for n, rule in rules if "versi" in rule
            ),
            only_if=tuple((name, rule["hanya_jika"]) for name, rule in rules if "hanya_jika" in rule),
        )

    def _checker(self, rule: dict[str, Any], contract: dict[str, Any]) -> Check:
        kind = rule["tipe"]
        if kind == "rujukan" and rule["ke"] not in contract["domain"]:
            raise KeyError(rule["ke"])
        makers: dict[str, Callable[[], Check]] = {
            "teks": lambda: _text,
            "logis": lambda: _bool,
            "tanggal": lambda: _date,
            "bulat": lambda: _integer(rule.get("min", 0), rule.get("maks", MAX_NUMBER)),
            "pola": lambda: _pattern(contract["pola"][rule["pola"]]),
            "nik": lambda: _pattern(contract["pola"]["nik"]),
            "rujukan": lambda: _pattern(contract["pola"]["rujukan"]),
            "kode": lambda: _code(contract["buku"][rule["buku"]]),
            "wilayah": lambda: _region(self.provinces),
            "kbji": lambda: _pattern("[0-9]{1,6}"),
            "kbli": lambda: _pattern("[0-9]{1,5}|[A-Z]"),
        }
        return makers[kind]()

    def check(self, domain: str, data: dict[str, Any]) -> list[Galat]:
        """Every error of one record, but for its references (they need the store). Empty: right."""
        table, errors = self.tables[domain], []
        get = data.get
        for name, required, check in table.fields:
            value = get(name)
            if value is None or value == "":
                if required:
                    errors.append(galat(name, "WAJIB"))
                elif value == "":
                    errors.append(galat(name, "FORMAT"))
                continue
            code = check(value)
            if code is not None:
                errors.append(galat(name, code))
        if not data.keys() <= table.names:
            extra = sorted(data.keys() - table.names)
            errors += [galat(name[:100], "FORMAT", "bidang tidak ada dalam kontrak") for name in extra]
        wrong = {error["bidang"] for error in errors}
        self._check_between_fields(table, data, wrong, errors)
        if "nik" in table.names and "nik" not in wrong:
            self._check_nik(data, wrong, errors)
        return errors

    def _check_between_fields(
        self, table: Table, data: dict[str, Any], wrong: set[str], errors: list[Galat]
    ) -> None:
        for name, version_field, is_kbli in table.versions:
            code, version = data.get(name), data.get(version_field)
            if code is None or name in wrong or version_field in wrong:
                continue
            if version is None:
                errors.append(galat(version_field, "WAJIB", "setiap kode disertai versinya"))
            elif is_kbli and code.isalpha() and code not in self._sections[str(version)]:
                errors.append(galat(name, "TIDAK_DIKENAL"))
        for name, condition in table.only_if:
            if data.get(name) is not None and any(data.get(key) != value for key, value in condition.items()):
                errors.append(galat(name, "FORMAT", "bidang tidak berlaku untuk jenis catatan ini"))

    def _check_nik(self, data: dict[str, Any], wrong: set[str], errors: list[Galat]) -> None:
        """NIK = PPKKCC DDMMYY SSSS; 40 is added to a woman's day."""
        nik = data["nik"]
        day, consistent = int(nik[6:8]), True
        if "tanggal_lahir" not in wrong:
            born = data["tanggal_lahir"]
            if f"{day - 40 if day > 40 else day:02d}{nik[8:12]}" != born[8:10] + born[5:7] + born[2:4]:
                errors.append(
                    galat("tanggal_lahir", "TIDAK_KONSISTEN", "berbeda dari tanggal lahir dalam NIK")
                )
                consistent = False
        if "jenis_kelamin" not in wrong and data["jenis_kelamin"] != ("P" if day > 40 else "L"):
            errors.append(galat("jenis_kelamin", "TIDAK_KONSISTEN", "berbeda dari jenis kelamin dalam NIK"))
            consistent = False
        if consistent and not civil_registry_knows(nik, self.seed, self.provinces, self.unknown_nik_rate):
            errors.append(galat("nik", "NIK_TIDAK_DITEMUKAN"))
