"""People written by hand, through the real door, for tests of who is who."""

from typing import Any

import psycopg

from batang_assets.settings import Settings
from tests.quality.source_rows import Rows, load, record

DAY = {"L": 0, "P": 40}


def nik_of(birth: str, sex: str, serial: int, region: str = "332504") -> str:
    """A sound NIK of someone born on ``birth`` (YYYY-MM-DD)."""
    year, month, day = birth.split("-")
    return f"{region}{int(day) + DAY[sex]:02d}{month}{year[2:]}{serial:04d}"


def person(
    wire: str, number: int, name: str, birth: str, sex: str = "L", serial: int | None = 1, **changes: Any
):
    """A record of one person; ``serial`` None leaves the NIK out."""
    nik = None if serial is None else nik_of(birth, sex, serial)
    # A phone and a reference of their own would tell people apart, or join them, where a test means to.
    own: dict[str, Any] = {"nama_lengkap": name, "tanggal_lahir": birth, "jenis_kelamin": sex, "nik": nik}
    if wire == "pencari-kerja":
        own["no_hp"] = None
    if wire == "penempatan":
        own["pencari_kerja_id"] = None
    return wire, record(wire, number, **(own | changes))


def take_in(connection: psycopg.Connection, settings: Settings, rows: Rows) -> None:
    """Load them as one reading."""
    load(connection, settings, rows)


def persons(connection: psycopg.Connection) -> dict[str, str]:
    """Record → person, as the warehouse will have it, for records without a usable NIK and for moved pseudonyms."""
    return dict(
        connection.execute("select asal_id, orang_id from vault.tautan_orang where sampai is null").fetchall()
    )


def proposals(connection: psycopg.Connection) -> dict[tuple[str, str], str]:
    """Pair of records → why it is only proposed."""
    rows = connection.execute(
        "select catatan_a, catatan_b, sebab from vault.tautan_pasangan where putusan = 'usulan'"
    ).fetchall()
    return {(min(a, b), max(a, b)): why for a, b, why in rows}
