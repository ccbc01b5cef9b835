"""What the codes of each code book look like, and the seeds of the dbt project that hold what we ship of them."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from batang_assets.errors import DataError
from batang_assets.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"


@dataclass(frozen=True)
class Book:
    """A book and an edition. ``digits``: the code lengths it knows, each a level; a KBLI section is a letter."""

    name: str
    version: str
    digits: tuple[int, ...]
    sections: bool = False

    @property
    def key(self) -> str:
        """As the command line names it, e.g. ``kbji-2014``."""
        return f"{self.name}-{self.version}"

    def level(self, code: str) -> int:
        """1 for a section's letter; else the number of digits. Raises ValueError if the book has no such level."""
        if self.sections and re.fullmatch("[A-Z]", code):
            return 1
        if not code.isascii() or not code.isdigit() or len(code) not in self.digits:
            raise ValueError(code)
        return len(code)

    def parent(self, code: str) -> str | None:
        """The code one level up by its digits; None at the top (and for a KBLI division: its section tells)."""
        shorter = [length for length in self.digits if length < len(code)]
        return code[: max(shorter)] if shorter and code.isdigit() else None


BOOKS = (
    Book("kbji", "2014", (1, 2, 3, 4, 6)),
    Book("kbji", "2026", (1, 2, 3, 4, 6)),
    Book("kbli", "2020", (2, 3, 4, 5), sections=True),
    Book("kbli", "2025", (2, 3, 4, 5), sections=True),
    Book("wilayah", "resmi", (2, 4, 6, 10)),
)


def book_of(key: str) -> Book:
    """The book that ``key`` (``kbji-2014``, ``wilayah`` …) names; DataError if there is none."""
    for book in BOOKS:
        if key.lower() in (book.key, book.name if book.name == "wilayah" else book.key):
            return book
    names = ", ".join("wilayah" if book.name == "wilayah" else book.key for book in BOOKS)
    raise DataError(f"no code book {key!r}: known are {names}")


@cache
def seed(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of a seed of the dbt project, as text."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def shipped(book: Book) -> dict[str, dict[str, Any]]:
    """Code → row of what the seeds ship of ``book``; empty for a region list."""
    if book.name == "wilayah":
        return {}
    return {row["kode"]: row for row in seed(f"ref_{book.name}") if row["versi"] == book.version}
