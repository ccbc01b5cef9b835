"""Schema drift: which columns a reading showed, against those that the contract declares."""

from collections.abc import Iterable

from batang_assets.contracts import Contract
from batang_assets.raw.source import Record
from batang_assets.vault.values import clean_text

# A source that invents a name for every record must not fill the memory, nor a message.
NAMES_KEPT = 10_000
NAMES_LISTED = 50
LONGEST_NAME = 100


class ColumnsSeen:
    """The names of the columns that the records of one reading had."""

    def __init__(self, contract: Contract) -> None:
        self._declared = frozenset(column.name for column in contract.columns)
        self._required = frozenset(column.name for column in contract.columns if column.required)
        self._seen: set[str] = set()
        self.records = 0

    def take(self, records: Iterable[Record]) -> None:
        """Take the records' column names in."""
        shapes = list(map(tuple, records))
        self.records += len(shapes)
        for names in set(shapes):
            if len(self._seen) < NAMES_KEPT:
                self._seen.update(names)

    def missing(self) -> list[str]:
        """Required columns that no record had, by name; none as long as there was no record to have them."""
        return sorted(self._required - self._seen) if self.records else []

    def unknown(self) -> list[str]:
        """Columns that the contract does not declare, by name, a bounded number of them."""
        names = sorted(clean_text(name)[:LONGEST_NAME] for name in self._seen - self._declared)
        return names[:NAMES_LISTED]
