"""Rules of the contract's section Sending. Each rule's first line says in Indonesian what it asks."""

import hashlib
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from batang_assets.sandbox.conformance.caller import API, Caller, expect, json_object, kode, require
from batang_assets.sandbox.conformance.samples import Samples, withdrawal

DOMAIN = "pemberi-kerja"
TARGET = f"{API}/{DOMAIN}/kiriman"
MAX_BODY_BYTES = 1024 * 1024


def receipt(caller: Caller, samples: Samples) -> None:
    """Jawaban 200 memuat id_kiriman, diterima_pada, sidik_isi badan, dan satu hasil tiap catatan."""
    records = [samples.record(DOMAIN) for _ in range(3)]
    body = caller.body(*records)
    payload = caller.send_body(DOMAIN, body, str(uuid.uuid4()))
    require(isinstance(payload.get("id_kiriman"), str), "id_kiriman tidak ada")
    require(isinstance(payload.get("diterima_pada"), str), "diterima_pada tidak ada")
    digest = hashlib.sha256(body).hexdigest()
    require(payload.get("sidik_isi") == digest, "sidik_isi bukan sidik SHA-256 badan yang diterima")
    named = sorted((item["id_daerah"], item["versi"]) for item in payload["hasil"])
    require(
        named == sorted((record["id_daerah"], 1) for record in records),
        "hasil tidak menyebut setiap catatan tepat satu kali",
    )
    for item in payload["hasil"]:
        require(item["status"] == "diterima", f"catatan yang sah berstatus {item['status']}")
        require(isinstance(item["id_siapkerja"], str), "id_siapkerja tidak ada pada catatan yang diterima")
        require(item["galat"] == [], "galat tidak kosong pada catatan yang diterima")


def key_required(caller: Caller, samples: Samples) -> None:
    """Idempotency-Key wajib, 1 sampai 255 karakter."""
    body = caller.body(samples.record(DOMAIN))
    for key, what in ((None, "tanpa kunci"), ("k" * 256, "dengan kunci 256 karakter")):
        expect(caller.call("POST", TARGET, body, key), 400, "KUNCI_IDEMPOTEN_WAJIB", f"kiriman {what}")
    caller.send_body(DOMAIN, body, (str(uuid.uuid4()) * 8)[:255])


def malformed(caller: Caller, samples: Samples) -> None:
    """Badan yang rusak dijawab BADAN_RUSAK."""
    right = samples.record(DOMAIN)
    bodies = {
        "bukan JSON": b"{",
        "tanpa catatan": caller.body(),
        "tanpa kode_wilayah": json.dumps({"catatan": [right]}).encode(),
        "operasi tidak dikenal": caller.body(right | {"operasi": "hapus"}),
        "simpan tanpa data": caller.body(right | {"data": None}),
    }
    for what, body in bodies.items():
        expect(caller.call("POST", TARGET, body, str(uuid.uuid4())), 400, "BADAN_RUSAK", f"badan {what}")


def same_key(caller: Caller, samples: Samples) -> None:
    """Kunci yang sama dengan badan yang sama menjawab hasil pertamanya."""
    record, key = samples.record(DOMAIN), str(uuid.uuid4())
    body = caller.body(record)
    first = caller.send_body(DOMAIN, body, key)
    # A newer version in between must not show in the answer to the old key.
    caller.send(DOMAIN, samples.record(DOMAIN, record["id_daerah"], 2, nama="PT Uji Berubah"))
    again = json_object(caller.settle(caller.call("POST", TARGET, body, key)))
    require(again == first, "jawaban kedua berbeda dari yang pertama")


def other_body(caller: Caller, samples: Samples) -> None:
    """Kunci yang sama dengan badan lain ditolak."""
    key = str(uuid.uuid4())
    caller.send_body(DOMAIN, caller.body(samples.record(DOMAIN)), key)
    answer = caller.call("POST", TARGET, caller.body(samples.record(DOMAIN)), key)
    expect(answer, 422, "KUNCI_DIPAKAI_ULANG", "kunci yang sama dengan badan lain")


def same_key_at_once(caller: Caller, samples: Samples) -> None:
    """Kunci yang sama yang dikirim bersamaan diproses satu kali: SEDANG_DIPROSES atau hasil yang sama."""
    key, body = str(uuid.uuid4()), caller.body(samples.record(DOMAIN))
    caller.token()

    def send(_: int) -> httpx.Response:
        return caller.settle(caller.call("POST", TARGET, body, key))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    for answer in answers:
        fits = answer.status_code == 200 or (answer.status_code, kode(answer)) == (409, "SEDANG_DIPROSES")
        require(fits, f"dijawab {answer.status_code} {kode(answer) or 'tanpa kode'}")
    last = caller.send_body(DOMAIN, body, key)
    ids = {answer.json()["id_kiriman"] for answer in answers if answer.status_code == 200}
    require(ids <= {last["id_kiriman"]}, "kunci yang sama menghasilkan lebih dari satu id_kiriman")


def look_up(caller: Caller, samples: Samples) -> None:
    """Hasil dapat ditanyakan menurut kunci; kunci yang tidak dikenal memberi larik kosong."""
    key = str(uuid.uuid4())
    first = caller.send_body(DOMAIN, caller.body(samples.record(DOMAIN)), key)
    found = json_object(caller.call("GET", f"{API}/kiriman?kunci={key}"))
    require(found.get("data") == [first], "hasil menurut kunci berbeda dari jawaban kiriman")
    unknown = json_object(caller.call("GET", f"{API}/kiriman?kunci={uuid.uuid4()}"))
    require(unknown.get("data") == [], "kunci yang tidak dikenal tidak memberi larik kosong")


def look_up_by_id(caller: Caller, samples: Samples) -> None:
    """Hasil dapat ditanyakan menurut id_kiriman."""
    first = caller.send(DOMAIN, samples.record(DOMAIN))
    found = json_object(caller.settle(caller.call("GET", f"{API}/kiriman/{first['id_kiriman']}")))
    require(found == first, "hasil menurut id_kiriman berbeda dari jawaban kiriman")


def unchanged(caller: Caller, samples: Samples) -> None:
    """Versi dan isi yang sama di bawah kunci baru dijawab tidak_berubah."""
    record = samples.record(DOMAIN)
    first = _only(caller.send(DOMAIN, record))
    again = _only(caller.send(DOMAIN, record))
    require(again["status"] == "tidak_berubah", f"berstatus {again['status']}")
    require(again["id_siapkerja"] == first["id_siapkerja"], "id_siapkerja berubah")


def stale(caller: Caller, samples: Samples) -> None:
    """Versi yang lebih lama ditolak dengan VERSI_USANG; versi yang lebih baru diterima."""
    newer = samples.record(DOMAIN, version=5)
    caller.send(DOMAIN, newer)
    _refused(caller.send(DOMAIN, newer | {"versi": 4}), "VERSI_USANG", "versi yang lebih lama")
    later = _only(caller.send(DOMAIN, samples.record(DOMAIN, newer["id_daerah"], 9, nama="PT Uji Baru")))
    require(later["status"] == "diterima", f"versi yang lebih baru berstatus {later['status']}")


def withdrawn(caller: Caller, samples: Samples) -> None:
    """Catatan dapat ditarik, dan simpan versi lama tidak menghidupkannya lagi."""
    record = samples.record(DOMAIN)
    caller.send(DOMAIN, record)
    gone = _only(caller.send(DOMAIN, withdrawal(record["id_daerah"], 3)))
    require(gone["status"] == "diterima", f"penarikan berstatus {gone['status']}")
    _refused(caller.send(DOMAIN, record | {"versi": 2}), "VERSI_USANG", "simpan versi lama setelah ditarik")


def too_large(caller: Caller, samples: Samples) -> None:
    """Kiriman 500 catatan dan badan 1 MiB diterima; badan di atas 1 MiB dijawab 413."""
    caller.send(DOMAIN, *[samples.record(DOMAIN) for _ in range(500)])
    body = caller.body(samples.record(DOMAIN))
    padded = body + b" " * (MAX_BODY_BYTES - len(body))
    caller.send_body(DOMAIN, padded, str(uuid.uuid4()))
    answer = caller.call("POST", TARGET, padded + b" ", str(uuid.uuid4()))
    require(answer.status_code == 413, f"badan di atas 1 MiB dijawab {answer.status_code}")


def independent(caller: Caller, samples: Samples) -> None:
    """Catatan yang salah tidak menahan catatan lain dalam kiriman yang sama."""
    bad, good = samples.record(DOMAIN, nama=""), samples.record(DOMAIN)
    answer = caller.settle(caller.call("POST", TARGET, caller.body(bad, good), str(uuid.uuid4())))
    if (answer.status_code, kode(answer)) == (422, "KIRIMAN_TIDAK_SAH"):
        return  # refused whole, which the contract allows
    caller.created["pemberi-kerja", good["id_daerah"]] = 1
    statuses = {item["id_daerah"]: item["status"] for item in json_object(answer)["hasil"]}
    require(statuses.get(good["id_daerah"]) == "diterima", "catatan yang sah ikut ditolak")
    require(statuses.get(bad["id_daerah"]) == "ditolak", "catatan yang salah tidak ditolak")


def _only(payload: dict[str, Any]) -> dict[str, Any]:
    require(len(payload["hasil"]) == 1, "hasil tidak memuat tepat satu catatan")
    return payload["hasil"][0]


def _refused(payload: dict[str, Any], code: str, what: str) -> None:
    result = _only(payload)
    codes = [error["kode"] for error in result["galat"]]
    require(result["status"] == "ditolak", f"{what} berstatus {result['status']}, seharusnya ditolak")
    require(code in codes, f"{what} ditolak dengan {', '.join(codes) or 'tanpa kode'}, seharusnya {code}")


RULES: dict[str, Callable[[Caller, Samples], None]] = {
    "tanda-terima": receipt,
    "kunci-wajib": key_required,
    "badan-rusak": malformed,
    "kunci-sama": same_key,
    "kunci-badan-lain": other_body,
    "kunci-bersamaan": same_key_at_once,
    "cari-kunci": look_up,
    "cari-kiriman": look_up_by_id,
    "tidak-berubah": unchanged,
    "versi-usang": stale,
    "tarik": withdrawn,
    "terlalu-besar": too_large,
    "saling-lepas": independent,
}
