"""Three in ten answers never arrive although the server has committed: still exactly the current versions."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.sending import Sent, send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.faultproxy import Fault, FaultProxy
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat

SENDERS = 3
# Many attempts: what is tried here is not when a run is given up.
LIMITS = Limits(deadline_s=3000, timeout_s=0.25, attempts=100, first_wait_s=0.01, longest_wait_s=0.05)
LOST = Fault("down", ending="stall", line="POST /integrasi/", share=0.3)


@dataclass
class Delivery:
    """A database, a server and the lossy way between them."""

    house: Settings
    ring: KeyRing
    connection: psycopg.Connection
    proxy: FaultProxy
    store: Path

    def run(self) -> list[Sent]:
        """Enqueue, and send with several senders at once until nothing is left."""
        enqueue(self.connection, self.ring, self.house, OKTOBER, "run-uji")

        def send(client: SiapkerjaClient) -> Sent:
            with connect(self.house) as connection:
                return send_pending(connection, self.ring, client)

        with (
            SiapkerjaClient(self.proxy.url, "disnaker-uji", SECRET, "3325", LIMITS) as client,
            ThreadPoolExecutor(SENDERS) as pool,
        ):
            return list(pool.map(send, [client] * SENDERS))

    def held(self) -> dict[str, tuple[int, bool, str | None]]:
        """What the server has: id_daerah → version, withdrawn, address."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as database:
            rows = database.execute("select id_daerah, versi, ditarik, data ->> 'alamat' from catatan")
            return {row[0]: (row[1], bool(row[2]), row[3]) for row in rows}


@contextmanager
def lossy(pusat: Pusat) -> Generator[FaultProxy]:
    with FaultProxy(pusat.url, seed=1) as proxy:
        proxy.strike(LOST)
        yield proxy


def fill(connection: psycopg.Connection, count: int) -> None:
    """``count`` employers, written by the server itself."""
    connection.execute(
        "insert into marts.dim_pemberi_kerja (id, id_daerah, periode, nama, kode_kbli, versi_kbli, kode_wilayah,"
        " alamat) select n, 'batang:pemberi-kerja:' || n, date '2026-10-01', 'PT Uji ' || n, '10', '2020',"
        " '3325111013', 'Jalan lama ' || n from generate_series(1, %s) n",
        [count],
    )
    connection.commit()


def assert_same_bytes(proxy: FaultProxy, connection: psycopg.Connection) -> None:
    """Each key went with one body alone, the one the ledger names, and some went more than once."""
    sent: dict[str, list[str]] = defaultdict(list)
    for seen in proxy.requests("POST /integrasi/"):
        key, digest = seen.name
        sent[key].append(digest)
    assert all(len(set(digests)) == 1 for digests in sent.values())
    repeated = sum(len(digests) - 1 for digests in sent.values())
    assert repeated > 0.2 * len(sent)
    named = connection.execute(
        "select isi::jsonb ->> 'kunci', isi::jsonb ->> 'sidik_isi', count(*) from delivery.buku_besar"
        " where jenis = 'percobaan' group by 1, 2"
    ).fetchall()
    connection.commit()
    assert {(key, digest): count for key, digest, count in named} == {
        (key, digests[0]): len(digests) for key, digests in sent.items()
    }


@pytest.mark.parametrize(
    ("records", "batch"), [(10_000, 100), pytest.param(100_000, 250, marks=pytest.mark.nightly)]
)
def test_answers_lost_after_the_commit_leave_exactly_the_current_versions(
    records: int,
    batch: int,
    house: Settings,
    ring: KeyRing,
    connection: psycopg.Connection,
    start_pusat: Callable[..., Pusat],
    tmp_path: Path,
) -> None:
    Dunia(connection, ring).reset()
    fill(connection, records)
    Dunia(connection, ring).open_gates()
    settings = house.model_copy(update={"siapkerja_batch_records": batch})
    pusat = start_pusat()
    with lossy(pusat) as proxy:
        there = Delivery(settings, ring, connection, proxy, tmp_path / "pusat-0" / "pusat.sqlite")
        sent = there.run()
        assert sum(item.attempts for item in sent) > sum(item.batches for item in sent) == records / batch
        everything = range(1, records + 1)
        expected: dict[int, tuple[int, bool, str | None]] = {
            n: (1, False, f"Jalan lama {n}") for n in everything
        }
        assert there.held() == {f"batang:pemberi-kerja:{n}": row for n, row in expected.items()}

        # Every tenth changes, every seventeenth goes.
        connection.execute(
            "update marts.dim_pemberi_kerja set alamat = 'Jalan baru ' || id where id % 10 = 0"
        )
        connection.execute("delete from marts.dim_pemberi_kerja where id % 17 = 0")
        connection.commit()
        there.run()
        expected |= {n: (2, False, f"Jalan baru {n}") for n in everything if n % 10 == 0}
        expected |= {n: (2, True, None) for n in everything if n % 17 == 0}
        assert there.held() == {f"batang:pemberi-kerja:{n}": row for n, row in expected.items()}
        assert_same_bytes(proxy, connection)
    assert ledger.verify(connection, ring.public_key_pem()).ok
