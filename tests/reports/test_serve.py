"""The reports over HTTP: what is served, what is not, and that nothing outside is ever named or let in."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from batang_assets.errors import ConfigurationError
from batang_assets.reports.serve import config, create_app, serve


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("keluaran")
    (root / "smdata").mkdir()
    (root / "smdata" / "rahasia.html").write_text("rahasia", encoding="utf-8")
    found = root / "mutu"
    (found / "data-docs" / "static").mkdir(parents=True)
    (found / "index.html").write_text("<p>indeks</p>", encoding="utf-8")
    (found / "laporan-mutu-2026-10.html").write_text("<p>Oktober</p>", encoding="utf-8")
    (found / ".laporan-x.tmp").write_text("rahasia", encoding="utf-8")
    (found / ".laporan-x.html").write_text("rahasia", encoding="utf-8")
    (found / "catatan.sqlite").write_text("rahasia", encoding="utf-8")
    (found / "data-docs" / "index.html").write_text("<p>docs</p>", encoding="utf-8")
    for name in ("a.css", "a.js", "a.woff2", "a.svg"):
        (found / "data-docs" / "static" / name).write_text("x", encoding="utf-8")
    (found / "keluar.html").symlink_to(root / "smdata" / "rahasia.html")
    return found


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """A real server in this process."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(config(folder))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as found:
        yield found


def raw(port: int, target: str) -> str:
    """The answer to a request line that no client would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_index_and_reports_are_served(client: httpx.Client) -> None:
    assert client.get("/", follow_redirects=True).text == "<p>indeks</p>"
    answer = client.get("/laporan-mutu-2026-10.html")
    assert (answer.status_code, answer.text) == (200, "<p>Oktober</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/data-docs/").text == "<p>docs</p>"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.css", "text/css"),
        ("a.woff2", "font/woff2"),
        ("a.svg", "image/svg+xml"),
    ],
)
def test_what_the_data_docs_need_has_its_type(client: httpx.Client, name: str, kind: str) -> None:
    answer = client.get(f"/data-docs/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == kind


@pytest.mark.parametrize(
    "target",
    [
        "/../smdata/rahasia.html",
        "/%2e%2e/smdata/rahasia.html",
        "/..%2fsmdata%2frahasia.html",
        "/data-docs/../../smdata/rahasia.html",
        "/data-docs/%2e%2e/%2e%2e/smdata/rahasia.html",
        "//etc/passwd",
        "/%00.html",
        "/..%5csmdata%5crahasia.html",
        "/keluar.html",
        "/.laporan-x.tmp",
        "/.laporan-x.html",
        "/catatan.sqlite",
        "/data-docs/static/a.js",
    ],
)
def test_nothing_outside_the_folder_or_unfinished_is_served(port: int, target: str) -> None:
    answer = raw(port, target)
    assert answer.split()[1] in ("400", "404")
    assert "rahasia" not in answer
    assert "root:" not in answer


def test_there_is_no_listing(client: httpx.Client) -> None:
    assert client.get("/data-docs/static/").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_read_only(client: httpx.Client, folder: Path, method: str) -> None:
    for path in ("/", "/index.html", "/baru.html"):
        assert client.request(method, path, content=b"x").status_code == 405
    assert not (folder / "baru.html").exists()


@pytest.mark.parametrize("path", ["/", "/index.html", "/tidak-ada.html", "/data-docs/index.html"])
def test_every_answer_forbids_other_hosts(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {word for words in policy.values() for word in words.split()} <= {
        "'none'",
        "'self'",
        "'unsafe-inline'",
        "data:",
    }
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "uvicorn" not in headers.get("server", "")


def test_a_name_that_is_not_ours_is_refused(client: httpx.Client) -> None:
    assert client.get("/index.html", headers={"Host": "jahat.example"}).status_code == 400
    assert client.get("/index.html", headers={"Host": "localhost:9"}).status_code == 200


def test_an_unchanged_report_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/index.html").headers["etag"]
    assert client.get("/index.html", headers={"If-None-Match": tag}).status_code == 304


def test_an_address_that_others_reach_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="loopback only"):
        serve(folder, "0.0.0.0", 0)


def test_a_home_without_reports_can_be_served(tmp_path: Path) -> None:
    create_app(tmp_path / "mutu")
    assert (tmp_path / "mutu").is_dir()
