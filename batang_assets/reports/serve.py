"""The reports over HTTP, read-only: two folders of static files, and nothing beside them.

``<home>/keluaran/mutu`` at the root and ``<home>/keluaran/ipk`` under ``/ipk``, never ``keluaran``: the
SMData packages next to them hold people. Run with ``python -m batang_assets.reports.serve --port 8088``.
"""

import argparse
import mimetypes
from collections.abc import Iterable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batang_assets.errors import ConfigurationError
from batang_assets.settings import get_settings

HOST = "127.0.0.1"
# Statutory tables, consolidation and yearly evaluation: counts and keys, like the quality reports.
BESIDE = ("ipk", "konsolidasi", "evaluasi")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# No page here has a script. A report carries its style with it; the Data Docs have a style sheet beside them.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # A report is rewritten under its own name: ask each time, 304 costs nothing.
    "Cache-Control": "no-cache",
}
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
for _suffix, _type in TYPES.items():
    # What a machine's own table says may differ; a wrong type is a page that does not show.
    mimetypes.add_type(_type, _suffix)


class _Reports(StaticFiles):
    """Only files of a known kind, none hidden: a report that is being written has a hidden name."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        parts = Path(path).parts
        if any(part.startswith(".") and part != "." for part in parts):
            return Response("Tidak ditemukan.\n", 404, media_type="text/plain")
        if Path(path).suffix and Path(path).suffix not in TYPES:
            return Response("Tidak ditemukan.\n", 404, media_type="text/plain")
        return await super().get_response(path, scope)


class _SecurityHeaders:
    """The headers of every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def create_app(folder: Path, *, hosts: Iterable[str] = LOOPBACK) -> Starlette:
    """The reports in ``folder`` and, beside it, those of BESIDE (all made if missing), by GET and HEAD alone;
    ``/`` leads to the index.

    ``hosts``: the names under which it may be asked for, so that no page elsewhere can read it through a name
    of its own. A symbolic link that leads out of the folder is not followed.
    """
    beside = {name: folder.parent / name for name in BESIDE}
    for path in (folder, *beside.values()):
        path.mkdir(parents=True, exist_ok=True)

    def to_index(_request: object) -> Response:
        return RedirectResponse("/index.html", 307)

    return Starlette(
        routes=[
            Route("/", to_index, methods=["GET"]),
            *(Mount(f"/{name}", _Reports(directory=path, html=True)) for name, path in beside.items()),
            Mount("/", _Reports(directory=folder, html=True)),
        ],
        middleware=[
            Middleware(_SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
    )


def config(
    folder: Path, host: str = HOST, port: int = 0, *, hosts: Iterable[str] = LOOPBACK
) -> uvicorn.Config:
    """The server's settings; raises ConfigurationError for an address that is not loopback."""
    if host not in LOOPBACK:
        raise ConfigurationError(
            f"the reports are served on loopback only, not on {host}: put a reverse proxy in front"
        )
    app = create_app(folder, hosts=hosts)
    return uvicorn.Config(app, host=host, port=port, log_level="warning", server_header=False)


def serve(folder: Path, host: str = HOST, port: int = 0, *, hosts: Iterable[str] = LOOPBACK) -> None:
    """Serve until the process is told to end; raises ConfigurationError as ``config`` does."""
    uvicorn.Server(config(folder, host, port, hosts=hosts)).run()


def main() -> None:
    """Serve the reports of BATANG_HOME."""
    parser = argparse.ArgumentParser(description="Serve the quality reports read-only on loopback.")
    parser.add_argument("--port", type=int, default=8088)
    parser.add_argument("--name", action="append", default=[], help="A host name that a proxy passes on.")
    arguments = parser.parse_args()
    serve(get_settings().outputs / "mutu", HOST, arguments.port, hosts=[*LOOPBACK, *arguments.name])


if __name__ == "__main__":
    main()
