"""What every kind of Batang Career source offers to the extraction."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from batang_assets.contracts import Contract

Record = Mapping[str, Any]


class WindowMoved(Exception):
    """Rows moved while a window was being paged: what was read may be incomplete, so read it again."""


class CareerSource(Protocol):
    """A way to read Batang Career. Numbers come as ``int`` or ``vault.values.NumberText``: no digit is lost."""

    def check(self) -> None:
        """Make sure the source answers us; raises SourceError with what to mend."""
        ...

    def window(self, contract: Contract, start: datetime, end: datetime) -> Iterator[Record]:
        """Records whose ``updated_at`` lies in [start, end), trashed ones included.

        Raises WindowMoved if the rows moved while being read, SourceError if the source fails for good.
        """
        ...

    def live_ids(self, contract: Contract) -> Iterator[str]:
        """The ids of all rows that are live now (not soft-deleted), each once, in the source's order.

        Raises WindowMoved if rows moved while being read, SourceError if the source fails or cannot tell.
        """
        ...
