"""The routes: what each address answers. Rules live in the modules beside this one."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from .auth import Auth, parse_time
from .deliveries import MAX_BODY_BYTES, Deliveries
from .faults import CutConnections, Faults
from .openapi import document
from .problems import Cut, GatewayPage, Problem
from .store import Delivery, Store, stamp
from .validation import Validator

MAX_LIMIT = 500
MAX_FORM_BYTES = 16_384
# Beyond this a body is not even read to its end for the signature.
MAX_READ_BYTES = 64 << 20
JSON = "application/json"


@dataclass(frozen=True)
class Signed:
    """A request that passed sign-on and signature. ``body`` is None when above 1 MiB."""

    body: bytes | None
    digest: str
    fail_after: bool


@dataclass(frozen=True)
class Api:
    """What the routes need, and the state they share."""

    auth: Auth
    deliveries: Deliveries
    faults: Faults
    store: Store
    contract: dict[str, Any]
    kode_wilayah: str
    in_flight: dict[str, tuple[str, str]]

    def known(self, domain: str) -> str:
        """The domain, or Problem 404."""
        if domain not in self.contract["domain"]:
            raise Problem(404, "TIDAK_DITEMUKAN", "Domain tidak dikenal.")
        return domain


async def _read_body(request: Request, keep: int) -> tuple[bytes | None, str]:
    """The body (None when longer than ``keep`` bytes) and its hex SHA-256."""
    digest, chunks, size = hashlib.sha256(), [], 0
    async for chunk in request.stream():
        digest.update(chunk)
        size += len(chunk)
        if size <= keep:
            chunks.append(chunk)
        elif size > MAX_READ_BYTES:
            raise Problem(413, "TERLALU_BESAR", "Badan melebihi 1 MiB; pecah kiriman.")
    return (b"".join(chunks) if size <= keep else None), digest.hexdigest()


def _api(request: Request) -> Api:
    return request.app.state.api


async def _signed(request: Request) -> Signed:
    api = _api(request)
    body, digest = await _read_body(request, MAX_BODY_BYTES)
    query = request.scope["query_string"]
    target = request.scope["raw_path"] + (b"?" + query if query else b"")
    api.auth.check(request.method, target.decode("latin-1"), request.headers, digest)
    is_delivery = request.method == "POST"
    fail_after = api.faults.before(may_follow_commit=is_delivery)
    if not is_delivery and api.faults.hit("slow"):
        await asyncio.sleep(api.faults.seconds["slow_s"])
    return Signed(body, digest, fail_after)


ApiParam = Annotated[Api, Depends(_api)]
SignedParam = Annotated[Signed, Depends(_signed)]


async def sign_on(request: Request, api: ApiParam) -> dict[str, object]:
    """``POST /oauth/token``."""
    body, _ = await _read_body(request, MAX_FORM_BYTES)
    api.faults.before(may_follow_commit=False)
    if body is None or not _is_type(request, "application/x-www-form-urlencoded"):
        raise Problem(400, "BADAN_RUSAK", "Badan harus formulir application/x-www-form-urlencoded.")
    return api.auth.sign_on(body)


async def deliver(domain: str, request: Request, signed: SignedParam, api: ApiParam) -> Response:
    """``POST /integrasi/v1/{domain}/kiriman``."""
    api.known(domain)
    key = request.headers.get("idempotency-key", "")
    if not 1 <= len(key) <= 255:
        raise Problem(400, "KUNCI_IDEMPOTEN_WAJIB", "Idempotency-Key wajib, 1 sampai 255 karakter.")
    if signed.body is None:
        raise Problem(413, "TERLALU_BESAR", "Badan melebihi 1 MiB; pecah kiriman.")
    if not _is_type(request, JSON):
        raise Problem(400, "BADAN_RUSAK", f"Content-Type harus {JSON}.")
    answer = _answer_known_key(api, key, domain, signed.digest) or await _take(api, key, domain, signed)
    if signed.fail_after:
        raise GatewayPage
    if api.faults.hit("reset_after"):
        request.scope["state"]["putus"] = True
    return answer


def _answer_known_key(api: Api, key: str, domain: str, digest: str) -> Response | None:
    earlier = api.store.delivery(key=key)
    first = (earlier.domain, earlier.sidik_isi) if earlier else api.in_flight.get(key)
    if first is None:
        return None
    if first != (domain, digest):
        raise Problem(422, "KUNCI_DIPAKAI_ULANG", "Kunci ini sudah dipakai untuk isi lain.")
    if earlier is None:
        raise Problem(409, "SEDANG_DIPROSES", "Kiriman dengan kunci ini sedang diproses.")
    return _result(api, earlier)


async def _take(api: Api, key: str, domain: str, signed: Signed) -> Response:
    body = signed.body or b""
    records = api.deliveries.read(domain, body)
    api.in_flight[key] = (domain, signed.digest)
    try:
        if api.faults.hit("slow"):
            await asyncio.sleep(api.faults.seconds["slow_s"])
        if api.faults.hit("async"):
            accepted = api.deliveries.accept(key, domain, signed.digest, body)
            _schedule(api, accepted.id_kiriman)
            return _result(api, accepted)
        return Response(api.deliveries.process_now(key, domain, signed.digest, records), media_type=JSON)
    finally:
        del api.in_flight[key]


def _schedule(api: Api, id_kiriman: str) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(api.faults.seconds["async_s"], api.deliveries.process_pending, id_kiriman)


def _result(api: Api, delivery: Delivery) -> Response:
    if delivery.hasil is not None:
        return Response(delivery.hasil, media_type=JSON)
    location = f"/integrasi/v1/kiriman/{delivery.id_kiriman}"
    headers = {"Location": location, "Retry-After": api.faults.retry_after()}
    return Response(json.dumps({"id_kiriman": delivery.id_kiriman}), 202, headers, JSON)


async def delivery_by_id(id_kiriman: str, signed: SignedParam, api: ApiParam) -> Response:
    """``GET /integrasi/v1/kiriman/{id_kiriman}``: 202 while pending, then the result."""
    delivery = api.store.delivery(id_kiriman=id_kiriman)
    if delivery is None:
        raise Problem(404, "TIDAK_DITEMUKAN", "Kiriman tidak dikenal atau sudah dilupakan.")
    return _result(api, delivery)


async def delivery_by_key(
    kunci: Annotated[str, Query(min_length=1, max_length=255)], signed: SignedParam, api: ApiParam
) -> Response:
    """``GET /integrasi/v1/kiriman?kunci=``: no result yet, or one."""
    delivery = api.store.delivery(key=kunci)
    result = delivery.hasil if delivery and delivery.hasil else b""
    return Response(b'{"data":[' + result + b"]}", media_type=JSON)


async def read_back(
    domain: str,
    request: Request,
    signed: SignedParam,
    api: ApiParam,
    kode_wilayah: Annotated[str, Query(pattern="^[0-9]{2,10}$")],
    diubah_sejak: str | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
) -> Response:
    """``GET /integrasi/v1/{domain}``: rows changed at or after ``diubah_sejak``."""
    api.known(domain)
    if kode_wilayah != api.kode_wilayah:
        raise Problem(403, "WILAYAH_TERLARANG", "Klien ini tidak berwenang atas kode_wilayah tersebut.")
    try:
        since = stamp(parse_time(diubah_sejak)) if diubah_sejak is not None else ""
    except ValueError:
        raise Problem(400, "PARAMETER_SALAH", "diubah_sejak harus waktu RFC 3339 dengan zona.") from None
    total = api.store.total(domain, since)
    # An empty set has one page, an empty one.
    last = max(1, -(-total // limit))
    if page > last:
        raise Problem(400, "PARAMETER_SALAH", "page melewati halaman terakhir.")
    following = None
    if page < last:
        since_param = {} if diubah_sejak is None else {"diubah_sejak": diubah_sejak}
        params = {"kode_wilayah": kode_wilayah, **since_param, "page": page + 1, "limit": limit}
        following = f"{request.url.replace(query=urlencode(params))}"
    meta = {"current_page": page, "last_page": last, "per_page": limit, "total": total}
    rows = ",".join(api.store.page(domain, since, page, limit))
    text = f'{{"data":[{rows}],"meta":{json.dumps(meta)},"links":{json.dumps({"next": following})}}}'
    return Response(text.encode(), media_type=JSON)


def _is_type(request: Request, wanted: str) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == wanted


def _add_answers(app: FastAPI) -> None:
    """How exceptions become answers."""

    def cut(request: Request, _error: Exception) -> Response:
        request.scope["state"]["putus"] = True
        return Response(status_code=500)

    def bad_parameter(_request: Request, error: Any) -> Response:
        names = ", ".join(sorted({str(item["loc"][-1]) for item in error.errors()}))
        return Problem(400, "PARAMETER_SALAH", f"Parameter salah atau kurang: {names}.").response()

    def no_route(_request: Request, error: Any) -> Response:
        kode = {404: "TIDAK_DITEMUKAN", 405: "METODE_TIDAK_BOLEH"}.get(error.status_code, "GALAT")
        return Problem(error.status_code, kode, "Alamat atau metode tidak dikenal.", error.headers).response()

    def answer(_request: Request, error: Any) -> Response:
        return error.response()

    app.add_exception_handler(Problem, answer)
    app.add_exception_handler(GatewayPage, answer)
    app.add_exception_handler(Cut, cut)
    app.add_exception_handler(RequestValidationError, bad_parameter)
    app.add_exception_handler(HTTPException, no_route)


def build_app(
    store: Store,
    contract: dict[str, Any],
    client_id: str,
    secret: str,
    faults: Faults,
    validator: Validator,
    kode_wilayah: str,
) -> CutConnections:
    """The ASGI application over these parts."""
    deliveries = Deliveries(store, validator, faults, kode_wilayah)
    auth = Auth(client_id, secret, faults, store.remember_request)
    api = Api(auth, deliveries, faults, store, contract, kode_wilayah, {})

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        for id_kiriman in store.pending():
            _schedule(api, id_kiriman)
        yield

    app = FastAPI(title="SIAPkerja", docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan)
    app.state.api = api
    app.openapi = lambda: document(contract, kode_wilayah)
    _add_answers(app)
    app.add_api_route("/oauth/token", sign_on, methods=["POST"])
    app.add_api_route("/integrasi/v1/kiriman", delivery_by_key, methods=["GET"])
    app.add_api_route("/integrasi/v1/kiriman/{id_kiriman}", delivery_by_id, methods=["GET"])
    app.add_api_route("/integrasi/v1/{domain}/kiriman", deliver, methods=["POST"])
    app.add_api_route("/integrasi/v1/{domain}", read_back, methods=["GET"])
    return CutConnections(app)
