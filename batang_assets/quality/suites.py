"""The suites as data: reading the rules, their thresholds and texts without importing Great Expectations.

A suite is ``expectations/expectations/<dataset>.json``: one expectation a rule, each a bound on one number of the
month. The numbers are counted in one pass over the month (``counts``), stored in ``quality.hitungan``, and
judged there: usually the share of wrong rows (0..1), else what ``hitung`` says. Each expectation's ``meta``
carries ``kode, dimensi, keparahan, pemilik, pasal, kalimat, tindakan`` and ``hitung``; with it go ``kolom`` (what
is counted), ``kode_sah`` (the codes a column may hold), ``kali`` (how far from the usual volume) and
``maklum_baris`` (so many wrong rows are borne even where they exceed the share, since in a handful of rows one
is already ten per cent).
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
TYPE = "expect_column_max_to_be_between"

# What is counted (meta.hitung). In the judged table, one number a row:
VERDICT, FILLED, CODED, UNIQUE, OWN_MONTH = "putusan", "terisi", "kode", "unik", "bulan_sendiri"
# … and one about all its rows: how many, and the age of the newest in working days;
VOLUME, FRESHNESS = "baris", "umur_hari_kerja"
# … in the extraction log: whether it was read, how many hours the reading lags, whether it can be believed;
READ, LAG, BELIEVED = "ditarik", "tertinggal_jam", "sumber_dipercaya"
# … and against the schedule, the past and other tables (``measures``).
ONE_SCAN = (VERDICT, FILLED, CODED, UNIQUE, OWN_MONTH, VOLUME, FRESHNESS)
EXTRACTION = (READ, LAG, BELIEVED)
USUAL, SCHEDULE, SHIFT = "volume", "tenggat", "pergeseran"
# One answer about the month; the others count rows or cells.
WHOLE_TABLE = (VOLUME, FRESHNESS, *EXTRACTION, USUAL, SCHEDULE, SHIFT)
WORDS = {
    VOLUME: "paling sedikit {} baris",
    FRESHNESS: "data terbaru berumur paling lama {} hari kerja",
    READ: "harus terpenuhi",
    LAG: "tertinggal paling lama {} jam",
    BELIEVED: "harus terpenuhi",
    USUAL: "antara sepertiga dan tiga kali rata-rata dua belas bulan sebelumnya",
    SCHEDULE: "lengkap paling lambat hari kerja kelima bulan berikutnya",
    SHIFT: "indeks pergeseran (PSI) terhadap dua belas bulan sebelumnya paling tinggi {}",
}


@dataclass(frozen=True)
class Rule:
    """One rule of the gate, as the suite states it.

    ``batas``: what the counted number may reach at most (for ``baris``: must reach); where rows are counted, the
    share of wrong ones that is borne (0.05 = 5 %). ``kolom``: the column of the judged table that is counted.
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
    hitung: str
    kolom: str | None
    batas: float
    maklum_baris: int
    kode_sah: tuple[Any, ...] | None
    kali: float | None

    @property
    def whole_table(self) -> bool:
        """Whether the rule is about the table or its extraction rather than about each row."""
        return self.hitung in WHOLE_TABLE

    @property
    def fit_rows_only(self) -> bool:
        """Whether it asks only rows that no blocking rule holds back."""
        return self.hitung in (FILLED, CODED)

    @property
    def blocking(self) -> bool:
        """Whether breaking it closes the gate."""
        return self.keparahan == "blokir"

    @property
    def ambang(self) -> str:
        """The threshold in words an official reads."""
        if self.hitung in WORDS:
            return WORDS[self.hitung].format(_decimal(self.batas))
        if self.batas == 0:
            return "tidak boleh ada yang salah"
        borne = f", atau {self.maklum_baris} baris" if self.maklum_baris else ""
        return f"paling banyak {_decimal(round(self.batas * 100, 1))} % salah{borne}"


@dataclass(frozen=True)
class Suite:
    """The rules of one dataset; ``digest`` changes whenever the file does."""

    dataset: Dataset
    rules: tuple[Rule, ...]
    digest: str

    def rule(self, kode: str) -> Rule:
        """The rule with this code; KeyError if the suite has none."""
        try:
            return next(rule for rule in self.rules if rule.kode == kode)
        except StopIteration:
            raise KeyError(kode) from None

    def counting(self, *kinds: str) -> tuple[Rule, ...]:
        """The rules that count one of these."""
        return tuple(rule for rule in self.rules if rule.hitung in kinds)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the judged table that the suite reads."""
        return frozenset(rule.kolom for rule in self.rules if rule.kolom)

    @property
    def code_sets(self) -> dict[str, tuple[Any, ...]]:
        """Column → the codes it may hold, for the columns whose code book the suite checks."""
        return {rule.kolom: rule.kode_sah for rule in self.rules if rule.kolom and rule.kode_sah}


def _decimal(value: float) -> str:
    return f"{value:g}".replace(".", ",")


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
    rules = [read_rule(dataset, path.name, entry) for entry in content["expectations"]]
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


def read_rule(dataset: Dataset, file: str, entry: dict[str, Any]) -> Rule:
    """One expectation of a suite file as a rule; raises ConfigurationError as ``load_suite`` does."""
    meta, kwargs = entry["meta"], entry["kwargs"]
    kode = meta.get("kode", "?")
    if missing := [name for name in ("kode", "dimensi", "keparahan", "hitung", *TEXTS) if not meta.get(name)]:
        raise ConfigurationError(f"suite {file}: rule {kode} lacks meta.{missing[0]}")
    if not kode.startswith(f"{dataset.kode}_"):
        raise ConfigurationError(f"suite {file}: rule {kode} does not begin with {dataset.kode}_")
    if meta["dimensi"] not in DIMENSIONS or meta["keparahan"] not in SEVERITIES:
        raise ConfigurationError(f"suite {file}: rule {kode} has an unknown dimensi or keparahan")
    bound = "min_value" if meta["hitung"] == VOLUME else "max_value"
    if entry["type"] != TYPE or kwargs.keys() != {"column", bound} or kwargs["column"] != kode.lower():
        raise ConfigurationError(
            f"suite {file}: rule {kode} must be {TYPE} with {bound} on column {kode.lower()}"
        )
    return Rule(
        dataset=dataset.wire,
        kode=kode,
        dimensi=meta["dimensi"],
        keparahan=meta["keparahan"],
        **{name: meta[name] for name in TEXTS},
        hitung=meta["hitung"],
        kolom=meta.get("kolom"),
        batas=kwargs[bound],
        maklum_baris=meta.get("maklum_baris", 0),
        kode_sah=tuple(meta["kode_sah"]) if "kode_sah" in meta else None,
        kali=meta.get("kali"),
    )
