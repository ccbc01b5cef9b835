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
CODE = re.compile(r"^[A-Z][A-Z0-9_]{0,59}\Z")
FIELD = re.compile(r"^[a-z][a-z0-9_]{0,59}\Z")
# What of an answer is kept as text must be an identifier or a time: it goes into the books as it is.
IDENTIFIER = re.compile(r"^[!-~]{1,255}\Z")
TIME = re.compile(r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
# A longer Retry-After is a fault of the server or the way: the server is asked again once a day.
LONGEST_RETRY_AFTER_S = 86_400.0


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
    throttled or still busy server is not). ``mismatch``: a receipt came that does not fit what was sent.
    """

    def __init__(
        self, reason: str, wait_s: float | None = None, counted: bool = True, mismatch: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason, self.wait_s, self.counted, self.mismatch = reason, wait_s, counted, mismatch


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
        """``Retry-After`` in seconds, a day at most; a date counts from the server's own ``Date`` if given."""
        text = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,18}", text):
            return min(float(text), LONGEST_RETRY_AFTER_S)
        until = _http_date(text)
        if until is None:
            return None
        now = _http_date(self.headers.get("date", "")) or datetime.now(UTC)
        return min((until - now).total_seconds(), LONGEST_RETRY_AFTER_S) if until > now else 0.0

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
            _kept(payload["id_kiriman"], IDENTIFIER),
            _kept(payload["diterima_pada"], TIME),
            _kept(payload["sidik_isi"], IDENTIFIER).lower(),
            results,
        )
    except (KeyError, TypeError, ValueError):
        raise Again("the receipt does not have the contract's shape", mismatch=True) from None
    if receipt.digest != batch.digest:
        raise Again("sidik_isi is not the digest of what was sent", mismatch=True)
    answered = [(result.id_daerah, result.version) for result in results]
    # In any order, but each record exactly once.
    if len(answered) != len(batch.names) or set(answered) != set(batch.names):
        raise Again("the receipt does not name the records that were sent", mismatch=True)
    return receipt


def _result(item: Any) -> RecordResult:
    """Raises KeyError, TypeError or ValueError where ``item`` does not have the contract's shape."""
    status, version, errors = item["status"], item["versi"], item.get("galat")
    if status not in STATUSES or type(version) is not int or not isinstance(errors, list | None):
        raise ValueError
    identifier = item.get("id_siapkerja")
    return RecordResult(
        _kept(item["id_daerah"], IDENTIFIER),
        version,
        status,
        None if identifier is None else _kept(identifier, IDENTIFIER),
        tuple(_error(error) for error in errors or ()),
    )


def _error(error: Any) -> tuple[str, str]:
    if not isinstance(error, dict):
        raise ValueError
    name = _clean(_last_part(error.get("bidang")), FIELD, "lainnya")
    return name, _clean(error.get("kode"), CODE, "LAINNYA")


def _kept(value: Any, pattern: re.Pattern[str]) -> str:
    """``value`` as text, a whole number too; raises ValueError unless it has the form of ``pattern``."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not pattern.match(text):
        raise ValueError
    return text


def _last_part(value: Any) -> Any:
    """``nik`` of ``data.nik`` or ``/data/nik``."""
    return re.split(r"[./]", value)[-1] if isinstance(value, str) else value


def _clean(value: Any, pattern: re.Pattern[str], otherwise: str) -> str:
    """Only what has the form of a field name or code is kept: free text may hold a person's data."""
    return value if isinstance(value, str) and pattern.match(value) else otherwise


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
