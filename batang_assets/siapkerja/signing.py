"""The five headers of every request but the sign-on."""

import hashlib
import hmac
import uuid
from datetime import UTC, datetime


def signed_headers(
    method: str, target: str, body: bytes, *, client_id: str, secret: str, request_id: str | None = None
) -> dict[str, str]:
    """``X-…`` headers over the exact bytes that are sent; a new ``X-Request-Id`` unless one is given.

    ``target`` is path and query as on the request line. The time stamp is the machine's real clock, never the
    pipeline's: the server compares it with its own (± 300 s).
    """
    request_id = request_id or str(uuid.uuid4())
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = "\n".join([method, target, client_id, request_id, timestamp, hashlib.sha256(body).hexdigest()])
    signature = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    return {
        "X-Client-Id": client_id,
        "X-Request-Id": request_id,
        "X-Timestamp": timestamp,
        "X-Signature": signature,
    }
