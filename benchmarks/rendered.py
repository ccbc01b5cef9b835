"""Batang Career's pages rendered beforehand and served from memory, the same bytes to every contender.

What the sandbox spends on finding and joining rows is no part of a measurement of extraction: its pages are asked
for once, it is closed, and a page that nobody rendered is a 404 that fails the run.
"""

import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from batang_assets.contracts import all_contracts
from batang_assets.partitions import Period
from batang_assets.raw.extract import full_window
from batang_assets.settings import Settings

Key = tuple[str, tuple[tuple[str, str], ...]]
Pages = dict[Key, bytes]


def key_of(path: str, query: str) -> Key:
    """What a page is known by: its path and parameters, in whatever order a client writes them."""
    return path, tuple(sorted(parse_qsl(query)))


def lists(settings: Settings, per_page: int) -> Iterable[tuple[str, dict[str, Any]]]:
    """(path, parameters) of every list read: ours month by month, dlt's whole datasets at once."""
    months = Period.parse(settings.first_period).up_to(Period.of(settings.now()))
    for contract in all_contracts("batang_career"):
        path = f"/api/v1/{contract.dataset}"
        for month in months:
            window = full_window(settings, month)
            yield (
                path,
                {
                    "per_page": settings.career_page_size,
                    "updated_from": window.start.isoformat(),
                    "updated_until": window.end.isoformat(),
                    "with_trashed": 1,
                },
            )
        yield path, {"per_page": per_page, "with_trashed": 1}


def render(url: str, token: str, settings: Settings, per_page: int) -> Pages:
    """All pages of all lists, asked of the Batang Career at ``url``."""
    pages: Pages = {}
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for path, query in lists(settings, per_page):
            page, last = 1, 1
            while page <= last:
                answer = client.get(path, params={"page": page, **query}).raise_for_status()
                last = answer.json()["meta"]["last_page"]
                pages[key_of(path, answer.request.url.query.decode())] = answer.content
                page += 1
    return pages


@contextmanager
def serving(pages: Pages) -> Generator[str]:
    """Serve ``pages`` on loopback from threads of this process, which otherwise waits; yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = pages.get(key_of(parts.path, parts.query))
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
