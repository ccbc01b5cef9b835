"""Signed requests as the contract's section Sign-on describes them; any part may be made wrong on purpose."""

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

API = "/integrasi/v1"
TRIES = 6
LONGEST_WAIT_S = 5.0
POLLS = 60


class Broken(Exception):
    """The server does not keep what is judged. The message is an Indonesian sentence without its full stop."""


@dataclass
class Flaw:
    """What to do otherwise than the contract says, in one request. None: as it says."""

    token: str | None = None
    secret: str | None = None
    request_id: str | None = None
    clock_s: float = 0
    signed_body: bytes | None = None
    signed_target: str | None = None


@dataclass
class Caller:
    """One client of the server. ``created``: (domain, id_daerah, version) of what must be withdrawn at the end."""

    url: str
    client_id: str
    secret: str
    region: str
    created: dict[tuple[str, str], int] = field(default_factory=dict)
    _token: str | None = None

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.url, timeout=30, follow_redirects=False, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    # -- requests ------------------------------------------------------------------------------------

    def sign_on(self, **changes: str) -> httpx.Response:
        """``POST /oauth/token`` with the form fields changed as told."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "scope": "integrasi.daerah",
        }
        return self._insist(lambda: self._http.post("/oauth/token", data=form | changes))

    def token(self) -> str:
        """A token, signed on for once; raises Broken if there is none."""
        if self._token is None:
            answer = self.sign_on()
            try:
                self._token = str(answer.json()["access_token"])
            except (ValueError, KeyError, TypeError):
                raise Broken(f"sign-on menjawab {answer.status_code} tanpa access_token") from None
        return self._token

    def call(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        key: str | None = None,
        flaw: Flaw | None = None,
    ) -> httpx.Response:
        """One signed request, tried again while the server throttles or fails; a stale token is replaced once."""

        def once() -> httpx.Response:
            headers = self._headers(method, target, body, flaw or Flaw())
            if method == "POST":
                headers["Content-Type"] = "application/json"
            if key is not None:
                headers["Idempotency-Key"] = key
            return self._http.request(method, target, content=body, headers=headers)

        answer = self._insist(once)
        given = flaw is not None and flaw.token is not None
        if not given and answer.status_code == 401 and kode(answer) == "TOKEN_KEDALUWARSA":
            self._token = None
            answer = self._insist(once)
        return answer

    def _headers(self, method: str, target: str, body: bytes, flaw: Flaw) -> dict[str, str]:
        request_id = flaw.request_id or str(uuid.uuid4())
        stamp = datetime.fromtimestamp(time.time() + flaw.clock_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hashlib.sha256(body if flaw.signed_body is None else flaw.signed_body).hexdigest()
        lines = [method, flaw.signed_target or target, self.client_id, request_id, stamp, digest]
        secret = (flaw.secret or self.secret).encode()
        return {
            "Authorization": f"Bearer {flaw.token or self.token()}",
            "X-Client-Id": self.client_id,
            "X-Request-Id": request_id,
            "X-Timestamp": stamp,
            "X-Signature": hmac.new(secret, "\n".join(lines).encode(), hashlib.sha256).hexdigest(),
        }

    def _insist(self, once: Any) -> httpx.Response:
        answer: httpx.Response | None = None
        for attempt in range(TRIES):
            try:
                answer = once()
            except httpx.TransportError as error:
                if attempt == TRIES - 1:
                    raise Broken(f"server tidak menjawab ({type(error).__name__})") from None
                continue
            if answer.status_code != 429 and answer.status_code < 500:
                return answer
            time.sleep(_wait_s(answer))
        if answer is None:
            raise Broken("server tidak menjawab")
        return answer

    # -- deliveries ----------------------------------------------------------------------------------

    def body(self, *records: dict[str, Any], region: str | None = None) -> bytes:
        """The body of a delivery."""
        content = {"kode_wilayah": region or self.region, "catatan": list(records)}
        return json.dumps(content, ensure_ascii=False).encode()

    def send(self, domain: str, *records: dict[str, Any]) -> dict[str, Any]:
        """Deliver under a new key; returns the 200 answer, polled for if need be. Raises Broken for another."""
        return self.send_body(domain, self.body(*records), str(uuid.uuid4()))

    def send_body(self, domain: str, body: bytes, key: str) -> dict[str, Any]:
        """As ``send``, with body and key given."""
        answer = self.settle(self.call("POST", f"{API}/{domain}/kiriman", body, key))
        if answer.status_code != 200:
            raise Broken(
                f"kiriman {domain} yang sah dijawab {answer.status_code} {kode(answer) or 'tanpa kode'}"
            )
        payload = json_object(answer)
        for item in json.loads(body)["catatan"]:
            name = (domain, item["id_daerah"])
            self.created[name] = max(self.created.get(name, 0), item["versi"])
        return payload

    def settle(self, answer: httpx.Response) -> httpx.Response:
        """``answer``, or what a 202 ends in."""
        for _ in range(POLLS):
            if answer.status_code != 202:
                return answer
            if "location" not in answer.headers or "retry-after" not in answer.headers:
                raise Broken("202 tanpa Location atau Retry-After")
            time.sleep(_wait_s(answer))
            target = httpx.URL(answer.headers["location"]).path
            answer = self.call("GET", target)
        raise Broken("kiriman yang diterima dengan 202 tidak selesai")

    def rows(self, domain: str, limit: int = 500, **query: str) -> list[dict[str, Any]]:
        """All rows of a domain, page by page."""
        rows: list[dict[str, Any]] = []
        page, last = 1, 1
        while page <= last:
            payload = json_object(self.page(domain, page=str(page), limit=str(limit), **query))
            try:
                rows += payload["data"]
                last = int(payload["meta"]["last_page"])
            except (KeyError, TypeError, ValueError):
                raise Broken("halaman tanpa data atau meta.last_page") from None
            page += 1
        return rows

    def page(self, domain: str, **query: str) -> httpx.Response:
        """``GET`` one page; the region is added unless given."""
        parameters = httpx.QueryParams({"kode_wilayah": self.region} | query)
        return self.call("GET", f"{API}/{domain}?{parameters}")

    def withdraw_all(self) -> None:
        """Withdraw everything this client has stored: a judged server keeps no invented people."""
        for domain in {domain for domain, _ in self.created}:
            records = [
                {"id_daerah": name, "versi": version + 1, "operasi": "tarik", "data": None}
                for (of, name), version in self.created.items()
                if of == domain
            ]
            for start in range(0, len(records), 500):
                self.send(domain, *records[start : start + 500])


def kode(answer: httpx.Response) -> str:
    """``kode`` of a problem document, or empty."""
    try:
        found = answer.json()["kode"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def json_object(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a 200 answer; raises Broken if it is none."""
    if answer.status_code != 200:
        raise Broken(f"dijawab {answer.status_code} {kode(answer) or 'tanpa kode'}, seharusnya 200")
    if answer.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Broken("jawaban 200 tidak bertipe application/json")
    try:
        payload = answer.json()
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise Broken("jawaban 200 bukan objek JSON")
    return payload


def expect(answer: httpx.Response, status: int, code: str, what: str) -> None:
    """Raise Broken unless ``what`` was answered with this status and code."""
    if (answer.status_code, kode(answer)) != (status, code):
        got = f"{answer.status_code} {kode(answer) or 'tanpa kode'}"
        raise Broken(f"{what} dijawab {got}, seharusnya {status} {code}")


def require(kept: bool, message: str) -> None:
    """Raise Broken with ``message`` unless ``kept``."""
    if not kept:
        raise Broken(message)


def _wait_s(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT_S) if text.isdecimal() else 0.5
