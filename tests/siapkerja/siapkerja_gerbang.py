"""A gateway that answers what a test tells it to, over a real socket: the answers no well-kept server gives."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What to answer. ``cut``: close the connection after half of the body; ``drop``: without any answer."""

    status: int = 200
    payload: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False
    drop: bool = False


def problem(status: int, kode: str, **headers: str) -> Reply:
    kind = {"Content-Type": "application/problem+json", **headers}
    return Reply(status, {"title": "x", "status": status, "kode": kode}, kind)


def receipt(request: Request, status: str = "diterima") -> Reply:
    """The 200 answer that the contract asks for."""
    records = json.loads(request.body)["catatan"]
    results = [
        {
            "id_daerah": item["id_daerah"],
            "versi": item["versi"],
            "status": status,
            "id_siapkerja": "S",
            "galat": [],
        }
        for item in records
    ]
    digest = hashlib.sha256(request.body).hexdigest()
    payload = {"id_kiriman": "K1", "diterima_pada": "2026-10-31T00:00:00Z", "sidik_isi": digest}
    return Reply(200, payload | {"hasil": results})


class Gateway:
    """Answers by ``script(request, how-manieth)``; sign-on and look-ups by key are answered by itself.

    ``known``: what a look-up finds.
    """

    def __init__(self, script: Callable[[Request, int], Reply]) -> None:
        self.requests: list[Request] = []
        self.sign_ons = 0
        self.look_ups: list[str] = []
        self.known: dict[str, list[Any]] = {}
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._handle()

            def do_POST(self) -> None:
                self._handle()

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, body)
                if self.path == "/oauth/token":
                    gateway.sign_ons += 1
                    token = f"token-{gateway.sign_ons}"
                    self._reply(
                        Reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 900})
                    )
                    return
                if self.command == "GET" and "/kiriman?kunci=" in self.path:
                    gateway.look_ups.append(parse_qs(urlsplit(self.path).query)["kunci"][0])
                    self._reply(Reply(200, {"data": gateway.known.get(gateway.look_ups[-1], [])}))
                    return
                gateway.requests.append(request)
                self._reply(script(request, len(gateway.requests)))

            def _reply(self, reply: Reply) -> None:
                if reply.drop:
                    self.close_connection = True
                    return
                content = reply.raw if reply.raw is not None else json.dumps(reply.payload).encode()
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
                for name, value in (headers | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if reply.cut else content)
                if reply.cut:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
