"""Rules of the contract's section Sign-on. Each rule's first line says in Indonesian what it asks."""

import uuid
from collections.abc import Callable

import httpx

from batang_assets.sandbox.conformance.caller import API, Broken, Caller, Flaw, expect, kode, require
from batang_assets.sandbox.conformance.samples import Samples

TARGET = f"{API}/pemberi-kerja/kiriman"


def token(caller: Caller, _: Samples) -> None:
    """Sign-on yang benar memberi token Bearer dengan masa berlaku."""
    answer = caller.sign_on()
    require(answer.status_code == 200, f"dijawab {answer.status_code}, seharusnya 200")
    payload = answer.json()
    require(isinstance(payload.get("access_token"), str), "access_token tidak ada")
    require(payload.get("token_type") == "Bearer", "token_type bukan Bearer")
    lifetime = payload.get("expires_in")
    require(type(lifetime) is int and lifetime > 0, "expires_in bukan bilangan detik")


def wrong_secret(caller: Caller, _: Samples) -> None:
    """Rahasia klien yang salah ditolak."""
    expect(caller.sign_on(client_secret="salah"), 401, "KREDENSIAL_SALAH", "sign-on dengan rahasia salah")


def problem_document(caller: Caller, _: Samples) -> None:
    """Galat berbentuk RFC 9457 (application/problem+json) dengan anggota kode."""
    answer = caller.sign_on(client_secret="salah")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    require(kind == "application/problem+json", f"tipe isi galat {kind or 'kosong'}")
    require(kode(answer) != "", "anggota kode tidak ada")


def unknown_token(caller: Caller, _: Samples) -> None:
    """Token yang tidak dikenal atau kedaluwarsa dijawab TOKEN_KEDALUWARSA."""
    answer = _read(caller, Flaw(token="tidak-dikenal"))
    expect(answer, 401, "TOKEN_KEDALUWARSA", "permintaan dengan token tidak dikenal")


def wrong_signature(caller: Caller, _: Samples) -> None:
    """Tanda tangan dengan rahasia lain ditolak."""
    answer = _read(caller, Flaw(secret="rahasia-lain"))
    expect(answer, 401, "TANDA_TANGAN_SALAH", "tanda tangan dengan rahasia lain")


def signed_query(caller: Caller, _: Samples) -> None:
    """Tanda tangan mencakup alamat dan kueri persis seperti dikirim."""
    flaw = Flaw(signed_target=f"{API}/pemberi-kerja?kode_wilayah={caller.region}&limit=2")
    expect(_read(caller, flaw), 401, "TANDA_TANGAN_SALAH", "kueri lain daripada yang ditandatangani")


def signed_body(caller: Caller, samples: Samples) -> None:
    """Tanda tangan mencakup sidik badan."""
    body = caller.body(samples.record("pemberi-kerja"))
    answer = caller.call("POST", TARGET, body, str(uuid.uuid4()), Flaw(signed_body=b"lain"))
    expect(answer, 401, "TANDA_TANGAN_SALAH", "badan lain daripada yang ditandatangani")


def clock(caller: Caller, _: Samples) -> None:
    """Stempel waktu yang berselisih lebih dari 300 detik ditolak, ke depan dan ke belakang."""
    for minutes in (-10, 10):
        answer = _read(caller, Flaw(clock_s=60 * minutes))
        expect(answer, 401, "STEMPEL_WAKTU", f"stempel waktu berselisih {minutes} menit")


def clock_tolerance(caller: Caller, _: Samples) -> None:
    """Stempel waktu yang berselisih kurang dari 300 detik diterima."""
    for seconds in (-240, 240):
        answer = _read(caller, Flaw(clock_s=seconds))
        require(answer.status_code == 200, f"selisih {seconds} detik dijawab {answer.status_code}")


def replay(caller: Caller, _: Samples) -> None:
    """X-Request-Id yang pernah dipakai ditolak."""
    flaw = Flaw(request_id=str(uuid.uuid4()))
    first = _read(caller, flaw)
    if first.status_code not in (200, 409):
        raise Broken(f"permintaan pertama dijawab {first.status_code}")
    expect(_read(caller, flaw), 409, "PERMINTAAN_GANDA", "X-Request-Id yang sama")


def other_region(caller: Caller, samples: Samples) -> None:
    """Wilayah lain ditolak, untuk membaca dan untuk mengirim."""
    other = "1101" if caller.region != "1101" else "3325"
    expect(caller.page("pemberi-kerja", kode_wilayah=other), 403, "WILAYAH_TERLARANG", "membaca wilayah lain")
    body = caller.body(samples.record("pemberi-kerja"), region=other)
    answer = caller.call("POST", TARGET, body, str(uuid.uuid4()))
    expect(answer, 403, "WILAYAH_TERLARANG", "mengirim untuk wilayah lain")


def _read(caller: Caller, flaw: Flaw) -> httpx.Response:
    return caller.call("GET", f"{API}/pemberi-kerja?kode_wilayah={caller.region}&limit=1", flaw=flaw)


RULES: dict[str, Callable[[Caller, Samples], None]] = {
    "token": token,
    "rahasia-salah": wrong_secret,
    "bentuk-galat": problem_document,
    "token-tidak-dikenal": unknown_token,
    "tanda-tangan-salah": wrong_signature,
    "tanda-tangan-kueri": signed_query,
    "tanda-tangan-badan": signed_body,
    "stempel-waktu": clock,
    "toleransi-waktu": clock_tolerance,
    "permintaan-ganda": replay,
    "wilayah-terlarang": other_region,
}
