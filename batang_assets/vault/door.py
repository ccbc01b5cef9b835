"""The door: one record of a source becomes a sealed identity and a row of facts and findings.

Everything that comes in passes here, Batang Career's records and SIAPkerja's read-back alike.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson

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


# Text that no name or address is, yet a browser or a spreadsheet would obey: what ``teks_wajar`` says of facts.
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|^\s*(?:[=@+]|-\S)|[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# None of these, no markup: one look at all texts of a record spares most records the look at each.
_MARKUP_SIGNS = re.compile(r"[<=@+\-\x01-\x1f\x7f]")


@dataclass(slots=True, repr=False)
class Shown:
    """A record as the source showed it, known by its id and the fingerprint of its content.

    ``plain``: exactly the contract's columns, each NULL or ASCII text, all of them together short: nothing to
    clean, bound or note. Has no repr of its values.
    """

    record_id: str
    content_hash: bytes
    record: Mapping[str, Any]
    plain: bool


@dataclass(slots=True, repr=False)
class Split:
    """One record after the split. ``facts``: values in the order of the contract; ``sealed`` may be None
    where there is nothing to seal. Has no repr of its values."""

    identity_hash: bytes | None
    facts: Sequence[Any]
    findings: Sequence[Any]
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
        # Free text is judged as the row rules judge the texts among the facts.
        self._texts = frozenset(c.name for c in self._identities if c.type == "teks")
        self._examiners = tuple((c.name, self._examiner(c)) for c in self._identities)
        self._pick_kept = _picker(sorted(self._known - self._dropped))
        self._pick_facts = _picker(column.name for column in self._facts)
        self._pick_identities = _picker(column.name for column in self._identities)
        self._pick_texts = _picker(c.name for c in self._identities if c.name in self._texts)

    def show(self, record_id: str, record: Mapping[str, Any]) -> Shown:
        """What tells ``record`` from every other version; ``record_id``: as ``Door.record_id`` read it."""
        if record.keys() == self._known and _TEXTS.issuperset(map(type, record.values())):
            kept = self._pick_kept(record)
            whole = "".join(filter(None, kept))
            if whole.isascii() and _NULL not in whole and _SEPARATOR not in whole:
                text = _SEPARATOR.join([_NULL if value is None else value for value in kept])
                plain = NUL not in whole and len(whole) <= LONGEST_TEXT
                return Shown(record_id, self._ring.fingerprint(text.encode()), record, plain)
        record = bounded(record)
        return Shown(record_id, self._content_hash(record), record, plain=False)

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
        text = _joined(self._pick_kept(record)) if record.keys() == self._known else None
        if text is None:
            text = _canonical({name: value for name, value in record.items() if name not in self._dropped})
        return self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))

    def split(self, shown: Shown) -> Split:
        """Split one record. Unknown columns and over-long originals are sealed: they may hold anything.

        ``notes`` say what is wrong with a value that may not be shown, or what was done to one that could not
        flow as it was, as ``kind:column``: ``nul`` (NUL taken out), ``utf8`` (bytes that are no UTF-8 replaced),
        ``panjang`` (cut, the original sealed), ``besar`` (the original, too, was cut), ``bersarang`` (nested too
        deep, dropped), ``markah`` (HTML, a formula or control characters in an identifier of free text).
        """
        return self._split_plain(shown) if shown.plain else self._split_any(shown)

    def _split_plain(self, shown: Shown) -> Split:
        record = shown.record
        identities = self._pick_identities(record)
        findings: list[Any] = []
        for (_, examine), value in zip(self._examiners, identities, strict=True):
            findings += examine(value, value)
        notes = None
        if _MARKUP_SIGNS.search("".join(filter(None, self._pick_texts(record)))):
            notes = [f"markah:{name}" for name in self._texts_in_order() if _is_markup(record[name])]
        identity_hash = sealed = None
        if identities:
            text = _SEPARATOR.join([_NULL if value is None else value for value in identities])
            identity_hash = self._ring.fingerprint(text.encode())
            secret = dict(zip([name for name, _ in self._examiners], identities, strict=True))
            sealed = self._seal(shown, orjson.dumps(secret))
        return Split(identity_hash, self._pick_facts(record), findings, None, notes or None, sealed)

    def _split_any(self, shown: Shown) -> Split:
        record = shown.record
        notes: list[str] = []
        identities = {
            column.name: self._sealable(column.name, record.get(column.name), notes)
            for column in self._identities
        }
        for name in self._texts_in_order():
            notes += [f"{kind}:{name}" for kind in _oddities(identities[name])]
        secret: dict[str, Any] = dict(identities)
        facts = tuple(self._fact(c, record.get(c.name), secret, notes) for c in self._facts)
        unknown = () if record.keys() <= self._known else sorted(record.keys() - self._known)
        for name in unknown:
            secret[name] = self._sealable(name, record[name], notes)
        findings: list[Any] = []
        for name, examine in self._examiners:
            findings += examine(record.get(name), identities[name])
        identity_hash = None
        if identities:
            text = _joined(tuple(identities.values())) or _canonical(identities)
            identity_hash = self._ring.fingerprint(text.encode("utf-8", "surrogatepass"))
        sealed = self._seal(shown, _plain(secret).encode("utf-8", "surrogatepass")) if secret else None
        names = [clean_text(name)[:100] for name in unknown[:UNKNOWN_LISTED]]
        return Split(identity_hash, facts, findings, names or None, notes or None, sealed)

    def _texts_in_order(self) -> Iterable[str]:
        return (name for name, _ in self._examiners if name in self._texts)

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

    def _examiner(self, column: Column) -> "Examine":
        """What finds out about the column's value; its findings are in the order of ``finding_columns``."""
        match column.type:
            case "nik":
                return self._nik
            case "telepon":
                return lambda _, text: _usable(text, phone_usable)
            case "surel":
                return lambda _, text: _usable(text, mail_usable)
        return lambda _, text: (_present(text),)

    def _nik(self, value: Any, text: str | None) -> Sequence[Any]:
        if text is None or not _present(text):
            return (None, None, False, False, "tidak_dikenal", None, None)
        found = examine_nik(clean_text(text[:LONGEST_TEXT]), self._home, self._pivot_year)
        return (
            self._ring.pseudonym(found.digits) if found.digits else None,
            len(found.digits),
            isinstance(value, NumberText | int | float),
            found.structure_valid,
            found.region,
            found.birth_date,
            found.sex,
        )


# A value as the source showed it, and as text → what is found out about it.
Examine = Callable[[Any, str | None], Sequence[Any]]


def _picker(names: Iterable[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """A function that takes the values of ``names`` out of a record that has them all."""
    wanted = tuple(names)
    # itemgetter of one name gives no tuple.
    return itemgetter(*wanted) if len(wanted) > 1 else lambda record: tuple(record[name] for name in wanted)


def _present(text: str | None) -> bool:
    return bool(text) and not text.isspace()


def _usable(text: str | None, usable: Callable[[str], bool]) -> Sequence[bool]:
    present = _present(text)
    return present, present and usable((text or "")[:LONGEST_TEXT])


def _is_markup(text: str | None) -> bool:
    return text is not None and _MARKUP.search(text) is not None


def _unclean(text: str) -> str:
    return "nul" if NUL in text else "utf8"


def _oddities(text: str | None) -> list[str]:
    """The kinds of note that an identifier of free text deserves."""
    if text is None:
        return []
    kinds = [] if clean_text(text) == text else [_unclean(text)]
    return [*kinds, "markah"] if _is_markup(text) else kinds


def _joined(values: Sequence[Any]) -> str | None:
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
