"""The conformance suite passes the sandbox and names what each deliberately broken server does not keep."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from batang_assets.cli.delivery import sandbox_app
from batang_assets.sandbox.conformance import Report, judge, print_report

CLIENT_ID, SECRET = "pengembang", "rahasia-kesesuaian"


@contextmanager
def sandbox(folder: Path, faults: str = "") -> Generator[str]:
    (folder / "rahasia").write_text(SECRET)
    arguments = ["--store", str(folder / "pusat.sqlite"), "--client-id", CLIENT_ID, "--port", "0"]
    arguments += ["--client-secret-file", str(folder / "rahasia"), "--faults", faults, "--seed", "5"]
    process = subprocess.Popen(
        [sys.executable, "-m", "batang_assets.sandbox.siapkerja", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sandbox(tmp_path_factory.mktemp("pusat")) as url:
        yield url


def text_of(report: Report) -> str:
    file = StringIO()
    print_report(report, file)
    return file.getvalue()


def test_the_sandbox_keeps_the_contract_and_is_left_without_invented_people(
    server: str, tmp_path: Path
) -> None:
    report = judge(server, CLIENT_ID, SECRET)
    assert text_of(report) == (
        f"{server}: {len(report.findings)} dari {len(report.findings)} ketentuan kontrak SIAPkerja dipenuhi\n"
    )
    assert len(report.findings) >= 40
    names = [(finding.section, finding.name) for finding in report.findings]
    assert len(names) == len(set(names))
    with httpx.Client(base_url=server) as client:
        rows = (
            Forward(client, SECRET)
            .get("/integrasi/v1/pencari-kerja?kode_wilayah=3325&limit=500")
            .json()["data"]
        )
    assert rows
    assert all(row["ditarik"] and row["data"] is None for row in rows)


def test_a_server_that_is_slow_busy_and_asynchronous_still_keeps_the_contract(tmp_path: Path) -> None:
    faults = "async=0.1,async_s=0.02,retry_after_s=0,429=0.02,503=0.02,reset_after=0.02,token_early=0.05"
    with sandbox(tmp_path, faults) as url:
        assert text_of(judge(url, CLIENT_ID, SECRET)).count("TIDAK DIPENUHI") == 0


# -- broken servers ----------------------------------------------------------------------------------


@dataclass
class Exchange:
    """One request on its way to the sandbox, and the answer on its way back; a break changes either."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer: dict[str, str] = field(default_factory=dict)
    payload: Any = None

    @property
    def delivers(self) -> bool:
        return self.method == "POST" and self.target.endswith("/kiriman")

    @property
    def reads(self) -> bool:
        return self.method == "GET" and "kode_wilayah=" in self.target and self.status == 200


class Forward:
    """Signs anew, so that what a break changes still passes the sandbox."""

    def __init__(self, client: httpx.Client, secret: str) -> None:
        self.client, self.secret = client, secret
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": secret}
        answer = client.post("/oauth/token", data=form | {"scope": "integrasi.daerah"})
        self.token = answer.json()["access_token"]

    def get(self, target: str) -> httpx.Response:
        return self.send(Exchange("GET", target, {}, b""))

    def send(self, exchange: Exchange) -> httpx.Response:
        stamp, request_id = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), str(uuid.uuid4())
        digest = hashlib.sha256(exchange.body).hexdigest()
        text = "\n".join([exchange.method, exchange.target, CLIENT_ID, request_id, stamp, digest])
        headers = {
            name: value
            for name, value in exchange.headers.items()
            if name in ("idempotency-key", "content-type")
        }
        headers |= {
            "Authorization": f"Bearer {self.token}",
            "X-Client-Id": CLIENT_ID,
            "X-Request-Id": request_id,
        }
        headers |= {"X-Timestamp": stamp}
        headers["X-Signature"] = hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()
        return self.client.request(exchange.method, exchange.target, content=exchange.body, headers=headers)


Break = Callable[[Exchange], None]


@dataclass
class Broken:
    """``before``: changes what comes in; ``after``: what goes out; ``signs``: no header is checked."""

    rules: set[str]
    before: Break | None = None
    after: Break | None = None
    signs: bool = False


def fresh_key(exchange: Exchange) -> None:
    if exchange.headers.get("idempotency-key"):
        exchange.headers["idempotency-key"] = (exchange.headers["idempotency-key"] + uuid.uuid4().hex)[-255:]


def give_key(exchange: Exchange) -> None:
    if exchange.delivers:
        exchange.headers["idempotency-key"] = exchange.headers.get("idempotency-key", uuid.uuid4().hex)[:255]


def raise_version(exchange: Exchange) -> None:
    """Whatever comes is taken as the newest."""
    try:
        content = json.loads(exchange.body)
        for record in content["catatan"]:
            record["versi"] = int(datetime.now(UTC).timestamp() * 1_000_000)
    except (ValueError, KeyError, TypeError):
        return
    exchange.body = json.dumps(content).encode()


def edit(change: Callable[[Any], Any], when: Callable[[Exchange], bool]) -> Break:
    def apply(exchange: Exchange) -> None:
        if when(exchange) and isinstance(exchange.payload, dict):
            change(exchange.payload)

    return apply


def results(change: Callable[[dict[str, Any]], Any]) -> Break:
    def all_of(payload: Any) -> None:
        for item in payload.get("hasil", []):
            change(item)

    return edit(all_of, lambda exchange: exchange.delivers)


def rows(change: Callable[[dict[str, Any]], Any]) -> Break:
    return edit(lambda payload: [change(row) for row in payload["data"]], lambda exchange: exchange.reads)


def status(of: tuple[int, str], to: int) -> Break:
    def apply(exchange: Exchange) -> None:
        kode = exchange.payload.get("kode") if isinstance(exchange.payload, dict) else ""
        if (exchange.status, kode) == of:
            exchange.status = to

    return apply


def code(of: str, to: str) -> Break:
    def rename(item: dict[str, Any]) -> None:
        for error in item["galat"]:
            error["kode"] = to if error["kode"] == of else error["kode"]

    return results(rename)


def html_errors(exchange: Exchange) -> None:
    if exchange.status >= 400:
        exchange.answer["content-type"] = "text/html"


def drop_unknown_pages(exchange: Exchange) -> None:
    if exchange.status == 400 and "page=" in exchange.target:
        exchange.status = 200
        exchange.answer["content-type"] = "application/json"
        exchange.payload = {
            "data": [],
            "meta": {"current_page": 1, "last_page": 1, "per_page": 1, "total": 0},
        }


def ignore_since(exchange: Exchange) -> None:
    path, query = urlsplit(exchange.target).path, httpx.QueryParams(urlsplit(exchange.target).query)
    if "diubah_sejak" in query:
        exchange.target = f"{path}?{query.remove('diubah_sejak')}"


def lose_a_row(payload: dict[str, Any]) -> None:
    payload["data"] = payload["data"][:-1] if len(payload["data"]) > 2 else payload["data"]


def forget_keys(payload: dict[str, Any]) -> None:
    payload["data"] = []


def hide_results(exchange: Exchange) -> bool:
    return exchange.method == "GET" and "kunci=" in exchange.target


BREAKS: dict[str, Broken] = {
    "checks no header": Broken(
        {
            "tanda-tangan-salah",
            "tanda-tangan-kueri",
            "tanda-tangan-badan",
            "stempel-waktu",
            "permintaan-ganda",
        }
        | {"token-tidak-dikenal"},
        signs=True,
    ),
    "gives errors as HTML": Broken({"bentuk-galat"}, after=html_errors),
    "answers 400 to wrong credentials": Broken(
        {"rahasia-salah"}, after=status((401, "KREDENSIAL_SALAH"), 400)
    ),
    "lets another region in as 404": Broken(
        {"wilayah-terlarang"}, after=status((403, "WILAYAH_TERLARANG"), 404)
    ),
    "honours no key": Broken({"kunci-sama", "kunci-badan-lain", "kunci-bersamaan"}, before=fresh_key),
    "asks for no key": Broken({"kunci-wajib"}, before=give_key),
    "answers a wrong digest": Broken(
        {"tanda-terima"},
        after=edit(lambda payload: payload.update(sidik_isi="0" * 64), lambda exchange: exchange.delivers),
    ),
    "leaves a result out": Broken(
        {"tanda-terima"},
        after=edit(
            lambda payload: (
                payload.update(hasil=payload["hasil"][:2]) if len(payload.get("hasil", [])) == 3 else None
            ),
            lambda exchange: exchange.delivers,
        ),
    ),
    "takes every version": Broken({"versi-usang", "tarik", "tidak-berubah"}, before=raise_version),
    "names stale versions otherwise": Broken({"versi-usang", "tarik"}, after=code("VERSI_USANG", "BASI")),
    "calls malformed bodies 422": Broken({"badan-rusak"}, after=status((400, "BADAN_RUSAK"), 422)),
    "answers 400 to large bodies": Broken({"terlalu-besar"}, after=status((413, "TERLALU_BESAR"), 400)),
    "knows no key when asked": Broken({"cari-kunci"}, after=edit(forget_keys, hide_results)),
    "answers pages past the last": Broken({"lewat-halaman-terakhir"}, after=drop_unknown_pages),
    "ignores diubah_sejak": Broken({"diubah-sejak"}, before=ignore_since),
    "loses a row a page": Broken(
        {"setiap-baris-sekali"}, after=edit(lose_a_row, lambda exchange: exchange.reads)
    ),
    "links nowhere": Broken(
        {"tautan-berikut"},
        after=edit(lambda payload: payload["links"].update(next=None), lambda exchange: exchange.reads),
    ),
    "changes data": Broken(
        {"data-seperti-dikirim"},
        after=rows(lambda row: row["data"] and row["data"].update(nama=str(row["data"].get("nama")).upper())),
    ),
    "hides withdrawals": Broken({"baris-ditarik"}, after=rows(lambda row: row.update(ditarik=False))),
    "names no code book error": Broken({"kode-tidak-dikenal"}, after=code("TIDAK_DIKENAL", "FORMAT")),
    "names no missing field": Broken(
        {"wajib-pencari-kerja", "wajib-lowongan", "wajib-penempatan"}, after=code("WAJIB", "FORMAT")
    ),
    "finds no lost reference": Broken({"rujukan-hilang"}, after=code("RUJUKAN_HILANG", "FORMAT")),
    "reads no NIK": Broken({"tidak-konsisten"}, after=code("TIDAK_KONSISTEN", "FORMAT")),
    "explains no error": Broken(
        {"bentuk-galat-catatan"}, after=results(lambda item: [error.pop("pesan") for error in item["galat"]])
    ),
}


@contextmanager
def broken_server(upstream: str, how: Broken) -> Generator[str]:
    """A proxy in front of the sandbox that breaks it in one way."""
    with httpx.Client(base_url=upstream, timeout=20) as client:
        forward = Forward(client, SECRET)
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._handle()

            def do_POST(self) -> None:
                self._handle()

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                exchange = Exchange(self.command, self.path, headers, body)
                with lock:
                    self._pass_on(exchange)
                content = json.dumps(exchange.payload).encode()
                lines = [f"HTTP/1.1 {exchange.status} x", f"Content-Length: {len(content)}"]
                lines += [f"{name}: {value}" for name, value in exchange.answer.items()]
                self.wfile.write("\r\n".join([*lines, "", ""]).encode() + content)

            def _pass_on(self, exchange: Exchange) -> None:
                asked = exchange.body
                if how.before:
                    how.before(exchange)
                changed = (exchange.target, exchange.body) != (self.path, asked) or how.signs or how.before
                if changed and exchange.target != "/oauth/token":
                    answer = forward.send(exchange)
                else:
                    kept = {k: v for k, v in exchange.headers.items() if k not in ("host", "content-length")}
                    answer = client.request(
                        exchange.method, exchange.target, content=exchange.body, headers=kept
                    )
                exchange.status, exchange.payload = answer.status_code, answer.json()
                wanted = ("content-type", "location", "retry-after")
                exchange.answer = {k: v for k, v in answer.headers.items() if k in wanted}
                if how.after:
                    how.after(exchange)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}"
        finally:
            proxy.shutdown()
            proxy.server_close()


@pytest.mark.parametrize("name", BREAKS)
def test_each_break_is_named_with_its_section(server: str, name: str) -> None:
    with broken_server(server, BREAKS[name]) as url:
        report = judge(url, CLIENT_ID, SECRET)
    found = {finding.name for finding in report.broken}
    assert BREAKS[name].rules <= found, text_of(report)
    assert not report.ok
    for finding in report.broken:
        assert f"TIDAK DIPENUHI [{finding.section}] {finding.name}: " in text_of(report)


def test_the_command_says_what_is_broken_and_ends_with_status_1(server: str, tmp_path: Path) -> None:
    secret = tmp_path / "rahasia"
    secret.write_text(SECRET)
    options = ["--client-id", CLIENT_ID, "--client-secret-file", str(secret)]
    kept = CliRunner().invoke(sandbox_app, ["conformance", "--url", server, *options])
    assert kept.exit_code == 0, kept.output
    with broken_server(server, BREAKS["hides withdrawals"]) as url:
        broken = CliRunner().invoke(sandbox_app, ["conformance", "--url", url, *options])
    assert broken.exit_code == 1
    assert "[Reading back] baris-ditarik: Catatan yang ditarik tetap terbaca" in broken.output
    nobody = CliRunner().invoke(
        sandbox_app, ["conformance", "--url", server, *options[:3], str(tmp_path / "tidak-ada")]
    )
    assert nobody.exit_code == 1
