"""What a database driver hands over, as the extract API would show it.

Numbers keep their digits (``NumberText``), times are RFC 3339 in WIB, dates and times of day ISO, booleans stay
booleans; NULL and '' stay what they are. A value that is no real time (zero date, infinity, a year BC) passes
as the server writes it.
"""

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import mysql

from batang_assets.raw.converters import WIB, rfc3339
from batang_assets.vault.values import NumberText

Render = Callable[[Any], Any]

_MOMENT = re.compile(
    r"([1-9]\d{3}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:([+-]\d\d)(?::?(\d\d))?)?", re.ASCII
)


def renderer(column_type: types.TypeEngine[Any], zone: tzinfo) -> Render:
    """The function for values of a column; ``zone`` is that of times without one. Not for None."""
    if isinstance(column_type, mysql.TIMESTAMP):
        # MySQL keeps an instant and shows it in the session's zone, which we set.
        zone = WIB
    if isinstance(column_type, types.DateTime):
        return lambda value: _moment(value, zone)
    if isinstance(column_type, mysql.BIT):
        return _bits if (column_type.length or 1) > 1 else lambda value: value != b"\0"
    if isinstance(column_type, types.CHAR):
        # Padding to the column's width is the server's, not the person's.
        return lambda value: value.rstrip(" ") if isinstance(value, str) else plain(value, zone)
    return lambda value: plain(value, zone)


def plain(value: Any, zone: tzinfo = WIB) -> Any:
    """One value by its Python type alone."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return NumberText(value)
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, bytes | bytearray | memoryview):
        # Bytes that are no UTF-8 stay recoverable in the vault; the door replaces them in what flows on.
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, datetime):
        return _moment(value, zone)
    if isinstance(value, timedelta):
        return _time_of_day(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, zone) for item in value]
    return str(value) if isinstance(value, uuid.UUID) else f"{value}"


def _number(value: float | Decimal) -> str:
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    text = f"{number:f}"
    return NumberText(text.rstrip("0").rstrip(".") if "." in text else text)


def _bits(value: Any) -> Any:
    return NumberText(int.from_bytes(value, "big")) if isinstance(value, bytes) else plain(value)


def _time_of_day(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def _moment(value: Any, zone: tzinfo) -> Any:
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else value
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return plain(text, zone)
    day, clock, fraction, hours, minutes = found.groups()
    fraction = (fraction or "").rstrip("0")
    shown = f"{day}T{clock}.{fraction}" if fraction else f"{day}T{clock}"
    if hours is None and zone is WIB:
        return shown + "+07:00"
    if hours == "+07" and minutes in (None, "00"):
        return shown + "+07:00"
    try:
        moment = datetime.fromisoformat(shown + (f"{hours}:{minutes or '00'}" if hours else ""))
        return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return text
