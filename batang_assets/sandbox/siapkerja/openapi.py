"""The OpenAPI description, made from the same field tables that validate."""

from typing import Any

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_TIME: Json = {"type": "string", "format": "date-time"}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


# Not blank, and no control character but tab and line breaks.
_PLAIN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
TEXT = rf"^[^{_PLAIN}]*[^\s{_PLAIN}][^{_PLAIN}]*$"


def _json(schema: Json, description: str, headers: Json | None = None) -> Json:
    answer: Json = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**answer, "headers": headers} if headers else answer


def _field(rule: Json, contract: Json) -> Json:
    """JSON Schema of one field of a record."""
    simple: dict[str, Json] = {
        "teks": {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": TEXT},
        "logis": {"type": "boolean"},
        "tanggal": {"type": "string", "format": "date"},
        "wilayah": {"type": "string", "pattern": "^[0-9]{10}$"},
        "nik": {"type": "string", "pattern": "^[0-9]{16}$"},
        "kbji": {"type": "string", "pattern": "^[0-9]{1,6}$"},
        "kbli": {"type": "string", "pattern": "^([0-9]{1,5}|[A-V])$"},
        "rujukan": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    }
    kind = rule["tipe"]
    if kind == "bulat":
        schema: Json = {"type": "integer", "minimum": rule.get("min", 0), "maximum": rule.get("maks", 10**15)}
    elif kind == "kode":
        schema = {"enum": contract["buku"][rule["buku"]]}
    elif kind == "pola":
        schema = {"type": "string", "pattern": f"^{contract['pola'][rule['pola']]}$"}
    else:
        schema = simple[kind]
    return schema if rule.get("wajib") else _nullable(schema)


def _record_schemas(contract: Json, kode_wilayah: str) -> Json:
    """Per domain: ``<domain>`` (data), ``kiriman-<domain>`` (a body), ``halaman-<domain>`` (read-back)."""
    schemas: Json = {}
    for domain, fields in contract["domain"].items():
        properties = {name: _field(rule, contract) for name, rule in fields.items()}
        required = [name for name, rule in fields.items() if rule.get("wajib")]
        closed: Json = {"type": "object", "additionalProperties": False}
        schemas[domain] = {**closed, "properties": properties, "required": required}
        identity: Json = {
            "id_daerah": {"type": "string", "pattern": "^[!-~]{1,255}$"},
            "versi": {"type": "integer", "minimum": 1, "maximum": 2**53},
        }
        save = {**closed, **_object(**identity, operasi={"const": "simpan"}, data=_ref(domain))}
        withdraw = {**closed, **_object(**identity, operasi={"const": "tarik"}, data={"type": "null"})}
        records = {"type": "array", "minItems": 1, "maxItems": 500, "items": {"oneOf": [save, withdraw]}}
        schemas[f"kiriman-{domain}"] = {
            **closed,
            **_object(kode_wilayah={"const": kode_wilayah}, catatan=records),
        }
        row = _object(
            id_siapkerja=_TEXT,
            id_daerah=_nullable(_TEXT),
            versi=_nullable({"type": "integer"}),
            sumber={"enum": ["daerah", "pusat"]},
            ditarik={"type": "boolean"},
            diubah_pada=_TIME,
            # Rows entered at the centre are older than these rules and may break them.
            data=_nullable({"type": "object"}),
        )
        counts = {name: {"type": "integer"} for name in ("current_page", "last_page", "per_page", "total")}
        links = _object(next=_nullable({"type": "string", "format": "uri"}))
        schemas[f"halaman-{domain}"] = _object(
            data={"type": "array", "items": row}, meta=_object(**counts), links=links
        )
    return schemas


def _shared_schemas() -> Json:
    codes = [
        "WAJIB",
        "FORMAT",
        "TIDAK_DIKENAL",
        "TIDAK_KONSISTEN",
        "NIK_TIDAK_DITEMUKAN",
        "RUJUKAN_HILANG",
        "VERSI_USANG",
    ]
    error = _object(bidang=_TEXT, kode={"enum": codes}, pesan=_TEXT)
    result = _object(
        id_daerah=_TEXT,
        versi={"type": "integer"},
        status={"enum": ["diterima", "tidak_berubah", "ditolak"]},
        id_siapkerja=_nullable(_TEXT),
        galat={"type": "array", "items": error},
    )
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    results = {"type": "array", "items": result}
    return {
        "Masalah": _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT, kode=_TEXT),
        "Hasil": _object(id_kiriman=_TEXT, diterima_pada=_TIME, sidik_isi=digest, hasil=results),
        "Token": _object(access_token=_TEXT, token_type={"const": "Bearer"}, expires_in={"type": "integer"}),
    }


def _problems(**descriptions: str) -> Json:
    """Answers by status (``s400="..."``), all ``application/problem+json``."""
    content = {"application/problem+json": {"schema": _ref("Masalah")}}
    answers: Json = {
        name[1:]: {"description": text, "content": content} for name, text in descriptions.items()
    }
    answers["429"] = {
        "description": "Terlalu sering",
        "headers": {"Retry-After": {"schema": _TEXT, "description": "Detik atau tanggal HTTP"}},
        "content": content,
    }
    answers["503"] = {"description": "Halaman HTML dari gerbang", "content": {"text/html": {"schema": _TEXT}}}
    return answers


def _parameter(name: str, where: str, schema: Json, *, required: bool = True) -> Json:
    return {"name": name, "in": where, "required": required, "schema": schema}


def _signed_headers() -> list[Json]:
    return [
        _parameter("X-Client-Id", "header", _TEXT),
        _parameter("X-Request-Id", "header", {"type": "string", "format": "uuid"}),
        _parameter("X-Timestamp", "header", _TIME),
        _parameter("X-Signature", "header", {"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    ]


def _signed(
    operation_id: str, summary: str, parameters: list[Json], responses: Json, body: Json | None = None
) -> Json:
    operation: Json = {
        "operationId": operation_id,
        "summary": summary,
        "security": [{"token": []}],
        "parameters": [*_signed_headers(), *parameters],
        "responses": responses,
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


_UNAUTHORISED = "TOKEN_KEDALUWARSA, TANDA_TANGAN_SALAH atau STEMPEL_WAKTU"
_LATER = _json(
    _object(id_kiriman=_TEXT),
    "Diterima, sedang diproses",
    {"Location": {"schema": _TEXT}, "Retry-After": {"schema": _TEXT}},
)


def _token_path() -> Json:
    form = _object(
        grant_type={"const": "client_credentials"},
        client_id=_TEXT,
        client_secret=_TEXT,
        scope={"const": "integrasi.daerah"},
    )
    content = {"application/x-www-form-urlencoded": {"schema": form}}
    problems = _problems(s400="BADAN_RUSAK", s401="KREDENSIAL_SALAH", s413="TERLALU_BESAR")
    return {
        "post": {
            "operationId": "token",
            "summary": "Masuk dengan kredensial klien",
            "requestBody": {"required": True, "content": content},
            "responses": {"200": _json(_ref("Token"), "Token"), **problems},
        }
    }


def _delivery_paths() -> Json:
    key = _parameter("kunci", "query", {"type": "string", "minLength": 1, "maxLength": 255})
    by_key = {
        "200": _json(
            _object(data={"type": "array", "maxItems": 1, "items": _ref("Hasil")}), "Nol atau satu hasil"
        ),
        **_problems(s400="PARAMETER_SALAH", s401=_UNAUTHORISED, s409="PERMINTAAN_GANDA"),
    }
    by_id = {
        "200": _json(_ref("Hasil"), "Hasil kiriman"),
        "202": _LATER,
        **_problems(s401=_UNAUTHORISED, s404="TIDAK_DITEMUKAN", s409="PERMINTAAN_GANDA"),
    }
    identity = _parameter("id_kiriman", "path", _TEXT)
    return {
        "/integrasi/v1/kiriman": {
            "get": _signed("kiriman_menurut_kunci", "Hasil menurut kunci", [key], by_key)
        },
        "/integrasi/v1/kiriman/{id_kiriman}": {
            "get": _signed("kiriman", "Hasil satu kiriman", [identity], by_id)
        },
    }


def _domain_paths(domain: str, kode_wilayah: str) -> Json:
    sent = {
        "200": _json(_ref("Hasil"), "Hasil per catatan"),
        "202": _LATER,
        **_problems(
            s400="KUNCI_IDEMPOTEN_WAJIB atau BADAN_RUSAK",
            s401=_UNAUTHORISED,
            s403="WILAYAH_TERLARANG",
            s409="SEDANG_DIPROSES atau PERMINTAAN_GANDA",
            s413="TERLALU_BESAR",
            s422="KUNCI_DIPAKAI_ULANG atau KIRIMAN_TIDAK_SAH",
        ),
    }
    read = {
        "200": _json(_ref(f"halaman-{domain}"), "Satu halaman"),
        **_problems(
            s400="PARAMETER_SALAH", s401=_UNAUTHORISED, s403="WILAYAH_TERLARANG", s409="PERMINTAAN_GANDA"
        ),
    }
    key = _parameter("Idempotency-Key", "header", {"type": "string", "pattern": "^[!-~]{1,255}$"})
    query = [
        _parameter("kode_wilayah", "query", {"const": kode_wilayah}),
        _parameter("diubah_sejak", "query", _TIME, required=False),
        _parameter("page", "query", {"type": "integer", "minimum": 1, "default": 1}, required=False),
        _parameter(
            "limit",
            "query",
            {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
            required=False,
        ),
    ]
    name, body = domain.replace("-", "_"), _ref(f"kiriman-{domain}")
    return {
        f"/integrasi/v1/{domain}/kiriman": {
            "post": _signed(f"kirim_{name}", f"Kirim {domain}", [key], sent, body)
        },
        f"/integrasi/v1/{domain}": {"get": _signed(f"baca_{name}", f"Baca kembali {domain}", query, read)},
    }


def document(contract: Json, kode_wilayah: str) -> Json:
    """The OpenAPI 3.1 document of this server."""
    paths: Json = {"/oauth/token": _token_path(), **_delivery_paths()}
    for domain in contract["domain"]:
        paths.update(_domain_paths(domain, kode_wilayah))
    return {
        "openapi": "3.1.0",
        "info": {"title": "SIAPkerja: integrasi daerah", "version": str(contract["versi_kontrak"])},
        "paths": paths,
        "components": {
            "schemas": {**_record_schemas(contract, kode_wilayah), **_shared_schemas()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
