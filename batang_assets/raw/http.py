"""Batang Career over HTTP: the extract API of ``contracts/batang-career.md``."""

import email.utils
import json
import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import stamina

from batang_assets.contracts import Contract
from batang_assets.errors import ConfigurationError, SourceError
from batang_assets.raw.source import Record, WindowMoved
from batang_assets.settings import Settings
from batang_assets.vault.door import NumberText

ATTEMPTS = 6
PAST_THE_END = 400


class Transient(Exception):
    """An answer that may be better next time; ``wait_s`` is what the server asked for, if it did."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class HttpSource:
    """Reads windows page by page, a few pages ahead and in order, with one client and one total deadline."""

    def __init__(self, client: httpx.Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def check(self) -> None:
        """Ask for one record; raises SourceError if the source is unreachable or refuses the token."""
        self._get("/api/v1/pemberi-kerja", {"page": 1, "per_page": 1}, attempts=2)

    def window(self, contract: Contract, start: datetime, end: datetime) -> Iterator[Record]:
        """See CareerSource. Total and the keys of neighbouring pages are compared while paging."""
        path = f"/api/v1/{contract.dataset}"
        query = {
            "per_page": self._settings.career_page_size,
            "updated_from": start.isoformat(),
            "updated_until": end.isoformat(),
            "with_trashed": 1,
        }
        deadline = time.monotonic() + self._settings.career_deadline_s
        before: set[str] = set()
        total: int | None = None
        seen = 0
        for payload in self._pages(path, query, deadline):
            now_total = int(payload["meta"]["total"])
            if total is not None and now_total != total:
                raise WindowMoved(f"{contract.dataset}: total went from {total} to {now_total}")
            total = now_total
            keys = {str(record.get("id")) for record in payload["data"]}
            if keys & before or len(keys) < len(payload["data"]):
                raise WindowMoved(f"{contract.dataset}: a row was shown on two pages")
            before = keys
            seen += len(payload["data"])
            yield from payload["data"]
        if seen != total:
            raise WindowMoved(f"{contract.dataset}: {seen} rows shown, {total} announced")

    def _pages(self, path: str, query: dict[str, Any], deadline: float) -> Iterator[dict[str, Any]]:
        first = self._get(path, {"page": 1, **query}, deadline=deadline)
        yield first
        last = int(first["meta"]["last_page"])
        with ThreadPoolExecutor(self._settings.career_concurrency) as pool:
            ahead: deque[Future[dict[str, Any]]] = deque()
            try:
                for page in range(2, last + 1):
                    ahead.append(pool.submit(self._get, path, {"page": page, **query}, deadline=deadline))
                    if len(ahead) >= self._settings.career_concurrency:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()

    def _get(
        self, path: str, query: dict[str, Any], *, deadline: float | None = None, attempts: int = ATTEMPTS
    ) -> dict[str, Any]:
        try:
            for attempt in stamina.retry_context(
                on=_backoff, attempts=attempts, timeout=None, wait_initial=0.2, wait_max=20.0, wait_jitter=0.3
            ):
                with attempt:
                    if deadline is not None and time.monotonic() > deadline:
                        raise SourceError(
                            f"Batang Career {path}: not read within {self._settings.career_deadline_s} s "
                            "(BATANG_CAREER_DEADLINE_S)"
                        )
                    return self._once(path, query)
        except Transient as error:
            raise SourceError(
                f"Batang Career {path} (page {query['page']}): {error} after {attempts} attempts; "
                f"check BATANG_CAREER_URL ({self._settings.career_url}) and the server"
            ) from None
        raise AssertionError("unreachable: the loop returns or raises")

    def _once(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.get(path, params=query)
        except httpx.TransportError as error:
            raise Transient(f"cannot be reached ({type(error).__name__})") from None
        if answer.status_code == httpx.codes.OK:
            return _parse(answer)
        if answer.status_code in (401, 403):
            raise SourceError(
                f"Batang Career refuses the token ({answer.status_code}): check BATANG_CAREER_TOKEN"
            )
        if answer.status_code == PAST_THE_END and query["page"] > 1:
            raise WindowMoved(f"{path}: page {query['page']} is now past the last")
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Transient(f"answers {answer.status_code}", retry_after_s(answer.headers.get("Retry-After")))
        raise SourceError(
            f"Batang Career {path} answers {answer.status_code}: not what the contract foresees"
        )


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, Transient):
        return False
    return error.wait_s if error.wait_s is not None else True


def retry_after_s(header: str | None) -> float | None:
    """Seconds to wait by a ``Retry-After`` header in either form; None if there is none to be understood."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    wait_s = (moment - datetime.now(UTC)).total_seconds()
    return wait_s if wait_s > 0 else 0.0


def _parse(answer: httpx.Response) -> dict[str, Any]:
    try:
        payload = json.loads(answer.content, parse_int=NumberText, parse_float=NumberText)
    except ValueError:
        raise Transient("answers 200 with a body that is not JSON") from None
    if not isinstance(payload, dict) or not isinstance(payload.get("data"), list) or "meta" not in payload:
        raise SourceError("Batang Career answers JSON without data and meta: not the extract API")
    return payload


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
