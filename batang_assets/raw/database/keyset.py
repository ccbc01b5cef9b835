"""Where a window begins and ends in a source's own columns, and going on after the last row seen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, types
from sqlalchemy.dialects import mysql

from batang_assets.errors import SourceError
from batang_assets.raw.converters import EXCEL_EPOCHS, WIB

DAY = timedelta(days=1)
# Forms whose text order is time order: the larger unit first, all of fixed width.
_SORTED = re.compile(r"%Y\D?%m\D?%d(?:\D?%H(?:\D?%M(?:\D?%S)?)?)?")


def at_or_after(columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> ColumnElement[bool]:
    """``(columns) >= (values)``, spelt out: servers use an index for this and not for a comparison of rows."""
    head, value = columns[0], values[0]
    if len(columns) == 1:
        return head >= value
    rest = or_(head > value, and_(head == value, at_or_after(columns[1:], values[1:])))
    return and_(head >= value, rest)


@dataclass(frozen=True)
class TimeColumn:
    """A source column that orders the rows by time, and the converters the map puts on it."""

    name: str
    type: types.TypeEngine[Any]
    steps: tuple[str, ...]


class Clock:
    """Turns an instant into values to compare the time columns with.

    One column that holds the whole time, or two: the day and the time of day. Raises SourceError, naming the
    map's line, for columns whose order is not that of time.
    """

    def __init__(self, columns: Sequence[TimeColumn], zone: tzinfo, where: str) -> None:
        if not 1 <= len(columns) <= 2:
            raise SourceError(f"{where}: updated_at is one column, or a day and a time of day")
        self._columns = columns
        self._zone = zone
        self._where = where

    def bound(self, moment: datetime, *, upper: bool) -> list[Any]:
        """Values for the columns; ``upper`` rounds up what holds days only, else it rounds down."""
        if len(self._columns) == 2:
            zone = UTC if "waktu_utc" in self._columns[0].steps else WIB
            local = moment.astimezone(zone).replace(tzinfo=None)
            day, clock = self._columns
            return [_day(day.type, local), local.time() if _is(clock, types.Time) else f"{local:%H:%M:%S}"]
        return [self._single(self._columns[0], moment, upper)]

    def _single(self, column: TimeColumn, moment: datetime, upper: bool) -> Any:
        kind = column.type
        if isinstance(kind, types.DateTime):
            if kind.timezone:
                return moment
            zone = WIB if isinstance(kind, mysql.TIMESTAMP) else self._zone
            return moment.astimezone(zone).replace(tzinfo=None)
        local = moment.astimezone(WIB).replace(tzinfo=None)
        if isinstance(kind, types.Date):
            return _whole_day(local, upper).date()
        step = column.steps[0] if len(column.steps) == 1 else None
        name, _, argument = (step or "").partition(":")
        if isinstance(kind, types.Numeric | types.Integer):
            return self._number(name, argument, moment, local, upper)
        if isinstance(kind, types.String):
            return self._text(name, argument, column.steps, moment, local, upper)
        raise self._fault(f"column {column.name} is of type {type(kind).__name__}")

    def _number(self, name: str, argument: str, moment: datetime, local: datetime, upper: bool) -> Any:
        if name == "waktu_epoch":
            return moment.timestamp() * (1000 if argument == "ms" else 1)
        if name in ("waktu_excel", "tanggal_excel"):
            day = _whole_day(local, upper) if name == "tanggal_excel" else local
            return (day - EXCEL_EPOCHS[argument or "1900"]) / DAY
        raise self._fault("a number needs the converter waktu_epoch, waktu_excel or tanggal_excel")

    def _text(
        self, name: str, argument: str, steps: tuple[str, ...], moment: datetime, local: datetime, upper: bool
    ) -> str:
        if not steps:
            return moment.astimezone(WIB).isoformat(timespec="seconds")
        if name in ("waktu_wib", "waktu_utc"):
            return f"{moment.astimezone(UTC if name == 'waktu_utc' else WIB):%Y-%m-%d %H:%M:%S}"
        if name in ("waktu", "tanggal") and _SORTED.fullmatch(argument):
            return f"{_whole_day(local, upper) if '%H' not in argument else local:{argument}}"
        raise self._fault("its text does not sort by time (year, month, day, time would)")

    def _fault(self, reason: str) -> SourceError:
        return SourceError(f"{self._where}: updated_at cannot be read by windows: {reason}")


def _is(column: TimeColumn, kind: type[types.TypeEngine[Any]]) -> bool:
    return isinstance(column.type, kind)


def _day(kind: types.TypeEngine[Any], local: datetime) -> Any:
    return local.date() if isinstance(kind, types.Date) else f"{local:%Y-%m-%d}"


def _whole_day(local: datetime, upper: bool) -> datetime:
    """The day's beginning; for an upper bound inside a day, the next day's: rows of today belong to it."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + DAY if upper and midnight != local else midnight
