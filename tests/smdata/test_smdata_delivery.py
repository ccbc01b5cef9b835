"""A package is handed over once, with a receipt that stays."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
import pytest

from batang_assets.database import connect
from batang_assets.errors import DataError, DeliveryError
from batang_assets.settings import Settings, load_settings
from batang_assets.smdata.delivery import archive, deliver, record_receipt
from batang_assets.smdata.package import Package, packages_folder
from batang_assets.smdata.status import package_status
from tests.smdata.smdata_truth import PERIOD, SPAN


class Receiver(HTTPServer):
    """An SMData that answers as told: a list of (status, body), the last one over and over."""

    answers: list[tuple[int, bytes]]
    requests: list[tuple[dict[str, str], bytes]]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.requests = [(201, b'{"nomor": "SM-0001", "diterima_pada": "2026-11-02"}')], []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/unggah"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        assert isinstance(server, Receiver)
        server.requests.append((dict(self.headers), body))
        status, answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(settings: Settings, tmp_path) -> Settings:
    return settings.model_copy(update={"home": tmp_path / "rumah", "keys_dir": settings.keys})


@pytest.fixture
def package(build, home: Settings, facts, request: pytest.FixtureRequest) -> Package:
    # Each test's package is another one: the receipts of all lie in one append-only table.
    return build(run_id=request.node.name, into=packages_folder(home))


def with_url(home: Settings, receiver: Receiver, **more) -> Settings:
    return Settings.model_validate({**home.model_dump(), "smdata_upload_url": receiver.url, **more})


def test_without_an_address_the_folder_is_the_delivery(home: Settings, package: Package):
    assert deliver(home, package) == []
    assert deliver(home, package) == []
    (receipt,) = package_status(home, PERIOD)["receipts"]
    assert (receipt["how"], receipt["number"]) == ("folder", None)


def test_an_upload_is_tried_again_received_once_and_its_receipt_stored(
    home: Settings, package: Package, receiver: Receiver
):
    receiver.answers = [(503, b""), (500, b"x"), (201, b'{"nomor": "SM-77", "loket": "A"}')]
    settings = with_url(home, receiver, smdata_upload_token="rahasia-sekali")
    assert deliver(settings, package) == ["SM-77"]
    assert deliver(settings, package) == []
    assert len(receiver.requests) == 3
    digests = {headers["Idempotency-Key"] for headers, _ in receiver.requests}
    assert digests == {package_status(home, PERIOD)["manifest_sha256"]}
    headers, body = receiver.requests[-1]
    assert headers["Authorization"] == "Bearer rahasia-sekali"
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        assert file.testzip() is None
        inside = {name: file.read(name) for name in file.namelist()}
    assert inside == {
        f"{package.name}/{path.relative_to(package.path).as_posix()}": path.read_bytes()
        for path in package.path.rglob("*")
        if path.is_file()
    }
    assert archive(package.path) == body
    with connect(settings) as connection:
        row = connection.execute(
            "select tanda_terima from delivery.smdata_penyerahan where nomor = 'SM-77'"
        ).fetchone()
    assert row == ({"nomor": "SM-77", "loket": "A"},)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ((403, b"rahasia"), "refuses the package: HTTP 403"),
        ((302, b""), "refuses the package: HTTP 302"),
        ((200, b"<html>"), "without a receipt number"),
        ((200, b'{"nomor": 7}'), "without a receipt number"),
        ((500, b""), "was not received within 1 s"),
    ],
)
def test_a_refusal_or_silence_is_one_line_without_the_token(
    home: Settings, package: Package, receiver: Receiver, answer: tuple[int, bytes], complaint: str
):
    receiver.answers = [answer]
    settings = with_url(home, receiver, smdata_upload_token="rahasia-sekali", smdata_upload_deadline_s=1)
    with pytest.raises(DeliveryError, match=complaint) as caught:
        deliver(settings, package)
    assert "rahasia" not in str(caught.value)
    assert [item["how"] for item in package_status(home, PERIOD)["receipts"]] == ["folder"]


def test_a_receipt_by_hand_is_recorded_for_good(home: Settings, package: Package):
    record_receipt(home, SPAN, 1, " TT-9/XI/2026 ", "Sri Lestari")
    record_receipt(home, SPAN, 1, "TT-9/XI/2026", "Sri Lestari")
    (receipt,) = package_status(home, PERIOD)["receipts"]
    assert receipt == {
        "how": "tangan",
        "number": "TT-9/XI/2026",
        "by": "Sri Lestari",
        "at": home.now().isoformat(),
    }
    with connect(home) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute("delete from delivery.smdata_penyerahan")


@pytest.mark.parametrize(
    ("revision", "number", "by", "complaint"),
    [
        (2, "TT-1", "Sri", "no package of 2026-10 with revision 2"),
        (1, " ", "Sri", "needs a number"),
        (1, "TT", "", "a name"),
    ],
)
def test_a_receipt_needs_a_package_a_number_and_a_name(
    home: Settings, package: Package, revision: int, number: str, by: str, complaint: str
):
    with pytest.raises(DataError, match=complaint):
        record_receipt(home, SPAN, revision, number, by)


def test_a_tampered_package_gets_no_receipt(home: Settings, package: Package):
    (package.path / "csv" / "metadata.csv").write_bytes(b"x")
    with pytest.raises(DataError, match="does not verify"):
        record_receipt(home, SPAN, 1, "TT-2", "Sri Lestari")


def test_the_token_may_come_from_a_file(tmp_path):
    (tmp_path / "token").write_text("dari-berkas\n", encoding="utf-8")
    settings = load_settings({"BATANG_SMDATA_UPLOAD_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.smdata_upload_token
    assert settings.smdata_upload_token.get_secret_value() == "dari-berkas"
    assert "dari-berkas" not in json.dumps(settings.model_dump(mode="json"))
