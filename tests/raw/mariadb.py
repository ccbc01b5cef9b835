"""A private MariaDB server for tests: its own data folder, loopback only, stopped by its process id."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pymysql
import pytest

WAIT_S = 60


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/libexec")


def require_mariadb() -> tuple[str, str]:
    """The server and its installer; without them the test is skipped, in CI it fails."""
    server, install = _program("mariadbd"), _program("mariadb-install-db")
    if server and install:
        return server, install
    reason = "no mariadbd on this machine (Debian: mariadb-server)"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: CI must not skip this")
    pytest.skip(reason)


@contextmanager
def running_mariadb() -> Generator[str]:
    """The SQLAlchemy URL of a new server's administrator, without a database."""
    server, install = require_mariadb()
    # Not tmp_path: a Unix socket's path may have 100 bytes at most.
    with tempfile.TemporaryDirectory(prefix="batang-mariadb-", dir="/tmp") as folder:
        data, password = Path(folder) / "data", secrets.token_hex(8)
        root = ["--user=root"] if os.geteuid() == 0 else []
        made = subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db", *root],
            capture_output=True, text=True, check=False, timeout=WAIT_S * 3,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = (Path(folder) / "log").open("wb")
        process = subprocess.Popen(
            [server, "--no-defaults", f"--datadir={data}", f"--socket={folder}/s", f"--port={port}",
             "--bind-address=127.0.0.1", f"--pid-file={folder}/pid", "--innodb-buffer-pool-size=32M",
             "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", *root],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait(process, f"{folder}/s", password, Path(folder) / "log")
            yield f"mariadb+pymysql://root:{password}@127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=WAIT_S)
            log.close()


def _wait(process: subprocess.Popen[bytes], path: str, password: str, log: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            connection = pymysql.connect(unix_socket=path, user="root")
        except pymysql.OperationalError:
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
            continue
        with connection, connection.cursor() as cursor:
            cursor.execute("select user, host from mysql.user where user in ('root', '')")
            for user, host in cursor.fetchall():
                if user:
                    cursor.execute("set password for %s@%s = password(%s)", [user, host, password])
                else:
                    cursor.execute("drop user %s@%s", [user, host])
        return
