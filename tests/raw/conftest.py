"""A small world and a sandbox Batang Career that serves it, one a test module."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from batang_assets.sandbox.world import build_world
from batang_assets.settings import Settings


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dunia") / "dunia.sqlite"
    build_world(path, people=400, seed=7, until=datetime.fromisoformat("2026-10-31T23:59:59+07:00"))
    return path


@pytest.fixture(scope="module")
def source(world: Path, new_settings: Callable[..., Settings]) -> Iterator[Settings]:
    """Settings that reach a sandbox Batang Career of this module's own."""
    token = world.parent / "token"
    token.write_text("token-uji")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "batang_assets.sandbox.batang_career", "--world", str(world)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--token-file", str(token)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield new_settings(career_url=f"http://127.0.0.1:{port}", career_token="token-uji")
    finally:
        process.terminate()
        process.wait(timeout=20)
