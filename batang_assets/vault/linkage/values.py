"""Dates, sexes and villages as sources write them → comparable values. What cannot be read is None."""

import csv
import re
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

from batang_assets.errors import DataError
from batang_assets.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
EXCEL_EPOCH = date(1899, 12, 30)
_ISO = re.compile(r"([12]\d{3})[-/.](\d{1,2})[-/.](\d{1,2})(?:[Tt ].*)?")
_DMY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]([12]\d{3})")
_WORDS = re.compile(r"(\d{1,2})[- ]+([a-z]{3,9})\.?[- ]+([12]\d{3})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "agt": 8,
    "ags": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}  # fmt: skip


@lru_cache(maxsize=100_000)
def read_date(text: str | None) -> date | None:
    """A birth date in any form of the contract; the forms are those of the macro baca_tanggal."""
    if not text:
        return None
    clean = text.strip().lower()
    try:
        if found := _ISO.fullmatch(clean):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DMY.fullmatch(clean):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _WORDS.fullmatch(clean):
            return date(int(found[3]), MONTHS.get(found[2][:3], 0), int(found[1]))
        if found := _SERIAL.fullmatch(clean):
            return EXCEL_EPOCH + timedelta(int(found[1]))
    except ValueError:
        return None
    return None


def _normal(text: str | None) -> str:
    return re.sub(r"[^a-z0-9]+", " ", (text or "").lower()).strip()


@lru_cache(maxsize=10_000)
def read_sex(text: str | None) -> str | None:
    """L or P, by the dictionary seed that the warehouse uses."""
    return _sexes().get(_normal(text))


@cache
def _sexes() -> dict[str, str]:
    return {row["teks_normal"]: row["kode"] for row in _seed("ref_jenis_kelamin_kamus.csv")}


@lru_cache(maxsize=100_000)
def read_village(code: str | None, village: str | None = None, district: str | None = None) -> str | None:
    """Ten-digit Kemendagri code of a village, from either code system, or from its name and kecamatan."""
    codes, names = _villages()
    digits = re.sub(r"\D", "", code or "")
    return codes.get(digits) or names.get((_normal(village), _normal(district)))


@cache
def _villages() -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    codes: dict[str, str] = {}
    names: dict[tuple[str, str], str] = {}
    rows = list(_seed("ref_wilayah.csv"))
    for row in rows:
        if row["kode_bps"]:
            codes[row["kode_bps"]] = row["kode_kemendagri"].replace(".", "")
    for row in rows:
        own = row["kode_kemendagri"].replace(".", "")
        codes[own] = own
        names[_normal(row["nama"]), _normal(row["kecamatan"])] = own
    return codes, names


def _seed(name: str) -> list[dict[str, str]]:
    path: Path = SEEDS / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise DataError(f"code book {name} cannot be read: {error.strerror}") from None
