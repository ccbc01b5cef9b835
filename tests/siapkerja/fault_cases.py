"""How each row of docs/siapkerja-kegagalan.md is brought about: raw answers, and faults of the connection."""

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from batang_assets.siapkerja.protocol import Batch
from tests.siapkerja.faultproxy import Fault

DELIVERY, SIGN_ON, POLL = "POST /integrasi/", "POST /oauth/token", "GET /integrasi/v1/kiriman/"
PROBLEM, HTML = "application/problem+json", "text/html"
THIEF = "{thief}"  # the address of the host to which a redirect points; filled in by the test
Answer = Callable[[Batch], bytes]


def http(status: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> bytes:
    """One HTTP/1.1 answer, byte for byte."""
    fields = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def problem(status: int, kode: str, **headers: str) -> bytes:
    body = {"type": "about:blank", "title": "x", "status": status, "kode": kode}
    return http(status, json.dumps(body).encode(), PROBLEM, **headers)


def results(batch: Batch) -> list[dict[str, Any]]:
    common = {"status": "diterima", "id_siapkerja": "SKD-1", "galat": []}
    return [{"id_daerah": name, "versi": version} | common for name, version in batch.names]


def receipt(batch: Batch, **changes: Any) -> bytes:
    """The body of the contract's 200 answer, with changes to its members."""
    payload = {"id_kiriman": "K-1", "diterima_pada": "2026-10-31T16:59:59Z", "sidik_isi": batch.digest}
    return json.dumps(payload | {"hasil": results(batch)} | changes).encode()


def first(batch: Batch, **changes: Any) -> bytes:
    """The receipt whose first result has changes."""
    head, *rest = results(batch)
    return receipt(batch, hasil=[head | changes, *rest])


def redirect(status: int) -> Answer:
    return lambda _: http(status, Location=THIEF)


def always(answer: bytes) -> Answer:
    return lambda _: answer


def ok(body: Callable[[Batch], bytes], **headers: str) -> Answer:
    return lambda batch: http(200, body(batch), **headers)


def packed(batch: Batch) -> bytes:
    return gzip.compress(receipt(batch))


def other_clock() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=900), usegmt=True)


LENGTHLESS = {"Content_Length": ""}
# What comes instead of the server's answer to a delivery; each also where the server is never reached.
ANSWERS: dict[str, Answer] = {
    "http-200-html": always(http(200, b"<html>login", HTML)),
    "http-200-text": lambda batch: http(200, receipt(batch), "text/plain"),
    "http-200-no-type": lambda batch: http(200, receipt(batch), ""),
    "http-200-truncated": ok(lambda batch: receipt(batch)[:-40]),
    "http-200-array": always(http(200, b"[1, 2]")),
    "http-200-empty": always(http(200)),
    "http-204": always(http(204, kind="", Content_Length="")),
    "http-201": lambda batch: http(201, receipt(batch)),
    "http-301": redirect(301),
    "http-302": redirect(302),
    "http-307": redirect(307),
    "http-308": redirect(308),
    "http-400-key": always(problem(400, "KUNCI_IDEMPOTEN_WAJIB")),
    "http-400-body": always(problem(400, "BADAN_RUSAK")),
    "http-400-html": always(http(400, b"<html>", HTML)),
    "http-401-expired": always(problem(401, "TOKEN_KEDALUWARSA")),
    "http-401-signature": always(problem(401, "TANDA_TANGAN_SALAH")),
    "http-401-clock": lambda _: problem(401, "STEMPEL_WAKTU", Date=other_clock()),
    "http-403": always(problem(403, "WILAYAH_TERLARANG")),
    "http-404": always(problem(404, "TIDAK_DITEMUKAN")),
    "http-404-html": always(http(404, b"<html>", HTML)),
    "http-405": always(problem(405, "METODE_TIDAK_BOLEH")),
    "http-408": always(http(408)),
    "http-409-replay": always(problem(409, "PERMINTAAN_GANDA")),
    "http-409-busy": always(problem(409, "SEDANG_DIPROSES")),
    "http-409-other": always(problem(409, "BENTROK")),
    "http-413": always(problem(413, "TERLALU_BESAR")),
    "http-413-html": always(http(413, b"<html>", HTML)),
    "http-422-reused": always(problem(422, "KUNCI_DIPAKAI_ULANG")),
    "http-422-refused": always(problem(422, "KIRIMAN_TIDAK_SAH")),
    "http-429": always(problem(429, "TERLALU_SERING", Retry_After="0")),
    "http-429-bare": always(http(429)),
    "http-500": always(problem(500, "GALAT")),
    "http-501": always(http(501)),
    "http-502-html": always(http(502, b"<html>", HTML)),
    "http-503-html": always(http(503, b"<html>", HTML)),
    "http-503-wait": always(problem(503, "SIBUK", Retry_After="0")),
    "http-504": always(http(504)),
    "http-599": always(http(599, b"{}")),
    "no-http": always(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "headers-too-long": always(http(200, b"{}", X_Panjang="x" * 200_000)),
    "gzip": ok(packed, Content_Encoding="gzip"),
    "gzip-bomb": always(http(200, gzip.compress(b" " * 2**26), Content_Encoding="gzip")),
    "gzip-bad": ok(receipt, Content_Encoding="gzip"),
    "gzip-cut": ok(lambda batch: packed(batch)[:-6], Content_Encoding="gzip"),
    "brotli": ok(receipt, Content_Encoding="br"),
    "flood": always(http(200, b" " * 2**21)),
    "json-deep": always(http(200, b"[" * 100_000)),
    "result-reordered": ok(lambda batch: receipt(batch, hasil=results(batch)[::-1])),
    "result-duplicate": ok(lambda batch: receipt(batch, hasil=results(batch)[:1] * 2)),
    "result-extra": ok(
        lambda batch: receipt(batch, hasil=[*results(batch), results(batch)[0] | {"id_daerah": "x"}])
    ),
    "result-missing": ok(lambda batch: receipt(batch, hasil=results(batch)[:1])),
    "result-version": ok(lambda batch: first(batch, versi=2)),
    "result-version-float": ok(lambda batch: first(batch, versi=1.5)),
    "result-version-huge": ok(lambda batch: receipt(batch).replace(b'"versi": 1', b'"versi": 1e999')),
    "result-status": ok(lambda batch: first(batch, status="ditunda")),
    "result-errors-text": ok(lambda batch: first(batch, status="ditolak", galat=["NIK salah"])),
    "result-nul": ok(lambda batch: first(batch, id_siapkerja="SKD-\x001")),
    "result-time": ok(lambda batch: receipt(batch, diterima_pada="kemarin")),
    "digest-other": ok(lambda batch: receipt(batch, sidik_isi=hashlib.sha256(b"").hexdigest())),
    "digest-upper": ok(lambda batch: receipt(batch, sidik_isi=batch.digest.upper())),
    "answer-twice": lambda batch: http(200, receipt(batch), Connection="keep-alive") * 2,
    "answer-of-another": ok(lambda batch: receipt(batch, sidik_isi="ab" * 32, hasil=[])),
    "poll-no-location": always(http(202, b"{}", Retry_After="0")),
}

# Faults of the connection while a delivery is on its way. A request here has more than 3,000 bytes.
LINKS: dict[str, Fault] = {
    "answer-late": Fault("down", latency_s=0.6, line=DELIVERY),
    "reset-before": Fault("up", ending="reset", after_bytes=3000, line=DELIVERY),
    "reset-at-headers": Fault("up", ending="reset", after_bytes=200, line=DELIVERY),
    "reset-after": Fault("down", ending="reset", line=DELIVERY),
    "reset-in-answer": Fault("down", ending="reset", after_bytes=300, line=DELIVERY),
    "cut-request": Fault("up", ending="close", after_bytes=3000, line=DELIVERY),
    "cut-headers": Fault("down", ending="close", after_bytes=60, line=DELIVERY),
    "cut-answer": Fault("down", ending="close", after_bytes=300, line=DELIVERY),
    "dead-request": Fault("up", ending="stall", after_bytes=3000, line=DELIVERY),
    "dead-answer": Fault("down", ending="stall", line=DELIVERY),
    "dead-within": Fault("down", ending="stall", after_bytes=300, line=DELIVERY),
    "drip-headers": Fault("down", slice_bytes=1, latency_s=0.1, line=DELIVERY),
    "drip-body": Fault("down", shape_from=300, slice_bytes=1, latency_s=0.1, line=DELIVERY),
    "slow-request": Fault("up", slice_bytes=2000, latency_s=0.2, line=DELIVERY),
    "slow-answer": Fault("down", slice_bytes=200, latency_s=0.2, line=DELIVERY),
    "narrow-request": Fault("up", slice_bytes=1000, bytes_per_s=40_000, line=DELIVERY),
    "narrow-answer": Fault("down", slice_bytes=100, bytes_per_s=5000, line=DELIVERY),
    "sliced-request": Fault("up", slice_bytes=64, latency_s=0.001, line=DELIVERY),
    "sliced-answer": Fault("down", slice_bytes=7, latency_s=0.001, line=DELIVERY),
    "token-refused": Fault("up", ending="answer", answer=problem(401, "KREDENSIAL_SALAH"), line=SIGN_ON),
    "token-html": Fault("up", ending="answer", answer=http(200, b"<html>", HTML), line=SIGN_ON),
    "token-503": Fault("up", ending="answer", answer=http(503, b"<html>", HTML), line=SIGN_ON),
    "token-shape": Fault("up", ending="answer", answer=http(200, b'{"token": "x"}'), line=SIGN_ON),
    "token-header": Fault(
        "up", ending="answer", answer=http(200, b'{"access_token": "x\\r\\nX-Jahat: 1"}'), line=SIGN_ON
    ),
    "token-redirect": Fault("up", ending="answer", answer=http(307, Location=THIEF), line=SIGN_ON),
    "token-reset": Fault("down", ending="reset", line=SIGN_ON),
    "token-dead": Fault("down", ending="stall", line=SIGN_ON),
    "poll-404": Fault("down", ending="answer", answer=problem(404, "TIDAK_DITEMUKAN"), line=POLL),
    "poll-html": Fault("down", ending="answer", answer=http(200, b"<html>", HTML), line=POLL),
    "poll-503": Fault("down", ending="answer", answer=http(503, b"<html>", HTML), line=POLL),
    "poll-reset": Fault("down", ending="reset", line=POLL),
    "poll-dead": Fault("down", ending="stall", line=POLL),
    "poll-refused": Fault("down", ending="answer", answer=problem(422, "KIRIMAN_TIDAK_SAH"), line=POLL),
    "poll-redirect": Fault("down", ending="answer", answer=http(302, Location=THIEF), line=POLL),
}


def faults(case: str, batch: Batch) -> list[Fault]:
    """The ways to bring ``case`` about: for an answer, once after the commit and once before the server."""
    if case in ANSWERS:
        answer = ANSWERS[case](batch)
        return [Fault(way, ending="answer", answer=answer, line=DELIVERY) for way in ("down", "up")]
    if case == "slow-close":
        answer = http(200, receipt(batch), **LENGTHLESS)
        common: dict[str, Any] = {"ending": "answer", "answer": answer, "close_delay_s": 2, "line": DELIVERY}
        return [Fault(way, **common) for way in ("down", "up")]
    return [LINKS[case]] if case in LINKS else []
