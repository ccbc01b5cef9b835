"""The door: one record of a source becomes a sealed identity and a row of facts and findings.

Everything that comes in passes here, Batang Career's records and SIAPkerja's read-back alike.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batang_assets.contracts import Column, Contract
from batang_assets.errors import SourceError
from batang_assets.vault.findings import examine_nik, mail_usable, phone_usable
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.opening import identity_context
from batang_assets.vault.sealing import seal

# Bounds of one value: what flows on, what is kept sealed of a longer original, and how deep JSON may nest.
NUL = "\0"
LONGEST_TEXT = 4096
LONGEST_SEALED = 65536
DEEPEST = 32
UNKNOWN_LISTED = 100


class NumberText(str):
    """A number as its JSON literal: keeps every digit, and that it did not arrive as text."""

    __slots__ = ()


class DeepValue(str):
    """Stands for a value that nests deeper than DEEPEST: it is dropped, and noted as ``bersarang``."""

    __slots__ = ()


# Made once: json.dumps with options builds an encoder for every call.
_canonical = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=bytes.hex
).encode
_plain = json.JSONEncoder(ensure_ascii=False, default=str).encode
_SEPARATOR, _NULL = "\x1f", "\x1e"
_NESTED = frozenset({list, dict})
_TEXTS = frozenset({str, NumberText, type(None)})


@dataclass(frozen=True, repr=False)
class Split:
    """One record after the split. ``facts``: values in the order of ``Door.fact_names``; ``sealed`` may be None
    where there is nothing to seal. Has no repr of its values."""

    identity_hash: bytes | None
    facts: Sequence[Any]
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
        self._kept_names = tuple(sorted(self._known - self._dropped))
        self._fact_names = tuple(column.name for column in self._facts)
        self._identities = contract.identities

    def record_id(self, record: Mapping[str, Any], position: int) -> str:
        """The record's source id; raises SourceError, naming its position, if there is none usable."""
        value = record.get("id")
        if value is None or isinstance(value, bool | list | dict) or str(value).strip() == "":
            raise SourceError(
                f"{self.contract.source}/{self.contract.dataset}: record number {position} has no id; "
                "the source must give every record one"
            )
        return source_id(value)

    def content_hash(self, record: Mapping[str, Any]) -> bytes:
        """Keyed fingerprint of all that may be taken from the record; equal content, equal fingerprint."""
        if (
            record.keys() == self._known
            and (text := _joined(list(map(record.get, self._kept_names)))) is not None
        ):
            return self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))
        kept = dict(record)
        for name in self._dropped:
            kept.pop(name, None)
        return self._ring.fingerprint(_canonical(kept).encode("utf-8", "surrogatepass"))

    def split(self, record: Mapping[str, Any], record_id: str, content_hash: bytes) -> Split:
        """Split one record. Unknown columns and over-long originals are sealed: they may hold anything.

        ``notes`` say what was done to a value that could not flow as it was, as ``kind:column``: ``nul`` (NUL
        taken out), ``utf8`` (bytes that are no UTF-8 replaced), ``panjang`` (cut, the original sealed),
        ``besar`` (the original, too, was cut), ``bersarang`` (nested too deep, dropped).
        """
        secret: dict[str, Any] = {}
        notes: list[str] = []
        identities = {
            column.name: self._sealable(column.name, record.get(column.name), notes)
            for column in self._identities
        }
        secret.update(identities)
        facts = self._plain_facts(record)
        if facts is None:
            facts = tuple(self._fact(c, record.get(c.name), secret, notes) for c in self._facts)
        unknown = () if record.keys() <= self._known else sorted(record.keys() - self._known)
        for name in unknown:
            secret[name] = self._sealable(name, record[name], notes)
        findings: list[Any] = []
        for column in self._identities:
            findings += self._findings(column, record.get(column.name), identities[column.name])
        identity_hash = None
        if identities:
            text = _joined(list(identities.values())) or _canonical(identities)
            identity_hash = self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))
        sealed = None
        if secret:
            plain = _plain(secret).encode("utf-8", "surrogatepass")
            context = identity_context(self.contract.table, record_id, content_hash)
            sealed = seal(self._ring, plain, context)
        names = [clean_text(name)[:100] for name in unknown[:UNKNOWN_LISTED]]
        return Split(identity_hash, facts, tuple(findings), names or None, notes or None, sealed)

    def _plain_facts(self, record: Mapping[str, Any]) -> list[Any] | None:
        """The facts of a record whose every one is short ASCII text without NUL, as most are; else None.

        Looking at all of them joined costs a tenth of looking at each.
        """
        facts = list(map(record.get, self._fact_names))
        if not _TEXTS.issuperset(map(type, facts)):
            return None
        joined = "".join(filter(None, facts))
        return facts if joined.isascii() and NUL not in joined and len(joined) <= LONGEST_TEXT else None

    def _fact(self, column: Column, value: Any, secret: dict[str, Any], notes: list[str]) -> Any:
        if value is None or isinstance(value, bytes):
            return value
        if isinstance(value, DeepValue):
            notes.append(f"bersarang:{column.name}")
            return None
        text = as_text(value) or ""
        clean = clean_text(text)
        if clean != text:
            notes.append(f"{'nul' if NUL in text else 'utf8'}:{column.name}")
        if len(clean) > LONGEST_TEXT:
            notes.append(f"panjang:{column.name}")
        if clean != text or len(clean) > LONGEST_TEXT:
            secret[column.name] = self._sealable(column.name, value, notes)
        return clean[:LONGEST_TEXT]

    def _sealable(self, name: str, value: Any, notes: list[str]) -> str | None:
        """``value`` as the vault keeps it: text, bounded."""
        if isinstance(value, DeepValue):
            notes.append(f"bersarang:{clean_text(name)[:100]}")
            return None
        text = as_text(value)
        if text is not None and len(text) > LONGEST_SEALED:
            notes.append(f"besar:{clean_text(name)[:100]}")
            return text[:LONGEST_SEALED]
        return text

    def _findings(self, column: Column, value: Any, text: str | None) -> list[Any]:
        present = text is not None and text.strip() != ""
        if column.type == "nik":
            if not present or text is None:
                return [None, None, False, False, "tidak_dikenal", None, None]
            found = examine_nik(clean_text(text[:LONGEST_TEXT]), self._home, self._pivot_year)
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
            return [present, present and phone_usable((text or "")[:LONGEST_TEXT])]
        if column.type == "surel":
            return [present, present and mail_usable((text or "")[:LONGEST_TEXT])]
        return [present]


def _joined(values: list[Any]) -> str | None:
    """Texts and NULLs as one text that tells them apart; None if they hold anything else, or a separator."""
    if not _TEXTS.issuperset(map(type, values)):
        return None
    text = _SEPARATOR.join([_NULL if value is None else value for value in values])
    apart = text.count(_SEPARATOR) == len(values) - 1 and text.count(_NULL) == values.count(None)
    return text if apart else None


def bounded(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """``record`` with a DeepValue in place of every value that nests deeper than DEEPEST; else itself."""
    if _NESTED.isdisjoint(map(type, record.values())):
        return record
    deep = [name for name, value in record.items() if isinstance(value, list | dict) and _is_deep(value)]
    return {**record, **dict.fromkeys(deep, DeepValue())} if deep else record


def _is_deep(value: Any) -> bool:
    """Whether lists and objects nest deeper than DEEPEST; level by level, so that no depth can hurt."""
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            below += item.values() if isinstance(item, dict) else item
        level = [item for item in below if isinstance(item, list | dict)]
        if not level:
            return False
    return True


def source_id(value: Any) -> str:
    """A source's id as every table keeps it."""
    return clean_text(str(value))[:LONGEST_TEXT]


def clean_text(text: str) -> str:
    """``text`` as PostgreSQL can hold it: without NUL, and with `?` for what is no Unicode."""
    if text.isascii() and NUL not in text:
        return text
    return text.replace(NUL, "").encode("utf-8", "replace").decode("utf-8")


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
