"""A small extract API whose pages a test writes itself: real HTTP, from a thread, on loopback."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], bytes]


def page(rows: list[dict[str, Any]], number: int, last: int, total: int) -> Answer:
    """A page as the contract writes it."""
    body = {"data": rows, "links": {}, "meta": {"current_page": number, "last_page": last, "total": total}}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def serving(answer: Callable[[int, int], Answer]) -> Generator[str]:
    """Serve ``answer(page, nth request for that page)``; yields the base URL."""
    counts: dict[int, int] = {}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(parse_qs(urlsplit(self.path).query)["page"][0])
            with lock:
                counts[number] = counts.get(number, 0) + 1
                nth = counts[number]
            status, headers, body = answer(number, nth)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
