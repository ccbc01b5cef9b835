"""What all datasets of one world share: its seed, its clock, who arrives when, which rows are dirty, the writer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from random import Random
from zlib import crc32

from batang_assets.sandbox.world.acak import scramble, stream
from batang_assets.sandbox.world.ekor import in_tail, write_tail
from batang_assets.sandbox.world.kalender import SEASON_FLAT, SEASON_GRADUATES, Calendar
from batang_assets.sandbox.world.kesalahan import DirtPlan
from batang_assets.sandbox.world.kotor import WRITERS, Row
from batang_assets.sandbox.world.tulis import WorldWriter
from batang_assets.sandbox.world.waktu import DAY_S, add_months, iso_wib

DATASETS = (
    "pencari-kerja", "pemberi-kerja", "lowongan", "lamaran", "pelatihan", "peserta-pelatihan", "penempatan",
    "penduduk-bekerja",
)  # fmt: skip
# Rows a thousand seekers bring, and the smallest number that still makes a meaningful world.
SIZES = {
    "pencari-kerja": (1000, 20, SEASON_GRADUATES),
    "pemberi-kerja": (6, 24, SEASON_FLAT),
    "lowongan": (40, 40, SEASON_FLAT),
    "pelatihan": (2.4, 6, SEASON_FLAT),
    "penduduk-bekerja": (320, 20, SEASON_FLAT),
}


@dataclass(slots=True)
class Life:
    """When a row was keyed in, its later edits (instants), and when it was soft-deleted, if ever."""

    created: int
    edits: list[int] = field(default_factory=list)
    deleted: int | None = None


class World:
    """The shared state of a build. `until` is an instant (waktu.py); nothing after it is shown."""

    def __init__(self, writer: WorldWriter, people: int, seed: int, until: int, history_start: date) -> None:
        self.writer, self.people, self.seed, self.until = writer, people, seed, until
        self.until_day = until // DAY_S
        self.history_day = history_start.toordinal()
        self.history_start = self.history_day * DAY_S
        self._history_s = (add_months(self.history_day, 1) - self.history_day) * DAY_S
        self.dirt = {name: DirtPlan(seed, name) for name in DATASETS}
        self.calendar = {
            name: Calendar(max(minimum, round(people * per_1000 / 1000)), season)
            for name, (per_1000, minimum, season) in SIZES.items()
        }
        self.count = lru_cache(maxsize=20_000)(self._count)

    def rng(self, name: str, identity: int) -> Random:
        """The generator of one entity."""
        return stream(self.seed, name, identity)

    def hash(self, name: str, identity: int) -> int:
        """One number of one entity."""
        return scramble(self.seed, crc32(name.encode()), identity)

    def _count(self, name: str, day: int) -> int:
        return self.calendar[name].count(day)

    def day(self, name: str, identity: int) -> int:
        """Ordinal day on which the entity arrives."""
        return self.calendar[name].day(identity)

    def happened(self, instants: Iterable[int]) -> list[int]:
        """Those not after the end of the world."""
        return [t for t in instants if t <= self.until]

    def horizon(self, deleted: int | None) -> int:
        """Until when a row tells its story: the end of the world, or its soft delete."""
        return self.until if deleted is None else min(self.until, deleted)

    def _first_shown(self, name: str, identity: int, created: int) -> int:
        """Since when this platform has the row: the migration touched the old ones over its first month."""
        if created >= self.history_start:
            return created
        return self.history_start + self.hash("migrasi/" + name, identity) % self._history_s

    def visible(self, name: str, identity: int, created: int) -> bool:
        """Does the source show the row at all?"""
        return self._first_shown(name, identity, created) <= self.until

    def put(self, name: str, identity: int, row: Row, life: Life) -> bool:
        """Dirty the row if planned, stamp it and write it. Returns whether it is shown."""
        shown = self._first_shown(name, identity, life.created)
        if shown > self.until:
            return False
        deleted = life.deleted if life.deleted is not None and life.deleted <= self.until else None
        touched = [shown, *self.happened(life.edits)]
        if deleted is not None:
            touched = [t for t in touched if t < deleted] + [max(shown, deleted)]
        fault = self.dirt[name].of(identity)
        if fault is not None and fault.kind in WRITERS:
            mended = None if fault.mend_days is None else shown + fault.mend_days * DAY_S
            if mended is not None and mended <= min(self.until, life.deleted or self.until):
                touched.append(mended)
            else:
                column = WRITERS[fault.kind](row, self.rng("kotor/" + name, identity), name)
                if column is not None:
                    self.writer.fault(name, identity, column, fault.kind)
        elif fault is None and in_tail(self.seed, name, identity):
            for column, kind in write_tail(row, self.rng("ekor/" + name, identity), name):
                self.writer.fault(name, identity, column, kind)
        updated = max(touched)
        row["created_at"], row["updated_at"] = iso_wib(life.created), iso_wib(updated)
        row["deleted_at"] = None if deleted is None else iso_wib(deleted)
        self.writer.row(name, identity, row, updated, deleted is not None)
        return True

    def soft_delete(self, rng: Random, created: int, share: float = 0.006) -> int | None:
        """Instant of a soft delete for a small share of rows."""
        return (
            created + rng.randrange(30, 420) * DAY_S + rng.randrange(DAY_S) if rng.random() < share else None
        )
