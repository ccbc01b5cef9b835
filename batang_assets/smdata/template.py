"""The reporting template as data: sheets, titles, columns, and the report behind each.

The Ministry has published no template, so template 1 is this project's working assumption; another version is
another file and no other code (contracts/smdata.md).
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from batang_assets.errors import DataError

FOLDER = Path(__file__).parent / "templates"
DEFAULT = FOLDER / "smdata-1.yaml"
Format = Literal["teks", "bilangan", "persen", "tanggal", "rupiah"]
# Excel's own limits on a sheet name.
SheetName = Annotated[str, Field(alias="nama", min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\]+$")]
FileName = Annotated[str, Field(alias="berkas", pattern=r"^[a-z0-9][a-z0-9-]*$")]
Identifier = Annotated[str, Field(alias="nama", pattern=r"^[a-z_][a-z0-9_]*$")]
Relation = Annotated[str, Field(alias="laporan", pattern=r"^([a-z_]+\.)?[a-z_][a-z0-9_]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableColumn(_Part):
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


class TableSheet(_Part):
    """The rows of one report as they are; ``group`` gives each of its values a total row of its own."""

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

    @model_validator(mode="after")
    def _references(self) -> "TableSheet":
        names = [column.name for column in self.columns]
        _unique(names, "kolom")
        _known([*self.totals, *([self.group] if self.group else [])], names, "kolom")
        if self.group and self.group != names[0]:
            raise ValueError("kelompok must be the first column: the rows are sorted by it")
        if any(column.format != "bilangan" for column in self.columns if column.name in self.totals):
            raise ValueError("a total needs columns of format bilangan")
        return self


class MatrixRow(_Part):
    """One row of a statutory table; ``plus`` and ``minus`` make it a formula over earlier rows."""

    code: str = Field(alias="kode")
    label: str = Field(alias="uraian")
    plus: tuple[str, ...] = Field((), alias="tambah")
    minus: tuple[str, ...] = Field((), alias="kurang")


class MatrixColumn(_Part):
    """One column of a statutory table: the report cells it picks, or the earlier columns it adds up."""

    name: Identifier
    header: tuple[str, str] = Field(alias="kepala")
    pick: dict[str, str] = Field({}, alias="pilih")
    sum: tuple[str, ...] = Field((), alias="jumlah")

    @model_validator(mode="after")
    def _one_kind(self) -> "MatrixColumn":
        if bool(self.pick) == bool(self.sum):
            raise ValueError("a column has either pilih or jumlah")
        return self


class Block(_Part):
    """One block of a statutory table, e.g. job seekers above vacancies."""

    name: Identifier
    title: str = Field(alias="judul")
    filter: dict[str, str] = Field({}, alias="saring")
    row_column: str = Field(alias="sumber_baris")
    rows: tuple[MatrixRow, ...] = Field(alias="baris", min_length=1)
    columns: tuple[MatrixColumn, ...] = Field(alias="kolom", min_length=1)

    @model_validator(mode="after")
    def _references(self) -> "Block":
        _unique([row.code for row in self.rows], "baris")
        _unique([column.name for column in self.columns], "kolom")
        for index, row in enumerate(self.rows):
            _known([*row.plus, *row.minus], [other.code for other in self.rows[:index]], "baris")
        for index, column in enumerate(self.columns):
            _known(column.sum, [other.name for other in self.columns[:index]], "kolom")
        picked = [tuple(sorted(column.pick.items())) for column in self.columns if column.pick]
        _unique([str(pick) for pick in picked], "pilih")
        if len({tuple(key for key, _ in pick) for pick in picked}) != 1:
            raise ValueError("every pilih of a block names the same report columns")
        return self


class MatrixSheet(_Part):
    """A statutory table: blocks of rows by columns over one report of cells."""

    kind: Literal["matriks"] = Field(alias="bentuk")
    name: SheetName
    file: FileName
    titles: tuple[str, ...] = Field(alias="judul", min_length=1)
    note: str | None = Field(None, alias="keterangan")
    relation: Relation
    by_period: bool = Field(True, alias="menurut_periode")
    value: str = Field(alias="nilai")
    blocks: tuple[Block, ...] = Field(alias="blok", min_length=1)


class MissingSheet(_Part):
    """A sheet of the template whose data do not exist yet: named, never faked."""

    name: SheetName
    available: Literal[False] = Field(alias="tersedia")
    reason: str = Field(alias="sebab")


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "belum" if value.get("tersedia") is False else str(value.get("bentuk"))
    return str(getattr(value, "kind", "belum"))


Sheet = Annotated[
    Annotated[TableSheet, Tag("tabel")]
    | Annotated[MatrixSheet, Tag("matriks")]
    | Annotated[MissingSheet, Tag("belum")],
    Discriminator(_kind),
]


class Template(_Part):
    """A whole template; ``sha256`` is that of its file."""

    name: str = Field(alias="templat")
    version: int = Field(alias="versi", ge=1)
    title: str = Field(alias="judul")
    sheets: tuple[Sheet, ...] = Field(alias="lembar", min_length=1)
    sha256: str = Field("", exclude=True)

    @model_validator(mode="after")
    def _names(self) -> "Template":
        _unique([sheet.name.lower() for sheet in self.sheets], "lembar")
        _unique([sheet.file for sheet in self.made], "berkas")
        return self

    @property
    def made(self) -> tuple[TableSheet | MatrixSheet, ...]:
        """The sheets that are written, in order."""
        return tuple(sheet for sheet in self.sheets if not isinstance(sheet, MissingSheet))

    @property
    def missing(self) -> tuple[MissingSheet, ...]:
        """The sheets whose data are not made yet."""
        return tuple(sheet for sheet in self.sheets if isinstance(sheet, MissingSheet))


def load_template(path: Path = DEFAULT) -> Template:
    """Read and check a template; raises DataError with the file and the line of what is wrong."""
    try:
        content = path.read_bytes()
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        data = yaml.safe_load(content)
    except OSError as error:
        raise DataError(f"template {path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise DataError(f"{path.name}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise DataError(f"{path.name}:1: a template is a mapping with templat, versi, judul and lembar")
    try:
        return Template.model_validate({**data, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        first = error.errors()[0]
        line, trail = _locate(root, first["loc"])
        raise DataError(f"{path.name}:{line}: {trail}{first['msg']}") from None


def _locate(node: yaml.Node | None, location: Iterable[int | str]) -> tuple[int, str]:
    """The line of the deepest node on the way to ``location``, and the way itself.

    Parts that pydantic adds on its own (the tag of a union) have no node and are passed over.
    """
    trail: list[str] = []
    for part in location:
        below = None
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == str(part)), None)
        if below is not None:
            node = below
        if below is not None or isinstance(node, yaml.MappingNode):
            trail.append(f"{part + 1}" if isinstance(part, int) else part)
    line = node.start_mark.line + 1 if node is not None else 1
    return line, f"{' '.join(trail)}: " if trail else ""


def _unique(names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} given twice: {', '.join(twice)}")


def _known(used: Iterable[str], names: Iterable[str], what: str) -> None:
    unknown = sorted(set(used) - set(names))
    if unknown:
        raise ValueError(f"{what} not known (or not yet known) here: {', '.join(unknown)}")
