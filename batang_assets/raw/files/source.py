"""A source as a folder of CSV and XLSX drops, one dataset a file: Batang Career (``BATANG_CAREER_FILES``), or
what SIAPkerja lets its operator extract (``BATANG_SIAPKERJA_FILES``).

The source shows the rows of every drop that ever came: what is in the folder now and what was kept of earlier
ones. A drop that repeats rows adds nothing, since a version is stored once.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime

from batang_assets.contracts import Contract
from batang_assets.database import connect
from batang_assets.errors import ConfigurationError, SourceError
from batang_assets.partitions import Period
from batang_assets.raw.extract import BEGINNING
from batang_assets.raw.field_map import FieldMap, deleted, load_field_maps
from batang_assets.raw.files.examination import Reading
from batang_assets.raw.files.intake import Folder, Intake
from batang_assets.raw.files.layout import Parsed, Recogniser
from batang_assets.raw.files.register import Drop, Register
from batang_assets.raw.files.tabular import DropRefused
from batang_assets.raw.source import Record
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.values import as_text


class FilesSource:
    """See CareerSource. New drops are taken in before anything is read."""

    def __init__(
        self,
        settings: Settings,
        maps: dict[str, FieldMap],
        register: Register,
        reading: Reading,
        intake: Intake,
    ) -> None:
        self._settings = settings
        self._maps = maps
        self._reading = reading
        self.register = register
        self.intake = intake

    def check(self) -> None:
        """Raises SourceError if the folder cannot be read."""
        self.intake.look()

    def window(self, contract: Contract, start: datetime, end: datetime) -> Iterator[Record]:
        """Records of all drops, in the order they came, that changed before ``end``, from ``start``'s month on.

        The whole month, and not from ``start`` on: a drop may bring rows from before the last watermark.
        """
        self.intake.take_in(wait=True)
        start = self._month_start(start)
        months = Period.of(start).first_day, Period.of(end).next().first_day
        for drop in self.register.holding(contract.dataset, *months):
            for parsed in self.records(drop, contract):
                if start <= parsed.placed(drop.arrived) < end:
                    yield parsed.record

    def live_ids(self, contract: Contract) -> Iterator[str]:
        """The ids in the newest drop of a dataset whose drops are full snapshots (``potret: true`` in its map)."""
        if not self.snapshots(contract):
            raise SourceError(
                f"{contract.dataset}: a row missing from a drop need not be gone; if every drop of it is a full "
                "snapshot, say `potret: true` in its field map (BATANG_CAREER_MAP)"
            )
        self.intake.take_in(wait=True)
        drop = self.register.newest(contract.dataset)
        if drop is None:
            raise SourceError(f"{contract.dataset}: no drop has come yet")
        shown: set[str] = set()
        for parsed in self.records(drop, contract):
            record_id = as_text(parsed.record["id"])
            if record_id is not None and record_id not in shown and not deleted(parsed.record):
                shown.add(record_id)
                yield record_id

    def snapshots(self, contract: Contract) -> bool:
        """Whether every drop of the dataset holds all rows (``potret: true`` in its map)."""
        return self._maps[contract.dataset].file.snapshot

    def _month_start(self, start: datetime) -> datetime:
        period = Period.of(start)
        return BEGINNING if period.key <= self._settings.first_period else period.start

    def records(self, drop: Drop, contract: Contract) -> Iterator[Parsed]:
        """The records of one accepted drop; raises SourceError if the field maps no longer fit it."""
        try:
            yield from self._reading.records(drop.digest, drop.name, drop.form, contract.dataset)
        except DropRefused as refused:
            # It was readable when it was taken in: the field maps changed under a running source.
            raise SourceError(f"{drop.name}: {refused}; run again, so that it is examined anew") from None


@contextmanager
def open_files_source(settings: Settings, run_id: str | None = None) -> Generator[FilesSource]:
    """Batang Career's drops; ``run_id``: who takes new ones in.

    Raises ConfigurationError if they are not configured, or if keys or field maps are wrong.
    """
    folder = settings.career_files
    if folder is None:
        raise ConfigurationError("no source: set BATANG_CAREER_FILES to the folder of CSV and XLSX drops")
    drops = Folder("batang_career", "BATANG_CAREER_FILES", folder, settings.career_map)
    with _open(settings, drops, run_id) as source:
        yield source


@contextmanager
def open_extracts(settings: Settings, run_id: str | None = None) -> Generator[FilesSource]:
    """SIAPkerja's extracts; ``run_id``: who takes new ones in. Raises as ``open_files_source``."""
    folder = settings.siapkerja_files
    if folder is None:
        raise ConfigurationError(
            "set BATANG_SIAPKERJA_FILES to the folder of SIAPkerja's CSV and XLSX extracts"
        )
    drops = Folder("siapkerja", "BATANG_SIAPKERJA_FILES", folder, settings.siapkerja_map)
    with _open(settings, drops, run_id) as source:
        yield source


@contextmanager
def _open(settings: Settings, folder: Folder, run_id: str | None) -> Generator[FilesSource]:
    if not folder.path.is_dir():
        raise ConfigurationError(f"{folder.setting}: {folder.path} is no folder")
    maps = load_field_maps(folder.maps, folder.source)
    reading = Reading(KeyRing.load(settings.keys), settings.home, Recogniser(maps))
    with connect(settings) as connection:
        connection.autocommit = True
        register = Register(connection, folder.source)
        intake = Intake(settings, folder, register, reading, run_id)
        yield FilesSource(settings, maps, register, reading, intake)
