"""The reporting template as data: sheets, titles, columns, and the report behind each.

The Ministry has published no template, so template 1 is this project's working assumption; another version is
another file and no other code (contracts/smdata.md).
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Discriminator, Field, Tag, ValidationError, model_validator

from batang_assets.errors import DataError
from batang_assets.smdata.sheets import MadeSheet, MissingSheet, Part, PublishedSheet, TableSheet, unique

FOLDER = Path(__file__).parent / "templates"
DEFAULT = FOLDER / "smdata-1.yaml"
# Pieces that several sheets of a file share, by YAML anchors.
SHARED = "acuan"


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "belum" if value.get("tersedia") is False else str(value.get("bentuk"))
    return str(getattr(value, "kind", "belum"))


Sheet = Annotated[
    Annotated[TableSheet, Tag("tabel")]
    | Annotated[PublishedSheet, Tag("terbitan")]
    | Annotated[MissingSheet, Tag("belum")],
    Discriminator(_kind),
]


class Template(Part):
    """A whole template; ``sha256`` is that of its file.

    ``links``: addresses (``berkas/baris/kolom``, ``*`` for any) whose figures add up to the same number, whatever
    the sheet. ``at_least``: pairs of addresses of which the first add up to the number of the second or more.
    """

    name: str = Field(alias="templat")
    version: int = Field(alias="versi", ge=1)
    title: str = Field(alias="judul")
    links: tuple[tuple[str, ...], ...] = Field((), alias="hubungan")
    at_least: tuple[tuple[str, str], ...] = Field((), alias="paling_sedikit")
    sheets: tuple[Sheet, ...] = Field(alias="lembar", min_length=1)
    sha256: str = Field("", exclude=True)

    @model_validator(mode="after")
    def _names(self) -> "Template":
        unique([sheet.name.lower() for sheet in self.sheets], "lembar")
        unique([sheet.file for sheet in self.made], "berkas")
        return self

    @property
    def made(self) -> tuple[MadeSheet, ...]:
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
        own = {key: value for key, value in data.items() if key != SHARED}
        return Template.model_validate({**own, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        first = error.errors()[0]
        line, trail = _locate(root, first["loc"])
        raise DataError(f"{path.name}:{line}: {trail}{first['msg']}") from None


@cache
def load_labels(name: str) -> dict[str, str]:
    """The words of a label file beside the templates; raises DataError if it is none."""
    try:
        words = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        raise DataError(f"label file {name} cannot be read") from None
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        raise DataError(f"{name}:1: a label file is a mapping of values to words")
    return {str(value): word for value, word in words.items()}


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
