"""Signed requests with patience: sign-on, signature, size and time bounds, and when to try again."""

import random
import re
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

import httpx

from batang_assets.errors import ConfigurationError, DeliveryError
from batang_assets.siapkerja.deadline import DeadlineTransport, total_deadline
from batang_assets.siapkerja.protocol import Again, Answer, AnswerMismatch, SiapkerjaUnavailable, parse_json
from batang_assets.siapkerja.signing import signed_headers

JSON_TYPES = ("application/json", "application/problem+json")
TOKEN_PATH = "/oauth/token"
TOKEN_MARGIN_S = 30
NO_ADDRESS = "BATANG_SIAPKERJA_URL is no http(s) address: set it as https://host[:port][/path]"
BeforeSending = Callable[[str], None]
# RFC 6750, and nothing that could break out of a header.
TOKEN = re.compile(r"^[A-Za-z0-9\-._~+/]+=*\Z")
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How long and how often we insist; seconds and bytes.

    ``timeout_s``: longest silence; ``answer_s``: longest time from connecting until an answer is whole;
    ``attempts``: troubles in a row before a run is given up; ``deadline_s``: the whole run.
    """

    deadline_s: float = 3600
    timeout_s: float = 30
    answer_s: float = 120
    attempts: int = 10
    first_wait_s: float = 0.5
    longest_wait_s: float = 30
    max_answer_bytes: int = 32 * 1024 * 1024


class Transport:
    """The connections, the token and the deadline of one run. Safe to share between threads."""

    def __init__(self, url: str, client_id: str, secret: str, limits: Limits) -> None:
        self.limits = limits
        self._base = url.rstrip("/")
        self._client_id = client_id
        self._secret = secret
        self._token: str | None = None
        self._token_expires = 0.0
        self._token_lock = threading.Lock()
        self._deadline = time.monotonic() + limits.deadline_s
        # Redirects are not followed, so the token cannot travel to another host; TLS is always verified;
        # proxies and netrc of the machine are not consulted.
        self._http = httpx.Client(
            transport=DeadlineTransport(),
            timeout=limits.timeout_s,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "batang-assets"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def remaining_s(self) -> float:
        """Seconds left of the run's deadline; negative when it has passed."""
        return self._deadline - time.monotonic()

    def stop(self) -> None:
        """End the run now: what is on its way is let go, and no request begins any more."""
        self._deadline = time.monotonic()

    # -- one attempt ---------------------------------------------------------------------------------

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        before: BeforeSending | None = None,
    ) -> Answer:
        """One signed request. A stale token is replaced once; a refused sign-on or signature is a fault.

        Raises Again where the outcome is unknown or SIAPkerja asks to wait.
        """
        for renewed in (False, True):
            token = self.token()
            request = self._build(method, path, body, headers)
            # The target is taken from the built request: what is signed is what stands on the request line.
            target = request.url.raw_path.decode("ascii")
            signed = signed_headers(method, target, body, client_id=self._client_id, secret=self._secret)
            request.headers.update({**signed, "Authorization": f"Bearer {token}"})
            if before:
                before(signed["X-Request-Id"])
            answer = self._request(request)
            if answer.status == 401 and answer.code == "TOKEN_KEDALUWARSA" and not renewed:
                self._forget_token(token)
                continue
            return _permitted(answer)
        raise AssertionError("unreachable")

    def _build(self, method: str, path: str, body: bytes, headers: dict[str, str] | None) -> httpx.Request:
        try:
            return self._http.build_request(method, self._base + path, content=body, headers=headers)
        except httpx.InvalidURL:
            raise ConfigurationError(NO_ADDRESS) from None

    def _request(self, request: httpx.Request) -> Answer:
        """Send and read whole, within the bounds; raises Again for any answer that settles nothing."""
        until = min(time.monotonic() + self.limits.answer_s, self._deadline)
        try:
            with total_deadline(until):
                response = self._http.send(request, stream=True)
                try:
                    content = self._read_bounded(response)
                finally:
                    response.close()
        except httpx.TimeoutException:
            raise Again("no answer within the time limit") from None
        except httpx.UnsupportedProtocol:
            raise ConfigurationError(NO_ADDRESS) from None
        except httpx.ConnectError as error:
            if "CERTIFICATE" in str(error).upper():
                raise ConfigurationError(
                    "the certificate of BATANG_SIAPKERJA_URL cannot be verified: mend address or trust store"
                ) from None
            raise Again("SIAPkerja cannot be reached (BATANG_SIAPKERJA_URL)") from None
        except httpx.HTTPError as error:
            raise Again(f"the connection broke ({type(error).__name__})") from None
        return _settling(response, content)

    def _read_bounded(self, response: httpx.Response) -> bytes:
        """The body, unpacked, at most ``max_answer_bytes``: neither a flood nor a gzip bomb fills the memory."""
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise Again("an answer came in an encoding that was not asked for")
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
        content = bytearray()
        for chunk in response.iter_raw():
            room = self.limits.max_answer_bytes - len(content) + 1
            try:
                content += unpack.decompress(chunk, room) if unpack else chunk[:room]
            except zlib.error:
                raise Again("the answer is no valid gzip") from None
            if len(content) > self.limits.max_answer_bytes:
                raise Again(f"the answer exceeds {self.limits.max_answer_bytes} bytes")
        if unpack and not unpack.eof:
            raise Again("the answer is no complete gzip")
        return bytes(content)

    # -- sign-on -------------------------------------------------------------------------------------

    def token(self) -> str:
        """A token that is still good; raises DeliveryError if the sign-on is refused, Again if it fails."""
        with self._token_lock:  # single flight: the others wait for the one that signs on
            if self._token is None or time.monotonic() >= self._token_expires:
                self._token = self._sign_on()
            return self._token

    def _forget_token(self, token: str) -> None:
        with self._token_lock:
            if self._token == token:
                self._token = None

    def _sign_on(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret,
            "scope": "integrasi.daerah",
        }
        content_type = {"Content-Type": "application/x-www-form-urlencoded"}
        request = self._build("POST", TOKEN_PATH, urlencode(form).encode(), content_type)
        answer = self._request(request)
        if answer.status != 200:
            raise DeliveryError(
                f"SIAPkerja refuses the sign-on ({answer.status} {answer.code or 'without kode'}): check"
                " BATANG_SIAPKERJA_CLIENT_ID and BATANG_SIAPKERJA_CLIENT_SECRET"
            )
        try:
            token, lifetime = answer.payload["access_token"], float(answer.payload.get("expires_in", 900))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Again("the sign-on answer does not have the contract's shape") from None
        if not isinstance(token, str) or not TOKEN.match(token):
            raise Again("the sign-on answer does not have the contract's shape")
        self._token_expires = time.monotonic() + lifetime - min(TOKEN_MARGIN_S, lifetime / 2)
        return token

    # -- patience ------------------------------------------------------------------------------------

    def insist(self, attempt: Callable[[], T]) -> T:
        """Repeat ``attempt`` while it raises Again, within the attempts and the run's deadline."""
        failures = waits = 0
        while True:
            if self.remaining_s() <= 0:
                raise _given_up(Again("this run's time is used up"))
            try:
                return attempt()
            except Again as again:
                failures += again.counted
                if failures >= self.limits.attempts:
                    raise _given_up(again) from None
                self.wait(again.wait_s, waits, again)
                waits += 1

    def wait(self, at_least_s: float | None, earlier: int, again: Again | None = None) -> None:
        """Sleep as told, or with doubling jitter; gives up at once if that passes the run's deadline."""
        ceiling = min(self.limits.first_wait_s * 2 ** min(earlier, 16), self.limits.longest_wait_s)
        pause = random.uniform(ceiling / 2, ceiling)
        if at_least_s is not None:
            pause = at_least_s + (pause * 0.1 if at_least_s else pause)
        if pause > self.remaining_s():
            raise _given_up(again or Again("still processing", at_least_s))
        time.sleep(pause)


def _given_up(again: Again) -> SiapkerjaUnavailable | AnswerMismatch:
    if again.mismatch:
        return AnswerMismatch(f"SIAPkerja's receipts do not fit what was sent: {again.reason}")
    return SiapkerjaUnavailable(
        f"SIAPkerja gives no result ({again.reason}): nothing is lost, run again later", again.wait_s or 0
    )


def _settling(response: httpx.Response, content: bytes) -> Answer:
    """The answer, if it is one of SIAPkerja's; raises Again for a gateway's page or a passing trouble."""
    headers = dict(response.headers)
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    bare = Answer(response.status_code, headers, None)
    if response.status_code == 413:
        return bare
    if response.status_code == 429:
        raise Again("SIAPkerja throttles", bare.retry_after_s, counted=False)
    if response.status_code >= 500 or response.status_code == 408:
        raise Again(f"SIAPkerja answers {response.status_code}", bare.retry_after_s)
    if 300 <= response.status_code < 400:
        raise DeliveryError(
            f"SIAPkerja redirects ({response.status_code}), which is never followed: check BATANG_SIAPKERJA_URL"
        )
    if response.status_code == 202 and not content:
        return bare
    if media not in JSON_TYPES:
        raise Again(f"the answer ({response.status_code}) is no JSON")
    return Answer(response.status_code, headers, parse_json(content))


def _permitted(answer: Answer) -> Answer:
    """``answer``, unless SIAPkerja does not let us in."""
    if answer.status == 401:
        raise DeliveryError(_refusal(answer))
    if answer.status == 403:
        raise DeliveryError(
            f"SIAPkerja forbids the request ({answer.code or '403'}): check BATANG_KODE_WILAYAH and the rights of"
            " BATANG_SIAPKERJA_CLIENT_ID"
        )
    if answer.status == 409 and answer.code == "PERMINTAAN_GANDA":
        raise Again("the request id was seen before")
    return answer


def _refusal(answer: Answer) -> str:
    if answer.code == "STEMPEL_WAKTU":
        skew = answer.clock_skew_s
        if skew is None:
            clock = "differs from its own"
        else:
            clock = f"is about {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} its own"
        return f"SIAPkerja refuses the time stamp: this machine's clock {clock}; set it (NTP) and run again"
    if answer.code == "TANDA_TANGAN_SALAH":
        return "SIAPkerja refuses the signature: check BATANG_SIAPKERJA_CLIENT_SECRET"
    if answer.code == "TOKEN_KEDALUWARSA":
        return "SIAPkerja refuses even a new token: check this client's access with the Ministry"
    return (
        f"SIAPkerja refuses the sign-on (401 {answer.code or 'without kode'}): check BATANG_SIAPKERJA_CLIENT_ID and"
        " BATANG_SIAPKERJA_CLIENT_SECRET"
    )
