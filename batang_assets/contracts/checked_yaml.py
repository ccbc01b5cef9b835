"""Data files: read, checked against their declaration, refused with file and line."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from batang_assets.errors import DataError

T = TypeVar("T", bound=BaseModel)


class Declared(BaseModel):
    """A part of a data file: unknown fields are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def load_checked(path: Path, model: type[T]) -> T:
    """The file as ``model``; raises DataError naming file and line if it is no YAML or does not fit."""
    text = path.read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return model.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DataError(f"{path.name}:{mark.line + 1 if mark else 1}: not YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "berkas"
        raise DataError(f"{path.name}:{_line(root, first['loc'])}: {where}: {first['msg']}") from None


def _line(node: yaml.Node | None, location: tuple[Any, ...]) -> int:
    """The line of the innermost part of ``location`` that the file has."""
    line = 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
