"""Looking at what a source offers, kind by kind: column names and a bounded sample, nothing taken in."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from batang_assets.contracts import Contract
from batang_assets.errors import SourceError
from batang_assets.raw.database.schema import columns_of, table_names
from batang_assets.raw.database.source import DatabaseSource, open_database_source
from batang_assets.raw.extract import BEGINNING
from batang_assets.raw.field_map import FieldMap, load_field_maps
from batang_assets.raw.files.examination import form_of
from batang_assets.raw.files.intake import is_drop
from batang_assets.raw.files.layout import Recogniser, TableReader
from batang_assets.raw.files.tabular import DropRefused, tables
from batang_assets.raw.http import HttpSource, open_http_source
from batang_assets.raw.source import Record
from batang_assets.raw.sources import source_kind
from batang_assets.settings import Settings

SAMPLE_RECORDS = 1000
RECENT = timedelta(days=31)
NEWEST_DROPS = 50
TABLES_LISTED = 100


@dataclass
class Found:
    """What a source shows of a dataset.

    ``names``: contract (or own) name → the source's name, also of columns without a value, where the kind of
    source can tell; ``dropped``: source columns that are not taken. ``problem``: why it cannot be read.
    """

    place: str
    records: list[Record] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    problem: str | None = None


Look = Callable[[Contract], Found]


@contextmanager
def open_look(settings: Settings) -> Generator[tuple[Look, list[str]]]:
    """A function that looks at one dataset, and notes about the source as a whole.

    Raises ConfigurationError or SourceError if the source cannot be read at all; the function raises SourceError
    or WindowMoved if a dataset cannot.
    """
    match source_kind(settings):
        case "http":
            with open_http_source(settings) as http:
                http.check()
                yield lambda contract: _look_http(http, contract, settings), []
        case "database":
            with open_database_source(settings) as database:
                database.check()
                yield lambda contract: _look_database(database, contract), _tables(database)
        case "files":
            found, notes = look_files(
                "BATANG_CAREER_FILES", settings.career_files, load_field_maps(settings.career_map)
            )
            yield lambda contract: found[contract.dataset], notes


def _look_http(source: HttpSource, contract: Contract, settings: Settings) -> Found:
    """The last month's records first, so that a new column is seen; then the oldest."""
    now = settings.now()
    records = list(islice(source.window(contract, now - RECENT, now), SAMPLE_RECORDS))
    if len(records) < SAMPLE_RECORDS:
        older = source.window(contract, BEGINNING, now - RECENT)
        records += islice(older, SAMPLE_RECORDS - len(records))
    problem = None if records else "no record is there to see its columns by"
    return Found(f"/api/v1/{contract.dataset}", records, problem=problem)


def _tables(source: DatabaseSource) -> list[str]:
    """A note of the tables that are there, if a map names one that is not: who writes a map needs their names."""
    with source.reading("the Batang Career database", "the field map") as connection:
        there = table_names(connection)
        if all(columns_of(connection, field_map.table) for field_map in source.maps.values()):
            return []
    listed = ", ".join(there[:TABLES_LISTED]) + (", …" if len(there) > TABLES_LISTED else "")
    return [f"tables and views in the database: {listed or 'none that this user may see'}"]


def _look_database(source: DatabaseSource, contract: Contract) -> Found:
    field_map = source.maps[contract.dataset]
    with source.reading(field_map.table, field_map.where) as connection:
        view = source.look(connection, contract)
        records = list(source.sample(connection, view, SAMPLE_RECORDS))
    names = {
        pick.target: " + ".join(view.columns[place] for place in pick.indices) or "(tetap)"
        for pick in view.plan.picks
    }
    names |= {name: view.columns[place] for name, place in view.plan.extra}
    return Found(field_map.table, records, names, view.dropped, view.fault)


def look_files(
    setting: str, folder: Path | None, maps: Mapping[str, FieldMap]
) -> tuple[dict[str, Found], list[str]]:
    """What the newest drops of a folder hold of each dataset of ``maps``, and notes about those of none.

    ``setting``: the variable that names the folder. Raises SourceError if it cannot be read.
    """
    recogniser = Recogniser(maps)
    found = {dataset: Found("", problem="no readable drop in the folder holds it") for dataset in maps}
    notes = []
    for path in _newest(setting, folder):
        try:
            for reader in _readers(path, recogniser):
                if reader.field_map is not None:
                    _take(path, reader, found[reader.field_map.contract.dataset])
        except DropRefused as refused:
            notes.append(f"{path.name}: {refused}")
        except OSError as error:
            notes.append(f"{path.name}: cannot be read ({error.strerror})")
    return found, notes


def _take(path: Path, reader: TableReader, found: Found) -> None:
    found.place = f"{found.place}, {path.name}" if found.place else path.name
    found.problem = None
    room = SAMPLE_RECORDS - len(found.records)
    found.records += (parsed.record for parsed in islice(reader.records(), room))


def _newest(setting: str, folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    try:
        drops = [path for path in folder.iterdir() if is_drop(path) and path.is_file()]
        return sorted(drops, key=lambda path: path.stat().st_mtime, reverse=True)[:NEWEST_DROPS]
    except OSError as error:
        raise SourceError(f"{setting}: {folder} cannot be read ({error.strerror})") from None


def _readers(path: Path, recogniser: Recogniser) -> Generator[TableReader]:
    form = form_of(lambda: path.open("rb"), path.name, recogniser)
    with path.open("rb") as stream:
        for table in tables(stream, form):
            yield TableReader(table, form, recogniser, path.name)
