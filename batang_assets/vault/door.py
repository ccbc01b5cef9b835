"""The door: one record of a source becomes a sealed identity and a row of facts and findings.

Everything that comes in passes here, Batang Career's records and SIAPkerja's read-back alike.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from batang_assets.contracts import Column, Contract
from batang_assets.database.migrate import finding_columns
from batang_assets.errors import SourceError
from batang_assets.vault.findings import examiners
from batang_assets.vault.keys import KeyRing
from batang_assets.vault.opening import identity_context
from batang_assets.vault.plain import PlainWay
from batang_assets.vault.records import Shown, Split
from batang_assets.vault.sealing import seal
from batang_assets.vault.values import (
    LONGEST_SEALED,
    LONGEST_TEXT,
    NUL,
    DeepValue,
    as_text,
    bounded,
    clean_text,
    is_markup,
    joined,
    source_id,
)

UNKNOWN_LISTED = 100


# Made once: json.dumps with options builds an encoder for every call.
_canonical = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=bytes.hex
).encode
_plain = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Door:
    """Splits the records of one contract. ``home``: four-digit regency code; ``pivot_year``: see examine_nik.

    ``key_id``: the key that seals.
    """

    def __init__(self, contract: Contract, ring: KeyRing, home: str, pivot_year: int) -> None:
        self.contract = contract
        self.key_id = ring.current
        self._ring = ring
        self._dropped = frozenset(column.name for column in contract.columns if not column.extract)
        self._known = frozenset(column.name for column in contract.columns)
        self._kept = sorted(self._known - self._dropped)
        self._facts = tuple(column for column in contract.facts if column.name != "id")
        self._identities = contract.identities
        # Free text is judged as the row rules judge the texts among the facts.
        self._texts = [column.name for column in self._identities if column.type == "teks"]
        self._examiners = examiners(contract, ring.pseudonym, home, pivot_year)
        findings = list(finding_columns(contract))
        self._token = findings.index("orang_token") if "orang_token" in findings else None
        self._plain = PlainWay(contract, ring, self._examiners)

    def show(self, ids: Sequence[str], records: Sequence[Mapping[str, Any]]) -> list[Shown]:
        """What tells every one of ``records`` from its other versions; ``ids``: as ``record_id`` read them."""
        shown: list[Shown] = []
        for record_id, record, plain in zip(ids, records, self._plain.show(records), strict=True):
            if plain:
                shown.append(Shown(record_id, plain[0], record, plain[1]))
            else:
                record = bounded(record)
                shown.append(Shown(record_id, self._content_hash(record), record))
        return shown

    def token(self, split: Split) -> str | None:
        """The pseudonym of the person, if the contract has a NIK and the record a usable one."""
        return None if self._token is None else split.findings[self._token]

    def record_id(self, record: Mapping[str, Any], position: int) -> str:
        """The record's source id; raises SourceError, naming its position, if there is none usable."""
        value = record.get("id")
        if value is None or isinstance(value, bool | list | dict) or not (text := str(value)).strip():
            raise SourceError(
                f"{self.contract.source}/{self.contract.dataset}: record number {position} has no id; "
                "the source must give every record one"
            )
        return source_id(text)

    def _content_hash(self, record: Mapping[str, Any]) -> bytes:
        """Keyed fingerprint of all that may be taken from the record; equal content, equal fingerprint."""
        text = joined([record[name] for name in self._kept]) if record.keys() == self._known else None
        if text is None:
            text = _canonical({name: value for name, value in record.items() if name not in self._dropped})
        return self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))

    def split(self, shown: Sequence[Shown]) -> list[Split]:
        """Split records, in order. Unknown columns and over-long originals are sealed: they may hold anything.

        ``notes`` say what is wrong with a value that may not be shown, or what was done to one that could not
        flow as it was, as ``kind:column``: ``nul`` (NUL taken out), ``utf8`` (bytes that are no UTF-8 replaced),
        ``panjang`` (cut, the original sealed), ``besar`` (the original, too, was cut), ``bersarang`` (nested too
        deep, dropped), ``markah`` (HTML, a formula or control characters in an identifier of free text).
        """
        plain = iter(self._plain.split([one for one in shown if one.row is not None]))
        return [self._split_any(one) if one.row is None else next(plain) for one in shown]

    def _split_any(self, shown: Shown) -> Split:
        record = shown.record
        notes: list[str] = []
        identities = {
            column.name: self._sealable(column.name, record.get(column.name), notes)
            for column in self._identities
        }
        for name in self._texts:
            notes += [f"{kind}:{name}" for kind in _oddities(identities[name])]
        secret: dict[str, Any] = dict(identities)
        facts = tuple(self._fact(c, record.get(c.name), secret, notes) for c in self._facts)
        unknown = () if record.keys() <= self._known else sorted(record.keys() - self._known)
        for name in unknown:
            secret[name] = self._sealable(name, record[name], notes)
        findings: list[Any] = []
        for name, examine in self._examiners.items():
            findings += examine(record.get(name), identities[name])
        identity_hash = None
        if identities:
            text = joined(tuple(identities.values())) or _canonical(identities)
            identity_hash = self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))
        sealed = self._seal(shown, _plain(secret).encode("utf-8", "surrogatepass")) if secret else None
        names = [clean_text(name)[:100] for name in unknown[:UNKNOWN_LISTED]]
        return Split(identity_hash, facts, findings, names or None, notes or None, sealed)

    def _seal(self, shown: Shown, plain: bytes) -> bytes:
        context = identity_context(self.contract.table, shown.record_id, shown.content_hash)
        return seal(self._ring, plain, context)

    def _fact(self, column: Column, value: Any, secret: dict[str, Any], notes: list[str]) -> Any:
        if value is None or isinstance(value, bytes):
            return value
        if isinstance(value, DeepValue):
            notes.append(f"bersarang:{column.name}")
            return None
        text = as_text(value) or ""
        clean = clean_text(text)
        if clean != text:
            notes.append(f"{_unclean(text)}:{column.name}")
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


def _unclean(text: str) -> str:
    return "nul" if NUL in text else "utf8"


def _oddities(text: str | None) -> list[str]:
    """The kinds of note that an identifier of free text deserves."""
    if text is None:
        return []
    kinds = [] if clean_text(text) == text else [_unclean(text)]
    return [*kinds, "markah"] if is_markup(text) else kinds
