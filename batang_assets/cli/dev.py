"""``batang dev``: Dagster's webserver and daemon and the reports' server, until interrupted."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from batang_assets.errors import ConfigurationError
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.warehouse.project import ensure_manifest

HOST = "127.0.0.1"
START_S = 120.0


def serve(settings: Settings, port: int) -> None:
    """Serve until Ctrl-C, SIGTERM, or until one of the processes ends; stops all before it returns."""
    ensure_manifest()
    port, reports_port = port or _free_port(), _free_port()
    workspace = str(PROJECT_ROOT / "workspace.yaml")
    scripts = Path(sys.executable).parent
    log = settings.home / "dagster" / "dev.log"
    with log.open("ab") as file:
        processes = [
            subprocess.Popen(
                [str(scripts / command[0]), *command[1:]],
                stdout=file,
                stderr=file,
                cwd=settings.home,
                env=os.environ
                | {"BATANG_REPORTS_URL": settings.reports_url or f"http://{HOST}:{reports_port}"},
            )
            for command in (
                ["dagster-webserver", "-h", HOST, "-p", str(port), "-w", workspace],
                ["dagster-daemon", "run", "-w", workspace],
                ["python", "-m", "batang_assets.reports.serve", "--port", str(reports_port)],
            )
        ]
        try:
            _wait(processes, port, log)
            sys.stdout.write(f"Dagster:        http://{HOST}:{port}\n")
            sys.stdout.write(f"laporan mutu:   http://{HOST}:{reports_port}\n")
            for name, url in (("Batang Career", settings.career_url), ("SIAPkerja", settings.siapkerja_url)):
                if url:
                    sys.stdout.write(f"{name + ':':<15} {url}\n")
            sys.stdout.write(f"outputs:        {settings.outputs}\nlog:            {log}\nCtrl-C ends it.\n")
            sys.stdout.flush()
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            raise ConfigurationError(f"a Dagster process ended by itself: see {log}")
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=60)


def _wait(processes: list[subprocess.Popen[bytes]], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            break
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.3)
    raise ConfigurationError(f"Dagster does not come up on port {port}: see {log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
