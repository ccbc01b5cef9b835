"""The client of contracts/siapkerja.md: one a run, safe to share between threads.

Every row of the contract's table has one outcome here. *Settled*: a receipt. *Again*: waits, then the same
key and bytes. *Split*: BatchTooLarge, BatchRefused. *Fault*: DeliveryError in one line. *Given up*:
SiapkerjaUnavailable when attempts or the run's deadline are used up; the next run goes on.
"""

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlencode, urlsplit

from batang_assets.errors import ConfigurationError, DeliveryError
from batang_assets.settings import Settings
from batang_assets.siapkerja.protocol import (
    IDENTIFIER,
    Again,
    Answer,
    Batch,
    BatchRefused,
    BatchTooLarge,
    OwnFault,
    Receipt,
    parse_receipt,
)
from batang_assets.siapkerja.transport import BeforeSending, Limits, Transport

API = "/integrasi/v1"


class SiapkerjaClient:
    """Speaks for one client id. ``close`` it, or use it as a context manager."""

    def __init__(
        self, url: str, client_id: str, secret: str, region: str, limits: Limits | None = None
    ) -> None:
        self.region = region
        self._transport = Transport(url, client_id, secret, limits or Limits())

    @classmethod
    def from_settings(cls, settings: Settings, attempts: int = Limits.attempts) -> Self:
        """The client of this configuration; raises ConfigurationError that names a missing setting."""
        secret = settings.siapkerja_client_secret
        values = {
            "URL": settings.siapkerja_url,
            "CLIENT_ID": settings.siapkerja_client_id,
            "CLIENT_SECRET": secret.get_secret_value() if secret else None,
        }
        for name, value in values.items():
            if not value:
                raise ConfigurationError(f"BATANG_SIAPKERJA_{name} is not set: SIAPkerja cannot be reached")
        limits = Limits(
            deadline_s=settings.siapkerja_deadline_s, timeout_s=settings.http_timeout_s, attempts=attempts
        )
        return cls(*(value or "" for value in values.values()), settings.kode_wilayah, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def remaining_s(self) -> float:
        """Seconds left of the run's deadline; negative when it has passed."""
        return self._transport.remaining_s()

    def stop(self) -> None:
        """End the run now, for every thread that shares this client: each raises SiapkerjaUnavailable."""
        self._transport.stop()

    def sign_on(self) -> None:
        """Get a token now; raises DeliveryError if SIAPkerja refuses it."""
        self._transport.insist(self._transport.token)

    # -- sending -------------------------------------------------------------------------------------

    def send(self, batch: Batch, before: BeforeSending | None = None) -> Receipt:
        """Deliver ``batch`` until it is settled; ``before`` is called with the request id of each attempt.

        Whatever ``before`` raises stops the attempt before it leaves. Raises BatchTooLarge, BatchRefused,
        DeliveryError, SiapkerjaUnavailable.
        """
        return self._transport.insist(lambda: self._send_once(batch, before))

    def find_by_key(self, batch: Batch) -> Receipt | None:
        """Ask whether ``batch`` has a result under its key; None if SIAPkerja knows none (yet)."""
        path = f"{API}/kiriman?{urlencode({'kunci': batch.key})}"

        def ask() -> Receipt | None:
            found = _expect(self._transport.exchange("GET", path), 200).payload
            try:
                results = list(found["data"])
            except (KeyError, TypeError):
                raise Again("the look-up by key does not have the contract's shape") from None
            return parse_receipt(results[0], batch) if results else None

        return self._transport.insist(ask)

    def _send_once(self, batch: Batch, before: BeforeSending | None) -> Receipt:
        answer = self._transport.exchange(
            "POST",
            f"{API}/{batch.domain}/kiriman",
            batch.body,
            {"Idempotency-Key": batch.key, "Content-Type": "application/json"},
            before,
        )
        return self._poll(answer, batch) if answer.status == 202 else _settle(answer, batch)

    def _poll(self, accepted: Answer, batch: Batch) -> Receipt:
        """Wait for the result of a 202. Only the id is taken from ``Location``: the token goes nowhere else."""
        id_kiriman = urlsplit(accepted.headers.get("location", "")).path.rstrip("/").rpartition("/")[2]
        if not IDENTIFIER.match(id_kiriman) or id_kiriman in (".", ".."):
            raise Again("202 without Location", accepted.retry_after_s)
        path = f"{API}/kiriman/{quote(unquote(id_kiriman), safe='')}"
        answer = accepted
        waits = 0
        while answer.status == 202:
            self._transport.wait(answer.retry_after_s, waits)
            waits += 1
            answer = self._transport.insist(lambda: self._transport.exchange("GET", path))
        if answer.status == 404:
            raise Again("SIAPkerja no longer knows the delivery it accepted")
        return _settle(answer, batch)

    # -- reading back --------------------------------------------------------------------------------

    def read_page(
        self, domain: str, page: int, limit: int = 500, changed_since: str | None = None
    ) -> dict[str, Any] | None:
        """One page of ``domain`` as ``{"data", "meta", …}``; None where the page lies past the last."""
        query: dict[str, str | int] = {"kode_wilayah": self.region}
        if changed_since:
            query["diubah_sejak"] = changed_since
        query |= {"page": page, "limit": limit}
        answer = self._transport.insist(
            lambda: self._transport.exchange("GET", f"{API}/{domain}?{urlencode(query)}")
        )
        if answer.status == 400 and page > 1:
            return None
        payload = _expect(answer, 200).payload
        if not isinstance(payload, dict) or not isinstance(payload.get("data"), list):
            raise DeliveryError(f"a page of {domain} read back does not have the contract's shape")
        return payload


def _settle(answer: Answer, batch: Batch) -> Receipt:
    """The receipt of ``batch``, or what the contract's table makes of any other answer."""
    if answer.status == 200:
        return parse_receipt(answer.payload, batch)
    if answer.status == 413:
        raise BatchTooLarge
    if answer.status == 422 and answer.code == "KIRIMAN_TIDAK_SAH":
        raise BatchRefused
    if answer.status == 409 and answer.code == "SEDANG_DIPROSES":
        raise Again("the same key is still being processed", answer.retry_after_s, counted=False)
    if answer.status in (400, 422):
        raise OwnFault(
            answer.code or f"HTTP_{answer.status}",
            f"SIAPkerja refuses a delivery of {batch.domain} as faulty ({answer.status}"
            f" {answer.code or 'without kode'}): a fault of this program, report it with key {batch.key}",
        )
    # What the contract does not have says nothing of the delivery: it stays as it is, and goes again.
    raise DeliveryError(
        f"SIAPkerja answers a delivery of {batch.domain} with {answer.status} {answer.code or 'without kode'},"
        " which the contract does not have: check BATANG_SIAPKERJA_URL and run again"
    )


def _expect(answer: Answer, status: int) -> Answer:
    if answer.status != status:
        raise DeliveryError(
            f"SIAPkerja answers {answer.status} {answer.code or 'without kode'} where the contract has {status}:"
            " check BATANG_SIAPKERJA_URL"
        )
    return answer


def check_sign_on(settings: Settings) -> None:
    """Sign on once, before work begins: raises ConfigurationError, DeliveryError or SiapkerjaUnavailable."""
    with SiapkerjaClient.from_settings(settings, attempts=3) as client:
        client.sign_on()
