"""Randomness that belongs to an entity: drawn from (seed, stream, id) and from nothing else.

So an entity is the same in a world built until October and in one built until December, in any order of building.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar
from zlib import crc32

T = TypeVar("T")
_MASK = (1 << 64) - 1


def stream(seed: int, name: str, identity: int) -> Random:
    """A generator for one entity of one stream."""
    return Random((((seed & _MASK) << 32 | crc32(name.encode())) << 64) | identity)


def scramble(seed: int, salt: int, number: int) -> int:
    """A 64-bit hash (splitmix64 finaliser): cheaper than a generator where one number is enough."""
    z = (seed * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03 + number * 0x94D049BB133111EB) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Weighted(Generic[T]):
    """Weighted choice with the cumulative weights worked out once."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self.items = tuple(items)
        self._cumulative = tuple(accumulate(weights))
        self._total = self._cumulative[-1]

    @classmethod
    def of(cls, weights: Mapping[T, float]) -> "Weighted[T]":
        """From ``{item: weight}``."""
        return cls(tuple(weights), tuple(weights.values()))

    def pick(self, rng: Random) -> T:
        """One item."""
        return self.items[bisect(self._cumulative, rng.random() * self._total, 0, len(self.items) - 1)]
