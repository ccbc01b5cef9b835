"""The door: one record of a source becomes a sealed identity and a row of facts and findings.

Everything that comes in passes here, Batang Career's records and SIAPkerja's read-back alike.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from batang_assets.contracts import Column, Contract
from batang_assets.errors import SourceError
from batang_assets.vault.findings import examine_nik, mail_usable, phone_usable
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.opening import identity_context
from batang_assets.vault.sealing import seal

LONGEST_TEXT = 4096


class NumberText(str):
    """A number as its JSON literal: keeps every digit, and that it did not arrive as text."""

    __slots__ = ()


@dataclass(frozen=True, repr=False)
class Split:
    """One record after the split. ``facts``: values in the order of ``Door.fact_names``; ``sealed`` may be None
    where there is nothing to seal. Has no repr of its values."""

    identity_hash: bytes | None
    facts: tuple[Any, ...]
    findings: tuple[Any, ...]
    unknown_columns: list[str] | None
    notes: list[str] | None
    sealed: bytes | None


class Door:
    """Splits the records of one contract. ``home``: four-digit regency code; ``pivot_year``: see examine_nik."""

    def __init__(self, contract: Contract, ring: KeyRing, home: str, pivot_year: int) -> None:
        self.contract = contract
        self._ring = ring
        self._home = home
        self._pivot_year = pivot_year
        self._dropped = frozenset(column.name for column in contract.columns if not column.extract)
        self._known = frozenset(column.name for column in contract.columns)
        self._facts = tuple(column for column in contract.facts if column.name != "id")
        self._identities = contract.identities

    def record_id(self, record: Mapping[str, Any], position: int) -> str:
        """The record's source id; raises SourceError, naming its position, if there is none usable."""
        value = record.get("id")
        if value is None or isinstance(value, bool | list | dict) or str(value).strip() == "":
            raise SourceError(
                f"{self.contract.source}/{self.contract.dataset}: record number {position} has no id; "
                "the source must give every record one"
            )
        return str(value).replace("\0", "")[:LONGEST_TEXT]

    def content_hash(self, record: Mapping[str, Any]) -> bytes:
        """Keyed fingerprint of all that may be taken from the record; equal content, equal fingerprint."""
        kept = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in record.items()
            if name not in self._dropped
        }
        text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))

    def split(self, record: Mapping[str, Any], record_id: str, content_hash: bytes) -> Split:
        """Split one record. Unknown columns and over-long originals are sealed: they may hold anything."""
        secret: dict[str, Any] = {}
        notes: list[str] = []
        identities = {column.name: as_text(record.get(column.name)) for column in self._identities}
        secret.update(identities)
        facts = tuple(self._fact(column, record.get(column.name), secret, notes) for column in self._facts)
        unknown = sorted(set(record) - self._known)
        for name in unknown:
            secret[name] = record[name]
        findings: list[Any] = []
        for column in self._identities:
            findings += self._findings(column, record.get(column.name), identities[column.name])
        identity_hash = None
        if identities:
            text = json.dumps(identities, sort_keys=True, ensure_ascii=False)
            identity_hash = self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))
        sealed = None
        if secret:
            plain = json.dumps(secret, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
            context = identity_context(self.contract.table, record_id, content_hash)
            sealed = seal(self._ring, plain, context)
        names = [name.replace("\0", "")[:100] for name in unknown]
        return Split(identity_hash, facts, tuple(findings), names or None, notes or None, sealed)

    def _fact(self, column: Column, value: Any, secret: dict[str, Any], notes: list[str]) -> Any:
        if isinstance(value, bytes):
            return value
        text = as_text(value)
        if text is None:
            return None
        clean = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
        if clean != text:
            notes.append(f"nul:{column.name}")
            secret[column.name] = text
        if len(clean) > LONGEST_TEXT:
            notes.append(f"panjang:{column.name}")
            secret[column.name] = text
            clean = clean[:LONGEST_TEXT]
        return clean

    def _findings(self, column: Column, value: Any, text: str | None) -> list[Any]:
        present = text is not None and text.strip() != ""
        if column.type == "nik":
            if not present or text is None:
                return [None, None, False, False, "tidak_dikenal", None, None]
            found = examine_nik(text, self._home, self._pivot_year)
            numeric = isinstance(value, NumberText | int | float)
            return [
                self._ring.pseudonym(found.digits) if found.digits else None,
                len(found.digits),
                numeric,
                found.structure_valid,
                found.region,
                found.birth_date,
                found.sex,
            ]
        if column.type == "telepon":
            return [present, present and phone_usable(text or "")]
        if column.type == "surel":
            return [present, present and mail_usable(text or "")]
        return [present]


def as_text(value: Any) -> str | None:
    """A source value as text, exactly as it was written: numbers keep their literal, booleans are JSON's."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
