"""The history of one record, told by the ledger."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from batang_assets.cli.delivery import verify_ledger_bundle
from batang_assets.errors import DataError
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.receipts import describe, history, standing
from batang_assets.siapkerja.resend import request_resend
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt

QUICK = Limits(deadline_s=20, timeout_s=2, attempts=3, first_wait_s=0.01, longest_wait_s=0.02)


@pytest.fixture
def world(connection: psycopg.Connection, ring: KeyRing) -> Dunia:
    made = Dunia(connection, ring)
    made.reset()
    for number in range(1, 5):
        made.employer(number)
    made.open_gates()
    return made


@pytest.fixture
def deliver(
    connection: psycopg.Connection, ring: KeyRing, house: Settings
) -> Callable[[Callable[[Request, int], Reply]], None]:
    def run(script: Callable[[Request, int], Reply]) -> None:
        enqueue(connection, ring, house, OKTOBER, "run-uji")
        with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
            send_pending(connection, ring, client)

    return run


def test_a_record_tells_its_attempts_splits_and_results_in_order(
    connection: psycopg.Connection, ring: KeyRing, world: Dunia, deliver: Callable[..., None]
) -> None:
    def script(request: Request, count: int) -> Reply:
        if count == 1:
            return problem(503, "SIBUK")
        if len(json.loads(request.body)["catatan"]) > 2:
            return problem(413, "TERLALU_BESAR")
        answer = receipt(request)
        for result in answer.payload["hasil"]:
            if result["id_daerah"].endswith(":2"):
                result |= {
                    "status": "ditolak",
                    "galat": [{"bidang": "nib", "kode": "FORMAT", "pesan": "rahasia"}],
                }
        return answer

    deliver(script)
    events = history(connection, "batang:pemberi-kerja:2")
    assert [event.kind for event in events] == [
        "percobaan",
        "percobaan",
        "dipecah",
        "percobaan",
        "tanda_terima",
    ]
    assert [event.number for event in events] == sorted(event.number for event in events)
    assert len({event.key for event in events[:3]}) == 1
    assert len({event.key for event in events}) == 2
    assert (events[-1].result, events[-1].codes, events[-1].version) == ("ditolak", ("FORMAT",), 1)
    assert events[-1].received_at == "2026-10-31T00:00:00Z"
    assert history(connection, "batang:pemberi-kerja:1")[-1].result == "diterima"
    connection.commit()
    world.change("pemberi-kerja", 2, nib="1234567890124")
    deliver(lambda request, _: receipt(request))
    later = history(connection, "batang:pemberi-kerja:2")
    assert later[: len(events)] == events
    assert [(event.kind, event.version) for event in later[len(events) :]] == [
        ("percobaan", 2),
        ("tanda_terima", 2),
    ]
    now = standing(connection, "batang:pemberi-kerja:2")
    assert (now.version, now.acknowledged_version, now.state) == (2, 2, "diterima")
    lines = describe(now, later)
    assert len(lines) == 1 + len(later)
    assert "diakui versi 2" in lines[0]
    assert "rahasia" not in "".join(lines)


def test_a_request_by_hand_is_part_of_the_history(
    connection: psycopg.Connection, ring: KeyRing, world: Dunia, deliver: Callable[..., None]
) -> None:
    deliver(lambda request, _: receipt(request))
    request_resend(connection, ring, "batang:pemberi-kerja:3")
    deliver(lambda request, _: receipt(request))
    kinds = [event.kind for event in history(connection, "batang:pemberi-kerja:3")]
    assert kinds == ["percobaan", "tanda_terima", "kirim_ulang", "percobaan", "tanda_terima"]


def test_an_unknown_record_is_said_in_one_line_without_repeating_what_was_typed(
    connection: psycopg.Connection, world: Dunia
) -> None:
    with pytest.raises(DataError) as raised:
        standing(connection, "3325115708990207")
    assert "3325115708990207" not in str(raised.value)
    assert history(connection, "batang:pemberi-kerja:99") == []


def command(house: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """One of the delivery commands as its own process."""
    assert house.database_url
    variables = {
        "BATANG_HOME": str(house.home),
        "BATANG_DATABASE_URL": house.database_url.get_secret_value(),
    }
    code = (
        "import typer; from batang_assets.cli import delivery; app = typer.Typer();"
        "app.command()(delivery.receipt); app.command()(delivery.resend);"
        "app.add_typer(delivery.ledger_app, name='ledger'); app()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **variables},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )


def test_the_commands_print_what_an_operator_needs(
    connection: psycopg.Connection,
    world: Dunia,
    deliver: Callable[..., None],
    house: Settings,
    tmp_path: Path,
) -> None:
    deliver(lambda request, _: receipt(request))
    told = command(house, "receipt", "batang:pemberi-kerja:3")
    assert (told.returncode, len(told.stdout.splitlines())) == (0, 3), told.stderr
    assert "pemberi-kerja: versi 1 (simpan) diterima, diakui versi 1" in told.stdout
    asked = command(house, "resend", "batang:pemberi-kerja:3")
    assert asked.stdout.startswith("batang:pemberi-kerja:3 dikirim lagi"), asked.stderr
    assert connection.execute("select count(*) from delivery.catatan_status where ulangi").fetchone() == (1,)
    bundle = tmp_path / "bundel.jsonl"
    assert command(house, "ledger", "export", str(bundle)).returncode == 0
    assert verify_ledger_bundle(bundle).startswith("berkas buku besar utuh: 4 entri")
    lines = bundle.read_text().splitlines()
    bundle.write_text("\n".join([*lines[:2], *lines[3:]]) + "\n")
    with pytest.raises(DataError, match="entri 3"):
        verify_ledger_bundle(bundle)
    nobody = command(house, "receipt", "batang:pemberi-kerja:99")
    assert (nobody.returncode, len(nobody.stderr.splitlines())) == (1, 1)
