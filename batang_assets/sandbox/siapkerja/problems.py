"""RFC 9457 answers: one exception class and the two other ways this server can fail on purpose."""

import json

from fastapi import Response


class Problem(Exception):
    """An answer other than 2xx: HTTP ``status``, the contract's ``kode``, and a sentence in Indonesian.

    ``detail`` never holds a value from a record: the answer may end in the sender's log.
    """

    def __init__(self, status: int, kode: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(kode)
        self.status, self.kode, self.detail, self.headers = status, kode, detail, headers

    def response(self) -> Response:
        """The ``application/problem+json`` response."""
        body = {
            "type": f"urn:siapkerja:galat:{self.kode}",
            "title": self.kode.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "kode": self.kode,
        }
        return Response(json.dumps(body), self.status, self.headers, "application/problem+json")


class GatewayPage(Exception):
    """An injected 503 with the HTML page of a gateway instead of JSON."""

    def response(self) -> Response:
        """The HTML response."""
        return Response("<html><body><h1>503 Service Unavailable</h1></body></html>", 503, None, "text/html")


class Cut(Exception):
    """An injected connection reset before anything was done."""
