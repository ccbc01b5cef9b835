"""Batang Career as a database: any SQLAlchemy URL, read only, streamed in the order ``updated_at, id``.

A window is read in one snapshot, segment after segment by keyset, each through a server-side cursor. Where the
server has no snapshot, the overlap of two segments and the count at the end find out that rows moved.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
import stamina
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from batang_assets.contracts import Contract
from batang_assets.errors import ConfigurationError, SourceError
from batang_assets.raw.database import errors as database_errors
from batang_assets.raw.database.engine import make_engine, read_only
from batang_assets.raw.database.keyset import Clock, TimeColumn, at_or_after
from batang_assets.raw.database.schema import columns_of
from batang_assets.raw.database.values import Render, renderer
from batang_assets.raw.field_map import FieldMap, Plan, deleted, load_field_maps
from batang_assets.raw.source import Record, WindowMoved
from batang_assets.settings import Settings
from batang_assets.vault.values import as_text

ATTEMPTS = 3
FETCH_ROWS = 1000
EARLIEST_YEAR = 1970
PRESENT = timedelta(days=1)

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class View:
    """A source table as the map sees it now.

    ``plan`` covers ``columns``, the ones that are taken; ``dropped`` are those that are not. ``fault``: what the
    map names and the table does not have.
    """

    field_map: FieldMap
    table: sa.TableClause
    columns: tuple[str, ...]
    types: tuple[sa.types.TypeEngine[Any], ...]
    plan: Plan
    dropped: tuple[str, ...] = ()
    fault: str | None = None

    @cached_property
    def renders(self) -> tuple[Render, ...]:
        """How each column's values are shown."""
        return tuple(renderer(kind, self.field_map.file.zone) for kind in self.types)

    def places(self, target: str) -> tuple[int, ...]:
        """Where in a row the source columns of ``target`` stand; raises SourceError if there are none."""
        for pick in self.plan.picks:
            if pick.target == target:
                return pick.indices
        raise SourceError(
            f"{self.table.fullname}: no column for {target}, without which it cannot be read: name it under "
            f"kolom in {self.field_map.where}"
        )

    def clock(self) -> Clock:
        """Bounds of windows in the columns of ``updated_at``."""
        pick = next(pick for pick in self.plan.picks if pick.target == "updated_at")
        columns = [
            TimeColumn(self.columns[place], self.types[place], pick.field.steps) for place in pick.indices
        ]
        where = f"{self.field_map.where}:{pick.field.line}" if pick.field.line else self.field_map.where
        return Clock(columns, self.field_map.file.zone, where)

    def record(self, row: Sequence[Any]) -> dict[str, Any]:
        """One row by contract names, as the extract API would show it."""
        return self.plan.record(
            [None if value is None else show(value) for show, value in zip(self.renders, row, strict=True)]
        )


class DatabaseSource:
    """Reads through one engine of at most two connections; every transaction is read only."""

    segment_rows = 50_000

    def __init__(self, engine: sa.Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._deadline_s = settings.career_deadline_s
        self.maps = load_field_maps(settings.career_map)

    def check(self) -> None:
        """Connect and begin a read-only transaction; raises SourceError or ConfigurationError."""
        with self.reading("the Batang Career database", "the field map") as connection:
            connection.execute(sa.select(sa.literal(1)))

    @contextmanager
    def reading(self, what: str, where: str) -> Generator[sa.Connection]:
        """A read-only transaction; driver errors leave it as SourceError or WindowMoved of one line."""
        connection = self._connect()
        try:
            with connection, read_only(connection, self._deadline_s):
                yield connection
        except DBAPIError as error:
            raise database_errors.reading(error, what, where) from None
        except UnicodeDecodeError:
            raise SourceError(f"{what}: holds text that is not in the encoding the server declares") from None
        except SQLAlchemyError as error:
            raise SourceError(f"{what}: cannot be read ({type(error).__name__}); see {where}") from None

    def _connect(self) -> sa.Connection:
        try:
            for attempt in stamina.retry_context(
                on=_unreachable, attempts=ATTEMPTS, wait_initial=0.2, wait_max=5
            ):
                with attempt:
                    return self._engine.connect()
        except DBAPIError as error:
            raise database_errors.connecting(error) from None
        except TypeError:
            raise ConfigurationError(
                f"{database_errors.SETTING}: the driver does not take this URL"
            ) from None
        raise AssertionError("unreachable: the loop returns or raises")

    def look(self, connection: sa.Connection, contract: Contract) -> View:
        """The dataset's table now; raises SourceError if there is none."""
        field_map = self.maps[contract.dataset]
        found = columns_of(connection, field_map.table)
        if not found:
            raise SourceError(
                f"the Batang Career database has no table {field_map.table} for {contract.dataset}: mend tabel in "
                f"{field_map.where}"
            )
        # What is missing or dropped shows in the whole table; what is taken, in the plan of the rest.
        whole = field_map.plan(tuple(found))
        columns = tuple(column for column in found if column not in whole.dropped)
        fault = None
        if whole.missing and not field_map.packaged:
            lost = whole.missing[0]
            fault = (
                f"{field_map.where}:{lost.line}: table {field_map.table} has no column "
                f"{' or '.join(lost.sources)} (for {lost.target})"
            )
        schema, _, name = field_map.table.rpartition(".")
        return View(
            field_map,
            sa.table(name, schema=schema or None),
            columns,
            tuple(found[column] for column in columns),
            field_map.plan(columns),
            whole.dropped,
            fault,
        )

    def view(self, connection: sa.Connection, contract: Contract) -> View:
        """As ``look``; raises SourceError also if a column that the map names is not there."""
        view = self.look(connection, contract)
        if view.fault is not None:
            raise SourceError(view.fault)
        return view

    def sample(self, connection: sa.Connection, view: View, most: int) -> Iterator[Record]:
        """Up to ``most`` records in no particular order: it must cost little on any table."""
        if view.columns:
            for row in _stream(connection, self._query(view, sa.true()).limit(most)):
                yield view.record(row)

    def window(self, contract: Contract, start: datetime, end: datetime) -> Iterator[Record]:
        """See CareerSource.

        Rows without ``updated_at`` belong to the windows that begin the history or reach the present: no other
        would ever show them.
        """
        field_map = self.maps[contract.dataset]
        with self.reading(field_map.table, field_map.where) as connection:
            view = self.view(connection, contract)
            key, moment = view.places("id"), view.places("updated_at")
            stamps = [sa.column(view.columns[place]) for place in moment]
            clock = view.clock()
            within = sa.and_(
                sa.not_(at_or_after(stamps, clock.bound(end, upper=True))),
                *(stamp.is_not(None) for stamp in stamps),
            )
            begins = start.year <= EARLIEST_YEAR
            if not begins:
                within = sa.and_(within, at_or_after(stamps, clock.bound(start, upper=False)))
            if begins or end > self._settings.now() - PRESENT:
                undated = sa.or_(*(stamp.is_(None) for stamp in stamps))
                yield from self._rows(connection, view, undated, key)
            yield from self._rows(connection, view, within, (*moment, *key))

    def live_ids(self, contract: Contract) -> Iterator[str]:
        """See CareerSource; the order is that of ``id``."""
        field_map = self.maps[contract.dataset]
        with self.reading(field_map.table, field_map.where) as connection:
            whole = self.view(connection, contract)
            whole.places("id")
            wanted = {
                place
                for pick in whole.plan.picks
                if pick.target in ("id", "updated_at", "deleted_at")
                for place in pick.indices
            }
            columns = tuple(column for place, column in enumerate(whole.columns) if place in wanted)
            kinds = tuple(kind for place, kind in enumerate(whole.types) if place in wanted)
            view = View(field_map, whole.table, columns, kinds, field_map.plan(columns))
            for record in self._rows(connection, view, sa.true(), view.places("id")):
                if not deleted(record):
                    yield as_text(record["id"]) or ""

    def _rows(
        self, connection: sa.Connection, view: View, condition: Condition, order: Sequence[int]
    ) -> Iterator[Record]:
        """Records that satisfy ``condition``, by the columns at ``order``, which must tell rows apart."""
        deadline = time.monotonic() + self._deadline_s
        columns = [sa.column(view.columns[place]) for place in order]
        last: tuple[Any, ...] | None = None
        seen, fetched = 0, self.segment_rows
        while fetched == self.segment_rows:
            after = condition if last is None else sa.and_(condition, at_or_after(columns, last))
            query = self._query(view, after).order_by(*columns).limit(self.segment_rows)
            # A later segment begins with the last row of the one before: if it does not, rows moved.
            overlap, fetched = last, 0
            for row in _stream(connection, query):
                place = tuple(row[index] for index in order)
                fetched += 1
                if overlap is not None:
                    if place != overlap:
                        break
                    overlap = None
                    continue
                _distinct(view, place, last)
                last = place
                seen += 1
                if seen % FETCH_ROWS == 0 and time.monotonic() > deadline:
                    raise SourceError(
                        f"{view.table.fullname}: not read within {self._deadline_s} s (BATANG_CAREER_DEADLINE_S)"
                    )
                yield view.record(row)
            if overlap is not None:
                raise WindowMoved(f"{view.table.fullname}: the row we had come to has moved")
        counting = sa.select(sa.func.count()).select_from(view.table).where(condition)
        counted = connection.execute(counting).scalar_one()
        if counted != seen:
            raise WindowMoved(f"{view.table.fullname}: {seen} rows read, {counted} counted")

    @staticmethod
    def _query(view: View, condition: Condition) -> sa.Select[Any]:
        # Untyped columns: values come as the driver gives them, and are shown by ``renders``.
        return sa.select(*map(sa.column, view.columns)).select_from(view.table).where(condition)


def _stream(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    with connection.execute(query, execution_options={"yield_per": FETCH_ROWS}) as result:
        yield from result


def _distinct(view: View, place: tuple[Any, ...], last: tuple[Any, ...] | None) -> None:
    if place[-1] is None:
        raise SourceError(f"{view.table.fullname}: a row has no id; the source must give every row one")
    if place == last:
        raise SourceError(
            f"{view.table.fullname}: two rows have the same id and time of change: name a column that is "
            f"unique for id in {view.field_map.where}"
        )


def _unreachable(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and not database_errors.refused(error)


@contextmanager
def open_database_source(settings: Settings) -> Generator[DatabaseSource]:
    """The database source of the settings; raises ConfigurationError if it is not configured."""
    engine = make_engine(settings)
    try:
        yield DatabaseSource(engine, settings)
    finally:
        engine.dispose()
