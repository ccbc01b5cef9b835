"""Batang Career over HTTP: the extract API of ``contracts/batang-career.md``."""

import email.utils
import json
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import httpx
import orjson

from batang_assets.contracts import Contract
from batang_assets.errors import ConfigurationError, SourceError
from batang_assets.raw.source import Record, WindowMoved
from batang_assets.settings import Settings
from batang_assets.vault.values import NumberText

ATTEMPTS = 6
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 20.0
PAST_THE_END = 400
# A page of the largest size whose every record holds a 64 KiB text fits.
LARGEST_ANSWER_BYTES = 96 * 1024 * 1024


# Values of which the fast parser loses nothing, but for the sign of a zero.
PLAIN = frozenset({str, int, bool, type(None)})
# A number ends with what follows it. The pattern begins with letters of its own, so that it is found fast.
MINUS_ZERO = re.compile(rb"-0[\s,}\]]")
KeysOf = Callable[[str, list[Any]], list[str]]


class Transient(Exception):
    """An answer that may be better next time; ``wait_s`` is what the server asked for, if it did."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Reading:
    """One reading of many pages: until when (monotonic seconds), and whether its reader has gone away."""

    deadline: float
    abandoned: threading.Event = field(default_factory=threading.Event)


class HttpSource:
    """Reads windows page by page, a few pages ahead and in order, with one client and one total deadline."""

    def __init__(self, client: httpx.Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def check(self) -> None:
        """Ask for one record; raises SourceError if the source is unreachable or refuses the token."""
        self._get("/api/v1/pemberi-kerja", {"page": 1, "per_page": 1}, self._reading(), attempts=2)

    def window(self, contract: Contract, start: datetime, end: datetime) -> Iterator[Record]:
        """See CareerSource. Total and the keys of neighbouring pages are compared while paging."""
        query = {
            "per_page": self._settings.career_page_size,
            "updated_from": start.isoformat(),
            "updated_until": end.isoformat(),
            "with_trashed": 1,
        }
        for page in self._consistent(contract.dataset, f"/api/v1/{contract.dataset}", query, _record_keys):
            yield from page

    def live_ids(self, contract: Contract) -> Iterator[str]:
        """See CareerSource: ``/api/v1/{dataset}/ids``, paged and checked like a window."""
        query = {"per_page": self._settings.career_page_size}
        for page in self._consistent(contract.dataset, f"/api/v1/{contract.dataset}/ids", query, _id_keys):
            yield from map(str, page)

    def _consistent(
        self, dataset: str, path: str, query: dict[str, Any], keys_of: KeysOf
    ) -> Iterator[list[Any]]:
        """The ``data`` of page after page; raises WindowMoved where the pages do not belong together."""
        reading = self._reading()
        before: set[str] = set()
        total: int | None = None
        seen = 0
        with closing(self._pages(path, query, reading)) as pages:
            for payload in pages:
                now_total = _whole(payload["meta"], "total")
                if total is not None and now_total != total:
                    raise WindowMoved(f"{dataset}: total went from {total} to {now_total}")
                total = now_total
                data = payload["data"]
                shown = keys_of(path, data)
                keys = set(shown)
                if keys & before or len(keys) < len(shown):
                    raise WindowMoved(f"{dataset}: a row was shown on two pages")
                before = keys
                seen += len(data)
                yield data
        if seen != total:
            raise WindowMoved(f"{dataset}: {seen} rows shown, {total} announced")

    def _pages(self, path: str, query: dict[str, Any], reading: Reading) -> Generator[dict[str, Any]]:
        first = self._get(path, {"page": 1, **query}, reading)
        last = _whole(first["meta"], "last_page")
        yield first
        with ThreadPoolExecutor(self._settings.career_concurrency) as pool:
            ahead: deque[Future[dict[str, Any]]] = deque()
            try:
                for page in range(2, last + 1):
                    ahead.append(pool.submit(self._get, path, {"page": page, **query}, reading))
                    if len(ahead) >= self._settings.career_concurrency:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                # Who stops reading must not wait for a page that waits for the server.
                reading.abandoned.set()
                for future in ahead:
                    future.cancel()

    def _reading(self) -> Reading:
        return Reading(time.monotonic() + self._settings.career_deadline_s)

    def _get(
        self, path: str, query: dict[str, Any], reading: Reading, *, attempts: int = ATTEMPTS
    ) -> dict[str, Any]:
        for attempt in range(1, attempts + 1):
            try:
                return self._once(path, query, reading)
            except Transient as error:
                reason = error
            if attempt == attempts:
                break
            wait_s = reason.wait_s if reason.wait_s is not None else _backoff_s(attempt)
            if time.monotonic() + wait_s > reading.deadline:
                raise self._too_late(path)
            if reading.abandoned.wait(wait_s):
                raise SourceError(f"Batang Career {path}: the reading was given up")
        raise SourceError(
            f"Batang Career {path} (page {query['page']}): {reason} after {attempts} attempts; "
            f"check BATANG_CAREER_URL ({self._settings.career_url}) and the server"
        )

    def _once(self, path: str, query: dict[str, Any], reading: Reading) -> dict[str, Any]:
        if time.monotonic() > reading.deadline:
            raise self._too_late(path)
        try:
            with self._client.stream("GET", path, params=query) as answer:
                status, headers = answer.status_code, answer.headers
                body = self._body(answer, path, reading) if status == httpx.codes.OK else b""
        except httpx.TransportError as error:
            raise Transient(f"cannot be reached ({type(error).__name__})") from None
        if status == httpx.codes.OK:
            return _parse(path, body)
        if status in (401, 403):
            raise SourceError(f"Batang Career refuses the token ({status}): check BATANG_CAREER_TOKEN")
        if status == PAST_THE_END and query["page"] > 1:
            raise WindowMoved(f"{path}: page {query['page']} is now past the last")
        if status == 429 or status >= 500:
            raise Transient(f"answers {status}", retry_after_s(headers.get("Retry-After")))
        raise SourceError(f"Batang Career {path} answers {status}: not what the contract foresees")

    def _body(self, answer: httpx.Response, path: str, reading: Reading) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > LARGEST_ANSWER_BYTES:
                raise SourceError(
                    f"Batang Career {path}: one page is larger than {LARGEST_ANSWER_BYTES // 2**20} MiB; "
                    "ask for fewer records a page (BATANG_CAREER_PAGE_SIZE)"
                )
            if time.monotonic() > reading.deadline:
                raise self._too_late(path)
            parts.append(part)
        return b"".join(parts)

    def _too_late(self, path: str) -> SourceError:
        return SourceError(
            f"Batang Career {path}: not read within {self._settings.career_deadline_s} s "
            "(BATANG_CAREER_DEADLINE_S)"
        )


def _backoff_s(attempt: int) -> float:
    """Doubling waits, with a random part so that clients do not come back together."""
    return min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S) * random.uniform(1.0, 1.5)


def retry_after_s(header: str | None) -> float | None:
    """Seconds to wait by a ``Retry-After`` header in either form; None if there is none to be understood."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait_s = (moment - datetime.now(UTC)).total_seconds()
    return wait_s if wait_s > 0 else 0.0


def _parse(path: str, body: bytes) -> dict[str, Any]:
    """The answer's object; raises Transient for what is no JSON, SourceError for what is no page."""
    payload = _parse_plain(body)
    if payload is None:
        payload = _parse_any(path, body)
    if (
        not isinstance(payload, dict)
        or not isinstance(payload.get("data"), list)
        or not isinstance(payload.get("meta"), dict)
    ):
        raise SourceError("Batang Career answers JSON without data and meta: not the extract API")
    return payload


def _parse_plain(body: bytes) -> Any:
    """The answer, its numbers as ``int``; None where that would lose anything: a digit, a byte, or depth."""
    try:
        payload = orjson.loads(body)
        kinds = set(map(type, chain.from_iterable(map(dict.values, payload["data"]))))
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return None
    return payload if kinds <= PLAIN and not (int in kinds and MINUS_ZERO.search(body)) else None


def _parse_any(path: str, body: bytes) -> Any:
    """The answer, its numbers as ``NumberText``; raises as ``_parse``."""
    try:
        # A byte that is no UTF-8 spoils its value, which the door notes, not the page.
        return json.loads(
            body.decode("utf-8", "surrogateescape"),
            parse_int=NumberText,
            parse_float=NumberText,
            parse_constant=NumberText,
        )
    except ValueError:
        raise Transient("answers 200 with a body that is not JSON") from None
    except RecursionError:
        raise SourceError(f"Batang Career {path} answers JSON that nests too deep: not a page") from None


def _whole(meta: dict[str, Any], name: str) -> int:
    text = str(meta.get(name))
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise SourceError(f"Batang Career answers a page whose meta.{name} is no number: not the extract API")
    return int(text)


def _record_keys(path: str, data: list[Any]) -> list[str]:
    if not all(isinstance(record, dict) for record in data):
        raise SourceError(f"Batang Career {path}: data holds what is no record: not the extract API")
    # A record without an id is refused at the door, by its position.
    return [str(record["id"]) for record in data if record.get("id") is not None]


def _id_keys(path: str, data: list[Any]) -> list[str]:
    if not all(isinstance(value, str) and value.strip() for value in data):
        raise SourceError(f"Batang Career {path}: data holds what is no id: not the extract API")
    return data


@contextmanager
def open_http_source(settings: Settings) -> Generator[HttpSource]:
    """The HTTP source of the settings; raises ConfigurationError if it is not configured."""
    if settings.career_url is None or settings.career_token is None:
        raise ConfigurationError("no source: set BATANG_CAREER_URL and BATANG_CAREER_TOKEN (or …_TOKEN_FILE)")
    headers = {
        "Authorization": f"Bearer {settings.career_token.get_secret_value()}",
        "Accept": "application/json",
    }
    with httpx.Client(
        base_url=settings.career_url, headers=headers, timeout=settings.http_timeout_s, follow_redirects=False
    ) as client:
        yield HttpSource(client, settings)
