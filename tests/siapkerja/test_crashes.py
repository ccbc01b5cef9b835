"""SIGKILL at every failpoint and at any moment: nothing lost, nothing applied twice, the ledger holds."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.failpoints import NAMES
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import Dunia
from tests.siapkerja.siapkerja_model import CLIENT_ID, SECRET, Answer, Model, problem

# A column of each domain that the rounds change, and the field it becomes.
CHANGED = {
    "pemberi-kerja": ("nama", (1, 2, 3)),
    "lowongan": ("judul", (2, 4, 6)),
    "pencari-kerja": ("jurusan", (5, 6, 7, 8, 9)),
    "penempatan": ("nama_pemberi_kerja", (1, 2)),
}
LEAVING = ("penduduk-bekerja", 8)
REFUSED = "batang:pencari-kerja:6"
REFUSED_EMPLOYER = "PT Ditolak"


class Korban:
    """The process that forks the senders."""

    def __init__(self, settings: Settings, model: Model, batch: int) -> None:
        assert settings.database_url
        variables = {
            "BATANG_HOME": str(settings.home),
            "BATANG_DATABASE_URL": settings.database_url.get_secret_value(),
            "BATANG_SIAPKERJA_URL": model.url,
            "BATANG_SIAPKERJA_CLIENT_ID": CLIENT_ID,
            "BATANG_SIAPKERJA_CLIENT_SECRET": SECRET,
            "BATANG_SIAPKERJA_BATCH_RECORDS": str(batch),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.siapkerja.siapkerja_korban"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **variables},
            cwd=PROJECT_ROOT,
            text=True,
        )

    def run(self, **command: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["rc"] in (0, 3, None), "the sender broke down"
        return answer

    def stop(self) -> None:
        self.process.communicate(timeout=20)


class Rounds:
    """One world, changed, killed into, drained and compared again and again."""

    def __init__(self, world: Dunia, model: Model, korban: Korban, ring: KeyRing) -> None:
        self.world, self.model, self.korban, self.ring = world, model, korban, ring
        self.number = 0
        self.expected: Counter[tuple[str, str]] = Counter()

    def change(self) -> None:
        """One change of several records, and one that leaves or returns."""
        self.number += 1
        for domain, (column, numbers) in CHANGED.items():
            statement = sql.SQL("update marts.{} set {} = %s where id = any(%s)").format(
                sql.Identifier(self.world.mart(domain)), sql.Identifier(column)
            )
            self.world.connection.execute(statement, [f"putaran {self.number}", list(numbers)])
            self.expected.update((domain, f"batang:{domain}:{number}") for number in numbers)
        domain, number = LEAVING
        if self.number % 2:
            self.world.remove(domain, number)
        else:
            self.world.employed(number)
        self.expected[domain, f"batang:{domain}:{number}"] += 1
        self.world.connection.commit()

    def drain(self) -> None:
        """Senders that nobody kills, until nothing is open and nothing new is found."""
        self.model.trouble = None
        for _ in range(6):
            answer = self.korban.run()
            if answer["rc"] == 0 and self.open_batches() == 0:
                return
        raise AssertionError("the outbox does not drain")

    def open_batches(self) -> int:
        row = self.world.connection.execute(
            "select count(*) from delivery.kiriman where keadaan in ('siap', 'dikirim')"
        ).fetchone()
        self.world.connection.commit()
        assert row is not None
        return row[0]

    def check(self, since: Counter[tuple[str, str]]) -> None:
        """The centre holds what the marts hold; each change was applied once; bytes never differed."""
        for domain in DOMAINS:
            column = CHANGED.get(domain.name, ("id_daerah", ()))[0]
            rows = self.world.connection.execute(
                sql.SQL("select id_daerah, {} from marts.{}").format(
                    sql.Identifier(column), sql.Identifier(domain.mart)
                )
            ).fetchall()
            held = self.model.live(domain.name)
            assert held.keys() == {row[0] for row in rows}, domain.name
            if column != "id_daerah":
                assert {key: row["data"].get(column) for key, row in held.items()} == dict(rows)
        self.world.connection.commit()
        assert self.model.applied - since == self.expected
        assert since - self.model.applied == Counter()
        assert {len(found) for found in self.model.bytes.values()} == {1}
        assert {len(found) for found in self.model.key_bodies.values()} == {1}

    def check_ledger(self) -> None:
        """The chain verifies, every version has one result at most, and the books say what the centre says."""
        connection = self.world.connection
        assert ledger.verify(connection, self.ring.public_key_pem()).ok
        results = [
            tuple(result[:2])
            for (text,) in connection.execute(
                "select isi from delivery.buku_besar where jenis in ('tanda_terima', 'penolakan')"
            )
            for result in json.loads(text)["hasil"]
        ]
        assert len(results) == len(set(results))
        settled = connection.execute(
            "select id_daerah, versi from delivery.kotak_keluar where keadaan not in ('menunggu', 'gagal', 'batal')"
        ).fetchall()
        assert set(results) == set(settled)
        books = dict(
            connection.execute("select id_daerah, versi_diakui from delivery.catatan_status").fetchall()
        )
        assert books == {key[1]: row["versi"] for key, row in self.model.held.items()}
        connection.commit()

    def round(self, kill: dict[str, Any]) -> bool:
        """Change, kill, drain, compare; whether the sender was killed."""
        since = self.model.applied.copy()
        self.expected = Counter()
        self.change()
        sifted = 100 + self.number if kill["failpoint"].startswith("saring.") else 0
        if sifted:
            # Its employer is refused, so the vacancy waits, in a delivery with others that go.
            self.world.employer(sifted, nama=REFUSED_EMPLOYER)
            self.world.vacancy(sifted, employer=sifted)
            self.world.connection.commit()
        killed = self.korban.run(**kill)["sinyal"] == 9
        self.drain()
        if sifted:
            self.world.change("pemberi-kerja", sifted, nama="dibetulkan")
            self.drain()
            employer = ("pemberi-kerja", f"batang:pemberi-kerja:{sifted}")
            self.expected[employer] += (self.model.applied - since)[employer]
            self.expected["lowongan", f"batang:lowongan:{sifted}"] += 1
        if kill["failpoint"].startswith("tolak."):
            # What was refused goes again only when it changes; if the kill came first, it went already.
            self.world.change("pencari-kerja", 6, jurusan=f"dibetulkan {self.number}")
            self.expected["pencari-kerja", REFUSED] += (self.model.applied - since)["pencari-kerja", REFUSED]
            self.drain()
        self.check(since)
        return killed


def troubles(failpoint: str) -> Any:
    """What the centre must answer so that the sender passes ``failpoint``."""
    asked = 0

    def too_large(_: str, records: list[dict[str, Any]]) -> Answer | None:
        return problem(413, "TERLALU_BESAR") if len(records) > 2 else None

    def refused(_: str, records: list[dict[str, Any]]) -> Answer | None:
        names = [record["id_daerah"] for record in records]
        return problem(422, "KIRIMAN_TIDAK_SAH") if REFUSED in names else None

    def fault(*_: Any) -> Answer | None:
        nonlocal asked
        asked += 1
        return problem(422, "KUNCI_DIPAKAI_ULANG") if asked == 2 else None

    def away(*_: Any) -> Answer | None:
        nonlocal asked
        asked += 1
        return problem(503, "SIBUK") if asked > 1 else None

    def employer_refused(_: str, records: list[dict[str, Any]]) -> Answer | None:
        refused = any((record["data"] or {}).get("nama") == REFUSED_EMPLOYER for record in records)
        return problem(422, "KIRIMAN_TIDAK_SAH") if refused else None

    return {
        "saring": employer_refused,
        "pecah": too_large,
        "tolak": refused,
        "gagal": fault,
        "tunda": away,
    }.get(failpoint.split(".")[0])


@pytest.fixture
def rounds(connection: psycopg.Connection, ring: KeyRing, dunia: Dunia, house: Settings) -> Iterator[Rounds]:
    with Model() as model:
        korban = Korban(house, model, batch=3)
        running = Rounds(dunia, model, korban, ring)
        try:
            running.drain()
            yield running
        finally:
            korban.stop()


def kill_everywhere(rounds: Rounds, seeds: range) -> None:
    for seed in seeds:
        chance = random.Random(seed)
        for name in NAMES:
            passing = chance.randint(1, 3)
            # Some are passed once in a round, whatever the seed asks for.
            for wanted in (passing, 1):
                rounds.model.trouble = troubles(name)
                if rounds.round({"failpoint": name, "ke": wanted}):
                    break
            else:
                raise AssertionError(f"{name} is never passed")
        rounds.check_ledger()


def kill_at_random(rounds: Rounds, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    # A little longer than a run with something to send: most are killed, anywhere in it, and some end first.
    rounds.change()
    longest_s = rounds.korban.run()["durasi_s"] * 1.3
    rounds.drain()
    done = 0
    while done < kills:
        since, rounds.expected = rounds.model.applied.copy(), Counter()
        rounds.change()
        for _ in range(8):
            done += rounds.korban.run(setelah_s=chance.uniform(0, longest_s))["sinyal"] == 9
        rounds.drain()
        rounds.check(since)
    rounds.check_ledger()
    sys.stdout.write(f"{done} kills\n")


def test_a_kill_at_every_failpoint_loses_and_doubles_nothing(rounds: Rounds) -> None:
    assert len(NAMES) == len(set(NAMES)) >= 25
    kill_everywhere(rounds, range(1))


def test_kills_at_any_moment_lose_and_double_nothing(rounds: Rounds) -> None:
    kill_at_random(rounds, 50, seed=3325)


@pytest.mark.nightly
def test_many_kills_at_every_failpoint(rounds: Rounds) -> None:
    kill_everywhere(rounds, range(1, 11))


@pytest.mark.nightly
def test_a_thousand_kills_at_any_moment(rounds: Rounds) -> None:
    kill_at_random(rounds, 1000, seed=int(time.time()))


def test_a_restart_drains_ten_thousand_pending(
    connection: psycopg.Connection, ring: KeyRing, house: Settings
) -> None:
    world = Dunia(connection, ring)
    world.reset()
    connection.execute(
        "insert into marts.dim_pemberi_kerja"
        " (id, id_daerah, periode, nama, kode_kbli, versi_kbli, kode_wilayah, telepon, nib)"
        " select n, 'batang:pemberi-kerja:' || n, '2026-10-01', 'PT Uji ' || n, '10', '2020', '3325111013',"
        " '0285391234', '1234567890123' from generate_series(1, 10000) n"
    )
    world.open_gates()
    with Model() as model:
        korban = Korban(house, model, batch=500)
        try:
            assert korban.run(failpoint="percobaan.dijawab", ke=1)["sinyal"] == 9
            answer = korban.run()
        finally:
            korban.stop()
        assert answer["rc"] == 0
        assert len(model.live("pemberi-kerja")) == 10_000
        assert set(model.applied.values()) == {1}
    sys.stdout.write(f"drained 10,000 pending in {answer['durasi_s']:.1f} s\n")
    assert ledger.verify(connection, ring.public_key_pem()).ok
