"""Senders that are killed, senders at once, servers that lose answers: nothing lost, nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import COUNTS, OKTOBER, Dunia
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat

Start = Callable[..., Pusat]
Make = Callable[..., Settings]


def start_sender(settings: Settings) -> subprocess.Popen[bytes]:
    assert settings.database_url
    assert settings.siapkerja_url
    variables = {
        "BATANG_HOME": str(settings.home),
        "BATANG_DATABASE_URL": settings.database_url.get_secret_value(),
        "BATANG_SIAPKERJA_URL": settings.siapkerja_url,
        "BATANG_SIAPKERJA_CLIENT_ID": str(settings.siapkerja_client_id),
        "BATANG_SIAPKERJA_CLIENT_SECRET": SECRET,
        "BATANG_HTTP_TIMEOUT_S": "5",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.siapkerja.siapkerja_pengirim"],
        env={**os.environ, **variables},
        cwd=PROJECT_ROOT,
    )


def entries(connection: psycopg.Connection, kind: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        "select isi from delivery.buku_besar where jenis = %s order by nomor", [kind]
    ).fetchall()
    connection.commit()
    return [json.loads(row[0]) for row in rows]


def wait_for_attempts(connection: psycopg.Connection, sender: subprocess.Popen[bytes], count: int) -> None:
    until = time.monotonic() + 30
    while len(entries(connection, "percobaan")) < count:
        if sender.poll() is not None:
            return
        assert time.monotonic() < until, "the sender does not attempt anything"
        time.sleep(0.01)


def assert_delivered(connection: psycopg.Connection, ring: KeyRing, pusat: Pusat) -> None:
    """The centre holds exactly the current versions; every key went with the same bytes; the chain holds."""
    for domain, count in COUNTS.items():
        expected = {f"batang:{domain}:{number}": (1, False) for number in range(1, count + 1)}
        assert pusat.versions(domain) == expected
    digests: dict[str, set[str]] = defaultdict(set)
    for entry in entries(connection, "percobaan"):
        digests[entry["kunci"]].add(entry["sidik_isi"])
    assert all(len(found) == 1 for found in digests.values())
    receipts = [entry["kunci"] for entry in entries(connection, "tanda_terima")]
    assert sorted(receipts) == sorted(digests)
    named = [tuple(result[:2]) for entry in entries(connection, "tanda_terima") for result in entry["hasil"]]
    assert len(named) == len(set(named)) == sum(COUNTS.values())
    assert ledger.verify(connection, ring.public_key_pem()).ok
    connection.commit()
    open_batches = connection.execute(
        "select count(*) from delivery.kiriman where keadaan <> 'diakui'"
    ).fetchone()
    assert open_batches == (0,)


def test_killed_senders_leave_what_the_next_one_finishes(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat("slow=1,slow_s=0.15,reset_after=0.2", "--seed", "4")
    settings = settings_for(pusat, siapkerja_batch_records=4)
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    for kill in range(3):
        sender = start_sender(settings)
        wait_for_attempts(connection, sender, 2 * kill + 2)
        # Between attempt and receipt, most of the time: the server answers after 0.15 s.
        time.sleep(0.03 * kill)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    unsettled = connection.execute(
        "select count(*) from delivery.kiriman where keadaan = 'dikirim'"
    ).fetchone()
    assert unsettled is not None
    assert unsettled[0] >= 1
    connection.commit()
    assert start_sender(settings).wait(timeout=60) == 0
    repeated = connection.execute("select count(*) from delivery.kiriman where percobaan > 1").fetchone()
    assert repeated is not None
    assert repeated[0] >= 1
    connection.commit()
    assert_delivered(connection, ring, pusat)


def test_several_senders_share_the_work_and_keep_the_order(
    connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, start_pusat: Start, settings_for: Make
) -> None:
    pusat = start_pusat("slow=1,slow_s=0.05")
    settings = settings_for(pusat, siapkerja_batch_records=3)
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    senders = [start_sender(settings) for _ in range(2)]
    assert [sender.wait(timeout=60) for sender in senders] == [0, 0]
    assert_delivered(connection, ring, pusat)
    keys = [entry["kunci"] for entry in entries(connection, "percobaan")]
    assert len(keys) == len(set(keys))
    rows = connection.execute(
        "select k.kunci, array_agg(distinct f.kunci) from delivery.kiriman k"
        " join delivery.kotak_keluar o using (kiriman_id) cross join unnest(o.rujukan) ke(id)"
        " join delivery.kotak_keluar p on p.id_daerah = ke.id"
        " join delivery.kiriman f on f.kiriman_id = p.kiriman_id group by 1"
    )
    references = dict(rows.fetchall())
    assert references
    history = connection.execute(
        "select jenis, isi::jsonb ->> 'kunci' from delivery.buku_besar where jenis <> 'antre' order by nomor"
    ).fetchall()
    settled: set[str] = set()
    for kind, key in history:
        if kind == "tanda_terima":
            settled.add(key)
        else:
            assert set(references.get(key, ())) <= settled


@pytest.mark.parametrize(
    "faults",
    [
        "reset_after=0.3,reset_before=0.1",
        "async=0.6,async_s=0.05,token_early=0.3",
        "429=0.1,503=0.1,reset_before=0.1,reset_after=0.1,async=0.3,token_early=0.1,retry_after_s=0,async_s=0.02",
    ],
)
def test_a_troubled_server_ends_with_exactly_the_current_versions(
    connection: psycopg.Connection,
    ring: KeyRing,
    dunia: Dunia,
    start_pusat: Start,
    settings_for: Make,
    faults: str,
) -> None:
    pusat = start_pusat(faults, "--seed", "7")
    settings = settings_for(pusat, siapkerja_batch_records=4)
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    limits = Limits(deadline_s=60, timeout_s=5, first_wait_s=0.01, longest_wait_s=0.05)
    with SiapkerjaClient(pusat.url, pusat.client_id, SECRET, "3325", limits) as client:
        sent = send_pending(connection, ring, client)
    assert sent.attempts > sent.batches or "async" in faults
    assert_delivered(connection, ring, pusat)
