"""One documented outcome for each row of the contract's table, and for what gateways do besides."""

import gzip
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from batang_assets.errors import ConfigurationError, DeliveryError
from batang_assets.siapkerja.bodies import build_body, build_record
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.protocol import (
    AnswerMismatch,
    Batch,
    BatchRefused,
    BatchTooLarge,
    OwnFault,
    Receipt,
    SiapkerjaUnavailable,
)
from batang_assets.siapkerja.transport import Limits
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt

HTML = {"Content-Type": "text/html"}
QUICK = Limits(
    deadline_s=20, timeout_s=1, attempts=4, first_wait_s=0.01, longest_wait_s=0.02, max_answer_bytes=2**20
)


def a_batch() -> Batch:
    records = [build_record(f"batang:pemberi-kerja:{n}", 1, "simpan", {"nama": f"PT Ü {n}"}) for n in (1, 2)]
    names = tuple((record.id_daerah, record.version) for record in records)
    return Batch("pemberi-kerja", f"kunci-{uuid.uuid4()}", build_body("3325", records), names)


def client_of(gateway: Gateway, limits: Limits = QUICK, prefix: str = "") -> SiapkerjaClient:
    return SiapkerjaClient(gateway.url + prefix, "klien-uji", "rahasia", "3325", limits)


def send(
    script: Callable[[Request, int], Reply], limits: Limits = QUICK
) -> tuple[Receipt, Gateway, list[str]]:
    with Gateway(script) as gateway, client_of(gateway, limits) as client:
        attempts: list[str] = []
        return client.send(a_batch(), attempts.append), gateway, attempts


PASSING: dict[str, Callable[[Request], Reply]] = {
    "500": lambda _: problem(500, "GALAT"),
    "502 HTML": lambda _: Reply(502, raw=b"<html>Bad gateway", headers=HTML),
    "503 with wait": lambda _: problem(503, "SIBUK", **{"Retry-After": "0"}),
    "200 HTML": lambda _: Reply(200, raw=b"<html>login", headers=HTML),
    "truncated JSON": lambda _: Reply(200, raw=b'{"id_kiriman": "K1", "has'),
    "cut answer": lambda request: Reply(200, receipt(request).payload, cut=True),
    "dropped": lambda _: Reply(drop=True),
    "throttled": lambda _: problem(429, "TERLALU_SERING", **{"Retry-After": "0"}),
    "in flight": lambda _: problem(409, "SEDANG_DIPROSES"),
    "request id seen": lambda _: problem(409, "PERMINTAAN_GANDA"),
    "digest of something else": lambda request: Reply(
        200, receipt(request).payload | {"sidik_isi": "00" * 32}
    ),
    "a record missing": lambda request: Reply(
        200, receipt(request).payload | {"hasil": receipt(request).payload["hasil"][:1]}
    ),
    "bad gzip": lambda _: Reply(200, raw=b"no gzip", headers={"Content-Encoding": "gzip"}),
    "gzip bomb": lambda _: Reply(200, raw=gzip.compress(b" " * 2**24), headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("trouble", PASSING)
def test_a_passing_trouble_is_answered_with_the_same_key_and_bytes(trouble: str) -> None:
    def script(request: Request, count: int) -> Reply:
        return PASSING[trouble](request) if count < 3 else receipt(request)

    result, gateway, attempts = send(script)
    assert [item.status for item in result.results] == ["diterima", "diterima"]
    assert len({request.body for request in gateway.requests}) == 1
    assert len({request.headers["idempotency-key"] for request in gateway.requests}) == 1
    ids = [request.headers["x-request-id"] for request in gateway.requests]
    assert len(set(ids)) == 3
    assert attempts == ids


@pytest.mark.parametrize("trouble", ["500", "200 HTML", "dropped"])
def test_a_trouble_that_stays_is_given_up_in_one_line(trouble: str) -> None:
    with pytest.raises(SiapkerjaUnavailable, match="nothing is lost") as raised:
        send(lambda request, _: PASSING[trouble](request))
    assert "\n" not in str(raised.value)


def test_a_receipt_that_never_fits_is_a_fault() -> None:
    with pytest.raises(AnswerMismatch, match="sidik_isi"):
        send(lambda request, _: PASSING["digest of something else"](request))


FAULTS: dict[str, tuple[Reply, type[Exception], str]] = {
    "key missing": (problem(400, "KUNCI_IDEMPOTEN_WAJIB"), OwnFault, "KUNCI_IDEMPOTEN_WAJIB"),
    "body broken": (problem(400, "BADAN_RUSAK"), OwnFault, "BADAN_RUSAK"),
    "key reused": (problem(422, "KUNCI_DIPAKAI_ULANG"), OwnFault, "KUNCI_DIPAKAI_ULANG"),
    "batch refused": (problem(422, "KIRIMAN_TIDAK_SAH"), BatchRefused, "^$"),
    "too large": (problem(413, "TERLALU_BESAR"), BatchTooLarge, "^$"),
    "too large, by the gateway": (Reply(413, raw=b"<html>", headers=HTML), BatchTooLarge, "^$"),
    "signature": (problem(401, "TANDA_TANGAN_SALAH"), DeliveryError, "BATANG_SIAPKERJA_CLIENT_SECRET"),
    "region": (problem(403, "WILAYAH_TERLARANG"), DeliveryError, "BATANG_KODE_WILAYAH"),
    "redirect": (
        Reply(302, raw=b"", headers={"Location": "http://127.0.0.1:1/curi"}),
        DeliveryError,
        "BATANG_SIAPKERJA_URL",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_not_repeated(fault: str) -> None:
    reply, kind, text = FAULTS[fault]
    count = []

    def script(_: Request, number: int) -> Reply:
        count.append(number)
        return reply

    with pytest.raises(kind, match=text):
        send(script)
    assert count == [1]


def test_the_clock_is_named_with_its_difference() -> None:
    server_now = format_datetime(datetime.now(UTC) + timedelta(seconds=900), usegmt=True)

    def script(_: Request, __: int) -> Reply:
        return problem(401, "STEMPEL_WAKTU", **{"X-Jam": server_now})

    with pytest.raises(DeliveryError, match="clock"):
        send(script)


def test_a_stale_token_is_replaced_once_a_401() -> None:
    def script(request: Request, count: int) -> Reply:
        return problem(401, "TOKEN_KEDALUWARSA") if count == 1 else receipt(request)

    _, gateway, _ = send(script)
    assert gateway.sign_ons == 2
    assert [request.headers["authorization"] for request in gateway.requests] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    refused: list[int] = []

    def always(_: Request, count: int) -> Reply:
        refused.append(count)
        return problem(401, "TOKEN_KEDALUWARSA")

    with pytest.raises(DeliveryError, match="even a new token"):
        send(always)
    assert refused == [1, 2]


def test_202_is_polled_where_the_contract_says_and_the_token_goes_nowhere_else() -> None:
    posted: list[Request] = []

    def script(request: Request, count: int) -> Reply:
        if request.method == "POST":
            posted.append(request)
            headers = {"Location": "http://127.0.0.1:9/integrasi/v1/kiriman/K-7", "Retry-After": "0"}
            return Reply(202, {"id_kiriman": "K-7"}, headers)
        return Reply(202, {}, {"Retry-After": "0"}) if count < 4 else receipt(posted[0])

    result, gateway, attempts = send(script)
    assert result.id_kiriman == "K1"
    assert [request.target for request in gateway.requests[1:]] == ["/integrasi/v1/kiriman/K-7"] * 3
    assert len(attempts) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept_in_both_forms(form: str) -> None:
    times: list[datetime] = []

    def script(request: Request, count: int) -> Reply:
        times.append(datetime.now(UTC))
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
        wait = "1" if form == "seconds" else format_datetime(until, usegmt=True)
        return problem(429, "TERLALU_SERING", **{"Retry-After": wait}) if count == 1 else receipt(request)

    send(script)
    assert (times[1] - times[0]).total_seconds() >= 1


def test_a_wait_beyond_the_deadline_ends_the_run_and_is_told() -> None:
    with pytest.raises(SiapkerjaUnavailable) as raised:
        send(lambda *_: problem(429, "TERLALU_SERING", **{"Retry-After": "600"}))
    assert raised.value.wait_s == 600


def test_what_is_signed_is_what_was_sent() -> None:
    _, gateway, _ = send(lambda request, _: receipt(request))
    request = gateway.requests[0]
    text = "\n".join(
        [
            "POST",
            request.target,
            request.headers["x-client-id"],
            request.headers["x-request-id"],
            request.headers["x-timestamp"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    assert request.headers["x-signature"] == hmac.new(b"rahasia", text.encode(), "sha256").hexdigest()
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body)["catatan"][0]["data"] == {"nama": "PT Ü 1"}


def test_a_base_url_with_a_path_is_part_of_the_signed_target() -> None:
    with Gateway(lambda request, _: receipt(request)) as gateway:
        # The stand-in signs on at the root only: with a path the sign-on goes to the script and fails there.
        with (
            client_of(gateway, prefix="/gerbang") as client,
            pytest.raises((DeliveryError, SiapkerjaUnavailable)),
        ):
            client.send(a_batch())
        assert gateway.requests[0].target == "/gerbang/oauth/token"


def test_the_result_is_found_by_its_key() -> None:
    batch = a_batch()
    found = receipt(Request("POST", "", {}, batch.body)).payload

    with Gateway(lambda request, _: receipt(request)) as gateway, client_of(gateway) as client:
        assert client.find_by_key(batch) is None
        gateway.known[batch.key] = [found]
        receipt_found = client.find_by_key(batch)
    assert gateway.look_ups == [batch.key, batch.key]
    assert receipt_found is not None
    assert receipt_found.digest == batch.digest


def test_an_unreachable_server_and_a_missing_secret_are_one_line() -> None:
    with (
        SiapkerjaClient("http://127.0.0.1:9", "k", "r", "3325", QUICK) as client,
        pytest.raises(SiapkerjaUnavailable, match="BATANG_SIAPKERJA_URL"),
    ):
        client.sign_on()


def test_messages_of_the_ministry_are_not_kept() -> None:
    def script(request: Request, _: int) -> Reply:
        payload = receipt(request, "ditolak").payload
        payload["hasil"][0]["galat"] = [
            {"bidang": "data.nik", "kode": "FORMAT", "pesan": "NIK 3325111708990001 salah"},
            {"bidang": "NIK 3325111708990001", "kode": "Siti Aminah", "pesan": "x"},
        ]
        return Reply(200, payload)

    result, _, _ = send(script)
    assert result.results[0].errors == (("nik", "FORMAT"), ("lainnya", "LAINNYA"))


def test_a_missing_setting_is_named() -> None:
    from batang_assets.settings import Settings

    with pytest.raises(ConfigurationError, match="BATANG_SIAPKERJA_CLIENT_SECRET"):
        SiapkerjaClient.from_settings(Settings(siapkerja_url="http://127.0.0.1:9", siapkerja_client_id="k"))
