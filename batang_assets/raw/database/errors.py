"""What a database driver complains about, as one line of ours.

The driver's own words are never passed on: they quote values, users and addresses.
"""

import re
from typing import Any

from sqlalchemy.exc import DBAPIError

from batang_assets.errors import SourceError
from batang_assets.raw.source import WindowMoved

SETTING = "BATANG_CAREER_DATABASE_URL"
# SQLSTATEs of PostgreSQL and error numbers of MySQL and MariaDB.
NO_TABLE = {"42P01", 1146}
NO_COLUMN = {"42703", 1054}
NO_RIGHT = {"42501", 1142, 1143, 1044, 1227}
WRONG_TYPE = {"42883", "42804", "22007", "22P02", "22008"}
# The snapshot is gone or was disturbed: a new reading may succeed.
DISTURBED = {"40001", "40P01", "55000", 1205, 1213, 1412}
TOO_SLOW = {"57014", 1969, 3024}
REFUSED = {"28000", "28P01", 1045, 1698}
NO_DATABASE = {"3D000", 1049, 1044}
BUSY_WORDS = ("starting up", "shutting down", "too many", "recovery")
REFUSED_WORDS = ("password", "pg_hba", "authentication", "access denied", 'role "', "no encryption")


def code_of(error: DBAPIError) -> str | int | None:
    """The SQLSTATE or error number, if the driver gives one."""
    origin: Any = error.orig
    state = getattr(origin, "pgcode", None)
    if state:
        return str(state)
    first = origin.args[0] if origin is not None and origin.args else None
    return first if isinstance(first, int) else None


def refused(error: DBAPIError) -> bool:
    """Whether the server answered and will not have us: trying again is of no use."""
    words = str(error.orig).lower()
    busy = any(word in words for word in BUSY_WORDS)
    return code_of(error) in REFUSED | NO_DATABASE or ("fatal" in words and not busy)


def connecting(error: DBAPIError) -> SourceError:
    """The line for a connection that did not come about."""
    code, words = code_of(error), str(error.orig).lower()
    if code in NO_DATABASE or re.search(r'database "[^"]*" does not exist', words):
        reason = "has no such database, or not for this user"
    elif code in REFUSED or any(word in words for word in REFUSED_WORDS):
        reason = "refuses the user or the password"
    elif refused(error):
        reason = "refuses the connection: check user, password and database"
    else:
        reason = "cannot be reached: check host, port and network"
    return SourceError(f"the Batang Career database {reason} ({SETTING})")


def reading(error: DBAPIError, what: str, where: str) -> SourceError | WindowMoved:
    """The line for a query that failed. ``what``: the table; ``where``: the map that names it."""
    code = code_of(error)
    if code in DISTURBED:
        return WindowMoved(f"{what}: the server gave up our snapshot ({code})")
    if error.connection_invalidated:
        return WindowMoved(f"{what}: the connection was lost")
    if code in NO_TABLE:
        return SourceError(f"{what}: no such table: mend tabel in {where}")
    if code in NO_COLUMN:
        return SourceError(f"{what}: a column is not there any more: mend kolom in {where}")
    if code in NO_RIGHT:
        return SourceError(f"{what}: the user of {SETTING} may not read it: grant SELECT, or name the columns "
                           f"that may not be read under abaikan in {where}")  # fmt: skip
    if code in WRONG_TYPE:
        return SourceError(
            f"{what}: id or updated_at is of a type that cannot be compared: mend kolom in {where}"
        )
    if code in TOO_SLOW:
        return SourceError(
            f"{what}: not read within BATANG_CAREER_DEADLINE_S; an index on (updated_at, id) helps"
        )
    return SourceError(f"{what}: the query failed ({type(error.orig).__name__} {code or ''}".rstrip() + ")")
