"""The field map: how a dataset of the contract lies in a source's own table or file, as data.

One YAML file a dataset::

    dataset: pencari-kerja
    tabel: kepeg.pencaker            # database: table, perhaps with its schema
    berkas: ["pencaker*", "ak1*"]    # files: patterns of names, without regard to case
    potret: tidak                    # files: whether every drop holds all rows
    zona: Asia/Jakarta               # database: the zone of times that have none (also UTC)
    kolom:                           # contract column: source column
      nik: no_ktp
      no_hp: [no_hp, "No. HP", telp] # the first of these that is there
      jenis_kelamin: {dari: jk, nilai: {1: L, 2: P}}
      tanggal_lahir: {dari: tgl_lahir, ubah: tanggal_excel}
      updated_at: {gabung: [tgl_ubah, jam_ubah], ubah: waktu_wib}
      deleted_at: {dari: status_data, bila: ["0", "N"]}   # deleted where the flag is one of these
      lokasi_diminati: {tetap: Dalam Negeri}   # the same for every record
      jurusan: ~                     # the source does not have it
    abaikan: [kata_sandi]            # never taken

A contract column that is not named is looked for under its own name. Names match without regard to case, blanks
and punctuation. Source columns that nothing names are kept under their own names: they count as unknown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from batang_assets.contracts import Contract, all_contracts
from batang_assets.errors import ConfigurationError
from batang_assets.raw.field_map_file import Field, MapFile, read_map_file
from batang_assets.vault.values import as_text

# MySQL's zero date, which old tables use for "not yet".
NEVER = "0000-00-00"
PACKAGED = Path(__file__).parent / "maps"
# Where a source's packaged maps lie, and the setting that names a folder of others.
MAPS = {
    "batang_career": (PACKAGED, "BATANG_CAREER_MAP"),
    "siapkerja": (PACKAGED / "siapkerja", "BATANG_SIAPKERJA_MAP"),
}


def normal(name: str) -> str:
    """A column name or header as names are compared: lower case, runs of anything else as one ``_``."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


@dataclass(frozen=True)
class Pick:
    """One contract column of a record: where in the row it comes from, and how."""

    target: str
    indices: tuple[int, ...]
    field: Field


@dataclass(frozen=True)
class Plan:
    """A map applied to the columns that are really there.

    ``extra``: (name in the record, index) of columns nothing names; ``dropped``: source columns that are not
    taken; ``missing``: fields the map names and whose source columns are not there.
    """

    columns: tuple[str, ...]
    picks: tuple[Pick, ...]
    extra: tuple[tuple[str, int], ...]
    dropped: tuple[str, ...]
    missing: tuple[Field, ...]

    @cached_property
    def _flagged(self) -> bool:
        return any(pick.field.flags for pick in self.picks)

    def record(self, values: Sequence[Any]) -> dict[str, Any]:
        """The record of one row, by contract names; ``values`` in the order of ``columns``."""
        record: dict[str, Any] = {}
        for pick in self.picks:
            if pick.field.plain:
                record[pick.target] = values[pick.indices[0]]
            else:
                record[pick.target] = pick.field.value([values[index] for index in pick.indices])
        for name, index in self.extra:
            record[name] = values[index]
        removed = record.get("deleted_at")
        if removed is not None:
            if self._flagged:
                # A flag says that, not when: the change that set it is the best the source knows.
                record["deleted_at"] = record.get("updated_at") or removed
            elif str(removed).startswith(NEVER):
                record["deleted_at"] = None
        return record


@dataclass(frozen=True)
class FieldMap:
    """The map of one dataset; ``packaged``: nobody wrote one for this source."""

    contract: Contract
    file: MapFile
    packaged: bool = False
    _plans: dict[tuple[str, ...], Plan] = field(default_factory=dict, repr=False, compare=False)

    @property
    def where(self) -> str:
        """The map's file name, for messages."""
        setting = MAPS[self.contract.source][1]
        return f"a field map of its own ({setting})" if self.packaged else self.file.name

    @property
    def table(self) -> str:
        """The source table: ``tabel``, else the contract's own table name."""
        return self.file.table or self.contract.table

    @property
    def patterns(self) -> tuple[str, ...]:
        """Patterns of file names (``fnmatch``): ``berkas``, else the contract's names."""
        names = (f"{self.contract.table}*", f"{self.contract.dataset}*")
        return self.file.patterns or tuple(dict.fromkeys(names))

    def plan(self, columns: Sequence[str]) -> Plan:
        """The map applied to ``columns``; raises ConfigurationError if two of them have the same name."""
        key = tuple(columns)
        if key not in self._plans:
            self._plans[key] = self._make_plan(key)
        return self._plans[key]

    def record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """``row`` by contract names; unmapped source columns keep their own."""
        return self.plan(tuple(row)).record(tuple(row.values()))

    def _make_plan(self, columns: tuple[str, ...]) -> Plan:
        places = _places(columns, self.where)
        picks: list[Pick] = []
        missing: list[Field] = []
        used: set[int] = {places[normal(name)] for name in self.file.ignored if normal(name) in places}
        dropped = {columns[index] for index in used}
        implied = [
            Field(column.name, (column.name,), line=0)
            for column in self.contract.columns
            if column.name not in self.file.fields
        ]
        for item in (*self.file.fields.values(), *implied):
            indices = item.find(lambda name: places.get(normal(name)))
            if indices is None or (item.implied and used.intersection(indices)):
                if not item.implied and item.sources:
                    missing.append(item)
                continue
            used.update(indices)
            if self.contract.column(item.target).extract:
                picks.append(Pick(item.target, indices, item))
            else:
                dropped.update(columns[index] for index in indices)
        known = {column.name for column in self.contract.columns}
        extra = tuple(
            # A column that only happens to bear a contract name must not be taken for it.
            (f"{name}_sumber" if name in known else name, index)
            for index, name in enumerate(columns)
            if index not in used
        )
        return Plan(columns, tuple(picks), extra, tuple(sorted(dropped)), tuple(missing))


def _places(columns: Sequence[str], where: str) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, name in enumerate(columns):
        if normal(name) in places:
            raise ConfigurationError(
                f"two columns of the source read as {normal(name)!r}: rename one of them there ({where})"
            )
        places[normal(name)] = index
    return places


def load_field_maps(folder: Path | None = None, source: str = "batang_career") -> dict[str, FieldMap]:
    """The map of every dataset of ``source``: from ``folder``, the packaged ones for those it does not name.

    Raises ConfigurationError, with file and line, for a map that is wrong.
    """
    contracts = {contract.dataset: contract for contract in all_contracts(source)}
    place, setting = MAPS[source]
    packaged = _read_folder(place, contracts)
    own: dict[str, MapFile] = {}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigurationError(f"{setting}: {folder} is no folder")
        own = _read_folder(folder, contracts)
        if not own:
            raise ConfigurationError(f"{setting}: {folder} has no *.yaml")
    return {
        dataset: FieldMap(contract, (own if dataset in own else packaged)[dataset], dataset not in own)
        for dataset, contract in contracts.items()
    }


def _read_folder(folder: Path, contracts: Mapping[str, Contract]) -> dict[str, MapFile]:
    files: dict[str, MapFile] = {}
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        file = read_map_file(path, contracts)
        if file.dataset in files:
            raise ConfigurationError(
                f"{path.name}: dataset {file.dataset} already has the map {files[file.dataset].name}"
            )
        files[file.dataset] = file
    return files


def deleted(record: Mapping[str, Any]) -> bool:
    """Whether a record by contract names is soft-deleted."""
    return bool((as_text(record.get("deleted_at")) or "").strip())
