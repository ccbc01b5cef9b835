"""Row lists: which rows a table has, and into which one of them a code goes.

A list is a classification of the code books, or an operator's list. Every code goes into exactly one row:
the row of its longest prefix in the same version, else over a crosswalk whose targets all lie in one row. A
row with details has a row of its own for those known no finer; the unknown and the unmappable have theirs.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from batang_assets.errors import DataError
from batang_assets.reports.ipk.layout import ListSpec
from batang_assets.warehouse.project import PROJECT_DIR

UNKNOWN = "tidak_diketahui"
UNMAPPED = "tidak_dapat_dipetakan"
TOTAL = "jumlah"
# After the code of a row with details: those that are known no finer.
COARSE = "x"
SEEDS = PROJECT_DIR / "seeds"
FILES = {"pendidikan": "ref_pendidikan.csv", "kbji": "ref_kbji.csv", "kbli": "ref_kbli.csv"}
CROSSWALK = "ref_padanan.csv"
RECEIVERS = {
    "PEMERINTAH": "Instansi pemerintah",
    "BUMN_BUMD": "BUMN/BUMD",
    "KOPERASI": "Koperasi",
    "SWASTA": "Perusahaan swasta",
    "BADAN_USAHA_LAIN": "Badan usaha lainnya",
    "PERORANGAN": "Perorangan",
}


@dataclass(frozen=True)
class ListRow:
    """One row of a list: code, label, the row it is a detail of (by index)."""

    code: str
    label: str
    parent: int | None = None


@dataclass(frozen=True)
class Crosswalk:
    """(version, code) → the codes of one other version that it meets."""

    targets: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str, str]]) -> "Crosswalk":
        """From (from version, from code, to code)."""
        found: dict[tuple[str, str], set[str]] = {}
        for version, code, target in pairs:
            found.setdefault((version, code), set()).add(target)
        return cls({key: frozenset(codes) for key, codes in found.items()})

    def meets(self, version: str, code: str) -> frozenset[str]:
        """The targets of the code, else of its longest known prefix, else of everything below it."""
        for length in range(len(code), 0, -1):
            if found := self.targets.get((version, code[:length])):
                return found
        below = [
            codes
            for (source, longer), codes in self.targets.items()
            if source == version and longer.startswith(code)
        ]
        return frozenset().union(*below)


@dataclass(frozen=True)
class RowList:
    """Rows in the order printed. ``version`` is that of their codes; ``crosswalk`` leads into it."""

    rows: tuple[ListRow, ...]
    version: str
    crosswalk: Crosswalk = Crosswalk()
    heads: bool = False
    # A list whose every code is known beforehand has no row for the unmappable.
    closed: bool = False

    @cached_property
    def parents(self) -> frozenset[int]:
        """The rows that have details."""
        return frozenset(row.parent for row in self.rows if row.parent is not None)

    @cached_property
    def _stems(self) -> dict[str, int]:
        # What a code must begin with to belong to a row; the row's own code leads there too.
        found = {_stem(row.code, self.heads): index for index, row in enumerate(self.rows)}
        return found | {row.code: index for index, row in enumerate(self.rows)}

    def leaf(self, code: str, version: str) -> str:
        """The row that takes the code: never a row with details, always exactly one."""
        if code == UNKNOWN:
            return UNKNOWN
        if version == self.version:
            return self._own(code)
        rows = {self._own(target) for target in self.crosswalk.meets(version, code)}
        return rows.pop() if len(rows) == 1 else UNMAPPED

    def _own(self, code: str) -> str:
        for length in range(len(code), 0, -1) if code.isdigit() else (len(code),):
            index = self._stems.get(code[:length])
            if index is not None:
                return self.rows[index].code + (COARSE if index in self.parents else "")
        return UNMAPPED


def _stem(code: str, heads: bool) -> str:
    return code.rstrip("0") if heads and code.endswith("00") and code.strip("0") else code


def nest(
    codes: Iterable[tuple[str, str]], *, heads: bool = False, letters: bool = False
) -> tuple[ListRow, ...]:
    """(code, label) → rows with the row each is a detail of.

    A detail begins with the code of its group (``heads``: with that code's part before 00); under a letter
    (``letters``) lie the numbers that follow it.
    """
    rows: list[ListRow] = []
    given = list(codes)
    places = {_stem(code, heads): index for index, (code, _) in enumerate(given)}
    letter: int | None = None
    for index, (code, label) in enumerate(given):
        if letters and code.isalpha():
            letter = index
            rows.append(ListRow(code, label))
            continue
        stem = _stem(code, heads)
        above = [places[stem[:n]] for n in range(len(stem) - 1, 0, -1) if stem[:n] in places]
        rows.append(ListRow(code, label, above[0] if above and code.isdigit() else letter))
    return tuple(rows)


@cache
def packaged(spec: ListSpec, folder: Path = SEEDS) -> RowList:
    """The list of a classification from the code books; raises DataError if they lack its version."""
    if spec.classification == "penerima":
        return RowList(tuple(ListRow(*item) for item in RECEIVERS.items()), "", closed=True)
    path = folder / FILES[spec.classification]
    with path.open(encoding="utf-8", newline="") as file:
        every = list(csv.DictReader(file))
    if spec.classification == "pendidikan":
        found = [(row["kode"], row["label"]) for row in sorted(every, key=lambda row: int(row["urutan"]))]
        return RowList(tuple(ListRow(*item) for item in found), "", closed=True)
    book = [row for row in every if row["versi"] == spec.version]
    if not book:
        raise DataError(f"{path.name}: versi {spec.version} tidak ada")
    levels = {str(level) for level in spec.levels}
    crosswalk = Crosswalk.of(seed_pairs(spec.classification, spec.version, folder))
    chosen = [row for row in book if row["tingkat"] in levels]
    letters = spec.classification == "kbli"
    order = {row["kode"]: place for place, row in enumerate(book) if row["tingkat"] == "1"}
    chosen.sort(key=lambda row: (order[_group(row)], row["tingkat"] != "1", row["kode"]))
    rows = nest([(row["kode"], row["judul"]) for row in chosen], letters=letters)
    return RowList(rows, spec.version, crosswalk)


def seed_pairs(classification: str, version: str, folder: Path = SEEDS) -> list[tuple[str, str, str]]:
    """(from version, from code, to code) of the code books' crosswalk into one version.

    A division of KBLI goes where its section goes: the crosswalk knows the sections.
    """
    with (folder / CROSSWALK).open(encoding="utf-8", newline="") as file:
        pairs = [
            (row["versi_asal"], row["kode_asal"], row["kode_tujuan"])
            for row in csv.DictReader(file)
            if (row["buku_asal"], row["buku_tujuan"], row["versi_tujuan"])
            == (classification, classification, version)
        ]
    if classification != "kbli":
        return pairs
    with (folder / FILES["kbli"]).open(encoding="utf-8", newline="") as file:
        divisions = [
            (row["versi"], row["kategori"], row["kode"])
            for row in csv.DictReader(file)
            if row["kode"] != row["kategori"]
        ]
    return pairs + [
        (source, division, target)
        for source, code, target in pairs
        for edition, section, division in divisions
        if (edition, section) == (source, code)
    ]


def _group(row: dict[str, str]) -> str:
    return row.get("kategori") or row["kode"][0]
