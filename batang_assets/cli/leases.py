"""Who still uses the servers of a home: the last one out turns them off, also after a kill -9.

Each user leaves a file named by its process id in ``<home>/pemakai``; files of dead processes do not count.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil


class Leases:
    """The leases on one home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "pemakai"
        self._folder.mkdir(exist_ok=True)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the lock under which servers are started and stopped."""
        with (self._folder / ".kunci").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def take(self) -> None:
        """Say that this process uses the servers."""
        (self._folder / str(os.getpid())).touch()

    def release(self) -> bool:
        """Say that it no longer does; True if nobody else does either."""
        (self._folder / str(os.getpid())).unlink(missing_ok=True)
        alive = False
        for lease in self._folder.iterdir():
            if not lease.name.isdigit():
                continue
            if psutil.pid_exists(int(lease.name)):
                alive = True
            else:
                lease.unlink(missing_ok=True)
        return not alive
