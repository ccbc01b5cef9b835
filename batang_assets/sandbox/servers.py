"""The sandbox's servers as processes: started together, found again if they still run, ended by process id."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from batang_assets.errors import ConfigurationError

HOST = "127.0.0.1"
CLIENT_ID = "batang-3325"
STATE = "servers.json"
START_S = 60.0


def ensure_servers(folder: Path, *, people: int, seed: int, until: str) -> dict[str, str]:
    """Build the world if it is not there, start both counterparts unless they run; the settings that reach them.

    ``folder`` keeps the world, the centre's records, secrets and logs. Raises ConfigurationError if a server
    does not come up.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    world = folder / "dunia.sqlite"
    if not world.exists():
        _build(world, people, seed, until)
    token, secret = _secret(folder / "token"), _secret(folder / "client-secret")
    ports = _running_ports(folder)
    if ports is None:
        stop_servers(folder)
        ports = [_free_port(), _free_port()]
        started = [
            _start(folder, "batang_career", ports[0], "--world", world, "--token-file", token),
            _start(
                folder, "siapkerja", ports[1], "--store", folder / "siapkerja.sqlite", "--world", world,
                "--client-id", CLIENT_ID, "--client-secret-file", secret,
            ),
        ]  # fmt: skip
        state = {"ports": ports, "pids": [process.pid for process in started]}
        (folder / STATE).write_text(json.dumps(state))
        for process, port in zip(started, ports, strict=True):
            _wait(process, port, folder)
    return {
        "BATANG_CAREER_URL": f"http://{HOST}:{ports[0]}",
        "BATANG_CAREER_TOKEN_FILE": str(token),
        "BATANG_SIAPKERJA_URL": f"http://{HOST}:{ports[1]}",
        "BATANG_SIAPKERJA_CLIENT_ID": CLIENT_ID,
        "BATANG_SIAPKERJA_CLIENT_SECRET_FILE": str(secret),
    }


def stop_servers(folder: Path) -> None:
    """End the servers of ``folder`` that still run, by their process ids, and wait until they have."""
    ours = [psutil.Process(pid) for pid in _state(folder)["pids"] if _is_ours(pid)]
    for process in ours:
        process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(ours, timeout=20)
    for process in alive:
        process.kill()
    (folder / STATE).unlink(missing_ok=True)


def _build(world: Path, people: int, seed: int, until: str) -> None:
    command = [sys.executable, "-m", "batang_assets.sandbox.world", "--out", world]
    command += ["--people", str(people), "--seed", str(seed), "--until", until]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise ConfigurationError(f"the synthetic world could not be built (exit status {result.returncode})")


def _secret(path: Path) -> Path:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _start(folder: Path, name: str, port: int, *arguments: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"batang_assets.sandbox.{name}", "--host", HOST, "--port", str(port)]
    with (folder / f"{name}.log").open("ab") as log:
        # A group of its own: Ctrl-C must reach the run first, which then finds its counterparts alive.
        return subprocess.Popen(
            [*command, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise ConfigurationError(f"a sandbox server did not start: see the logs in {folder}")


def _state(folder: Path) -> dict[str, list[int]]:
    state = folder / STATE
    return json.loads(state.read_text()) if state.exists() else {"pids": [], "ports": []}


def _running_ports(folder: Path) -> list[int] | None:
    known = _state(folder)
    if not known["pids"] or not all(map(_is_ours, known["pids"])):
        return None
    for port in known["ports"]:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) != 0:
                return None
    return known["ports"]


def _is_ours(pid: int) -> bool:
    try:
        return any("batang_assets.sandbox" in part for part in psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return False
