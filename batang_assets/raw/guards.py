"""The guard of one reading: before its rows are believed, the source must show what it showed before.

A row is expected in a month if the month is where the source last showed it, alive. On a later reading it may
have moved on (an edit changes ``updated_at``), so rows that the window lacks are looked for after the window
before they count as lost; a few may always be gone. Sets are compared, not counts: a source whose rows all
bear new ids, or that went back to an old backup, is as many rows as before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from batang_assets.contracts import Contract
from batang_assets.partitions import Period
from batang_assets.raw.drift import ColumnsSeen
from batang_assets.raw.field_map import deleted
from batang_assets.raw.loader import chunks
from batang_assets.raw.refusals import COLUMN_MISSING, SHRUNK, Refusal
from batang_assets.raw.source import CareerSource, Record, WindowMoved
from batang_assets.settings import JAKARTA
from batang_assets.vault.values import source_id

# So many may go in one reading, whatever their share: in a month of ten rows two are already a fifth.
BORNE = 3
FAR = timedelta(days=366)
# The length of 2026-10-31T23:59:59+07:00.
RFC3339 = 25
EXPECTED = sql.Identifier("pg_temp", "diharapkan")

LAST_SHOWN = """
    select v.id from raw.{table} v
    where nullif(btrim(v.deleted_at), '') is {deleted} {month}
        and not exists (select 1 from raw.{table} w where w.id = v.id and w._versi > v._versi)
        and not exists (
            select 1 from raw.sedang_hilang h
            where h.dataset = {dataset} and h.id = v.id and h.dicatat_pada > v._diterima_pada)
"""


def bearable(known: int, lost: int, share_pct: int) -> bool:
    """Whether ``lost`` of ``known`` rows may be gone without asking anybody."""
    return lost <= BORNE or lost * 100 <= known * share_pct


def expect(connection: psycopg.Connection, contract: Contract, period: Period | None) -> int:
    """Note in a temporary table the ids that the source last showed alive, in ``period`` or (None) at all.

    Returns how many. The table lives as long as the transaction.
    """
    alive = last_shown(contract, period)
    connection.execute("drop table if exists pg_temp.diharapkan")
    connection.execute(sql.SQL("create temp table diharapkan on commit drop as {}").format(alive))
    connection.execute("create index on pg_temp.diharapkan (id)")
    connection.execute("analyze pg_temp.diharapkan")
    return remaining(connection)


def last_shown(contract: Contract, period: Period | None = None, *, deleted: bool = False) -> sql.Composed:
    """A query of ids: the row that the source showed last, in ``period`` or (None) at all, was alive (or
    ``deleted``), and no sweep has found it gone since."""
    month = sql.SQL("and v._periode = {}").format(sql.Literal(period.first_day)) if period else sql.SQL("")
    return sql.SQL(LAST_SHOWN).format(
        table=sql.Identifier(contract.table),
        dataset=sql.Literal(contract.dataset),
        deleted=sql.SQL("not null" if deleted else "null"),
        month=month,
    )


def remaining(connection: psycopg.Connection) -> int:
    """How many of the expected ids have not been shown yet."""
    row = connection.execute("select count(*) from pg_temp.diharapkan").fetchone()
    return row[0] if row else 0


def shown(connection: psycopg.Connection, ids: Iterable[str]) -> int:
    """Take ``ids`` off the expected ones; returns how many were expected."""
    return connection.execute("delete from pg_temp.diharapkan where id = any(%s)", [list(ids)]).rowcount


def look_after(
    connection: psycopg.Connection,
    source: CareerSource,
    contract: Contract,
    start: datetime,
    enough: int,
    *,
    trashed_only: bool = False,
) -> int:
    """Take off what the source shows from ``start`` on, until at most ``enough`` remain; returns how many do.

    ``trashed_only``: only rows shown as deleted count.
    """
    left = remaining(connection)
    try:
        for chunk in chunks(source.window(contract, start, start + FAR)):
            rows = [record for record in chunk if deleted(record)] if trashed_only else chunk
            left -= shown(connection, ids_of(rows))
            if left <= enough:
                break
    except WindowMoved:
        # What was shown until then is shown; the rest stays to be explained.
        pass
    return left


def ids_of(records: Iterable[Record]) -> list[str]:
    """The ids of ``records`` as raw keeps them; a record without one is the door's to refuse."""
    return [source_id(record["id"]) for record in records if record.get("id") is not None]


def state_of(connection: psycopg.Connection) -> str:
    """Fingerprint of the ids that remain: the same loss, the same text."""
    row = connection.execute(
        "select encode(sha256(convert_to(coalesce(string_agg(id, chr(10) order by id), ''), 'UTF8')), 'hex')"
        " from pg_temp.diharapkan"
    ).fetchone()
    assert row is not None
    return row[0]


def newest_of(records: Sequence[Mapping[str, Any]]) -> tuple[datetime, str] | None:
    """The newest readable ``updated_at`` among ``records``, and whose it is."""
    best: tuple[datetime, str] | None = None
    best_text = ""
    # From the end, since sources show the newest last. Of times in RFC 3339 with one offset the greater text is
    # the later one: only a greater text, or another form, is worth parsing.
    for record in reversed(records):
        text = str(record.get("updated_at"))
        if text <= best_text and len(text) == RFC3339 and text[10] == "T" and text[19:] == best_text[19:]:
            continue
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=JAKARTA)
        if best is None or moment > best[0]:
            best = (moment, source_id(record.get("id")))
            best_text = text if moment.isoformat() == text else ""
    return best


class WindowGuard:
    """Watches one reading of a window and says when its rows may be believed.

    ``full``: the whole month is read, so what was last seen in it must be shown; else only the newest row
    that was seen before (``anchor``) must. Used within one transaction.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        contract: Contract,
        period: Period,
        share_pct: int,
        *,
        full: bool,
        anchor: str | None = None,
    ) -> None:
        self._connection = connection
        self._contract = contract
        self._period = period
        self._share_pct = share_pct
        self.columns = ColumnsSeen(contract)
        self.newest: tuple[datetime, str] | None = None
        self.anchor = None if full else anchor
        self.known = expect(connection, contract, period) if full else 0
        self.lost = self.known

    def take(self, chunk: list[Record]) -> None:
        """Take in what the source shows, before it is loaded."""
        self.columns.take(chunk)
        if not self.believed:
            ids = ids_of(chunk)
            if self.lost:
                self.lost -= shown(self._connection, ids)
            if self.anchor in ids:
                self.anchor = None
        found = newest_of(chunk)
        if found and (self.newest is None or found[0] > self.newest[0]):
            self.newest = found

    @property
    def believed(self) -> bool:
        """Whether what has been read so far is enough to believe the reading."""
        return (
            self.anchor is None
            and bearable(self.known, self.lost, self._share_pct)
            and not self.columns.missing()
        )

    def explain(self, source: CareerSource, end: datetime) -> None:
        """Look for the rows that the window lacks where they may have moved: after its end."""
        if not bearable(self.known, self.lost, self._share_pct):
            enough = max(BORNE, self.known * self._share_pct // 100)
            self.lost = look_after(self._connection, source, self._contract, end, enough)

    def refusal(self) -> Refusal | None:
        """Why the whole reading is not believed; None if it is."""
        dataset = self._contract.dataset
        if missing := self.columns.missing():
            return Refusal(dataset, self._period, COLUMN_MISSING, tuple(missing), state=",".join(missing))
        if not bearable(self.known, self.lost, self._share_pct):
            state = state_of(self._connection)
            return Refusal(dataset, self._period, SHRUNK, (), self.known, self.lost, state)
        return None
