"""Taking drops in: found in the folder, fingerprinted, kept sealed, examined once.

The operator's file stays where it is, untouched. What counts is its content (SHA-256): the same content under
another name is the same drop. Everything is read from the archive afterwards, so that removing or replacing the
file in the folder loses nothing.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from batang_assets.contracts import all_contracts
from batang_assets.errors import SourceError
from batang_assets.raw.field_map import MAPS
from batang_assets.raw.files.archive import CHUNK_BYTES, ContentMoved, archive_path, keep
from batang_assets.raw.files.examination import Reading
from batang_assets.raw.files.register import Register
from batang_assets.settings import Settings

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
# A file that changed less than this ago may still be being written.
QUIET_S = 5.0
# Raised when this code reads the same file differently, so that drops are examined again.
READER = 1


@dataclass(frozen=True)
class Look:
    """A file in the folder as it was at one moment."""

    path: Path
    size: int
    changed_ns: int

    @classmethod
    def at(cls, path: Path) -> "Look | None":
        """The file now; None if it is gone or no ordinary file."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return cls(path, status.st_size, status.st_mtime_ns) if path.is_file() else None

    @property
    def age_s(self) -> float:
        """Seconds since the last change by the wall clock; below 0 where the file's clock is ahead."""
        return time.time() - self.changed_ns / 1e9


@dataclass(frozen=True)
class Folder:
    """A folder of drops: whose they are, the setting that names it, and the folder of its own field maps."""

    source: str
    setting: str
    path: Path
    maps: Path | None


class Intake:
    """Takes the drops of one folder into the register."""

    def __init__(
        self, settings: Settings, folder: Folder, register: Register, reading: Reading, run_id: str | None
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._register = register
        self._reading = reading
        self._run_id = run_id
        self._maps = fingerprint_of_maps(folder.maps, folder.source)

    def look(self) -> list[Look]:
        """The drops in the folder now, oldest first; raises SourceError if it cannot be read."""
        try:
            looks = [Look.at(path) for path in self._folder.path.iterdir() if is_drop(path)]
        except OSError as error:
            raise SourceError(
                f"{self._folder.setting}: {self._folder.path} cannot be read ({error.strerror})"
            ) from None
        # A later drop may hold a later version of the same row.
        return sorted((look for look in looks if look), key=lambda look: (look.changed_ns, look.path))

    def take_in(self, *, wait: bool, budget_s: float | None = None, largest: int | None = None) -> list[Look]:
        """Register what is new, and examine again what was examined by other field maps.

        ``wait``: give files that are too young the time to become still; else they are left for later. After
        ``budget_s`` nothing further is begun; new files of more than ``largest`` bytes are left and returned.
        Raises SourceError if the folder cannot be read.
        """
        with self._register.locked():
            begun = time.monotonic()
            left: list[Look] = []
            for drop in self._register.examined_otherwise(self._maps):
                if budget_s is None or time.monotonic() - begun < budget_s:
                    found = self._reading.examine(drop.digest, drop.name, drop.arrived)
                    self._register.update(drop, found, maps=self._maps)
            for look in self._still(self._new(), wait=wait):
                if largest is not None and look.size > largest:
                    left.append(look)
                elif budget_s is None or time.monotonic() - begun < budget_s:
                    self._take(look)
            return left

    def _new(self) -> list[Look]:
        looks = self.look()
        self._register.forget_all_but(look.path.name for look in looks)
        seen = self._register.seen()
        return [look for look in looks if seen.get(look.path.name) != (look.size, look.changed_ns)]

    @staticmethod
    def _still(looks: list[Look], *, wait: bool) -> list[Look]:
        young = [look for look in looks if look.age_s < QUIET_S]
        if not young or not wait:
            return [look for look in looks if look not in young]
        time.sleep(min(QUIET_S, QUIET_S - min(look.age_s for look in young)))
        return [look for look in looks if Look.at(look.path) == look]

    def _take(self, look: Look) -> None:
        try:
            digest = _fingerprint(look.path)
            known = self._register.knows(digest)
            if not known:
                with look.path.open("rb") as file:
                    keep(self._reading.ring, file, archive_path(self._settings.home, digest), digest)
        except (ContentMoved, FileNotFoundError):
            return
        except OSError as error:
            raise SourceError(f"{look.path} cannot be read or kept ({error.strerror})") from None
        if Look.at(look.path) != look:
            # Written to while it was read: a later look finds it whole.
            return
        if not known:
            # Before now, so that a window that ends now holds it, also where the pipeline's clock stands still.
            arrived = self._settings.now() - timedelta(seconds=1)
            found = self._reading.examine(digest, look.path.name, arrived)
            self._register.add(
                digest, look.path.name, look.size, arrived, found, maps=self._maps, run_id=self._run_id
            )
        self._register.name(look.path.name, look.size, look.changed_ns, digest)


def is_drop(path: Path) -> bool:
    """Whether a name is that of a drop.

    Hidden files and Excel's lock files are none; what is still being written (.part, .tmp) has another suffix.
    """
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


def _fingerprint(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()


def fingerprint_of_maps(folder: Path | None, source: str = "batang_career") -> bytes:
    """Changes with anything that decides how a drop is read: field maps, contracts, this code."""
    digest = hashlib.sha256(f"{READER}{all_contracts(source)!r}".encode())
    packaged = MAPS[source][0]
    folders: Iterable[Path] = (packaged, folder) if folder else (packaged,)
    for path in (path for place in folders for path in sorted(place.glob("*.y*ml"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()
