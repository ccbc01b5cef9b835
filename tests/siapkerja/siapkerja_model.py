"""A small SIAPkerja in memory, written from the contract, whose holdings a test may read and bend."""

import hashlib
import hmac
import json
import socket
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

CLIENT_ID, SECRET = "disnaker-uji", "rahasia-uji-kirim"
Answer = tuple[int, Any, dict[str, str]]
# Looks at (domain, records) of a delivery before anything is done; an answer takes the delivery's place.
Trouble = Callable[[str, list[dict[str, Any]]], Answer | None]


def problem(status: int, kode: str, **headers: str) -> Answer:
    return status, {"title": kode, "status": status, "kode": kode}, headers


class Model:
    """``held``: (domain, id_daerah) → row. ``applied``: how often it changed. ``bytes``: what each version said."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], dict[str, Any]] = {}
        self.applied: Counter[tuple[str, str]] = Counter()
        self.bytes: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        self.keys: dict[str, tuple[str, Any]] = {}
        self.key_bodies: dict[str, set[str]] = defaultdict(set)
        self.requests = 0
        self.trouble: Trouble | None = None
        self.lose_answers = False
        self._seen: set[str] = set()
        self._clock = datetime(2026, 10, 31, tzinfo=UTC)
        self._lock = threading.Lock()
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def do_GET(self) -> None:
                self._handle()

            def do_POST(self) -> None:
                self._handle()

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with model._lock:
                    status, payload, headers = model._answer(self.command, self.path, self.headers, body)
                content = json.dumps(payload).encode()
                kind = "application/json" if status < 400 else "application/problem+json"
                lines = [f"HTTP/1.1 {status} x", f"Content-Type: {kind}", f"Content-Length: {len(content)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                try:
                    self.wfile.write("\r\n".join([*lines, "", ""]).encode() + content)
                except OSError:  # the sender was killed meanwhile
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A sender that is killed leaves a reset connection."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def live(self, domain: str) -> dict[str, dict[str, Any]]:
        """id_daerah → row of what is held and not withdrawn."""
        with self._lock:
            return {key[1]: row for key, row in self.held.items() if key[0] == domain and not row["ditarik"]}

    def put(self, domain: str, id_daerah: str | None, versi: int | None, data: Any, **more: Any) -> None:
        """Hold a row, as if somebody at the centre had written it."""
        with self._lock:
            row: dict[str, Any] = {
                "id_daerah": id_daerah,
                "versi": versi,
                "ditarik": False,
                "data": data,
                "diubah_pada": self._now(),
            }
            row |= {"id_siapkerja": f"S{len(self.held) + 1}", "sumber": "daerah" if id_daerah else "pusat"}
            self.held[domain, id_daerah or row["id_siapkerja"]] = (
                self.held.get((domain, id_daerah or ""), {}) | row | more
            )

    def _now(self) -> str:
        self._clock += timedelta(microseconds=1)
        return self._clock.isoformat()

    def _answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        self.requests += 1
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/oauth/token":
            return 200, {"access_token": "t", "token_type": "Bearer", "expires_in": 900}, {}
        refused = self._refuse(method, target, headers, body)
        if refused:
            return refused
        parts = path.removeprefix("/integrasi/v1/").split("/")
        if method == "POST":
            return self._deliver(parts[0], headers["Idempotency-Key"], body)
        if parts[0] == "kiriman":
            found = self.keys.get(query["kunci"][0])
            return 200, {"data": [found[1]] if found else []}, {}
        return self._page(parts[0], query)

    def _refuse(self, method: str, target: str, headers: Any, body: bytes) -> Answer | None:
        names = ("X-Client-Id", "X-Request-Id", "X-Timestamp")
        text = "\n".join(
            [method, target, *(headers[name] for name in names), hashlib.sha256(body).hexdigest()]
        )
        if hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest() != headers["X-Signature"]:
            return problem(401, "TANDA_TANGAN_SALAH")
        if headers["X-Request-Id"] in self._seen:
            return problem(409, "PERMINTAAN_GANDA")
        self._seen.add(headers["X-Request-Id"])
        return None

    def _deliver(self, domain: str, key: str, body: bytes) -> Answer:
        digest = hashlib.sha256(body).hexdigest()
        self.key_bodies[key].add(digest)
        if key in self.keys:
            known = self.keys[key]
            return (200, known[1], {}) if known[0] == digest else problem(422, "KUNCI_DIPAKAI_ULANG")
        records = json.loads(body)["catatan"]
        answer = self.trouble(domain, records) if self.trouble else None
        if answer:
            return answer
        payload = {
            "id_kiriman": str(uuid.uuid4()),
            "diterima_pada": self._now(),
            "sidik_isi": digest,
            "hasil": [self._decide(domain, record) for record in records],
        }
        self.keys[key] = (digest, payload)
        return (503, {}, {}) if self.lose_answers else (200, payload, {})

    def _decide(self, domain: str, record: dict[str, Any]) -> dict[str, Any]:
        name, version, data = (domain, record["id_daerah"]), record["versi"], record["data"]
        self.bytes[(*name, version)].add(json.dumps(record, sort_keys=True))
        row = self.held.get(name)
        if row and (version < row["versi"] or (version == row["versi"] and data != row["data"])):
            galat = [{"bidang": "versi", "kode": "VERSI_USANG", "pesan": "x"}]
            return self._result(record, "ditolak", row["id_siapkerja"], galat)
        if row and version == row["versi"]:
            return self._result(record, "tidak_berubah", row["id_siapkerja"], [])
        self.applied[name] += 1
        identity = row["id_siapkerja"] if row else f"S{len(self.held) + 1}"
        self.held[name] = {
            "id_siapkerja": identity, "id_daerah": name[1], "versi": version, "sumber": "daerah",
            "ditarik": record["operasi"] == "tarik", "diubah_pada": self._now(), "data": data,
        }  # fmt: skip
        return self._result(record, "diterima", identity, [])

    @staticmethod
    def _result(record: dict[str, Any], status: str, identity: str, errors: list[Any]) -> dict[str, Any]:
        common = {"id_daerah": record["id_daerah"], "versi": record["versi"]}
        return common | {"status": status, "id_siapkerja": identity, "galat": errors}

    def _page(self, domain: str, query: dict[str, list[str]]) -> Answer:
        since = datetime.fromisoformat(query.get("diubah_sejak", ["2000-01-01T00:00:00+00:00"])[0])
        rows = [
            row
            for (of, _), row in self.held.items()
            if of == domain and datetime.fromisoformat(row["diubah_pada"]) >= since
        ]
        rows.sort(key=lambda row: row["diubah_pada"])
        page, limit = int(query["page"][0]), int(query["limit"][0])
        last = max(1, -(-len(rows) // limit))
        if page > last:
            return problem(400, "PARAMETER_SALAH")
        meta = {"current_page": page, "last_page": last, "per_page": limit, "total": len(rows)}
        return (
            200,
            {"data": rows[(page - 1) * limit : page * limit], "meta": meta, "links": {"next": None}},
            {},
        )
