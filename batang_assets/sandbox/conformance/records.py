"""Rules of the contract's section Records. Each rule's first line says in Indonesian what it asks.

Whether the civil registry knows an invented NIK is the server's affair: NIK_TIDAK_DITEMUKAN alone breaks no rule.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from batang_assets.sandbox.conformance.caller import Broken, Caller, require
from batang_assets.sandbox.conformance.samples import DOMAINS, REQUIRED, Samples

TOLERATED = "NIK_TIDAK_DITEMUKAN"


def minimal(caller: Caller, samples: Samples, domain: str) -> None:
    """Catatan yang hanya berisi bidang wajib diterima, dan setiap bidang wajib yang hilang dijawab WAJIB."""
    employer = _employer(caller, samples)
    whole = {"data": samples.data(domain, employer)}
    record = _named(samples, domain, whole["data"])
    _accepted(_send_one(caller, domain, record), "catatan yang hanya berisi bidang wajib")
    fields = REQUIRED[domain].split()
    records = [
        _named(
            samples,
            domain,
            {key: value for key, value in samples.data(domain, employer).items() if key != name},
        )
        for name in fields
    ]
    results = {item["id_daerah"]: item for item in caller.send(domain, *records)["hasil"]}
    for name, record in zip(fields, records, strict=True):
        found = [(_field(error), error["kode"]) for error in results[record["id_daerah"]]["galat"]]
        require((name, "WAJIB") in found, f"{domain} tanpa {name} tidak dijawab WAJIB pada bidang itu")


def formats(caller: Caller, samples: Samples) -> None:
    """Nilai yang bentuknya salah dijawab FORMAT pada bidangnya."""
    cases: list[tuple[str, str, Any]] = [
        ("pencari-kerja", "nik", "33251157089900"),
        ("pencari-kerja", "tanggal_daftar", "01-10-2026"),
        ("pencari-kerja", "kode_wilayah", "33.25.11"),
        ("pencari-kerja", "luar_negeri", "ya"),
        ("pencari-kerja", "no_hp", "081234567890"),
        ("pemberi-kerja", "nib", "12345"),
        ("lowongan", "usia_min", 14),
        ("lowongan", "jumlah_l", "satu"),
    ]
    _each(caller, samples, cases, "FORMAT")


def unknown_codes(caller: Caller, samples: Samples) -> None:
    """Kode yang tidak ada dalam buku kode dijawab TIDAK_DIKENAL pada bidangnya."""
    cases: list[tuple[str, str, Any]] = [
        ("pencari-kerja", "pendidikan", "S9"),
        ("pencari-kerja", "disabilitas", "LAIN"),
        ("pencari-kerja", "status", "HILANG"),
        ("lowongan", "status", "RAGU"),
        ("penempatan", "jenis_antar_kerja", "AKX"),
        ("pelatihan", "sumber_dana", "HIBAH"),
        ("pemberi-kerja", "versi_kbli", "1999"),
    ]
    _each(caller, samples, cases, "TIDAK_DIKENAL")


def inconsistent(caller: Caller, samples: Samples) -> None:
    """Tanggal lahir atau jenis kelamin yang berbeda dari NIK dijawab TIDAK_KONSISTEN."""
    cases: list[tuple[str, str, Any]] = [
        ("pencari-kerja", "tanggal_lahir", "1999-08-18"),
        ("pencari-kerja", "jenis_kelamin", "L"),
    ]
    for domain, name, value in cases:
        record = samples.record(domain, **{name: value})
        codes = {error["kode"] for error in _send_one(caller, domain, record)["galat"]}
        require("TIDAK_KONSISTEN" in codes, f"{name} yang berbeda dari NIK tidak dijawab TIDAK_KONSISTEN")


def references(caller: Caller, samples: Samples) -> None:
    """Rujukan ke pemberi kerja yang belum dikirim dijawab RUJUKAN_HILANG; setelah dikirim, catatan diterima."""
    employer = samples.record("pemberi-kerja")
    record = samples.record("lowongan", id_daerah_pemberi_kerja=employer["id_daerah"])
    codes = {error["kode"] for error in _send_one(caller, "lowongan", record)["galat"]}
    require("RUJUKAN_HILANG" in codes, "lowongan tanpa pemberi kerja tidak dijawab RUJUKAN_HILANG")
    caller.send("pemberi-kerja", employer)
    _accepted(_send_one(caller, "lowongan", record), "lowongan yang rujukannya sudah dikirim")


def error_shape(caller: Caller, samples: Samples) -> None:
    """Setiap galat catatan memuat bidang, kode dan pesan, dan status catatan itu ditolak."""
    result = _send_one(caller, "pemberi-kerja", samples.record("pemberi-kerja", kode_wilayah="x"))
    require(result["status"] == "ditolak", f"berstatus {result['status']}")
    require(bool(result["galat"]), "galat kosong")
    for error in result["galat"]:
        require({"bidang", "kode", "pesan"} <= error.keys(), "galat tanpa bidang, kode atau pesan")


def _each(caller: Caller, samples: Samples, cases: list[tuple[str, str, Any]], code: str) -> None:
    employer = _employer(caller, samples)
    for domain, name, value in cases:
        record = _named(samples, domain, samples.data(domain, employer) | {name: value})
        result = _send_one(caller, domain, record)
        found = [(_field(error), error["kode"]) for error in result["galat"]]
        if result["status"] != "ditolak" or (name, code) not in found:
            given = ", ".join(f"{field} {kind}" for field, kind in found) or result["status"]
            raise Broken(f"{domain}.{name} yang salah dijawab {given}, seharusnya {name} {code}")


def _employer(caller: Caller, samples: Samples) -> str:
    record = samples.record("pemberi-kerja")
    _accepted(_send_one(caller, "pemberi-kerja", record), "pemberi kerja yang sah")
    return record["id_daerah"]


def _named(samples: Samples, domain: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id_daerah": samples.new_id(domain), "versi": 1, "operasi": "simpan", "data": data}


def _send_one(caller: Caller, domain: str, record: dict[str, Any]) -> dict[str, Any]:
    results = caller.send(domain, record)["hasil"]
    require(len(results) == 1, "hasil tidak memuat tepat satu catatan")
    return results[0]


def _accepted(result: dict[str, Any], what: str) -> None:
    codes = {error["kode"] for error in result["galat"]}
    kept = result["status"] == "diterima" or (result["status"] == "ditolak" and codes == {TOLERATED})
    require(kept, f"{what} berstatus {result['status']} ({', '.join(sorted(codes)) or 'tanpa kode'})")


def _field(error: dict[str, Any]) -> str:
    return str(error["bidang"]).replace("/", ".").rpartition(".")[2]


def _of(domain: str) -> Callable[[Caller, Samples], None]:
    rule = partial(minimal, domain=domain)
    rule.__doc__ = minimal.__doc__
    return rule


RULES: dict[str, Callable[[Caller, Samples], None]] = {
    **{f"wajib-{domain}": _of(domain) for domain in DOMAINS},
    "bentuk": formats,
    "kode-tidak-dikenal": unknown_codes,
    "tidak-konsisten": inconsistent,
    "rujukan-hilang": references,
    "bentuk-galat-catatan": error_shape,
}
