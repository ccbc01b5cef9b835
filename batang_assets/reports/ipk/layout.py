"""The layouts of IPK III/1 to III/8 as data: one file a table under ``layouts/``, checked when it is read.

A table has sections; a section has rows, either written out (each with the measures it adds up) or taken from a
row list (a classification, or an operator's list in its place); columns are groups times details. What a cell
counts follows from the three: the section's filter, the row's codes or measures, the column's filter.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from batang_assets.contracts.checked_yaml import Declared, load_checked

FOLDER = Path(__file__).parent / "layouts"
TABLES = tuple(f"III/{number}" for number in range(1, 9))
MEASURES = ("awal", "masuk", "terpenuhi", "dihapus", "akhir")
Measure = Literal["awal", "masuk", "terpenuhi", "dihapus", "akhir"]
Dimension = Literal["kode", "lama_lulus", "jenis_kelamin", "jenis_penempatan", "pendidikan", "penerima"]
Classification = Literal["pendidikan", "kbji", "kbli", "penerima"]
Select = dict[Dimension, tuple[str, ...]]


class ListSpec(Declared):
    """Which row list a section takes.

    ``levels``: levels of the classification that become rows. ``lengths``: how many digits a code of an
    operator's list has, group codes included; ``letters``: such a list opens its groups with a letter;
    ``heads``: a code ending in 00 heads the codes that begin like it.
    """

    classification: Classification = Field(alias="klasifikasi")
    version: str = Field("", alias="versi")
    levels: tuple[int, ...] = Field((1,), alias="tingkat")
    dimension: Dimension = Field("kode", alias="dimensi")
    lengths: tuple[int, ...] = Field((), alias="panjang_kode")
    letters: bool = Field(False, alias="huruf")
    heads: bool = Field(False, alias="kepala_00")


class RowSpec(Declared):
    """A row written out: number as printed, label, the measures it adds up."""

    code: str = Field(alias="kode", min_length=1)
    label: str = Field(alias="uraian", min_length=1)
    measures: tuple[Measure, ...] = Field(alias="ukuran", min_length=1)
    total: bool = Field(False, alias="jumlah")


class SectionSpec(Declared):
    """One block of rows; ``measure`` is what every cell counts where neither row nor column says."""

    code: str = Field(alias="kode", pattern="^[a-z_]+$")
    title: str = Field(alias="judul", min_length=1)
    part: Literal["pencari_kerja", "lowongan"] = Field(alias="untuk")
    measure: Measure | None = Field(None, alias="ukuran")
    rows: tuple[RowSpec, ...] = Field((), alias="baris")
    list: ListSpec | None = Field(None, alias="daftar")

    @model_validator(mode="after")
    def _rows_or_list(self) -> "SectionSpec":
        if bool(self.rows) == (self.list is not None):
            raise ValueError("a section has either baris or daftar")
        codes = [row.code for row in self.rows]
        if len(set(codes)) < len(codes):
            raise ValueError("a row code stands twice")
        return self


class DetailSpec(Declared):
    """One column of a group: the values it takes; the sections that have it (none named: all)."""

    select: Select = Field({}, alias="pilih")
    sections: tuple[str, ...] = Field((), alias="bagian")


class GroupSpec(Declared):
    """Columns under one heading."""

    title: str = Field(alias="judul", min_length=1)
    details: tuple[str, ...] = Field(alias="rincian", min_length=1)
    measure: Measure | None = Field(None, alias="ukuran")
    select: Select = Field({}, alias="pilih")
    sections: tuple[str, ...] = Field((), alias="bagian")


class Layout(Declared):
    """One table: ``table`` III/1 … III/8, titles, legal basis, sections, columns, notes under it."""

    table: str = Field(alias="tabel", pattern="^III/[1-8]$")
    title: str = Field(alias="judul", min_length=1)
    basis: str = Field(alias="dasar", min_length=1)
    row_heading: str = Field(alias="kepala_baris", min_length=1)
    unit: str = Field(alias="satuan", min_length=1)
    details: dict[str, DetailSpec] = Field(alias="rincian", min_length=1)
    groups: tuple[GroupSpec, ...] = Field(alias="kolom", min_length=1)
    sections: tuple[SectionSpec, ...] = Field(alias="bagian", min_length=1)
    notes: tuple[str, ...] = Field((), alias="catatan")

    @model_validator(mode="after")
    def _consistent(self) -> "Layout":
        known = [section.code for section in self.sections]
        if len(set(known)) < len(known):
            raise ValueError("a section code stands twice")
        named = [name for part in (*self.groups, *self.details.values()) for name in part.sections]
        if unknown := sorted(set(named) - set(known)):
            raise ValueError(f"no section {unknown[0]!r}")
        columns = [f"{group.title} {detail}" for group in self.groups for detail in group.details]
        if len(set(columns)) < len(columns):
            raise ValueError("a column stands twice")
        if missing := [d for group in self.groups for d in group.details if d not in self.details]:
            raise ValueError(f"no rincian {missing[0]!r}")
        for section in self.sections:
            self._require_one_measure(section)
        return self

    def _require_one_measure(self, section: SectionSpec) -> None:
        """Row, column or section says what is counted: exactly one of them."""
        for group in self.groups:
            says = [bool(section.rows), group.measure is not None, section.measure is not None]
            if says.count(True) != 1:
                raise ValueError(f"what {section.code} × {group.title} counts is not said once")


@cache
def load_layout(table: str, folder: Path = FOLDER) -> Layout:
    """The layout of one table; raises DataError naming file and line if it does not fit its declaration."""
    return load_checked(folder / f"{table.lower().replace('/', '-')}.yaml", Layout)


def layouts() -> tuple[Layout, ...]:
    """The eight layouts, in order."""
    return tuple(load_layout(table) for table in TABLES)
