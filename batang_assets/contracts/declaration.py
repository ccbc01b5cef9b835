"""Reading and checking one declaration file."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from batang_assets.errors import DataError

FOLDER = Path(__file__).parent
SOURCES = ("batang_career", "siapkerja")
ColumnType = Literal[
    "teks", "bilangan", "rupiah", "tanggal", "waktu", "boolean", "kode", "nik", "telepon", "surel", "bita"
]


@dataclass(frozen=True)
class Column:
    """One column of a dataset.

    ``identity``: a direct identifier, which goes to the vault and never into the warehouse. ``extract``
    False: offered by the source but not needed, so never taken (UU 27/2022 pasal 16). ``origin``: for a
    delivered field, the mart column it comes from, or ``identitas:<vault column>`` (alternatives by ``|``).
    """

    name: str
    type: ColumnType
    definition: str
    identity: bool = False
    required: bool = False
    extract: bool = True
    recipients: tuple[str, ...] = ()
    unit: str | None = None
    classification: str | None = None
    origin: str | None = None


@dataclass(frozen=True)
class Contract:
    """The declaration of one dataset: its wire name, raw table, purpose and columns in wire order."""

    source: str
    dataset: str
    table: str
    title: str
    definition: str
    purpose: str
    basis: str
    columns: tuple[Column, ...]

    @property
    def identities(self) -> tuple[Column, ...]:
        """The direct identifiers."""
        return tuple(column for column in self.columns if column.identity)

    @property
    def facts(self) -> tuple[Column, ...]:
        """What flows into the warehouse, ``id`` included."""
        return tuple(column for column in self.columns if column.extract and not column.identity)

    @property
    def changed(self) -> str:
        """The column that says when a record last changed at its source."""
        return "diubah_pada" if self.source == "siapkerja" else "updated_at"

    def column(self, name: str) -> Column:
        """The column called ``name``; raises DataError if the declaration has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(f"contract {self.source}/{self.dataset} declares no column {name}")


KEYS = {
    "nama": "name",
    "tipe": "type",
    "definisi": "definition",
    "identitas": "identity",
    "wajib": "required",
    "ekstrak": "extract",
    "penerima": "recipients",
    "satuan": "unit",
    "klasifikasi": "classification",
    "asal": "origin",
}
HEADER = ("dataset", "tabel", "judul", "definisi", "tujuan", "dasar", "kolom")


def read_contract(path: Path, source: str) -> Contract:
    """Read one declaration; raises DataError that names the file and line of what is wrong."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise DataError(f"{path.name}: not valid YAML: {' '.join(str(error).split())}") from None
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(root, yaml.MappingNode) or not isinstance(data, dict):
        raise DataError(f"{path.name}:1: a declaration is a mapping with the keys {', '.join(HEADER)}")
    missing = [key for key in HEADER if key not in data]
    unknown = [key for key in data if key not in HEADER]
    if missing or unknown:
        raise DataError(
            f"{path.name}:1: keys missing: {missing or 'none'}; keys unknown: {unknown or 'none'}"
        )
    nodes = next(value for key, value in root.value if key.value == "kolom").value
    columns: list[Column] = []
    for item, node in zip(data["kolom"], nodes, strict=True):
        column = _column(item, f"{path.name}:{node.start_mark.line + 1}")
        if column.name in {other.name for other in columns}:
            raise DataError(f"{path.name}:{node.start_mark.line + 1}: column {column.name} is declared twice")
        columns.append(column)
    return Contract(
        source, data["dataset"], data["tabel"], data["judul"], data["definisi"], data["tujuan"],
        data["dasar"], tuple(columns),
    )  # fmt: skip


def _column(item: Any, where: str) -> Column:
    if not isinstance(item, dict) or not {"nama", "tipe", "definisi"} <= item.keys():
        raise DataError(f"{where}: a column needs nama, tipe and definisi")
    unknown = item.keys() - KEYS.keys()
    if unknown:
        raise DataError(f"{where}: unknown keys {sorted(unknown)} (known: {', '.join(KEYS)})")
    if item["tipe"] not in get_args(ColumnType):
        raise DataError(f"{where}: tipe {item['tipe']!r} is none of {', '.join(get_args(ColumnType))}")
    values = {KEYS[key]: value for key, value in item.items()}
    values["recipients"] = tuple(item.get("penerima", ()))
    return Column(**values)


@cache
def all_contracts(source: str) -> tuple[Contract, ...]:
    """Every contract of ``source`` (``batang_career`` or ``siapkerja``), by file name."""
    if source not in SOURCES:
        raise DataError(f"no contracts for source {source!r}: known are {', '.join(SOURCES)}")
    return tuple(read_contract(path, source) for path in sorted((FOLDER / source).glob("*.yaml")))


def load_contract(source: str, dataset: str) -> Contract:
    """The contract of one dataset by its wire name, e.g. ``pencari-kerja``."""
    for contract in all_contracts(source):
        if contract.dataset == dataset:
            return contract
    raise DataError(f"source {source} has no dataset {dataset!r}")
