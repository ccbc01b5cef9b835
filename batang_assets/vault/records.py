"""A record on its way through the door, before and after the split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[str | None, ...]


@dataclass(slots=True, repr=False)
class Shown:
    """A record as the source showed it, known by its id and the fingerprint of its content.

    ``row``: of a plain record (``vault/plain.py``) its kept values by name. Has no repr of its values.
    """

    record_id: str
    content_hash: bytes
    record: Mapping[str, Any]
    row: Row | None = None


@dataclass(slots=True, repr=False)
class Split:
    """One record after the split. ``facts``: values in the order of the contract; ``sealed`` may be None
    where there is nothing to seal; ``line``: of a plain record findings and facts as COPY's text form writes them.
    Has no repr of its values."""

    identity_hash: bytes | None
    facts: Sequence[Any]
    findings: Sequence[Any]
    unknown_columns: list[str] | None
    notes: list[str] | None
    sealed: bytes | None
    line: str | None = None
