"""The sandbox keeps the OpenAPI document that it publishes, whatever is asked of it.

Requests are generated from the document alone; they are signed as contracts/siapkerja.md says.
"""

import copy
import hashlib
import hmac
import json
import uuid
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as profile
from requests.auth import AuthBase
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi import checks

from batang_assets.sandbox.siapkerja.openapi import document
from batang_assets.sandbox.siapkerja.validation import load_contract
from tests.siapkerja.siapkerja_pusat import SECRET, Pusat

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def pusat(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pusat]:
    server = Pusat(tmp_path_factory.mktemp("skema") / "pusat", "async=0.2,async_s=0.05,retry_after_s=0")
    yield server
    server.stop()


def _bytes(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    assert isinstance(body, str | bytes)
    return body.encode() if isinstance(body, str) else body


class Signed(AuthBase):
    """Signs whatever was generated; its own signature headers cannot be right."""

    def __init__(self, pusat: Pusat) -> None:
        form = {"grant_type": "client_credentials", "client_id": pusat.client_id, "client_secret": SECRET}
        form |= {"scope": "integrasi.daerah"}
        self.client_id = pusat.client_id
        self.token = requests.post(f"{pusat.url}/oauth/token", data=form, timeout=10).json()["access_token"]

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        body = _bytes(r)
        request_id, stamp = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hashlib.sha256(body).hexdigest()
        text = "\n".join([r.method or "", r.path_url, self.client_id, request_id, stamp, digest])
        headers = {
            "Authorization": f"Bearer {self.token}",
            "X-Client-Id": self.client_id,
            "X-Request-Id": request_id,
            "X-Timestamp": stamp,
            "X-Signature": hmac.new(SECRET.encode(), text.encode("latin-1"), "sha256").hexdigest(),
        }
        r.headers.update(headers)
        return r


@pytest.fixture(scope="module")
def signed(pusat: Pusat) -> Signed:
    return Signed(pusat)


def unsigned(published: dict[str, Any]) -> dict[str, Any]:
    """The document without what ``Signed`` adds to every request."""
    changed = copy.deepcopy(published)
    for _, _, operation in operations(changed):
        operation.pop("security", None)
        found = operation.get("parameters", ())
        operation["parameters"] = [item for item in found if not item["name"].startswith("X-")]
    return changed


def whole(value: Any) -> Any:
    """JSON Schema counts 1.0 among the integers; a contract in JSON writes a whole number without a fraction."""
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def operations(published: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of the document."""
    paths = published["paths"].items()
    return [(path, method, operation) for path, item in paths for method, operation in item.items()]


load_all_checks()
DOCUMENT = document(load_contract(), "3325")
thorough = schemathesis.openapi.from_dict(unsigned(DOCUMENT))
brief = schemathesis.openapi.from_dict(unsigned(DOCUMENT))
# Every boundary of every field, thousands of requests: for the night.
brief.config.phases.coverage.enabled = False
SECURED = [(path, method) for path, method, operation in operations(DOCUMENT) if "security" in operation]


def test_the_document_tried_here_is_the_one_the_server_publishes(pusat: Pusat) -> None:
    assert requests.get(f"{pusat.url}/openapi.json", timeout=10).json() == DOCUMENT
    assert len(SECURED) == len(operations(DOCUMENT)) - 1


@pytest.mark.parametrize(("path", "method"), SECURED)
def test_nothing_is_answered_without_token_and_signature(
    path: str, method: str, pusat: Pusat, signed: Signed
) -> None:
    url = pusat.url + path.replace("{id_kiriman}", "x")
    bare = requests.request(method, url, timeout=10)
    assert (bare.status_code, bare.json()["kode"]) == (401, "TOKEN_KEDALUWARSA")
    headers = {"Authorization": f"Bearer {signed.token}"}
    forged = requests.request(method, url, headers=headers, timeout=10)
    assert (forged.status_code, forged.json()["kode"]) == (401, "TANDA_TANGAN_SALAH")


def once(examples: int) -> profile:
    return profile(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )


def ask(case: Any, pusat: Pusat, signed: Signed) -> None:
    """Send one generated request; the answer must be one that the document and the contract have."""
    auth = None if case.path.startswith("/oauth") else signed
    valid = case.meta.generation.mode.is_positive
    if valid:
        case.body = whole(case.body)
    if valid and "Idempotency-Key" in (case.headers or {}):
        # A key that was used before is refused with reason.
        case.headers["Idempotency-Key"] = case.headers["Idempotency-Key"][:200] + str(uuid.uuid4())
    response = case.call(base_url=pusat.url, auth=auth, timeout=20)
    case.validate_response(response, checks=CHECKS)
    if case.method != "POST" or auth is None:
        return
    if valid:
        assert response.status_code in (200, 202)
    if response.status_code == 200:
        body = _bytes(response.request)
        assert response.json()["sidik_isi"] == hashlib.sha256(body).hexdigest()
        sent = [(record["id_daerah"], record["versi"]) for record in json.loads(body)["catatan"]]
        assert [(item["id_daerah"], item["versi"]) for item in response.json()["hasil"]] == sent


@brief.parametrize()
@once(15)
def test_no_request_breaks_the_published_contract(case: Any, pusat: Pusat, signed: Signed) -> None:
    ask(case, pusat, signed)


@pytest.mark.nightly
@thorough.parametrize()
@once(300)
def test_no_request_breaks_the_published_contract_at_length(case: Any, pusat: Pusat, signed: Signed) -> None:
    ask(case, pusat, signed)
