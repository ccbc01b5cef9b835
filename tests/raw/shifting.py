"""A real HTTP Batang Career over rows that a test changes as it likes; windows, ids, pages of the contract."""

import json
import math
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from batang_assets.contracts import load_contract


class Shifting:
    """The rows of one dataset by id; the other datasets are empty. ``asked``: the paths of all requests."""

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset
        self.blank = dict.fromkeys(column.name for column in load_contract("batang_career", dataset).columns)
        self.rows: dict[int, dict[str, Any]] = {}
        self.ids: list[int] | None = None
        self.asked: list[str] = []
        self.url = ""

    def put(self, key: int, updated_at: str, **values: Any) -> None:
        """Insert or edit a row; a time without offset is Jakarta's."""
        moment = updated_at if "+" in updated_at else f"{updated_at}+07:00"
        self.rows[key] = {**self.rows.get(key, self.blank), "id": key, "updated_at": moment, **values}

    def window(self, dataset: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """The rows of a window in the contract's order."""
        if dataset != self.dataset:
            return []
        start, end = (datetime.fromisoformat(query[name]) for name in ("updated_from", "updated_until"))
        stamped = [(datetime.fromisoformat(row["updated_at"]), row["id"], row) for row in self.rows.values()]
        return [row for moment, _, row in sorted(stamped, key=lambda item: item[:2]) if start <= moment < end]

    def live(self, dataset: str) -> list[int]:
        """The ids of the rows that are not deleted; what ``ids`` says, if it says something."""
        if dataset != self.dataset:
            return []
        if self.ids is not None:
            return self.ids
        return sorted(key for key, row in self.rows.items() if row.get("deleted_at") is None)


@contextmanager
def shifting(dataset: str) -> Generator[Shifting]:
    """Serve a Shifting source until the block ends."""
    source = Shifting(dataset)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            source.asked.append(parts.path)
            name = parts.path.split("/")[3]
            items: list[Any] = (
                source.live(name) if parts.path.endswith("/ids") else source.window(name, query)
            )
            size, number = int(query["per_page"]), int(query["page"])
            last = max(1, math.ceil(len(items) / size))
            meta = {"current_page": number, "last_page": last, "total": len(items)}
            body = {"data": items[(number - 1) * size : number * size], "links": {}, "meta": meta}
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    source.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield source
    finally:
        server.shutdown()
        server.server_close()
