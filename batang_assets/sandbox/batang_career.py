"""Batang Career as a real HTTP server over a synthetic world (contract: batang-career.md).

``python -m batang_assets.sandbox.batang_career --world FILE --host H --port P --token-file FILE [--faults SPEC]``

Rows lie in the world already serialised: a page is their bytes, joined. When the world file is replaced (the world
advanced), the next request sees the new one, even in the middle of somebody's paging.
"""

import argparse
import hmac
import json
import math
import random
import signal
import socket
import sqlite3
import sys
from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from batang_assets.errors import BatangError, ConfigurationError
from batang_assets.sandbox.world.dunia import DATASETS

DEFAULT_PER_PAGE = 500
MAX_PER_PAGE = 1000
MAX_PAGE = 10**9
WINDOWS_KEPT = 32
GRACE_S = 3
RETRY_AFTER_S = 1
TRUE_WORDS, FALSE_WORDS = ("1", "true"), ("0", "false", "")
MESSAGE_422 = "Parameter tidak sah."

Errors = dict[str, list[str]]


class BadParameter(Exception):
    """One or more parameters are wrong; ``errors`` is ``{field: [message]}`` of the 422 answer."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(MESSAGE_422)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Window:
    """What one list shows: a dataset, bounds as UTC text (None: open), and whether deleted rows belong."""

    dataset: str
    start: str | None
    end: str | None
    with_trashed: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A checked request for a page. ``kept`` are the parameters that its links repeat."""

    window: Window
    page: int
    per_page: int
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates (0–1) of the faults that the server injects, drawn from `seed`, so that a run can be repeated."""

    throttled: float = 0.0
    unavailable: float = 0.0
    slow: float = 0.0
    slow_s: float = 1.0
    seed: int = 0

    @classmethod
    def parse(cls, spec: str) -> "Faults":
        """``429=RATE,503=RATE,slow=RATE:SECONDS,seed=N``, each optional. Raises ConfigurationError."""
        values: dict[str, Any] = {}
        names = {"429": "throttled", "503": "unavailable", "slow": "slow"}
        try:
            for part in filter(None, spec.split(",")):
                key, value = part.split("=")
                if key == "seed":
                    values["seed"] = int(value)
                    continue
                rate, _, seconds = value.partition(":")
                values[names[key]] = float(rate)
                if seconds:
                    values["slow_s"] = float(seconds)
        except (ValueError, KeyError) as error:
            raise ConfigurationError(
                f"--faults {spec!r}: tulis 429=LAJU,503=LAJU,slow=LAJU:DETIK,seed=N dengan laju 0–1"
            ) from error
        return cls(**values)


class WorldFile:
    """Reads pages out of a world file and follows its replacement. For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None
        self._windows: OrderedDict[Any, array] = OrderedDict()
        self.refresh()

    def refresh(self) -> None:
        """Turn to the file that stands there now. Raises ConfigurationError."""
        try:
            status = self._path.stat()
        except OSError as error:
            raise ConfigurationError(
                f"--world {self._path}: tidak terbaca ({error.strerror}); bangun dulu dengan "
                "python -m batang_assets.sandbox.world --out BERKAS"
            ) from error
        identity = (status.st_ino, status.st_mtime_ns)
        if self._connection is None or identity != self._identity:
            self.close()
            self._connection, self._identity = self._open(), identity

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        connection.text_factory = bytes
        try:
            connection.execute("SELECT dataset, id, updated_at, deleted, isi FROM catatan LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            connection.close()
            raise ConfigurationError(
                f"--world {self._path}: bukan berkas dunia sintetis ({error})"
            ) from error
        return connection

    def close(self) -> None:
        """Close the file and forget what was read from it."""
        self._windows.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        if self._connection is None:
            raise ConfigurationError(f"--world {self._path}: berkas sudah ditutup")
        return self._connection.execute(sql, values)

    def _listed(self, key: Any, sql: str, values: Sequence[Any]) -> array:
        """A list of integers by key, kept while the file stays: paging through it costs no second search."""
        if key in self._windows:
            self._windows.move_to_end(key)
            return self._windows[key]
        listed = self._windows[key] = array("q", (row[0] for row in self._execute(sql, values)))
        if len(self._windows) > WINDOWS_KEPT:
            self._windows.popitem(last=False)
        return listed

    def rows(self, window: Window) -> array:
        """Row numbers of the window in the order ``updated_at, id``."""
        conditions, values = ["dataset = ?"], [window.dataset]
        for bound, operator in ((window.start, ">="), (window.end, "<")):
            if bound is not None:
                conditions.append(f"updated_at {operator} ?")
                values.append(bound)
        if not window.with_trashed:
            conditions.append("deleted = 0")
        where = " AND ".join(conditions)
        return self._listed(
            window, f"SELECT rowid FROM catatan WHERE {where} ORDER BY updated_at, id", values
        )

    def live_ids(self, dataset: str) -> array:
        """All ids that are not soft-deleted, in order."""
        sql = "SELECT id FROM catatan WHERE dataset = ? AND deleted = 0 ORDER BY id"
        return self._listed(("ids", dataset), sql, [dataset])

    def bodies(self, numbers: Sequence[int]) -> list[bytes]:
        """The records with those row numbers, as JSON bytes."""
        # One statement a page: a statement a record costs four times as much.
        sql = "SELECT c.isi FROM json_each(?) AS j JOIN catatan AS c ON c.rowid = j.value ORDER BY j.key"
        return [body for (body,) in self._execute(sql, (json.dumps(list(numbers)),))]


def _whole_number(
    given: Mapping[str, str], name: str, default: int, most: int, errors: dict[str, list[str]]
) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= most):
        errors[name] = [f"{name} harus bilangan bulat 1–{most}."]
        return default
    return int(text)


def _moment(given: Mapping[str, str], name: str, errors: Errors) -> str | None:
    """UTC text of an RFC 3339 parameter, rounded up to the second: stored times have no fraction."""
    text = given.get(name)
    if text is None:
        return None
    try:
        # An unescaped '+' of the offset arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is None or "T" not in text.upper():
            raise ValueError("no offset")
        moment = moment.astimezone(UTC)
        if moment.microsecond:
            moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    except (ValueError, OverflowError):
        errors[name] = [f"{name} harus waktu RFC 3339 dengan offset, misalnya 2026-10-31T23:59:59+07:00."]
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_query(dataset: str, given: Mapping[str, str]) -> Query:
    """Check the parameters of a list request. Raises BadParameter."""
    errors: Errors = {}
    page = _whole_number(given, "page", 1, MAX_PAGE, errors)
    per_page = _whole_number(given, "per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE, errors)
    start, end = _moment(given, "updated_from", errors), _moment(given, "updated_until", errors)
    trashed = given.get("with_trashed", "0").lower()
    if trashed not in TRUE_WORDS + FALSE_WORDS:
        errors["with_trashed"] = ["with_trashed harus 1 atau 0."]
    if errors:
        raise BadParameter(errors)
    kept = {k: v.replace(" ", "+") for k, v in given.items() if k != "page"}
    return Query(Window(dataset, start, end, trashed in TRUE_WORDS), page, per_page, kept)


def envelope(query: Query, path: str, total: int) -> tuple[bytes, slice] | None:
    """``links`` and ``meta`` as JSON bytes without the leading brace, and the page's slice; None past the end."""
    last = max(1, math.ceil(total / query.per_page))
    if query.page > last:
        return None
    first = (query.page - 1) * query.per_page
    shown = slice(first, min(first + query.per_page, total))

    def link(page: int) -> str | None:
        return f"{path}?{urlencode({**query.kept, 'page': page})}" if 1 <= page <= last else None

    links = {"first": link(1), "last": link(last), "prev": link(query.page - 1), "next": link(query.page + 1)}
    meta = {
        "current_page": query.page, "from": first + 1 if total else None, "last_page": last, "path": path,
        "per_page": query.per_page, "to": shown.stop if total else None, "total": total,
    }  # fmt: skip
    return json.dumps({"links": links, "meta": meta}, separators=(",", ":")).encode()[1:], shown


def _message(status: int, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"message": message, **more}, status_code=status)


class Chaos:
    """Draws the injected faults, one answer after another."""

    def __init__(self, faults: Faults) -> None:
        self._faults, self._rng, self._throttled = faults, random.Random(faults.seed), 0

    async def answer(self) -> Response | None:
        """A faulty answer in place of the real one, or None (perhaps after a wait)."""
        faults, roll = self._faults, self._rng.random()
        if roll < faults.throttled:
            self._throttled += 1
            later = datetime.now(UTC) + timedelta(seconds=RETRY_AFTER_S)
            # The contract allows both forms of Retry-After: give them in turn.
            value = str(RETRY_AFTER_S) if self._throttled % 2 else format_datetime(later, usegmt=True)
            return JSONResponse({"message": "Too Many Attempts."}, 429, {"Retry-After": value})
        if roll < faults.throttled + faults.unavailable:
            return HTMLResponse("<html><body><h1>503 Service Unavailable</h1></body></html>", 503)
        if self._rng.random() < faults.slow:
            await anyio.sleep(faults.slow_s)
        return None


def create_app(world: WorldFile, token: str, faults: Faults | None = None) -> FastAPI:
    """The server: two routes a dataset, everything else 404."""
    app = FastAPI(title="Batang Career (sandbox)", docs_url=None, redoc_url=None, openapi_url=None)
    chaos = Chaos(faults or Faults())
    expected = f"Bearer {token}".encode()

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return _message(401, "Unauthenticated.")
        return await chaos.answer() or await call_next(request)

    def page(request: Request, dataset: str, ids: bool) -> Response:
        if dataset not in DATASETS:
            return _message(404, f"Dataset {dataset} tidak ada.")
        try:
            query = parse_query(dataset, request.query_params)
        except BadParameter as error:
            return _message(422, MESSAGE_422, errors=error.errors)
        world.refresh()
        listed = world.live_ids(dataset) if ids else world.rows(query.window)
        frame = envelope(query, str(request.url.replace(query="")), len(listed))
        if frame is None:
            return _message(400, f"Halaman {query.page} melewati halaman terakhir.")
        tail, shown = frame
        items = [b"%d" % n for n in listed[shown]] if ids else world.bodies(listed[shown])
        return Response(b'{"data":[' + b",".join(items) + b"]," + tail, media_type="application/json")

    @app.get("/api/v1/{dataset}")
    async def records(request: Request, dataset: str) -> Response:
        return page(request, dataset, ids=False)

    @app.get("/api/v1/{dataset}/ids")
    async def identifiers(request: Request, dataset: str) -> Response:
        return page(request, dataset, ids=True)

    return app


def _read_token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"--token-file {path}: tidak terbaca ({error.strerror})") from error
    if not token:
        raise ConfigurationError(f"--token-file {path}: kosong; isi dengan satu baris token")
    return token


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except OSError as error:
        server.close()
        raise ConfigurationError(
            f"--port {port}: tidak dapat dipakai ({error.strerror}); pilih porta lain"
        ) from error
    server.listen(128)
    return server


def serve(args: argparse.Namespace) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises ConfigurationError for wrong arguments."""
    token, faults = _read_token(args.token_file), Faults.parse(args.faults)
    world = WorldFile(args.world)
    listener = _listen(args.host, args.port)
    # uvicorn stops on SIGTERM and then raises it again: our own handler makes that a clean exit.
    signal.signal(signal.SIGTERM, lambda *_: None)
    config = uvicorn.Config(
        create_app(world, token, faults),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
    )
    print(f"Batang Career (sandbox): http://{args.host}:{listener.getsockname()[1]}", flush=True)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        world.close()


def main() -> int:
    """Command line; 1 with one line on stderr where an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="batang_assets.sandbox.batang_career", description="Batang Career tiruan."
    )
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0: porta bebas, ditulis di keluaran")
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--faults", default="", help="429=LAJU,503=LAJU,slow=LAJU:DETIK,seed=N")
    try:
        serve(parser.parse_args())
    except BatangError as error:
        print(f"batang career: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
