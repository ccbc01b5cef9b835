"""Reading a built world back: its settings, and its rows as a table has them."""

import json
import re
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.waktu import WIB

Kind = Literal["bilangan", "tanggal", "waktu", "teks"]
STAMPS = ("created_at", "updated_at", "deleted_at")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])")
LARGEST = 2**63


@dataclass(frozen=True)
class Table:
    """One dataset as a table: ``columns`` = {name: what every value of it is}; a dirty column is ``teks``."""

    dataset: str
    columns: dict[str, Kind]

    @property
    def name(self) -> str:
        """The table's name: the dataset's, with underscores."""
        return self.dataset.replace("-", "_")


class WorldReader:
    """Reads one world file, row by row."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def meta(self) -> dict[str, str]:
        """What the world was built with: ``people, seed, until, history_start``."""
        return dict(self._connection.execute("SELECT kunci, nilai FROM meta"))

    def tables(self) -> list[Table]:
        """Every dataset with its columns in the order the source shows them; reads the whole world once."""
        names = self._connection.execute("SELECT DISTINCT dataset FROM catatan ORDER BY 1").fetchall()
        return [Table(name, self._columns(name)) for (name,) in names]

    def rows(self, table: Table, since: datetime | None = None) -> Iterator[list[Any]]:
        """The values of each row in the table's column order, by id; ``since``: only what changed from then on."""
        start = "" if since is None else since.astimezone(WIB).isoformat(timespec="seconds")
        for row in self._records(table.dataset):
            if row["updated_at"] >= start:
                yield [row.get(name) for name in table.columns]

    def _records(self, dataset: str) -> Iterator[dict[str, Any]]:
        found = self._connection.execute("SELECT isi FROM catatan WHERE dataset = ? ORDER BY id", [dataset])
        for (text,) in found:
            yield json.loads(text)

    def _columns(self, dataset: str) -> dict[str, Kind]:
        order: list[str] = ["id"]
        kinds: dict[str, set[Kind]] = {}
        for row in self._records(dataset):
            if row.keys() != kinds.keys():
                order += [name for name in row if name not in kinds and name != "id"]
                for name in row:
                    kinds.setdefault(name, set())
            for name, value in row.items():
                if value is not None:
                    kinds[name].add(_kind(value))
        columns: dict[str, Kind] = {}
        for name in order:
            columns[name] = next(iter(kinds[name])) if len(kinds[name]) == 1 else "teks"
        columns.update(dict.fromkeys(STAMPS, "waktu"))
        return columns


def _kind(value: Any) -> Kind:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        return "bilangan"
    return "tanggal" if isinstance(value, str) and _is_date(value) else "teks"


def _is_date(text: str) -> bool:
    if _DATE.fullmatch(text):
        return True
    try:
        return len(text) == 10 and datetime.strptime(text, "%Y-%m-%d").strftime("%Y-%m-%d") == text
    except ValueError:
        return False


@contextmanager
def reading(path: Path) -> Generator[WorldReader]:
    """The world in ``path``, read only; raises ConfigurationError if there is none."""
    if not path.is_file():
        raise ConfigurationError(
            f"dunia {path} tidak ada; bangun dulu dengan python -m batang_assets.sandbox.world --out BERKAS"
        )
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            connection.execute("SELECT dataset, id, isi FROM catatan LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(f"{path} bukan berkas dunia sintetis ({error})") from error
        yield WorldReader(connection)
