"""Whatever happens at the source and in whatever order it is read: every version once, and the present state right.

The source's own log is the truth. Its stamps never go back for a row, as the contract says of ``updated_at``; rows
may be keyed in a little late (within the overlap), move while they are read, and vanish, also after they were
deleted softly. One that was keyed in again under its old id is another row: its stamps may lie before those of the
one that a sweep found gone. The present state is read from the staging view, and linkage must choose the same
versions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from psycopg import sql

from batang_assets.contracts import Contract, load_contract
from batang_assets.database import connect
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw import loader
from batang_assets.raw.extract import Extractor
from batang_assets.raw.source import WindowMoved
from batang_assets.raw.sweep import Sweeper
from batang_assets.settings import JAKARTA, Settings
from batang_assets.vault import KeyRing, open_identities
from batang_assets.vault.linkage.records import read_records
from batang_assets.warehouse.project import failure, run_dbt

MONTHS = Period.parse("2026-07").up_to(Period.parse("2026-09"))
CONTRACT = load_contract("batang_career", "peserta-pelatihan")
BLANK = dict.fromkeys(column.name for column in CONTRACT.columns)
LATE_S = 300
Version = tuple[str, str, str, str | None]
Place = tuple[psycopg.Connection, Settings]


@dataclass
class Source:
    """Batang Career in memory: its rows, its clock, and all that it ever showed."""

    now: datetime = datetime(2026, 7, 3, 8, tzinfo=JAKARTA)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    glimpsed: set[Version] = field(default_factory=set)
    edits: int = 0
    # Rows that vanished and no sweep has come since: id → the stamp it had.
    gone: dict[int, datetime] = field(default_factory=dict)
    # Rows in the trash, known as they are, when the last sweep came.
    ended: set[int] = field(default_factory=set)
    # How often the next readings are disturbed, after how many rows, and by what.
    moves: list[tuple[int, Callable[["Source"], None]]] = field(default_factory=list)
    breaks_after: int | None = None

    def check(self) -> None:
        return

    def live_ids(self, contract: Contract) -> Iterator[str]:
        yield from (str(key) for key, row in sorted(self.rows.items()) if row["deleted_at"] is None)

    def window(self, contract: Contract, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        shown = [row for row in self.rows.values() if start <= stamp(row) < end]
        for number, row in enumerate(sorted(shown, key=lambda row: (stamp(row), row["id"]))):
            if self.moves and number == self.moves[0][0]:
                self.moves.pop(0)[1](self)
                raise WindowMoved("a row moved")
            if number == self.breaks_after:
                raise SourceError("the line is down")
            self.glimpsed.add(version(row))
            yield dict(row)

    def write(self, key: int, late_s: int = 0, **values: Any) -> None:
        """Insert or edit a row now, or under a stamp of a little before."""
        self.edits += 1
        self.ended.discard(key)
        old = self.rows.get(key)
        moment = self.now - timedelta(seconds=late_s)
        if last := stamp(old) if old is not None else self.gone.pop(key, None):
            moment = max(moment, last)
        fresh = {
            "status": f"sunting {self.edits}",
            "nama_lengkap": f"Orang {key}",
            "nik": f"332501{key:010d}",
        }
        self.rows[key] = {
            **(old or BLANK | fresh | {"created_at": moment.isoformat()}),
            "id": key,
            **({} if old is None else {"status": f"sunting {self.edits}"}),
            **values,
            "updated_at": moment.isoformat(),
        }

    def vanish(self, key: int) -> None:
        """Delete a row for good."""
        if (old := self.rows.pop(key, None)) is not None and key not in self.ended:
            self.gone[key] = stamp(old)

    def window_of(self, month: Period) -> set[Version]:
        """The versions that a reading of ``month`` must have brought by now; the first takes in what is older."""
        start = None if month == MONTHS[0] else month.start
        return {
            version(row)
            for row in self.rows.values()
            if (start is None or stamp(row) >= start) and stamp(row) < min(month.end, self.now)
        }


def stamp(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["updated_at"])


def version(row: dict[str, Any]) -> Version:
    return str(row["id"]), row["status"], row["updated_at"], row["deleted_at"]


@dataclass
class History:
    """One example: the source, the database, and which versions must be there."""

    source: Source
    connection: psycopg.Connection
    settings: Settings
    ring: KeyRing
    must: set[Version] = field(default_factory=set)
    seen: dict[int, list[str]] = field(default_factory=dict)

    def extract(self, month: Period) -> int:
        """Read ``month`` a second later than the last thing that happened; returns the new versions."""
        self.source.now += timedelta(seconds=1)
        settings = self.settings.model_copy(update={"clock": self.source.now})
        extractor = Extractor(self.connection, settings, self.ring, self.source, "run-uji")
        try:
            result = extractor.extract(CONTRACT, month)
        except SourceError:
            assert self.source.breaks_after is not None
            return 0
        self.must |= self.source.window_of(month)
        return result.new_versions

    def sweep(self) -> None:
        """Read the running month, then compare the live ids, as a run does."""
        self.extract(Period.of(self.source.now))
        settings = self.settings.model_copy(update={"clock": self.source.now})
        swept = Sweeper(self.connection, settings, self.source, "run-uji").sweep(
            CONTRACT, Period.of(self.source.now)
        )
        assert swept.refused is None
        self.source.gone.clear()
        stored = set(self.stored())
        self.source.ended = {
            key for key, row in self.source.rows.items() if row["deleted_at"] and version(row) in stored
        }

    def stored(self) -> list[Version]:
        return self.connection.execute(
            "select id, status, updated_at, deleted_at from raw.peserta_pelatihan"
        ).fetchall()

    def current(self) -> dict[Version, bool]:
        """The present state as the warehouse sees it: the version of each row, and whether it counts as deleted."""
        found = self.connection.execute(
            "select r.id, r.status, r.updated_at, r.deleted_at, v.deleted_at is not null, v.isi_hash"
            " from staging.stg_batang_career__peserta_pelatihan v"
            " join raw.peserta_pelatihan r on r._versi = v.versi"
        ).fetchall()
        assert len({row[0] for row in found}) == len(found), "a row has two current versions"
        linked = {record.id: record.content_hash for record in read_records(self.connection)}
        assert linked == {row[0]: bytes(row[5]) for row in found}, "linkage reads another version"
        return {row[:4]: row[4] for row in found}


def month_of(source: Source, amount: int) -> Period:
    """The running month every other time, else any: most readings are daily ones."""
    return MONTHS[amount // 2 % len(MONTHS)] if amount % 2 else Period.of(source.now)


def act(history: History, action: tuple[str, int, int]) -> None:
    """One thing that happens: at the source, or to the pipeline. ``key``: which row, ``amount``: how much."""
    name, key, amount = action
    source = history.source
    old = source.rows.get(key)
    match name:
        case "wait":
            source.now += timedelta(hours=amount * amount // 2)
        case "write":
            source.write(key)
            history.seen.setdefault(key, []).append(source.rows[key]["status"])
        case "write late":
            source.write(key, late_s=amount * LATE_S // 30)
        case "back to before" if old:
            source.now += timedelta(seconds=1)
            source.write(key, status=history.seen.get(key, [old["status"]])[0])
        case "delete" if old:
            source.write(key, deleted_at=source.now.isoformat())
        case "restore" if old:
            source.write(key, deleted_at=None)
        case "vanish":
            source.vanish(key)
        case "purge and write late":
            source.write(key, deleted_at=source.now.isoformat())
            history.sweep()
            source.vanish(key)
            source.write(key, late_s=amount * LATE_S // 30)
        case "read":
            history.extract(month_of(source, amount))
        case "sweep":
            history.sweep()
        case "read while it moves":
            source.moves = [(amount % 4, lambda moved: moved.write(key))] * (1 + amount % 3)
            history.extract(month_of(source, amount))
            source.moves = []
        case "read and break off":
            source.breaks_after = amount % 6
            history.extract(month_of(source, amount))
            source.breaks_after = None


NAMES = ["wait", "write", "write late", "back to before", "delete", "restore", "vanish",
         "purge and write late", "read", "sweep", "read while it moves", "read and break off"]  # fmt: skip
ACTIONS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(1, 9), st.integers(0, 29)), min_size=10, max_size=60
)


@pytest.fixture(scope="module")
def place(new_settings: Callable[..., Settings]) -> Iterator[Place]:
    # Vanished rows are part of the histories, so no share of them may stop a reading.
    settings = new_settings(career_shrink_pct=100)
    error = failure(run_dbt(settings, ["run", "--select", "stg_batang_career__peserta_pelatihan"]))
    assert error is None, error
    with connect(settings) as connection:
        yield connection, settings


def _emptied(connection: psycopg.Connection) -> None:
    connection.rollback()
    # Some of them only grow, by a trigger; a new example is a new world.
    connection.execute("set local session_replication_role = replica")
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('raw', 'vault') and table_type = 'BASE TABLE'"
    ).fetchall()
    for table in tables:
        # A dozen rows each: truncating would make new files.
        connection.execute(sql.SQL("delete from {}").format(sql.Identifier(*table)))
    connection.commit()


HISTORIES = given(
    actions=ACTIONS, order=st.permutations(MONTHS), again=st.permutations(MONTHS), chunk=st.integers(1, 5)
)
CHECKS_OFF = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@examples(max_examples=80, deadline=None, derandomize=True, suppress_health_check=CHECKS_OFF)
@HISTORIES
def test_every_version_once_and_the_present_state_whatever_the_order(place: Place, **history: Any):
    _live(place, **history)


@pytest.mark.nightly
@examples(max_examples=1500, deadline=None, suppress_health_check=CHECKS_OFF)
@HISTORIES
def test_every_version_once_and_the_present_state_all_night(place: Place, **history: Any):
    _live(place, **history)


@pytest.mark.parametrize(
    "actions",
    [
        ["write", "sweep", "vanish", "sweep", "write late", "sweep"],
        ["write", "sweep", "vanish", "sweep", "write late", "sweep", "vanish", "sweep", "write late"],
        ["write", "sweep", "vanish", "sweep", "write late", "sweep", "vanish"],
        ["write", "sweep", "vanish", "write late"],
        ["write", "sweep", "delete", "sweep", "vanish", "write late", "sweep"],
        ["write", "delete", "sweep", "sweep", "vanish", "sweep", "write late", "delete"],
        ["write", "sweep", "vanish", "sweep", "write late", "delete", "sweep", "vanish", "write late"],
        ["write", "delete", "sweep", "restore", "sweep", "vanish", "sweep", "write late"],
    ],
    ids=[
        "once",
        "twice",
        "gone again",
        "nobody noticed",
        "purged",
        "purged and deleted again",
        "gone, then purged",
        "restored, then gone",
    ],
)
def test_a_row_keyed_in_again_under_an_old_id_is_the_present_one(place: Place, actions: list[str]):
    """Its stamp lies before that of the row that was found gone, and yet it is what the source holds."""
    # Each time a little later than the time before would be too late to lie before it.
    lateness = iter((1, 5, 9))
    steps = [(name, 6, next(lateness) if name == "write late" else 0) for name in actions]
    _live(place, actions=steps, order=list(MONTHS), again=list(MONTHS), chunk=2)


def _live(
    place: Place, actions: list[tuple[str, int, int]], order: list[Period], again: list[Period], chunk: int
) -> None:
    connection, settings = place
    # Small chunks, so that a dozen rows already cross the commits inside a reading.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "CHUNK_RECORDS", chunk)
        _live_through(connection, settings, actions, order, again)


def _live_through(
    connection: psycopg.Connection,
    settings: Settings,
    actions: list[tuple[str, int, int]],
    order: list[Period],
    again: list[Period],
) -> None:
    _emptied(connection)
    history = History(Source(), connection, settings, KeyRing.load(settings.keys))
    for action in actions:
        act(history, action)
        stored = history.stored()
        assert len(stored) == len(set(stored)), "a version stands twice"
        assert history.must <= set(stored), "a version that was shown is missing"
        assert set(stored) <= history.must | history.source.glimpsed, "a version that nobody showed"
    history.source.now = max(history.source.now, MONTHS[-1].end + timedelta(days=2))
    for month in order:
        history.extract(month)
    history.sweep()
    _judge_the_end(history)
    assert sum(history.extract(month) for month in again) == 0
    _judge_the_end(history)


def _judge_the_end(history: History) -> None:
    source, stored = history.source, history.stored()
    assert len(stored) == len(set(stored))
    assert history.must <= set(stored) <= history.must | source.glimpsed
    now = {version(row) for row in source.rows.values() if stamp(row) < MONTHS[-1].end}
    later = {version(row)[0] for row in source.rows.values() if stamp(row) >= MONTHS[-1].end}
    current = history.current()
    assert {v for v in current if int(v[0]) in source.rows and v[0] not in later} == now
    assert {v for v, deleted in current.items() if not deleted and v[0] not in later} == {
        v for v in now if v[3] is None
    }, "who is live here and who is live there differ"
    keys = history.connection.execute("select id, _isi_hash from raw.peserta_pelatihan").fetchall()
    assert history.connection.execute("select count(*) from vault.identitas").fetchone() == (len(keys),)
    opened = open_identities(
        history.connection,
        history.ring,
        "peserta_pelatihan",
        keys,
        purpose="uji",
        recipient="uji",
        run_id="uji",
    )
    assert {key: identity["nama_lengkap"] for key, identity in opened.items()} == {
        key: f"Orang {key}" for key, _ in keys
    }
    history.connection.commit()
