"""A process that forks senders to be killed: all is imported and loaded once, a child starts in milliseconds.

One JSON command a line on standard input: ``failpoint`` and ``ke`` (die there, at that passing), or ``setelah_s``
(be killed after so long), or neither. Each child enqueues and sends once. Answers one line: ``sinyal``, ``rc``
(0 done, 3 stopped by an expected error), ``durasi_s``.
"""

import json
import os
import signal
import sys
import time
import traceback
from typing import Any

from batang_assets.database import connect
from batang_assets.errors import BatangError
from batang_assets.settings import get_settings
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.failpoints import NAMES, arm
from batang_assets.siapkerja.fields import field_map
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import JULI, OKTOBER, Dunia


def die_at(name: str, passing: int) -> None:
    passed = 0

    def hook(reached: str) -> None:
        nonlocal passed
        if reached not in NAMES:
            raise AssertionError(f"{reached} is not in NAMES")
        passed += reached == name
        if passed == passing and reached == name:
            os.kill(os.getpid(), signal.SIGKILL)

    arm(hook)


def work(command: dict[str, Any]) -> int:
    if command.get("failpoint"):
        die_at(command["failpoint"], command["ke"])
    settings = get_settings()
    limits = Limits(deadline_s=20, timeout_s=5, attempts=2, first_wait_s=0.001, longest_wait_s=0.002)
    secret = settings.siapkerja_client_secret
    assert secret is not None
    client = SiapkerjaClient(
        str(settings.siapkerja_url),
        str(settings.siapkerja_client_id),
        secret.get_secret_value(),
        "3325",
        limits,
    )
    with connect(settings) as connection, client:
        try:
            enqueue(connection, RING, settings, OKTOBER, "korban")
            send_pending(connection, RING, client)
        except BatangError as error:
            sys.stderr.write(f"stopped: {error}\n")
            return 3
    return 0


def run(command: dict[str, Any]) -> dict[str, Any]:
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work(command)
        except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as a parent
            traceback.print_exc()
        finally:
            os._exit(code)
    if "setelah_s" in command:
        time.sleep(command["setelah_s"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
    return {"sinyal": killed, "rc": code, "durasi_s": time.monotonic() - begun}


if __name__ == "__main__":
    RING = KeyRing.load(get_settings().keys)
    for domain in DOMAINS:
        field_map(domain.name)
    for month in JULI.up_to(OKTOBER):
        month.label  # noqa: B018 - reads the locale's data, half of what a child would do
    with connect(get_settings()) as warm:
        # In this process: a verdict is bound to the project's files as this process has read them.
        Dunia(warm, RING).open_gates()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
