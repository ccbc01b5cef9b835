"""The suites as data: reading the rules, their thresholds and texts without importing Great Expectations.

A suite is ``expectations/expectations/<dataset>.json``. Each expectation's ``meta`` carries ``kode, dimensi,
keparahan, pemilik, pasal, kalimat, tindakan``; optional are ``maklum_baris`` (so many wrong rows are borne
even where they exceed the share, since in a handful of rows one is already ten per cent) and ``umur_hari_kerja``
(freshness: how many working days back the newest row may lie). The suite's own ``meta.prasyarat`` lists
what must hold before there is anything to judge: rules about the extraction log, which no batch can show
(``jam``: how far the reading may lag; ``sumber``: no reading of the month stands refused);
``meta.ukuran`` lists what no batch of one table can show (``ukuran``: the measure, ``kolom``, ``batas``,
``toleransi``: the share of wrong rows that is borne; see ``measures``).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from batang_assets.errors import ConfigurationError
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.settings import PROJECT_ROOT

PROJECT_DIR = PROJECT_ROOT / "expectations"
SUITES_DIR = PROJECT_DIR / "expectations"

DIMENSIONS = ("relevan", "akurat", "terkini")
SEVERITIES = ("blokir", "peringatan")
TEXTS = ("pemilik", "pasal", "kalimat", "tindakan")
VOLUME = "expect_table_row_count_to_be_between"
FRESHNESS = "expect_column_max_to_be_between"
TABLE_TYPES = (VOLUME, FRESHNESS)
MEASURE = "ukuran"
# Measures that give one answer about the month; the others count rows or cells.
WHOLE_MEASURES = {
    "volume": "antara sepertiga dan tiga kali rata-rata dua belas bulan sebelumnya",
    "tenggat": "lengkap paling lambat hari kerja kelima bulan berikutnya",
    "pergeseran": "indeks pergeseran (PSI) terhadap dua belas bulan sebelumnya paling tinggi 0,25",
}


@dataclass(frozen=True)
class Measured:
    """What was found for one rule: rows checked, rows wrong, and whether that is borne."""

    diperiksa: int
    salah: int
    success: bool


@dataclass(frozen=True)
class Rule:
    """One rule of the gate, as the suite states it.

    ``tolerance`` is the share of wrong rows that is borne (0.05 = 5 %), 0 for a rule about the whole table.
    ``whole_table`` rules give one answer (0 or 1 wrong of 1), the others count rows.
    """

    dataset: str
    kode: str
    dimensi: str
    keparahan: str
    pemilik: str
    pasal: str
    kalimat: str
    tindakan: str
    jenis: str
    kolom: str | None
    tolerance: float
    maklum_baris: int
    umur_hari_kerja: int | None
    jam: int | None
    sumber: bool
    min_baris: int | None
    kode_sah: tuple[Any, ...] | None
    fit_rows_only: bool
    ukuran: str | None
    batas: float | None

    @property
    def whole_table(self) -> bool:
        """Whether the rule is about the table or its extraction rather than about each row."""
        return self.jenis in (*TABLE_TYPES, "prasyarat") or self.ukuran in WHOLE_MEASURES

    @property
    def blocking(self) -> bool:
        """Whether breaking it closes the gate."""
        return self.keparahan == "blokir"

    @property
    def ambang(self) -> str:
        """The threshold in words an official reads."""
        if self.umur_hari_kerja is not None:
            return f"data terbaru berumur paling lama {self.umur_hari_kerja} hari kerja"
        if self.ukuran in WHOLE_MEASURES:
            return WHOLE_MEASURES[self.ukuran]
        if self.min_baris is not None:
            return f"paling sedikit {self.min_baris} baris"
        if self.jam is not None:
            return f"tertinggal paling lama {self.jam} jam"
        if self.jenis == "prasyarat":
            return "harus terpenuhi"
        if self.tolerance == 0:
            return "tidak boleh ada yang salah"
        share = f"{self.tolerance * 100:.1f}".rstrip("0").rstrip(".").replace(".", ",")
        borne = f", atau {self.maklum_baris} baris" if self.maklum_baris else ""
        return f"paling banyak {share} % salah{borne}"


@dataclass(frozen=True)
class Suite:
    """The rules of one dataset; ``digest`` changes whenever the file does."""

    dataset: Dataset
    rules: tuple[Rule, ...]
    digest: str

    def rule(self, kode: str) -> Rule:
        """The rule with this code; KeyError if the suite has none."""
        return next(rule for rule in self.rules if rule.kode == kode)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the judged table that the suite reads."""
        return frozenset(rule.kolom for rule in self.rules if rule.kolom)

    @property
    def code_sets(self) -> dict[str, tuple[Any, ...]]:
        """Column → the codes it may hold, for the columns whose code book the suite checks."""
        return {rule.kolom: rule.kode_sah for rule in self.rules if rule.kolom and rule.kode_sah}


def verdict_column(kode: str) -> str:
    """The boolean column of the judged table that says whether a row keeps the rule."""
    return f"lolos_{kode.lower()}"


def load_suite(wire: str, folder: Path = SUITES_DIR) -> Suite:
    """Read and check the suite of one dataset.

    Raises ConfigurationError, naming file and rule, if the file is missing, is no JSON, or a rule lacks a
    text, repeats a code or names an unknown dimension or severity.
    """
    dataset = dataset_of(wire)
    path = folder / f"{wire}.json"
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, json.JSONDecodeError) as error:
        raise ConfigurationError(f"suite {path.name} cannot be read: {type(error).__name__}") from None
    rules = [
        _rule(dataset, path.name, "prasyarat", {}, meta)
        for meta in content.get("meta", {}).get("prasyarat", [])
    ]
    rules += [
        _rule(dataset, path.name, MEASURE, {"column": meta.get("kolom")}, meta)
        for meta in content.get("meta", {}).get("ukuran", [])
    ]
    rules += [
        _rule(dataset, path.name, entry["type"], entry["kwargs"], entry["meta"])
        for entry in content["expectations"]
    ]
    codes = [rule.kode for rule in rules]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise ConfigurationError(f"suite {path.name}: rule {twice[0]} appears twice")
    return Suite(dataset, tuple(rules), hashlib.sha256(text.encode()).hexdigest())


@cache
def all_suites() -> tuple[Suite, ...]:
    """The eight suites, in the order of the datasets."""
    return tuple(load_suite(dataset.wire) for dataset in DATASETS)


def suite_of(wire: str) -> Suite:
    """The suite of one dataset, read once a process; raises DataError for an unknown dataset."""
    return all_suites()[DATASETS.index(dataset_of(wire))]


def _rule(dataset: Dataset, file: str, jenis: str, kwargs: dict[str, Any], meta: dict[str, Any]) -> Rule:
    kode = meta.get("kode", "?")
    if missing := [name for name in ("kode", "dimensi", "keparahan", *TEXTS) if not meta.get(name)]:
        raise ConfigurationError(f"suite {file}: rule {kode} lacks meta.{missing[0]}")
    if not kode.startswith(f"{dataset.kode}_"):
        raise ConfigurationError(f"suite {file}: rule {kode} does not begin with {dataset.kode}_")
    if meta["dimensi"] not in DIMENSIONS or meta["keparahan"] not in SEVERITIES:
        raise ConfigurationError(f"suite {file}: rule {kode} has an unknown dimensi or keparahan")
    if jenis == FRESHNESS and not meta.get("umur_hari_kerja"):
        raise ConfigurationError(f"suite {file}: rule {kode} needs meta.umur_hari_kerja")
    return Rule(
        dataset=dataset.wire,
        kode=kode,
        dimensi=meta["dimensi"],
        keparahan=meta["keparahan"],
        **{name: meta[name] for name in TEXTS},
        jenis=jenis,
        kolom=kwargs.get("column"),
        # 1 − 0.95 is 0.050000000000000044; the threshold people read has at most four decimals.
        tolerance=meta.get("toleransi", 0.0)
        if jenis in (*TABLE_TYPES, MEASURE)
        else round(1 - kwargs.get("mostly", 1.0), 4),
        maklum_baris=meta.get("maklum_baris", 0),
        umur_hari_kerja=meta.get("umur_hari_kerja"),
        jam=meta.get("jam"),
        sumber=bool(meta.get("sumber")),
        min_baris=kwargs.get("min_value") if jenis == VOLUME else None,
        kode_sah=tuple(kwargs["value_set"]) if "value_set" in kwargs else None,
        fit_rows_only="row_condition" in kwargs,
        ukuran=meta.get("ukuran") if jenis == MEASURE else None,
        batas=meta.get("batas"),
    )
