"""A SIAPkerja sandbox process, a signed client for it, and records that it takes.

The signing is written from the contract's text, not from the server's code.
"""

import hashlib
import hmac
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

SECRET = "rahasia-uji"
CLIENT = "disnaker-batang"
SEEKERS = "/integrasi/v1/pencari-kerja/kiriman"
EMPLOYERS = "/integrasi/v1/pemberi-kerja/kiriman"
LIST = "/integrasi/v1/pencari-kerja?kode_wilayah=3325&page=1"


class Ministry:
    """One running server process and a signed client for it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        secret = folder / "secret"
        secret.write_text(SECRET + "\n")
        arguments = ["--store", str(folder / "pusat.sqlite"), "--client-id", CLIENT, "--port", "0"]
        arguments += ["--client-secret-file", str(secret), *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "batang_assets.sandbox.siapkerja", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("siapkerja http://127.0.0.1:"), self.process.communicate()
        self.http = httpx.Client(base_url=line.split()[1], timeout=20)
        self.token = ""

    def sign_on(self, **changes: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        answer = self.http.post("/oauth/token", data={**form, "scope": "integrasi.daerah", **changes})
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    def headers(self, method: str, target: str, body: bytes, **changes: str) -> dict[str, str]:
        """``changes`` replace a value before (``client_id, request_id, timestamp``) or after (``signature``)."""
        client_id = changes.get("client_id", CLIENT)
        request_id = changes.get("request_id", str(uuid.uuid4()))
        timestamp = changes.get("timestamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        digest = hashlib.sha256(body).hexdigest()
        text = f"{method}\n{target}\n{client_id}\n{request_id}\n{timestamp}\n{digest}"
        signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {
            "Authorization": f"Bearer {changes.get('token', self.token)}",
            "X-Client-Id": client_id,
            "X-Request-Id": request_id,
            "X-Timestamp": timestamp,
            "X-Signature": changes.get("signature", signature),
            "Content-Type": "application/json",
        }

    def call(
        self, method: str, target: str, body: bytes = b"", key: str | None = None, **changes: str
    ) -> httpx.Response:
        if not self.token:
            assert self.sign_on().status_code == 200
        headers = self.headers(method, target, body, **changes)
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.http.request(method, target, content=body, headers=headers)

    def get(self, target: str, **changes: str) -> httpx.Response:
        return self.call("GET", target, b"", None, **changes)

    def send(self, target: str, *records: dict[str, Any], key: str | None = None) -> httpx.Response:
        return self.call("POST", target, body(*records), key or str(uuid.uuid4()))

    def rows(self, domain: str) -> list[dict[str, Any]]:
        answer = self.get(f"/integrasi/v1/{domain}?kode_wilayah=3325&limit=500")
        assert answer.status_code == 200
        return answer.json()["data"]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.http.close()
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@contextmanager
def ministry(folder: Path, *options: str) -> Generator[Ministry]:
    # Without the 0.3 % of unknown NIKs, so that a record is refused for its own fault only.
    server = Ministry(folder, "--unknown-nik-rate", "0", *options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def body(*records: dict[str, Any], region: str = "3325") -> bytes:
    return json.dumps({"kode_wilayah": region, "catatan": list(records)}).encode()


def record(id_daerah: str, data: dict[str, Any] | None, versi: int = 1) -> dict[str, Any]:
    operasi = "tarik" if data is None else "simpan"
    return {"id_daerah": id_daerah, "versi": versi, "operasi": operasi, "data": data}


def seeker(**changes: Any) -> dict[str, Any]:
    data = {
        "nik": "3325115708990001",
        "nama": "Uji Coba",
        "tanggal_lahir": "1999-08-17",
        "jenis_kelamin": "P",
        "kode_wilayah": "3325111013",
        "pendidikan": "SMK",
        "disabilitas": "TIDAK",
        "status_bekerja": "BELUM",
        "luar_negeri": False,
        "tanggal_daftar": "2026-10-01",
        "status": "AKTIF",
    }
    return {**data, **changes}


def employer(**changes: Any) -> dict[str, Any]:
    data = {"nama": "PT Uji", "kode_kbli": "10", "versi_kbli": "2020", "kode_wilayah": "3325111013"}
    return {**data, **changes}


def vacancy(**changes: Any) -> dict[str, Any]:
    data = {
        "id_daerah_pemberi_kerja": "batang:pemberi-kerja:v1",
        "judul": "Operator jahit",
        "kode_jabatan": "8153",
        "versi_kbji": "2014",
        "jumlah_l": 1,
        "jumlah_p": 2,
        "jumlah_bebas": 0,
        "kode_wilayah": "3325111013",
        "tanggal_buka": "2026-10-01",
        "tanggal_tutup": "2026-10-31",
        "terisi": 0,
        "status": "BUKA",
    }
    return {**data, **changes}


def person(**changes: Any) -> dict[str, Any]:
    keys = ("nik", "nama", "tanggal_lahir", "jenis_kelamin")
    return {**{key: seeker()[key] for key in keys}, **changes}


def placement(**changes: Any) -> dict[str, Any]:
    data = person(pendidikan="SMK", disabilitas="TIDAK", nama_pemberi_kerja="PT Uji", jenis_penerima="SWASTA")
    data |= {"kode_jabatan": "8153", "versi_kbji": "2014", "jenis_antar_kerja": "AKL"}
    return {**data, "tanggal_mulai": "2026-10-05", **changes}


def training(**changes: Any) -> dict[str, Any]:
    data = person(program="Menjahit", lembaga="LPK Uji", sumber_dana="APBD", tanggal_mulai="2026-10-05")
    return {**data, "hasil": "BERLANGSUNG", **changes}


def employed(**changes: Any) -> dict[str, Any]:
    data = person(kode_wilayah="3325111013", kode_kbli="C", versi_kbli="2025", kode_jabatan="81")
    return {**data, "versi_kbji": "2026", "status_pekerjaan": 4, **changes}


SAMPLES: dict[str, Callable[..., dict[str, Any]]] = {
    "pencari-kerja": seeker,
    "pemberi-kerja": employer,
    "lowongan": vacancy,
    "penduduk-bekerja": employed,
    "pelatihan": training,
    "penempatan": placement,
}
# The fields marked * in the contract, written out by hand.
REQUIRED = {
    "pencari-kerja": "nik nama tanggal_lahir jenis_kelamin kode_wilayah pendidikan disabilitas status_bekerja"
    " luar_negeri tanggal_daftar status",
    "pemberi-kerja": "nama kode_kbli versi_kbli kode_wilayah",
    "lowongan": "id_daerah_pemberi_kerja judul kode_jabatan versi_kbji jumlah_l jumlah_p jumlah_bebas"
    " kode_wilayah tanggal_buka tanggal_tutup terisi status",
    "penempatan": "nik nama tanggal_lahir jenis_kelamin pendidikan disabilitas nama_pemberi_kerja jenis_penerima"
    " kode_jabatan versi_kbji jenis_antar_kerja tanggal_mulai",
    "pelatihan": "nik nama tanggal_lahir jenis_kelamin program lembaga sumber_dana tanggal_mulai hasil",
    "penduduk-bekerja": "nik nama tanggal_lahir jenis_kelamin kode_wilayah kode_kbli versi_kbli kode_jabatan"
    " versi_kbji status_pekerjaan",
}


def kode(answer: httpx.Response) -> tuple[int, str]:
    """Status and ``kode`` of an error, which must be RFC 9457."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= {"type", "title", "status", "detail"}
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["kode"]


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return answer.json()["hasil"]
