"""Sending measured: outbox → SIAPkerja with the ledger, beside a bare httpx loop that posts the same bodies.

``make bench-send``. Each side posts to a SIAPkerja process of its own with an empty store, by turns, in one run on
one machine; the better of its turns counts. The bare loop signs (the server insists), checks the status, and
keeps nothing. CPU is that of the posting process alone. Memory: the highest resident size of the sender at the
small and at each large number of records. Restart: a sender is killed after its first receipt; how long the next
one takes for the rest, from its start.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from peak import peak_mb
from psycopg import sql

from batang_assets.database import connect, prepare_database
from batang_assets.database.server import EmbeddedServer
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja.bodies import Record, build_body, build_record, pack
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import store_batch
from batang_assets.siapkerja.senders import SENDERS, send_with_several
from batang_assets.siapkerja.signing import signed_headers
from batang_assets.vault import KeyRing

CLIENT, SECRET, REGION, DOMAIN = "disnaker-bench", "rahasia-bench", "3325", "pencari-kerja"
LEAST_OF_BARE, MOST_GROWTH_MB = 0.7, 20
RESTART_RECORDS, RESTART_S = 10_000, 30
Measured = dict[str, float]


@contextmanager
def ministry(folder: Path) -> Generator[str]:
    """A SIAPkerja process with an empty store; yields its base URL."""
    folder.mkdir()
    secret = folder / "rahasia"
    secret.write_text(SECRET)
    command = [
        sys.executable,
        "-m",
        "batang_assets.sandbox.siapkerja",
        "--port",
        "0",
        "--unknown-nik-rate",
        "0",
    ]
    command += ["--store", str(folder / "pusat.sqlite"), "--client-id", CLIENT]
    command += ["--client-secret-file", str(secret)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.wait(timeout=20)


def records(count: int) -> Iterator[Record]:
    """Job seekers as the pipeline sends them, each its own person."""
    for number in range(1, count + 1):
        born = date(1985, 1, 1) + timedelta(days=number % 5000)
        data = {
            "nik": f"332511{born:%d%m%y}{1 + number // 5000:04d}", "nama": f"Pencari Kerja {number}",
            "tempat_lahir": "Batang", "tanggal_lahir": f"{born}", "jenis_kelamin": "L",
            "kode_wilayah": "3325111013", "alamat": f"Jalan Gajah Mada {number} RT 02 RW 05",
            "no_hp": "+6281234567890", "email": f"pencari{number}@contoh.id", "pendidikan": "SMK",
            "jurusan": "Teknik Kendaraan Ringan", "tahun_lulus": 2015, "disabilitas": "TIDAK",
            "status_bekerja": "BELUM", "kode_jabatan_diminati": "8153", "versi_kbji": "2014",
            "luar_negeri": False, "tanggal_daftar": "2026-10-01", "tanggal_kedaluwarsa": "2028-10-01",
            "status": "AKTIF",
        }  # fmt: skip
        yield build_record(f"batang:{DOMAIN}:{number}", 1, "simpan", data)


def fill_outbox(settings: Settings, count: int) -> None:
    """The outbox with ``count`` records in full batches, as ``enqueue`` leaves it."""
    ring = KeyRing.load(settings.keys)
    with connect(settings) as connection:
        for batch in pack(REGION, records(count)):
            names = ([record.id_daerah for record in batch], [record.version for record in batch])
            connection.execute(
                "insert into delivery.catatan_status (id_daerah, domain, versi, operasi, keadaan)"
                " select b.id, %s, b.versi, 'simpan', 'menunggu'"
                " from unnest(%s::text[], %s::bigint[]) b(id, versi)",
                [DOMAIN, *names],
            )
            store_batch(
                connection, ring, build_body(REGION, batch), batch,
                domain=DOMAIN, operation="simpan", period=date(2026, 10, 1), run_id="bench",
            )  # fmt: skip
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze delivery.kiriman, delivery.kotak_keluar, delivery.catatan_status")


# -- the two programs, each in a process of its own ---------------------------------------------------


def bare_loop(job: dict[str, Any]) -> int:
    """Post every body, one after the other, over one connection; returns how many records."""
    url, sent = job["url"], 0
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        answer = client.post("/oauth/token", data={**form, "scope": "integrasi.daerah"})
        token = answer.raise_for_status().json()["access_token"]
        target = f"/integrasi/v1/{DOMAIN}/kiriman"
        for batch in pack(REGION, records(job["records"])):
            body = build_body(REGION, batch)
            headers = signed_headers("POST", target, body, client_id=CLIENT, secret=SECRET)
            headers |= {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            headers["Idempotency-Key"] = hashlib.sha256(body).hexdigest()
            job["clock"].start()
            answer = client.post(target, content=body, headers=headers)
            sent += len(answer.raise_for_status().json()["hasil"])
            job["clock"].stop()
    return sent


def our_sender(job: dict[str, Any]) -> int:
    """Send what the outbox holds; returns how many records were accepted."""
    settings = Settings.model_validate(job["settings"])
    ring = KeyRing.load(settings.keys)
    with SiapkerjaClient(job["url"], CLIENT, SECRET, REGION) as client:
        client.sign_on()
        job["clock"].start()
        sent = send_with_several(settings, ring, client, job["senders"])
        job["clock"].stop()
    return sent.records[DOMAIN]["diterima"]


class Clock:
    """Seconds and CPU seconds of this process between ``start`` and ``stop``, added up."""

    total_s = cpu_s = 0.0
    begun = cpu_begun = 0.0

    def start(self) -> None:
        """Go on."""
        self.begun, self.cpu_begun = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Pause."""
        self.total_s += time.perf_counter() - self.begun
        self.cpu_s += time.process_time() - self.cpu_begun


def child(path: Path) -> None:
    """Run the job in ``path`` and print what was measured as JSON."""
    job, clock = json.loads(path.read_text()), Clock()
    program = our_sender if job["program"] == "ours" else bare_loop
    sent = program(job | {"clock": clock})
    measured = {"records": sent, "duration_s": clock.total_s, "cpu_s": clock.cpu_s, "peak_mb": peak_mb()}
    print(json.dumps(measured))


# -- the run -----------------------------------------------------------------------------------------


def turn(server: str, folder: Path, program: str, count: int, senders: int) -> Measured:
    """One turn of one side against a fresh SIAPkerja."""
    folder.mkdir()
    job: dict[str, Any] = {"program": program, "records": count, "senders": senders}
    if program == "ours":
        job["settings"] = filled_house(server, folder, count)
    with ministry(folder / "pusat") as url:
        output, _ = start(folder, job | {"url": url}).communicate()
    measured: Measured = json.loads(output.splitlines()[-1])
    assert measured["records"] == count, f"{program}: {measured['records']} of {count} records arrived"
    return measured


def filled_house(server: str, folder: Path, count: int) -> dict[str, str]:
    """A database of its own with ``count`` records in the outbox; returns its settings."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(folder.name)))
    values = {"home": str(folder), "database_url": server.replace("/postgres?", f"/{folder.name}?")}
    settings = Settings.model_validate(values)
    KeyRing.create(settings.keys)
    prepare_database(settings)
    fill_outbox(settings, count)
    return values


def start(folder: Path, job: dict[str, Any]) -> subprocess.Popen[str]:
    """The process that does ``job``."""
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BATANG_")}
    return subprocess.Popen(
        [sys.executable, __file__, "--child", str(path)],
        stdout=subprocess.PIPE, text=True, env=environment, cwd=PROJECT_ROOT,
    )  # fmt: skip


def restart(server: str, folder: Path, senders: int) -> float:
    """Seconds from the start of the second sender, its imports included, until nothing of the outbox is left."""
    folder.mkdir()
    values = filled_house(server, folder, RESTART_RECORDS)
    job = {"program": "ours", "records": RESTART_RECORDS, "senders": senders, "settings": values}
    with ministry(folder / "pusat") as url, connect(Settings.model_validate(values)) as connection:
        connection.autocommit = True
        killed = start(folder, job | {"url": url})
        while not connection.execute("select 1 from delivery.kiriman where keadaan = 'diakui'").fetchone():
            time.sleep(0.01)
        killed.kill()
        killed.communicate()
        begun = time.perf_counter()
        start(folder, job | {"url": url}).communicate()
        duration_s = time.perf_counter() - begun
        left = connection.execute(
            "select count(*) from delivery.kotak_keluar where keadaan not in ('diterima', 'tidak_berubah')"
        ).fetchone()
    assert left == (0,), f"{left} records were not delivered"
    return duration_s


def rate(measured: Measured) -> float:
    """Records a second."""
    return measured["records"] / measured["duration_s"]


def line(name: str, measured: Measured) -> None:
    """One line of the table."""
    print(
        f"{name:28} {measured['records']:>10,.0f} records {measured['duration_s']:>8.1f} s"
        f" {rate(measured):>10,.0f} /s  CPU {measured['cpu_s']:>6.1f} s  peak {measured['peak_mb']:.0f} MB",
        flush=True,
    )


def goal(text: str, met: bool) -> None:
    """A goal and whether it was met."""
    print(f"  {text}: {'met' if met else 'MISSED'}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument(
        "--large", type=int, nargs="*", default=[250_000], help="records of the memory measurements"
    )
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--senders", type=int, default=SENDERS, help="ours at once, as in the pipeline")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child)
        return
    with tempfile.TemporaryDirectory(prefix="batang-bench-", dir="/tmp") as name:
        folder = Path(name)
        with EmbeddedServer(folder / "pg").running() as server:
            best: dict[str, Measured] = {}
            for number in range(arguments.turns):
                for program in ("bare", "ours"):
                    measured = turn(
                        server, folder / f"{program}_{number}", program, arguments.records, arguments.senders
                    )
                    line(f"{program}, turn {number + 1}", measured)
                    best[program] = max(best.get(program, measured), measured, key=rate)
            ratio = rate(best["ours"]) / rate(best["bare"])
            goal(f"ours / bare = {ratio:.2f} ×, at least {LEAST_OF_BARE} ×", ratio >= LEAST_OF_BARE)
            restart_s = restart(server, folder / "restart", arguments.senders)
            goal(
                f"a restart drains {RESTART_RECORDS:,} in {restart_s:.1f} s, at most {RESTART_S}",
                restart_s <= RESTART_S,
            )
            for count in arguments.large:
                large = turn(server, folder / f"ours_{count}", "ours", count, arguments.senders)
                line("ours, large", large)
                growth = large["peak_mb"] - best["ours"]["peak_mb"]
                goal(f"memory grows by {growth:.0f} MB, at most {MOST_GROWTH_MB}", growth <= MOST_GROWTH_MB)


if __name__ == "__main__":
    main()
