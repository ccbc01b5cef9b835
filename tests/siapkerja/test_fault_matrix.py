"""Every failure has the one outcome that docs/siapkerja-kegagalan.md gives it: its tables are the expectation.

Trials run against a real SIAPkerja process behind a TCP proxy that spoils the connection.
"""

import contextlib
import itertools
import re
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from batang_assets.errors import BatangError, ConfigurationError, DeliveryError
from batang_assets.settings import PROJECT_ROOT
from batang_assets.siapkerja.bodies import build_body, build_record
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.protocol import (
    AnswerMismatch,
    Batch,
    BatchRefused,
    BatchTooLarge,
    OwnFault,
    SiapkerjaUnavailable,
)
from batang_assets.siapkerja.transport import Limits
from tests.siapkerja.fault_cases import ANSWERS, DELIVERY, LINKS, THIEF, faults, problem
from tests.siapkerja.faultproxy import Fault, FaultProxy
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat

TABLES = (PROJECT_ROOT / "docs" / "siapkerja-kegagalan.md").read_text("utf-8")
ROWS = {
    row[0]: (row[1], row[2])
    for row in re.findall(r"^\| `([a-z0-9-]+)` \| [^|]+ \| ([^|]+) \| `([a-z]+)` \|$", TABLES, re.MULTILINE)
}
OUTCOMES = set(re.findall(r"^\| `([a-z]+)` \| [^|]+ \| [^|]+ \| [^|]+ \| [^|]+ \|$", TABLES, re.MULTILINE))
ELSEWHERE = {"http-200", "poll", "unreachable", "tls-unknown", "tls-none"}
PAGES = {name for name in ROWS if name.startswith("page-")}
PASSING = {"again", "wait", "mismatch"}
# A fault that is waited for needs a short silence; else a busy machine must not be taken for a dead one.
WAITED = ("dead", "drip", "late", "slow-close")
numbers = itertools.count(1)


@dataclass
class Counterpart:
    """A real server, the proxy before it, and a stranger to whom nothing may go."""

    pusat: Pusat
    store: Path
    proxy: FaultProxy
    stranger: socket.socket

    def holds(self, batch: Batch) -> list[tuple[str, int]]:
        """(id_daerah, version) of those of ``batch`` that the server has committed."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as database:
            rows = database.execute("select id_daerah, versi from catatan").fetchall()
        return sorted(row for row in rows if row[0] in dict(batch.names))

    def client(self, case: str, attempts: int = 4, deadline_s: float = 20) -> SiapkerjaClient:
        waited = any(word in case for word in WAITED)
        limits = Limits(
            deadline_s=deadline_s,
            timeout_s=0.25 if waited else 5,
            answer_s=0.5 if waited else 10,
            attempts=attempts,
            first_wait_s=0.01,
            longest_wait_s=0.02,
            max_answer_bytes=2**20,
        )
        return SiapkerjaClient(self.proxy.url, self.pusat.client_id, SECRET, "3325", limits)

    def strike(self, fault: Fault, times: float = float("inf")) -> None:
        host, port = self.stranger.getsockname()
        answer = fault.answer.replace(THIEF.encode(), f"http://{host}:{port}/curi".encode())
        self.proxy.strike(replace(fault, answer=answer), times)

    def counted(self, fault: Fault, attempts: list[str]) -> int:
        """How often the request that ``fault`` spoils was tried."""
        return len(attempts) if fault.line == DELIVERY else self.proxy.begun(fault.line)


def _counterpart(folder: Path, faults: str) -> Generator[Counterpart]:
    pusat = Pusat(folder / "pusat", faults)
    try:
        with FaultProxy(pusat.url) as proxy, socket.create_server(("127.0.0.1", 0)) as stranger:
            stranger.setblocking(False)
            yield Counterpart(pusat, folder / "pusat" / "pusat.sqlite", proxy, stranger)
    finally:
        pusat.stop()


@pytest.fixture(scope="module")
def prompt(tmp_path_factory: pytest.TempPathFactory) -> Generator[Counterpart]:
    """Answers each delivery at once."""
    yield from _counterpart(tmp_path_factory.mktemp("prompt"), "")


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Generator[Counterpart]:
    """Answers each delivery with 202."""
    yield from _counterpart(tmp_path_factory.mktemp("later"), "async=1,async_s=0.5,retry_after_s=0")


def a_batch() -> Batch:
    """Two employers that the server has never seen; the request has more than 4,000 bytes."""
    data = {"nama": "PT Ü", "kode_kbli": "10", "versi_kbli": "2020", "kode_wilayah": "3325111013"}
    data |= {"alamat": "Jalan Kenari " * 150}
    records = [build_record(f"batang:pemberi-kerja:{next(numbers)}", 1, "simpan", data) for _ in range(2)]
    names = tuple((record.id_daerah, record.version) for record in records)
    return Batch("pemberi-kerja", f"kunci-{next(numbers)}", build_body("3325", records), names)


def at_once(error: BatangError | Exception) -> str:
    """The outcome that an exception of the first attempt stands for; its text is one line."""
    assert "\n" not in str(error)
    if isinstance(error, OwnFault) and error.code == "BADAN_RUSAK":
        return "isolate"
    kinds = (
        ((BatchTooLarge, BatchRefused), "split"),
        ((OwnFault,), "fault"),
        ((AnswerMismatch, SiapkerjaUnavailable), "given up"),
        ((ConfigurationError,), "configuration"),
        ((DeliveryError,), "stop"),
    )
    return next(name for kind, name in kinds if isinstance(error, kind))


def try_passing(there: Counterpart, case: str, fault: Fault, batch: Batch) -> str:
    """Strike twice, then let all be well: ``passing``, or the outcome if that is already clear."""
    attempts: list[str] = []

    def before(request_id: str) -> None:
        attempts.append(request_id)
        if len(attempts) == 3 and fault.line == DELIVERY:
            there.proxy.strike(None)

    there.proxy.forget()
    with there.client(case, attempts=8) as client:
        if fault.line == DELIVERY:
            client.sign_on()
        there.strike(fault, 2 if fault.line != DELIVERY else float("inf"))
        try:
            client.send(batch, before)
        except (BatangError, BatchTooLarge, BatchRefused) as error:
            return at_once(error)
        finally:
            there.proxy.strike(None)
    # A delivery that is sent again may find its result there and need no further poll.
    tries = there.counted(fault, attempts) + (0 if fault.line == DELIVERY else len(attempts) - 1)
    if tries == 1:
        return "settled"
    assert tries >= (3 if fault.line == DELIVERY else 2)
    sent = there.proxy.requests(DELIVERY)
    assert {seen.name for seen in sent} == {(batch.key, batch.digest)}
    ids = [seen.headers["x-request-id"] for seen in there.proxy.requests("/integrasi/")]
    assert len(ids) == len(set(ids))
    assert there.holds(batch) == sorted(batch.names)
    return "passing"


def try_lasting(there: Counterpart, case: str, fault: Fault, batch: Batch) -> str:
    """Strike for good: how is it given up?"""
    attempts: list[str] = []
    there.proxy.forget()
    with there.client(case, attempts=2, deadline_s=8 if "http-4" not in case else 0.3) as client:
        if fault.line == DELIVERY:
            client.sign_on()
        there.strike(fault)
        try:
            client.send(batch, attempts.append)
        except AnswerMismatch:
            return "mismatch"
        except SiapkerjaUnavailable:
            return "again" if there.counted(fault, attempts) == 2 else "wait"
        finally:
            there.proxy.strike(None)
    raise AssertionError("a fault that stays ends with a receipt")


def test_every_row_has_a_trial_and_every_trial_a_row() -> None:
    assert set(ROWS) == {*ANSWERS, *LINKS, "slow-close"} | ELSEWHERE | PAGES
    assert {outcome for _, outcome in ROWS.values()} == OUTCOMES


@pytest.mark.parametrize("case", [name for name in ROWS if name not in ELSEWHERE | PAGES])
def test_a_failure_comes_out_as_its_row_says(case: str, prompt: Counterpart, later: Counterpart) -> None:
    there = later if case in LINKS and LINKS[case].line.startswith("GET") else prompt
    server, expected = ROWS[case]
    for variant in range(len(faults(case, a_batch()))):
        batch = a_batch()
        fault = faults(case, batch)[variant]
        outcome = try_passing(there, case, fault, batch)
        if outcome == "passing":
            batch = a_batch()
            outcome = try_lasting(there, case, faults(case, batch)[variant], batch)
        assert outcome == expected, f"{case}, {fault.direction}"
        reached = {"committed": True, "not reached": False}.get(server, fault.direction == "down")
        # A delivery that was accepted with 202 is committed a little later.
        until = time.monotonic() + 5
        while reached and not there.holds(batch) and time.monotonic() < until:
            time.sleep(0.02)
        assert bool(there.holds(batch)) == reached
    with pytest.raises(BlockingIOError):
        there.stranger.accept()


@pytest.mark.parametrize(("ahead_s", "text"), [(900, "900 s behind"), (-900, "900 s ahead of")])
def test_a_clock_that_differs_is_named_with_its_difference(
    prompt: Counterpart, ahead_s: int, text: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead_s), usegmt=True)
    answer = problem(401, "STEMPEL_WAKTU", Date=date)
    with prompt.client("clock") as client:
        client.sign_on()
        prompt.strike(Fault("up", ending="answer", answer=answer, line=DELIVERY))
        with pytest.raises(
            DeliveryError, match=rf"clock is about {text.replace('900', '(899|900|901)')}.*NTP"
        ):
            client.send(a_batch())
        prompt.proxy.strike(None)


def test_nobody_listening_is_waited_for(prompt: Counterpart) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    limits = Limits(attempts=3, first_wait_s=0.01, longest_wait_s=0.02)
    for url in (f"http://127.0.0.1:{port}", prompt.proxy.url.replace("http:", "https:")):
        with (
            SiapkerjaClient(url, "k", SECRET, "3325", limits) as client,
            pytest.raises(SiapkerjaUnavailable, match="BATANG_SIAPKERJA_URL"),
        ):
            client.send(a_batch())
    assert ROWS["unreachable"] == ROWS["tls-none"] == ("not reached", "again")


def test_a_certificate_that_cannot_be_verified_is_never_accepted(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    received: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        raw, _ = listener.accept()
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as stream:
            received.append(stream.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=[listener], daemon=True)
        server.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with (
            SiapkerjaClient(url, "k", SECRET, "3325", Limits(attempts=2)) as client,
            pytest.raises(ConfigurationError, match="certificate"),
        ):
            client.send(a_batch())
        server.join(5)
    assert received in ([], [b""])
    assert ROWS["tls-unknown"] == ("not reached", "configuration")


def self_signed(folder: Path) -> Path:
    """A PEM file with key and certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_receipt_settles_a_delivery_at_once_and_after_202(prompt: Counterpart, later: Counterpart) -> None:
    for there, case in ((prompt, "http-200"), (later, "poll")):
        batch, attempts = a_batch(), []
        with there.client(case) as client:
            receipt = client.send(batch, attempts.append)
        assert receipt.digest == batch.digest
        assert len(attempts) == 1
        assert ROWS[case] == ("committed", "settled")
        assert there.holds(batch) == sorted(batch.names)
