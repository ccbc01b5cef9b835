"""Values as the door and the sources see them: numbers that keep their digits, bounds, text."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

# Bounds of one value: what flows on, what is kept sealed of a longer original, and how deep JSON may nest.
NUL = "\0"
LONGEST_TEXT = 4096
LONGEST_SEALED = 65536
DEEPEST = 32
# What parts values that are joined to be fingerprinted, and what stands for no value.
SEPARATOR, NULL = "\x1f", "\x1e"
# Text that no name or address is, yet a browser or a spreadsheet would obey: what ``teks_wajar`` says of facts.
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|^\s*(?:[=@+]|-\S)|[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Booleans and NULL in COPY's text form.
COPY_NULL = r"\N"
COPY_BOOLEANS: dict[bool | None, str] = {True: "t", False: "f", None: COPY_NULL}
# None of these, no markup: one look at all texts of a record spares most records the look at each.
MARKUP_SIGNS = re.compile(r"[<=@+\-\x01-\x1f\x7f]")
_TO_BOUND = frozenset({list, dict, int})


class NumberText(str):
    """A number as its JSON literal: keeps every digit, and that it did not arrive as text."""

    __slots__ = ()


class DeepValue(str):
    """Stands for a value that nests deeper than DEEPEST: it is dropped, and noted as ``bersarang``."""

    __slots__ = ()


_TEXTS = frozenset({str, NumberText, type(None)})


def bounded(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """``record`` with whole numbers as their literal and a DeepValue in place of every value that nests deeper
    than DEEPEST; else itself."""
    if _TO_BOUND.isdisjoint(map(type, record.values())):
        return record
    return {name: _bounded(value) for name, value in record.items()}


def _bounded(value: Any) -> Any:
    if type(value) is int:
        return NumberText(value)
    return DeepValue() if isinstance(value, list | dict) and _is_deep(value) else value


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


def is_markup(text: str | None) -> bool:
    """Whether a browser or a spreadsheet would obey ``text``, or a terminal."""
    return text is not None and _MARKUP.search(text) is not None


def joined(values: Sequence[Any]) -> str | None:
    """Texts and NULLs as one text that tells them apart; None if they hold anything else, or a separator."""
    if not _TEXTS.issuperset(map(type, values)):
        return None
    text = SEPARATOR.join([NULL if value is None else value for value in values])
    apart = text.count(SEPARATOR) == len(values) - 1 and text.count(NULL) == values.count(None)
    return text if apart else None
