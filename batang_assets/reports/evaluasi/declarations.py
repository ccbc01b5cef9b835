"""The agreement as data: its clauses with what counts as met, its calendar, and the rules of the recommendations.

Each file is checked when it is read; an error names file and entry.
"""

from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from batang_assets.errors import DataError

FOLDER = Path(__file__).parent
# The entry of the calendar by whose day extending or ending has to be announced (clause 8 (3)).
NOTICE = "pemberitahuan"
T = TypeVar("T", bound="_Entry")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kode: str = Field(pattern=r"^[a-z0-9_]+$")


class Criterion(BaseModel):
    """How a measure is judged: met from ``penuh`` on (None: the system alone can never show it wholly), partly from
    ``sebagian`` on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ukuran: str
    penuh: float | None
    sebagian: float


class Clause(_Entry):
    """One clause: the duty in our own words, its measures, what counts as met, and the kind of evidence."""

    pasal: str
    kewajiban: str
    kriteria: tuple[Criterion, ...] = Field(min_length=1)
    terpenuhi: str
    bukti: str


class Deadline(_Entry):
    """An entry of the calendar: a day, or (``tenggat``) a period that begins with an event. ``watched``: it obliges
    somebody to give notice."""

    pasal: str
    uraian: str
    tanggal: date | None = None
    tenggat: str = ""
    watched: bool = Field(False, alias="pemberitahuan")


class Rule(_Entry):
    """A recommendation: given where the measure lies below or above a bound, or has no evidence. ``{teks}`` in the
    sentence is what was measured."""

    ukuran: str
    bila: Literal["kurang_dari", "lebih_dari", "tanpa_bukti"]
    batas: float = 0.0
    kalimat: str = Field(pattern=r"\{teks\}")
    penanggung_jawab: str

    def applies(self, value: float | None) -> bool:
        """Whether the measure asks for the recommendation."""
        if self.bila == "tanpa_bukti" or value is None:
            return self.bila == "tanpa_bukti" and value is None
        return value < self.batas if self.bila == "kurang_dari" else value > self.batas


@cache
def clauses(path: Path = FOLDER / "klausul.yaml") -> tuple[Clause, ...]:
    """The clauses in the order of the report; raises DataError if the file does not fit its declaration."""
    return _read(path, TypeAdapter(tuple[Clause, ...]))


@cache
def calendar(path: Path = FOLDER / "kalender.yaml") -> tuple[Deadline, ...]:
    """The agreement's dates and periods; raises DataError as ``clauses``."""
    return _read(path, TypeAdapter(tuple[Deadline, ...]))


@cache
def rules(path: Path = FOLDER / "rekomendasi.yaml") -> tuple[Rule, ...]:
    """The rules of the recommendations; raises DataError as ``clauses``."""
    return _read(path, TypeAdapter(tuple[Rule, ...]))


def check_names(known: Collection[str]) -> None:
    """Raise DataError where a clause or rule names a measure that does not exist."""
    used = [(clause.kode, item.ukuran) for clause in clauses() for item in clause.kriteria]
    used += [(rule.kode, rule.ukuran) for rule in rules()]
    for kode, name in used:
        if name not in known:
            raise DataError(
                f"evaluasi: {kode} names the measure {name!r}: known are {', '.join(sorted(known))}"
            )


def _read(path: Path, adapter: TypeAdapter[tuple[T, ...]]) -> tuple[T, ...]:
    text = path.read_text(encoding="utf-8")
    try:
        found = adapter.validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise DataError(f"{path.name}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{path.name}, line {_line(text, first['loc'])}: {place}: {first['msg']}") from None
    codes = [entry.kode for entry in found]
    if twice := {kode for kode in codes if codes.count(kode) > 1}:
        raise DataError(f"{path.name}: {', '.join(sorted(twice))} stands there twice")
    return found


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """Where the entry that a validation error is about begins."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(node, yaml.SequenceNode) and place and isinstance(place[0], int):
        node = node.value[place[0]]
    return node.start_mark.line + 1 if node else 1
