"""Who may ask: sign-on, bearer tokens, request signatures, the clock and replayed requests."""

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

from .faults import Faults
from .problems import Problem

TOKEN_LIFETIME_S = 900
CLOCK_TOLERANCE_S = 300
SCOPE = "integrasi.daerah"


def string_to_sign(
    method: str, target: str, client_id: str, request_id: str, stamp: str, digest: str
) -> bytes:
    """The bytes under the signature. ``target``: the path, and ``?query`` exactly as sent if there is one."""
    return "\n".join((method, target, client_id, request_id, stamp, digest)).encode("latin-1")


def parse_time(text: str) -> datetime:
    """An RFC 3339 time as UTC. Raises ValueError when it is none or has no offset."""
    if len(text) < 20 or text[10] not in "Tt":
        raise ValueError("not RFC 3339")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar") from None


class Auth:
    """One client, its secret and its live tokens (in memory: a restart ends them, as the contract allows).

    ``remember(request_id) -> bool`` stores a request id and answers whether it is new.
    """

    def __init__(self, client_id: str, secret: str, faults: Faults, remember: Callable[[str], bool]) -> None:
        self.client_id, self._secret = client_id, secret.encode()
        self._faults, self._remember = faults, remember
        self._tokens: dict[str, float] = {}
        self._proven: set[str] = set()

    def sign_on(self, form: bytes) -> dict[str, object]:
        """Answer ``POST /oauth/token``. Raises Problem 400 BADAN_RUSAK or 401 KREDENSIAL_SALAH."""
        try:
            fields = parse_qs(form.decode("ascii"), strict_parsing=True, max_num_fields=20)
        except ValueError:
            raise Problem(
                400, "BADAN_RUSAK", "Badan bukan formulir application/x-www-form-urlencoded."
            ) from None
        if fields.get("grant_type") != ["client_credentials"] or fields.get("scope") != [SCOPE]:
            detail = f"grant_type harus client_credentials dan scope harus {SCOPE}."
            raise Problem(400, "BADAN_RUSAK", detail)
        given = [fields.get(name, [""])[0].encode() for name in ("client_id", "client_secret")]
        # Both comparisons always run, so that the answer's time does not tell which one failed.
        right = [
            hmac.compare_digest(given[0], self.client_id.encode()),
            hmac.compare_digest(given[1], self._secret),
        ]
        if not all(right):
            raise Problem(401, "KREDENSIAL_SALAH", "client_id atau client_secret salah.")
        now = time.monotonic()
        self._tokens = {token: end for token, end in self._tokens.items() if end > now}
        self._proven &= self._tokens.keys()
        token = secrets.token_urlsafe(32)
        self._tokens[token] = now + TOKEN_LIFETIME_S
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFETIME_S}

    def check(self, method: str, target: str, headers: Mapping[str, str], digest: str) -> None:
        """Let a signed request pass, or raise Problem 401 or 409.

        ``digest`` is the hex SHA-256 of the body. The request id is remembered only once the signature and
        the clock are right: a stranger cannot burn the ids of others.
        """
        token = self._token(headers.get("authorization", ""))
        client_id, request_id = headers.get("x-client-id", ""), headers.get("x-request-id", "")
        stamp = headers.get("x-timestamp", "")
        signed = string_to_sign(method, target, client_id, request_id, stamp, digest)
        expected = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        signature = headers.get("x-signature", "").lower().encode("latin-1", "replace")
        if client_id != self.client_id or not hmac.compare_digest(signature, expected.encode()):
            raise Problem(401, "TANDA_TANGAN_SALAH", "Tanda tangan atau X-Client-Id tidak sesuai.")
        self._check_clock(stamp)
        try:
            identity = str(uuid.UUID(request_id))
        except ValueError:
            raise Problem(401, "TANDA_TANGAN_SALAH", "X-Request-Id bukan UUID.") from None
        if not self._remember(identity):
            raise Problem(409, "PERMINTAAN_GANDA", "X-Request-Id ini sudah pernah diterima.")
        self._proven.add(token)

    def _token(self, header: str) -> str:
        scheme, _, token = header.partition(" ")
        alive = scheme.lower() == "bearer" and self._tokens.get(token, 0.0) > time.monotonic()
        # Only a token that has worked is revoked early: the contract has the sender renew once, not for ever.
        if alive and token in self._proven and self._faults.hit("token_early"):
            del self._tokens[token]
            alive = False
        if not alive:
            raise Problem(401, "TOKEN_KEDALUWARSA", "Token tidak ada, tidak dikenal atau sudah kedaluwarsa.")
        return token

    @staticmethod
    def _check_clock(stamp: str) -> None:
        try:
            distance_s = abs((datetime.now(UTC) - parse_time(stamp)).total_seconds())
        except ValueError:
            raise Problem(401, "STEMPEL_WAKTU", "X-Timestamp bukan waktu RFC 3339.") from None
        if distance_s > CLOCK_TOLERANCE_S:
            detail = f"X-Timestamp berselisih lebih dari {CLOCK_TOLERANCE_S} detik dari jam server."
            raise Problem(401, "STEMPEL_WAKTU", detail)
