"""Names as people write them → words that can be compared (DOMAIN.md § 5; the word lists: ``kata_nama.yaml``)."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz.distance import OSA

from batang_assets.errors import DataError

WORDS = Path(__file__).parent / "kata_nama.yaml"
_TAGS = re.compile(r"<[^<>]*>")
_DOTTED = re.compile(r"[^a-z.]+")
_DOUBLED = re.compile(r"(.)\1+")
# A rare word is read as a known one at one letter's distance only if it is long enough to tell, and known well.
LEAST_LENGTH = 4
KNOWN_BEARERS = 4
CLEARLY = 3


@dataclass(frozen=True, repr=False)
class Name:
    """The words of a name in order, in modern spelling without titles, and how each sounds."""

    words: tuple[str, ...]
    sounds: tuple[str, ...]


@cache
def _lists() -> dict[str, Any]:
    try:
        lists = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
        return {
            "front": frozenset(lists["gelar_depan"]),
            "back": frozenset(lists["gelar_belakang"]),
            "after_comma": frozenset(lists["gelar_setelah_koma"]) | frozenset(lists["gelar_belakang"]),
            "first": lists["padanan_depan"],
            "same": lists["padanan"],
            "old": lists["ejaan_lama"],
            "sounds": lists["bunyi"],
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise DataError(f"{WORDS.name} cannot be read: {' '.join(str(error).split())}") from None


@lru_cache(maxsize=200_000)
def read_name(text: str) -> Name:
    """The name in ``text``; without words if there is none."""
    lists = _lists()
    plain = unicodedata.normalize("NFKD", _TAGS.sub(" ", text)).casefold().replace("\0", "")
    for mark in "'`’‘ʼ":
        plain = plain.replace(mark, "")
    head, *tail = plain.encode("ascii", "ignore").decode().split(",")
    words = _split(head)
    for part in tail:
        # What follows a comma is titles, unless none is known: then the comma was a slip.
        rest = _split(part)
        words += [] if any(word in lists["after_comma"] for word in rest) else rest
    while len(words) > 1 and words[0] in lists["front"]:
        words = words[1:]
    while len(words) > 1 and words[-1] in lists["back"]:
        words = words[:-1]
    if words and words[0] in lists["first"] and (len(words[0]) > 1 or len(words) > 1):
        words = [lists["first"][words[0]], *words[1:]]
    words = [_modern(lists["same"].get(word, word)) for word in words]
    return Name(tuple(words), tuple(map(sound, words)))


def _split(text: str) -> list[str]:
    """Words; a dotted title (``s.kom.``) is one word, other dots part words (``m.rizki``)."""
    lists = _lists()
    words: list[str] = []
    for piece in _DOTTED.split(text):
        closed = piece.replace(".", "")
        if not closed:
            continue
        if closed in lists["after_comma"] or closed in lists["front"]:
            words.append(closed)
        else:
            words += [word for word in piece.split(".") if word]
    return words


def _modern(word: str) -> str:
    for old, new in _lists()["old"].items():
        word = word.replace(old, new)
    return word


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """``word`` with letters of one sound made one, and doubled letters single."""
    for written, heard in _lists()["sounds"].items():
        word = word.replace(written, heard)
    return _DOUBLED.sub(r"\1", word)


class Vocabulary:
    """Which words are names that people bear, and which are slips of one of them.

    ``names``: one of each person. A word that few bear and that lies one letter from a word that many bear is
    that word mistyped; two words that many bear (Rina, Rini) are two names, however alike.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        self._bearers: Counter[str] = Counter()
        for name in names:
            self._bearers.update(set(name.sounds))
        self._near: dict[str, set[str]] = defaultdict(set)
        for word, count in self._bearers.items():
            if count >= KNOWN_BEARERS and len(word) >= LEAST_LENGTH - 1:
                for key in _shortened(word):
                    self._near[key].add(word)
        self.corrected = lru_cache(maxsize=100_000)(self._corrected)

    def known(self, word: str) -> bool:
        """Whether enough people bear the word."""
        return self._bearers[word] >= KNOWN_BEARERS

    def spelling(self, name: Name) -> tuple[str, ...]:
        """The sounds of the name, slips mended."""
        return tuple(map(self.corrected, name.sounds))

    def _corrected(self, word: str) -> str:
        if len(word) < LEAST_LENGTH or self.known(word):
            return word
        near = {known for key in _shortened(word) for known in self._near.get(key, ())}
        near = {known for known in near if OSA.distance(word, known) == 1}
        ranked = sorted(near, key=lambda known: (-self._bearers[known], known))
        if not ranked:
            return word
        if len(ranked) > 1 and self._bearers[ranked[0]] < CLEARLY * self._bearers[ranked[1]]:
            return word
        return ranked[0]


def _shortened(word: str) -> set[str]:
    """The word and each form with one letter left out: two words one slip apart share one of them."""
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}
