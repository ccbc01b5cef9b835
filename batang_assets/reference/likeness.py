"""How like a text is to those of a dictionary: a candidate, its confidence, whether it may be used at once.

Confidence is rapidfuzz's ratio (0–1) of the letters, words in their order or sorted. It is used at once only if it
reaches the threshold, if no other code comes near it, and if what differs cannot be another word: numbers and
numerals must be equal, and a word that the dictionary itself knows is no misspelling of another.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batang_assets.reference.terms import NUMERALS, Code, Terms

MIN_LENGTH = 5
_GLUED_NUMERAL = re.compile(r"[a-z](iii|ii|iv)\b")


@dataclass(frozen=True)
class Candidate:
    """The most similar text of the dictionary with its code. ``sure``: it may be used without a person."""

    code: Code
    text: str
    confidence: Decimal
    sure: bool


def nearest(terms: Terms, text: str) -> Candidate | None:
    """The best candidate for a normal text that is not in the dictionary; None if nothing is like it."""
    found = _scores(terms, text)
    if not found:
        return None
    best, score = max(found.items(), key=lambda item: (item[1], item[0]))
    others = [other for near, other in found.items() if terms.codes[near] != terms.codes[best]]
    sure = (
        score >= terms.threshold
        and len(text) >= MIN_LENGTH
        and score - max(others, default=Decimal(0)) >= terms.margin
        and not _another_word(terms, text, best)
    )
    return Candidate(terms.codes[best], best, score, sure)


def _scores(terms: Terms, text: str) -> dict[str, Decimal]:
    """Dictionary text → likeness, of those that reach the floor and have the same numbers in them."""
    from rapidfuzz import fuzz, process

    scorers: tuple[Callable[..., Any], ...] = (fuzz.ratio, fuzz.token_sort_ratio)
    found: dict[str, Decimal] = {}
    for scorer in scorers:
        hits = process.extract(
            text, terms.texts, scorer=scorer, limit=None, score_cutoff=float(terms.floor) * 100
        )
        for near, score, _ in hits:
            if _numbers(near) == _numbers(text):
                value = Decimal(str(round(score / 100, 3)))
                found[near] = max(found.get(near, value), value)
    return found


def _numbers(text: str) -> list[str]:
    """Words with a digit, numerals, and a numeral glued to the end of a word (``strataii``)."""
    found = [word for word in text.split() if word in NUMERALS or any(letter.isdigit() for letter in word)]
    return sorted(found + _GLUED_NUMERAL.findall(text))


def _another_word(terms: Terms, text: str, near: str) -> bool:
    """Whether a word of ``text`` that ``near`` lacks is itself a word of the dictionary."""
    return bool((set(text.split()) - set(near.split())) & terms.vocabulary)
