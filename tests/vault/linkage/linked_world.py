"""A built world through the real door into raw and vault, and how well its tail was linked."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from batang_assets.contracts import load_contract
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.sandbox.world import truth_path
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

OCTOBER = Period(2026, 10)
PEOPLE_DATASETS = ("pencari-kerja", "peserta-pelatihan", "penempatan", "penduduk-bekerja")


def shown(world: Path, dataset: str, order: str = "id") -> Iterator[dict[str, Any]]:
    """The rows of one dataset as the source shows them."""
    with sqlite3.connect(world) as connection:
        found = connection.execute(f"select isi from catatan where dataset = ? order by {order}", [dataset])
        for (text,) in found:
            yield json.loads(text)


def load_world(connection: psycopg.Connection, settings: Settings, world: Path, order: str = "id") -> None:
    """Take the people's records of the world in; ``order``: the SQL order in which they arrive."""
    ring = KeyRing.load(settings.keys)
    for dataset in PEOPLE_DATASETS:
        contract = load_contract("batang_career", dataset)
        load_records(connection, ring, contract, OCTOBER, "uji", shown(world, dataset, order))
    connection.commit()


def truth(world: Path) -> dict[str, int]:
    """Record key → the person it truly belongs to; the pipeline never reads this."""
    with sqlite3.connect(truth_path(world)) as connection:
        found = connection.execute("select dataset, id, orang_id from orang")
        return {
            f"{dataset.replace('-', '_')}:{record}": person
            for dataset, record, person in found
            if dataset in PEOPLE_DATASETS
        }


@dataclass
class Score:
    """Pairs of a tail record with another record: truly one person, said to be one person, and both."""

    true: int = 0
    said: int = 0
    right: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.true + other.true, self.said + other.said, self.right + other.right)

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    def __str__(self) -> str:
        return (
            f"true {self.true:6} said {self.said:6} right {self.right:6}"
            f" precision {self.precision:.4f} recall {self.recall:.4f}"
        )


def score(persons: dict[str, int], said: dict[str, str], tail: set[str]) -> Score:
    """Judge ``said`` (record → person id of ours) on every pair that has a record of the tail."""
    by_truth, by_us = defaultdict(list), defaultdict(list)
    for key in said:
        by_truth[persons[key]].append(key)
        by_us[said[key]].append(key)
    total = Score()
    for group, side in ((by_truth, "true"), (by_us, "said")):
        for keys in group.values():
            for number, one in enumerate(keys):
                for other in keys[number + 1 :]:
                    if one not in tail and other not in tail:
                        continue
                    setattr(total, side, getattr(total, side) + 1)
                    if side == "said" and persons[one] == persons[other]:
                        total.right += 1
    return total
