"""What a template may say about its sheets: plain tables of a report, and published statutory tables."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Format = Literal["teks", "bilangan", "persen", "tanggal", "rupiah"]
# Excel's own limits on a sheet name.
SheetName = Annotated[str, Field(alias="nama", min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\]+$")]
FileName = Annotated[str, Field(alias="berkas", pattern=r"^[a-z0-9][a-z0-9-]*$")]
Identifier = Annotated[str, Field(alias="nama", pattern=r"^[a-z_][a-z0-9_]*$")]
RELATION = r"^([a-z_]+\.)?[a-z_][a-z0-9_]*$"
Relation = Annotated[str, Field(alias="laporan", pattern=RELATION)]
ALL_ROWS = "semua"
# Specific data (UU 27/2022) and small places: a stricter threshold than the usual one (DOMAIN.md § 6).
SENSITIVE_WORDS = ("disabilitas", "desa")
SENSITIVE_THRESHOLD = 10


class Part(BaseModel):
    """Base of everything in a template: no unknown key, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Employers(Part):
    """At least ``least`` employers must stand behind a figure, or it is withheld.

    A statutory table's publication knows their number. A plain table names the ``relation`` that has its rows by
    ``pemberi_kerja_id``; they are counted as a union over whatever the public sheet adds up.
    """

    least: int = Field(alias="paling_sedikit", ge=2)
    relation: str | None = Field(None, alias="laporan", pattern=RELATION)


class Public(Part):
    """How a sheet, or a part of it, appears in the public package: protected, or left out with a reason.

    ``threshold``: a figure from 1 to one less than this is withheld (0: nothing in it is about persons or firms);
    ``employers``: so is one that too few employers stand behind;
    ``columns``: the columns that stay, the figures being added up over the others (empty: all);
    ``title``: the first line of its heading, where the columns that stay make it another one;
    ``contributors``: by figure column, the column that counts who stands behind it; ``without``: by column, the
    values whose rows are left out, which ``note`` explains to the reader.
    """

    threshold: int = Field(0, alias="ambang", ge=0)
    columns: tuple[str, ...] = Field((), alias="kolom")
    title: str | None = Field(None, alias="judul")
    contributors: dict[str, str] = Field({}, alias="penyumbang")
    employers: Employers | None = Field(None, alias="pemberi_kerja")
    without: dict[str, tuple[str, ...]] = Field({}, alias="tanpa")
    note: str | None = Field(None, alias="keterangan")
    reason: str | None = Field(None, alias="alasan")

    @model_validator(mode="after")
    def _one_kind(self) -> "Public":
        if self.reason and (self.threshold or self.columns):
            raise ValueError("publik has either ambang and kolom, or the alasan for leaving the sheet out")
        if self.employers and (not self.threshold or self.without):
            raise ValueError("pemberi_kerja in publik needs ambang, and no tanpa")
        return self


NOT_PUBLIC = Public.model_validate({"alasan": "Tidak termasuk paket publik."})


class Whole(Part):
    """A figure column that holds at least the sum of others; what is left over is a figure too, unless the parts
    make it up wholly (``exact``)."""

    whole: str = Field(alias="seluruh")
    parts: tuple[str, ...] = Field(alias="bagian", min_length=1)
    exact: bool = Field(False, alias="habis")


class TableColumn(Part):
    """One column of a plain table.

    ``labels`` turn codes into words, in the workbook and never in the csv; ``order`` says in which order the
    values of the column stand.
    """

    name: Identifier
    header: str = Field(alias="kepala")
    definition: str = Field(alias="definisi")
    format: Format = "teks"
    width: float = Field(14, alias="lebar", gt=0)
    labels: dict[str, str] = Field({}, alias="label")
    order: tuple[str, ...] = Field((), alias="urut")
    empty: str = Field("", alias="kosong")
    unit: str | None = Field(None, alias="satuan")
    classification: str | None = Field(None, alias="klasifikasi")


class Breakdown(Part):
    """Further figure columns of a table, one for each combination of values that another report holds.

    ``key``: the column both reports share; ``labels``: the data file that words the values.
    """

    relation: Relation
    key: str = Field(alias="kunci")
    by: tuple[str, ...] = Field(alias="menurut", min_length=1)
    value: str = Field(alias="nilai")
    labels: str = Field(alias="label", pattern=r"^[a-z0-9-]+\.yaml$")
    definition: str = Field(alias="definisi")


class TableSheet(Part):
    """The rows of one report as they are; ``group`` gives each of its values a total row of its own.

    ``flows`` add up over months, ``stocks`` are those at the span's end; ``wholes`` and ``group_wholes`` say which
    figures hold which others. All three tell the public package what a reader could work out.
    """

    kind: Literal["tabel"] = Field(alias="bentuk")
    name: SheetName
    file: FileName
    titles: tuple[str, ...] = Field(alias="judul", min_length=1)
    note: str | None = Field(None, alias="keterangan")
    relation: Relation
    by_period: bool = Field(True, alias="menurut_periode")
    group: str | None = Field(None, alias="kelompok")
    columns: tuple[TableColumn, ...] = Field(alias="kolom", min_length=1)
    totals: tuple[str, ...] = Field((), alias="jumlah")
    wholes: tuple[Whole, ...] = Field((), alias="terbagi")
    group_wholes: tuple[Whole, ...] = Field((), alias="kelompok_terbagi")
    breakdown: Breakdown | None = Field(None, alias="rincian")
    flows: tuple[str, ...] = Field((), alias="arus")
    stocks: tuple[str, ...] = Field((), alias="persediaan")
    public: Public = Field(NOT_PUBLIC, alias="publik")

    @model_validator(mode="after")
    def _references(self) -> "TableSheet":
        names = [column.name for column in self.columns]
        unique(names, "kolom")
        figures = [column.name for column in self.columns if column.format == "bilangan"]
        used = [name for whole in self.wholes for name in (whole.whole, *whole.parts)]
        used += [*self.flows, *self.stocks]
        public = [*self.public.columns, *self.public.contributors, *self.public.contributors.values()]
        public += self.public.without
        known([*self.totals, *used, *public, *([self.group] if self.group else [])], names, "kolom")
        if self.group and self.group != names[0]:
            raise ValueError("kelompok must be the first column: the rows are sorted by it")
        if not {*self.totals, *used} <= set(figures):
            raise ValueError("a total or a part of a whole needs columns of format bilangan")
        if self.public.employers and not self.public.employers.relation:
            raise ValueError("pemberi_kerja in publik of a plain table needs the laporan that lists them")
        kept = self.public.columns or tuple(names)
        sensitive = [name for name in kept if any(word in name for word in SENSITIVE_WORDS)]
        if sensitive and not self.public.reason and self.public.threshold < SENSITIVE_THRESHOLD:
            raise ValueError(f"{sensitive[0]} needs ambang {SENSITIVE_THRESHOLD} or more in publik")
        return self


class Formula(Part):
    """A row that is worked out from other rows: ``plus`` may be ``semua``, every row of the outermost level."""

    plus: tuple[str, ...] | Literal["semua"] = Field((), alias="tambah")
    minus: tuple[str, ...] = Field((), alias="kurang")


class PublishedColumn(Part):
    """One column of a statutory table: its csv name, its name in the publication, two lines of header.

    ``plus`` and ``minus`` make it a formula over other columns.
    """

    name: Identifier
    source: str = Field(alias="terbitan")
    header: tuple[str, str] = Field(alias="kepala")
    plus: tuple[str, ...] = Field((), alias="tambah")
    minus: tuple[str, ...] = Field((), alias="kurang")


class Carry(Part):
    """Opening stocks, each with the closing stock that becomes it a month later: rows, columns or whole parts."""

    axis: Literal["baris", "kolom", "bagian"] = Field(alias="sumbu")
    pairs: dict[str, str] = Field(alias="pasangan", min_length=1)


class Block(Part):
    """One part of a statutory table, e.g. job seekers above vacancies; its rows come from the publication."""

    name: Identifier
    source: str = Field(alias="terbitan")
    title: str = Field(alias="judul")
    columns: tuple[PublishedColumn, ...] = Field(alias="kolom", min_length=1)
    formulas: dict[str, Formula] = Field({}, alias="rumus")
    carry: Carry | None = Field(None, alias="sambung")
    public: Public = Field(NOT_PUBLIC, alias="publik")

    @model_validator(mode="after")
    def _references(self) -> "Block":
        names = [column.name for column in self.columns]
        unique(names, "kolom")
        unique([column.source for column in self.columns], "terbitan")
        for index, column in enumerate(self.columns):
            known([*column.plus, *column.minus], [*names[:index], *names[index + 1 :]], "kolom")
        if self.carry and self.carry.axis == "kolom":
            known([*self.carry.pairs, *self.carry.pairs.values()], names, "kolom")
        return self


class PublishedSheet(Part):
    """A statutory table as it was published (``reports.ipk_terbitan``): newest revision, regency, span."""

    kind: Literal["terbitan"] = Field(alias="bentuk")
    name: SheetName
    file: FileName
    titles: tuple[str, ...] = Field(alias="judul", min_length=1)
    note: str | None = Field(None, alias="keterangan")
    table: str = Field(alias="tabel", pattern=r"^III/[1-8]$")
    blocks: tuple[Block, ...] = Field(alias="bagian", min_length=1)
    carry: Carry | None = Field(None, alias="sambung")
    balances: dict[str, Formula] = Field({}, alias="neraca")

    @model_validator(mode="after")
    def _references(self) -> "PublishedSheet":
        unique([block.name for block in self.blocks], "bagian")
        unique([block.source for block in self.blocks], "terbitan")
        parts = [name for code, rule in self.balances.items() for name in (code, *rule.plus, *rule.minus)]
        pairs = self.carry.pairs.items() if self.carry else ()
        known([*parts, *(name for pair in pairs for name in pair)], [b.name for b in self.blocks], "bagian")
        return self


class MissingSheet(Part):
    """A sheet of the template whose data do not exist: named, never faked."""

    name: SheetName
    available: Literal[False] = Field(alias="tersedia")
    reason: str = Field(alias="sebab")


MadeSheet = TableSheet | PublishedSheet


def unique(names: Iterable[str], what: str) -> None:
    """Raise ValueError if a name stands twice."""
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise ValueError(f"{what} given twice: {', '.join(twice)}")


def known(used: Iterable[str], names: Iterable[str], what: str) -> None:
    """Raise ValueError if a name is used that is none of ``names``."""
    unknown = sorted(set(used) - set(names))
    if unknown:
        raise ValueError(f"{what} not known here: {', '.join(unknown)}")
