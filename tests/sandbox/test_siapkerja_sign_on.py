"""The SIAPkerja sandbox by its contract: sign-on, signatures, addresses, the OpenAPI document."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.siapkerja_ministry import LIST, REQUIRED, SEEKERS, Ministry, body, kode, record


def test_sign_on_gives_a_bearer_token_for_900_seconds(server: Ministry) -> None:
    answer = server.sign_on()
    assert answer.status_code == 200
    token = answer.json()
    assert token.pop("access_token")
    assert token == {"token_type": "Bearer", "expires_in": 900}


@pytest.mark.parametrize("change", [{"client_secret": "salah"}, {"client_id": "lain"}, {"client_secret": ""}])
def test_wrong_credentials_are_refused(server: Ministry, change: dict[str, str]) -> None:
    assert kode(server.sign_on(**change)) == (401, "KREDENSIAL_SALAH")


def minutes_off(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"token": "karangan"}, "TOKEN_KEDALUWARSA"),
        ({"signature": "0" * 64}, "TANDA_TANGAN_SALAH"),
        ({"signature": "é"}, "TANDA_TANGAN_SALAH"),
        ({"client_id": "lain"}, "TANDA_TANGAN_SALAH"),
        ({"request_id": "bukan-uuid"}, "TANDA_TANGAN_SALAH"),
        ({"timestamp": minutes_off(-15)}, "STEMPEL_WAKTU"),
        ({"timestamp": minutes_off(15)}, "STEMPEL_WAKTU"),
        ({"timestamp": "kemarin"}, "STEMPEL_WAKTU"),
        ({"timestamp": "2026-10-31T16:59:59"}, "STEMPEL_WAKTU"),
    ],
)
def test_each_flaw_of_a_signed_request_has_its_code(
    server: Ministry, change: dict[str, str], expected: str
) -> None:
    signature = change.pop("signature", None)
    server.token or server.sign_on()
    headers: dict[str, Any] = server.headers("GET", LIST, b"", **change)
    if signature is not None:
        headers["X-Signature"] = signature.encode()
    assert kode(server.http.get(LIST, headers=headers)) == (401, expected)


def test_the_signature_covers_method_path_query_and_body(server: Ministry) -> None:
    server.token or server.sign_on()
    post = {"Idempotency-Key": "tanda-tangan"}
    other_query = server.headers("GET", LIST.replace("page=1", "page=2"), b"")
    other_path = server.headers("GET", LIST.replace("pencari", "pemberi"), b"")
    other_method = server.headers("GET", SEEKERS, body())
    other_body = server.headers("POST", SEEKERS, body(record("a", None)))
    for answer in (
        server.http.get(LIST, headers=other_query),
        server.http.get(LIST, headers=other_path),
        server.http.post(SEEKERS, content=body(), headers={**other_method, **post}),
        server.http.post(SEEKERS, content=body(record("b", None)), headers={**other_body, **post}),
    ):
        assert kode(answer) == (401, "TANDA_TANGAN_SALAH")


def test_a_request_id_works_once_and_a_bad_signature_does_not_burn_it(server: Ministry) -> None:
    request_id = str(uuid.uuid4())
    assert server.get(LIST, request_id=request_id, signature="0" * 64).status_code == 401
    assert server.get(LIST, request_id=request_id).status_code == 200
    assert kode(server.get(LIST, request_id=request_id)) == (409, "PERMINTAAN_GANDA")
    assert kode(server.get(LIST, request_id=request_id.upper())) == (409, "PERMINTAAN_GANDA")


def test_another_region_is_forbidden_for_reading_and_sending(server: Ministry) -> None:
    assert kode(server.get(LIST.replace("3325", "3326"))) == (403, "WILAYAH_TERLARANG")
    answer = server.call("POST", SEEKERS, body(record("x", None), region="3326"), key=str(uuid.uuid4()))
    assert kode(answer) == (403, "WILAYAH_TERLARANG")


def test_unknown_addresses_answer_404_with_a_problem(server: Ministry) -> None:
    assert kode(server.get("/integrasi/v1/pegawai?kode_wilayah=3325"))[0] == 404
    assert kode(server.send("/integrasi/v1/pegawai/kiriman", record("a", None)))[0] == 404
    assert kode(server.get("/integrasi/v1/kiriman/tidak-ada"))[0] == 404
    assert kode(server.get(SEEKERS))[0] == 405


def test_the_openapi_document_names_every_path_and_the_required_fields(server: Ministry) -> None:
    described = server.http.get("/openapi.json").json()
    for domain, required in REQUIRED.items():
        assert f"/integrasi/v1/{domain}" in described["paths"]
        assert f"/integrasi/v1/{domain}/kiriman" in described["paths"]
        assert set(described["components"]["schemas"][domain]["required"]) == set(required.split())
