"""What SIAPkerja answers, and what each answer means for the sender."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from batang_assets.errors import BatangError, DeliveryError

STATUSES = ("diterima", "tidak_berubah", "ditolak")
CODE = re.compile(r"^[A-Z][A-Z0-9_]{0,59}$")
FIELD = re.compile(r"^[a-z][a-z0-9_]{0,59}$")


class SiapkerjaUnavailable(BatangError):
    """SIAPkerja does not answer in time. Nothing is lost: the same key and bytes go again at the next run."""

    def __init__(self, message: str, wait_s: float = 0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class AnswerMismatch(DeliveryError):
    """The receipt does not fit what was sent (digest or records), time after time."""


class Again(Exception):
    """Internal: this attempt settled nothing; try again with the same key and bytes.

    ``wait_s``: at least this long first. ``counted``: whether it says that the server is in trouble (a
    throttled or still busy server is not).
    """

    def __init__(self, reason: str, wait_s: float | None = None, counted: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.wait_s, self.counted = reason, wait_s, counted


class BatchTooLarge(Exception):
    """413: split the batch."""


class BatchRefused(Exception):
    """422 KIRIMAN_TIDAK_SAH: the batch is refused whole, for a record that is not named."""


class OwnFault(DeliveryError):
    """400 or 422 KUNCI_DIPAKAI_ULANG: the fault is ours; repeating the request cannot help."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read whole. ``payload`` is None unless the content type is JSON and it parses."""

    status: int
    headers: dict[str, str]
    payload: Any

    @property
    def code(self) -> str:
        """``kode`` of the problem document, or empty."""
        code = self.payload.get("kode") if isinstance(self.payload, dict) else None
        return code if isinstance(code, str) and CODE.match(code) else ""

    @property
    def retry_after_s(self) -> float | None:
        """``Retry-After`` in seconds; a date counts from the server's own ``Date`` where it gives one."""
        text = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}", text):
            return float(text)
        until = _http_date(text)
        if until is None:
            return None
        now = _http_date(self.headers.get("date", "")) or datetime.now(UTC)
        return (until - now).total_seconds() if until > now else 0.0

    @property
    def clock_skew_s(self) -> float | None:
        """Server clock minus ours, in seconds, by the ``Date`` header."""
        moment = _http_date(self.headers.get("date", ""))
        return (moment - datetime.now(UTC)).total_seconds() if moment else None


@dataclass(frozen=True)
class RecordResult:
    """The Ministry's verdict on one version. ``errors``: field and code only — messages may quote a person."""

    id_daerah: str
    version: int
    status: str
    id_siapkerja: str | None = None
    errors: tuple[tuple[str, str], ...] = ()

    def errors_as_json(self) -> list[dict[str, str]]:
        """As stored in ``galat``."""
        return [{"bidang": name, "kode": code} for name, code in self.errors]


@dataclass(frozen=True)
class Receipt:
    """The 200 answer to a delivery."""

    id_kiriman: str
    received_at: str
    digest: str
    results: tuple[RecordResult, ...]


@dataclass(frozen=True)
class Batch:
    """What is sent: the exact bytes under one idempotency key. ``names`` = (id_daerah, version) in order."""

    domain: str
    key: str
    body: bytes
    names: tuple[tuple[str, int], ...]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.body).hexdigest())


def parse_json(content: bytes) -> Any:
    """The JSON in ``content``; raises Again if it is cut or no JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Again("the answer is no complete JSON") from None


def parse_receipt(payload: Any, batch: Batch) -> Receipt:
    """Read the 200 answer to ``batch``; raises Again if it is malformed or does not fit what was sent."""
    try:
        results = tuple(_result(item) for item in payload["hasil"])
        receipt = Receipt(
            str(payload["id_kiriman"]),
            str(payload["diterima_pada"]),
            str(payload["sidik_isi"]).lower(),
            results,
        )
    except (KeyError, TypeError, ValueError):
        raise Again("the receipt does not have the contract's shape") from None
    if receipt.digest != batch.digest:
        raise Again("sidik_isi is not the digest of what was sent")
    answered = [(result.id_daerah, result.version) for result in results]
    if len(answered) != len(batch.names) or set(answered) != set(batch.names):
        raise Again("the receipt does not name the records that were sent")
    return receipt


def _result(item: Any) -> RecordResult:
    status = item["status"]
    if status not in STATUSES or isinstance(item["versi"], bool):
        raise ValueError
    errors = tuple(
        (
            _clean(_last_part(error.get("bidang")), FIELD, "lainnya"),
            _clean(error.get("kode"), CODE, "LAINNYA"),
        )
        for error in item.get("galat") or ()
    )
    identifier = item.get("id_siapkerja")
    return RecordResult(
        str(item["id_daerah"]),
        int(item["versi"]),
        status,
        None if identifier is None else str(identifier),
        errors,
    )


def _last_part(value: Any) -> Any:
    """``nik`` of ``data.nik`` or ``/data/nik``."""
    return re.split(r"[./]", value)[-1] if isinstance(value, str) else value


def _clean(value: Any, pattern: re.Pattern[str], otherwise: str) -> str:
    """Only what has the form of a field name or code is kept: free text may hold a person's data."""
    return value if isinstance(value, str) and pattern.match(value) else otherwise


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
