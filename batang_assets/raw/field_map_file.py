"""Reading one field map; every error names the file and the line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import yaml

from batang_assets.contracts import Contract
from batang_assets.errors import ConfigurationError
from batang_assets.raw.converters import WIB, Convert, converter
from batang_assets.vault.values import as_text

KEYS = ("dataset", "tabel", "berkas", "potret", "zona", "waktu_ubah", "hapus", "kolom", "abaikan")
FIELD_KEYS = ("dari", "gabung", "tetap", "ubah", "nilai", "bila")
NEVER_CONSTANT = ("id", "updated_at", "deleted_at", "diubah_pada")
ZONES: dict[str, tzinfo] = {"Asia/Jakarta": WIB, "WIB": WIB, "+07:00": WIB, "UTC": UTC, "+00:00": UTC}
SHORT = {"waktu_ubah": "updated_at", "hapus": "deleted_at"}


@dataclass(frozen=True)
class Field:
    """One contract column of the map.

    ``sources``: source columns, the first that is there is taken, or, if ``joined``, all of them with a blank
    between. ``steps``: the converters as written. ``values``: code → value. ``flags``: texts that mean
    "deleted". ``constant``: what every record gets, without a source column. ``line`` 0: not in the map, implied.
    """

    target: str
    sources: tuple[str, ...]
    joined: bool = False
    converters: tuple[Convert, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    line: int = 0
    steps: tuple[str, ...] = ()
    constant: str | None = None

    @property
    def implied(self) -> bool:
        """Whether the map does not name this column."""
        return self.line == 0

    @property
    def plain(self) -> bool:
        """Whether the value passes as it is."""
        return not (self.joined or self.converters or self.values or self.flags or self.constant)

    def find(self, place: Callable[[str], int | None]) -> tuple[int, ...] | None:
        """The indices of the source columns; None if they are not there."""
        if self.constant is not None:
            return ()
        found = [index for index in map(place, self.sources) if index is not None]
        if self.joined:
            return tuple(found) if len(found) == len(self.sources) else None
        return (found[0],) if found else None

    def value(self, parts: list[Any]) -> Any:
        """The contract value of the source's value, or of its parts if the field is joined."""
        if self.constant is not None:
            return self.constant
        if not self.joined:
            value = parts[0]
        elif any(part is None for part in parts):
            # A time of day without its day is no time; a day without its time of day is still a day.
            value = parts[0]
        else:
            value = " ".join(str(as_text(part)).strip() for part in parts)
        if self.values or self.flags:
            text = (as_text(value) or "").strip()
            if self.flags:
                return value if text in self.flags else None
            value = self.values.get(text, value)
        for convert in self.converters:
            value = convert(value)
        return value


@dataclass(frozen=True)
class MapFile:
    """One map as it is written. ``snapshot``: every file drop of the dataset holds all of its rows."""

    name: str
    dataset: str
    table: str | None = None
    patterns: tuple[str, ...] = ()
    zone: tzinfo = WIB
    fields: Mapping[str, Field] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    snapshot: bool = False


def read_map_file(path: Path, contracts: Mapping[str, Contract]) -> MapFile:
    """Read one map; raises ConfigurationError that names file and line."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name}: cannot be read ({type(error).__name__})") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path.name}: not valid YAML: {' '.join(str(error).split())}") from None
    return _Reader(path.name).read(root, contracts)


class _Reader:
    """Reads the nodes, not the constructed values: nodes have lines, and their scalars are what was written."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _fault(self, node: yaml.Node | None, message: str) -> ConfigurationError:
        line = node.start_mark.line + 1 if node is not None else 1
        return ConfigurationError(f"{self._name}:{line}: {message}")

    def _mapping(self, node: yaml.Node | None, what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(node, f"{what} must be a mapping (key: value)")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key, "a key")
            if name in found:
                raise self._fault(key, f"{name} is given twice")
            found[name] = value
        return found

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self._fault(node, f"{what} must be one name")
        return node.value.strip()

    def _texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        if isinstance(node, yaml.SequenceNode):
            if not node.value:
                raise self._fault(node, f"{what} is an empty list")
            return tuple(self._text(item, what) for item in node.value)
        return (self._text(node, what),)

    def _flag(self, node: yaml.Node, what: str) -> bool:
        word = self._text(node, what).lower()
        if word not in ("true", "false", "ya", "tidak"):
            raise self._fault(node, f"{what} is ya or tidak")
        return word in ("true", "ya")

    def _known(self, given: Mapping[str, yaml.Node], known: tuple[str, ...]) -> None:
        for name, node in given.items():
            if name not in known:
                raise self._fault(node, f"unknown key {name!r} (known: {', '.join(known)})")

    def read(self, root: yaml.Node | None, contracts: Mapping[str, Contract]) -> MapFile:
        given = self._mapping(root, "a field map")
        self._known(given, KEYS)
        if "dataset" not in given:
            raise self._fault(root, "dataset is missing")
        dataset = self._text(given["dataset"], "dataset")
        if dataset not in contracts:
            raise self._fault(given["dataset"], f"no dataset {dataset!r} (known: {', '.join(contracts)})")
        zone = self._text(given["zona"], "zona") if "zona" in given else "WIB"
        if zone not in ZONES:
            raise self._fault(given["zona"], f"zona {zone!r} is none of {', '.join(ZONES)}")
        return MapFile(
            self._name,
            dataset,
            self._text(given["tabel"], "tabel") if "tabel" in given else None,
            self._texts(given["berkas"], "berkas") if "berkas" in given else (),
            ZONES[zone],
            self._fields(given, contracts[dataset]),
            self._texts(given["abaikan"], "abaikan") if "abaikan" in given else (),
            self._flag(given["potret"], "potret") if "potret" in given else False,
        )

    def _fields(self, given: Mapping[str, yaml.Node], contract: Contract) -> dict[str, Field]:
        nodes = self._mapping(given["kolom"], "kolom") if "kolom" in given else {}
        for short, target in SHORT.items():
            if short in given and target in nodes:
                raise self._fault(given[short], f"{short} and kolom: {target} say the same: keep one")
            if short in given:
                nodes[target] = given[short]
        known = [column.name for column in contract.columns]
        fields: dict[str, Field] = {}
        for target, node in nodes.items():
            if target not in known:
                raise self._fault(
                    node, f"{contract.dataset} has no column {target!r} (see the data dictionary)"
                )
            fields[target] = self._field(target, node)
        return fields

    def _field(self, target: str, node: yaml.Node) -> Field:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
            return Field(target, (), line=line)
        if not isinstance(node, yaml.MappingNode):
            return Field(target, self._texts(node, target), line=line)
        given = self._mapping(node, target)
        self._known(given, FIELD_KEYS)
        if "tetap" in given:
            if len(given) > 1 or target in NEVER_CONSTANT:
                raise self._fault(node, f"tetap stands alone, and not for {', '.join(NEVER_CONSTANT)}")
            return Field(target, (), line=line, constant=self._text(given["tetap"], "tetap"))
        if ("dari" in given) == ("gabung" in given):
            raise self._fault(
                node, f"{target} needs either dari (a source column) or gabung (columns to join)"
            )
        if "bila" in given and (target != "deleted_at" or len(given) > 2):
            raise self._fault(node, "bila belongs to deleted_at alone, beside dari alone")
        sources = given.get("dari") or given["gabung"]
        values = self._mapping(given["nilai"], "nilai") if "nilai" in given else {}
        steps = self._items(given.get("ubah"))
        return Field(
            target,
            self._texts(sources, target),
            "gabung" in given,
            tuple(self._converter(item) for item in steps),
            {key: self._text(value, "nilai") for key, value in values.items()},
            self._texts(given["bila"], "bila") if "bila" in given else (),
            line,
            tuple(str(item.value) for item in steps),
        )

    @staticmethod
    def _items(node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        return node.value if isinstance(node, yaml.SequenceNode) else [node]

    def _converter(self, node: yaml.Node) -> Convert:
        try:
            return converter(self._text(node, "ubah"))
        except ValueError as error:
            raise self._fault(node, str(error)) from None
