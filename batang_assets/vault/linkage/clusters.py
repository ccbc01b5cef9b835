"""Weighed pairs and people's decisions → who is whom. Depends on the set of pairs alone, never on their order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from batang_assets.vault.linkage.decisions import Decision
from batang_assets.vault.linkage.model import Pair
from batang_assets.vault.linkage.records import DATASETS, Record
from batang_assets.vault.linkage.rules import Rules

# What can carry a link whose name or birth date is not exact.
SUPPORT = {"wilayah": {"desa"}, "nomor_urut": {"sama", "dekat"}, "telepon": {"sama"}, "rujukan": {"sama"}}


@dataclass(frozen=True)
class Judged:
    """A pair of origins and what became of it; ``reason``: why a proposal is no link."""

    pair: Pair
    linked: bool
    reason: str | None


@dataclass(frozen=True)
class Link:
    """``origin`` is the person ``person``: who says so, how surely, and the weight (None if a person says it)."""

    origin: str
    person: str
    how: Literal["model", "keputusan"]
    probability: float
    weight: float | None


@dataclass(frozen=True)
class Resolved:
    """All links, by origin, and all judged pairs, heaviest first."""

    links: list[Link]
    judged: list[Judged]


class _Groups:
    """Disjoint sets of origins that may hold rules against joining."""

    def __init__(self, certain: set[str], apart: Iterable[tuple[str, str]]) -> None:
        self._parent: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._certain = certain
        self._apart: dict[str, set[str]] = defaultdict(set)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def root(self, origin: str) -> str:
        while (parent := self._parent.get(origin, origin)) != origin:
            origin = parent
        return origin

    def members(self, origin: str) -> set[str]:
        root = self.root(origin)
        return self._members.get(root, {root})

    def may_join(self, one: str, other: str, *, certain_too: bool = False) -> str | None:
        """None if the two groups may become one, else the reason against it."""
        left, right = self.members(one), self.members(other)
        if any(not self._apart[origin].isdisjoint(right) for origin in left):
            return "dipisah"
        if not certain_too and not self._certain.isdisjoint(left) and not self._certain.isdisjoint(right):
            return "nik_berbeda"
        return None

    def join(self, one: str, other: str) -> None:
        left, right = self.root(one), self.root(other)
        if left == right:
            return
        together = self.members(left) | self.members(right)
        self._parent[right] = left
        self._members[left] = together
        self._members.pop(right, None)

    def all(self) -> list[set[str]]:
        return list(self._members.values())


def resolve(records: list[Record], pairs: list[Pair], decisions: list[Decision], rules: Rules) -> Resolved:
    """Apply the decisions of people first, then the pairs from the heaviest down.

    A pair links if it reaches the automatic threshold and breaks none of the conditions of ``aturan.yaml``; a
    group never holds two certain origins unless a person joined them, and never two that a person parted.
    """
    origin_of = {record.key: record.origin for record in records}
    usable = {record.origin for record in records if record.usable}
    certain = {record.origin for record in records if not record.tail}
    together = _between(decisions, "gabung", origin_of)
    groups = _Groups(certain, _between(decisions, "pisah", origin_of))
    by_people: set[str] = set()
    for one, other in together:
        if groups.may_join(one, other, certain_too=True) is None:
            groups.join(one, other)
            by_people |= {one, other}
    best = _best(pairs)
    ambiguous = _ambiguous(best, certain, groups, rules)
    judged, sure = [], {}
    for pair in best:
        one, other = pair.origin_left, pair.origin_right
        if groups.root(one) == groups.root(other):
            judged.append(Judged(pair, True, None))
        else:
            reason = groups.may_join(one, other) or _reason(pair, certain, usable, rules)
            if reason is None and (one, other) in ambiguous:
                reason = "rancu"
            if reason is None:
                groups.join(one, other)
            judged.append(Judged(pair, reason is None, reason))
        if judged[-1].linked:
            for origin in (one, other):
                sure.setdefault(origin, pair)
    return Resolved(_links(groups, certain, usable, by_people, sure), judged)


def _between(decisions: list[Decision], kind: str, origin_of: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of origins of the decisions of one kind; a record that is gone, or whose NIK now says it, drops out."""
    pairs = []
    for decision in decisions:
        one, other = origin_of.get(decision.record_a), origin_of.get(decision.record_b)
        if decision.kind == kind and one and other and one != other:
            pairs.append((min(one, other), max(one, other)))
    return pairs


def _best(pairs: list[Pair]) -> list[Pair]:
    """The heaviest pair of records for each pair of origins; ``pairs`` come heaviest first."""
    best: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        best.setdefault(
            (min(pair.origin_left, pair.origin_right), max(pair.origin_left, pair.origin_right)), pair
        )
    return list(best.values())


def _ambiguous(best: list[Pair], certain: set[str], groups: _Groups, rules: Rules) -> set[tuple[str, str]]:
    """Pairs of a tail origin with a certain one, where another certain person fits nearly as well."""
    candidates: dict[str, list[tuple[Pair, str]]] = defaultdict(list)
    for pair in best:
        for tail, person in ((pair.origin_left, pair.origin_right), (pair.origin_right, pair.origin_left)):
            if tail not in certain and person in certain:
                candidates[tail].append((pair, groups.root(person)))
    found = set()
    for options in candidates.values():
        people: dict[str, float] = {}
        for pair, person in options:
            people.setdefault(person, pair.weight)
        weights = sorted(people.values(), reverse=True)
        if len(weights) > 1 and weights[0] - weights[1] < rules.margin:
            found |= {(pair.origin_left, pair.origin_right) for pair, _ in options}
    return found


def _reason(pair: Pair, certain: set[str], usable: set[str], rules: Rules) -> str | None:
    """Why the pair is no link by itself; None if it is one."""
    origins = {pair.origin_left, pair.origin_right}
    if origins <= certain:
        return "nik_berbeda"
    for feature, allowed in rules.required.items():
        referred = feature == "nama" and pair.pattern["rujukan"] == "sama"
        if pair.pattern[feature] not in (allowed | rules.referred_names if referred else allowed):
            return feature
    inexact = pair.pattern["nama"] == "singkat" or pair.pattern["lahir"] != "sama" or pair.single_word
    if inexact and not any(pair.pattern[feature] in levels for feature, levels in SUPPORT.items()):
        return "dukungan"
    if origins <= usable and (
        pair.probability < rules.doubted or pair.pattern["nomor_urut"] not in rules.doubted_serial
    ):
        return "nik_berbeda"
    return None if pair.probability >= rules.automatic else "keyakinan"


def _links(
    groups: _Groups, certain: set[str], usable: set[str], by_people: set[str], sure: dict[str, Pair]
) -> list[Link]:
    links = []
    for members in groups.all():
        person = min(members, key=lambda origin: _seniority(origin, certain, usable))
        for origin in members - {person}:
            pair = sure.get(origin)
            if origin in by_people or pair is None:
                links.append(Link(origin, person, "keputusan", 1.0, None))
            else:
                links.append(Link(origin, person, "model", pair.probability, pair.weight))
    return sorted(links, key=lambda link: link.origin)


def _seniority(origin: str, certain: set[str], usable: set[str]) -> tuple:
    """Whose key names the person: a certain NIK's, else a usable one's, else the first record's."""
    dataset, _, record_id = origin.partition(":")
    if origin in usable:
        return (origin not in certain, 0, 0, origin)
    number = int(record_id) if record_id.isascii() and record_id.isdigit() else -1
    return (True, 1 + DATASETS.index(dataset), number, record_id)
