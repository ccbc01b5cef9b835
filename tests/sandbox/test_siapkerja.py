"""The SIAPkerja sandbox, line by line of its contract: a real server process, spoken to with httpx.

The signing below is written from the contract's text, not from the server's code.
"""

import hashlib
import hmac
import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

SECRET = "rahasia-uji"
CLIENT = "disnaker-batang"
SEEKERS = "/integrasi/v1/pencari-kerja/kiriman"
EMPLOYERS = "/integrasi/v1/pemberi-kerja/kiriman"


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministry]:
    with ministry(tmp_path_factory.mktemp("siapkerja")) as running:
        yield running


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


# -- sign-on and signature --


def test_sign_on_gives_a_bearer_token_for_900_seconds(server: Ministry) -> None:
    answer = server.sign_on()
    assert answer.status_code == 200
    token = answer.json()
    assert token.pop("access_token")
    assert token == {"token_type": "Bearer", "expires_in": 900}


@pytest.mark.parametrize("change", [{"client_secret": "salah"}, {"client_id": "lain"}, {"client_secret": ""}])
def test_wrong_credentials_are_refused(server: Ministry, change: dict[str, str]) -> None:
    assert kode(server.sign_on(**change)) == (401, "KREDENSIAL_SALAH")


LIST = "/integrasi/v1/pencari-kerja?kode_wilayah=3325&page=1"


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


# -- sending --


def test_a_delivery_is_answered_with_its_digest_and_one_result_a_record(server: Ministry) -> None:
    content = body(
        record("batang:pencari-kerja:1", seeker()), record("batang:pencari-kerja:2", seeker(nama=""))
    )
    answer = server.call("POST", SEEKERS, content, key="kiriman-1")
    good, bad = results(answer)
    assert answer.json()["sidik_isi"] == hashlib.sha256(content).hexdigest()
    assert datetime.fromisoformat(answer.json()["diterima_pada"]).tzinfo is not None
    assert good.pop("id_siapkerja")
    assert good == {"id_daerah": "batang:pencari-kerja:1", "versi": 1, "status": "diterima", "galat": []}
    assert (bad["status"], bad["id_siapkerja"]) == ("ditolak", None)
    assert [(error["bidang"], error["kode"]) for error in bad["galat"]] == [("nama", "WAJIB")]
    by_id = server.get(f"/integrasi/v1/kiriman/{answer.json()['id_kiriman']}")
    assert by_id.content == answer.content


@pytest.mark.parametrize("domain", SAMPLES)
def test_every_domain_takes_its_minimal_record_and_wants_each_required_field(
    server: Ministry, domain: str
) -> None:
    server.send(EMPLOYERS, record("batang:pemberi-kerja:v1", employer()))
    target, sample = f"/integrasi/v1/{domain}/kiriman", SAMPLES[domain]()
    required = REQUIRED[domain].split()
    records = [record(f"min:{domain}", sample)]
    records += [record(f"tanpa:{n}", {k: v for k, v in sample.items() if k != n}) for n in required]
    records += [record(f"null:{n}", {**sample, n: None}) for n in required]
    first, *others = results(server.send(target, *records))
    assert (first["status"], first["galat"]) == ("diterima", [])
    for result, name in zip(others, required * 2, strict=True):
        assert result["status"] == "ditolak"
        assert (name, "WAJIB") in {(error["bidang"], error["kode"]) for error in result["galat"]}


@pytest.mark.parametrize(
    ("domain", "change", "expected"),
    [
        ("pencari-kerja", {"nik": 3325115708990001}, "nik FORMAT"),
        ("pencari-kerja", {"nik": "332511570899001"}, "nik FORMAT"),
        ("pencari-kerja", {"tanggal_daftar": "31-12-2025"}, "tanggal_daftar FORMAT"),
        ("pencari-kerja", {"tanggal_daftar": "2026-02-30"}, "tanggal_daftar FORMAT"),
        ("pencari-kerja", {"luar_negeri": "ya"}, "luar_negeri FORMAT"),
        ("pencari-kerja", {"no_hp": "081234567890"}, "no_hp FORMAT"),
        ("pencari-kerja", {"email": "bukan surel"}, "email FORMAT"),
        ("pencari-kerja", {"nama": "a\x00b"}, "nama FORMAT"),
        ("pencari-kerja", {"agama": "x"}, "agama FORMAT"),
        ("pencari-kerja", {"pendidikan": "SLTA"}, "pendidikan TIDAK_DIKENAL"),
        ("pencari-kerja", {"disabilitas": True}, "disabilitas FORMAT"),
        ("pencari-kerja", {"kode_wilayah": "33.25.11.1013"}, "kode_wilayah FORMAT"),
        ("pencari-kerja", {"kode_wilayah": "9925111013"}, "kode_wilayah TIDAK_DIKENAL"),
        ("pencari-kerja", {"kode_jabatan_diminati": "8153"}, "versi_kbji WAJIB"),
        ("pencari-kerja", {"kode_jabatan_diminati": "Penjahit"}, "kode_jabatan_diminati FORMAT"),
        ("pencari-kerja", {"tanggal_lahir": "1999-08-18"}, "tanggal_lahir TIDAK_KONSISTEN"),
        ("pencari-kerja", {"jenis_kelamin": "L"}, "jenis_kelamin TIDAK_KONSISTEN"),
        ("pencari-kerja", {"nik": "3325111708990001"}, "jenis_kelamin TIDAK_KONSISTEN"),
        ("pencari-kerja", {"nik": "3325115708990000"}, "nik NIK_TIDAK_DITEMUKAN"),
        ("pemberi-kerja", {"nib": "123"}, "nib FORMAT"),
        ("pemberi-kerja", {"npwp": "12345678901234"}, "npwp FORMAT"),
        ("pemberi-kerja", {"kode_kbli": "V"}, "kode_kbli TIDAK_DIKENAL"),
        ("pemberi-kerja", {"kode_kbli": "V", "versi_kbli": "2025"}, ""),
        ("pemberi-kerja", {"versi_kbli": "2009"}, "versi_kbli TIDAK_DIKENAL"),
        ("pemberi-kerja", {"tenaga_kerja_l": -1}, "tenaga_kerja_l FORMAT"),
        ("lowongan", {"usia_min": 14}, "usia_min FORMAT"),
        ("lowongan", {"jumlah_l": True}, "jumlah_l FORMAT"),
        ("lowongan", {"jenis_kelamin": None, "kondisi_fisik": "DISABILITAS"}, ""),
        ("lowongan", {"upah_min": 2534382.5}, "upah_min FORMAT"),
        ("penduduk-bekerja", {"status_pekerjaan": 8}, "status_pekerjaan TIDAK_DIKENAL"),
        ("pelatihan", {"hasil": "LULUS", "nomor_sertifikat": "S/1"}, ""),
        ("penempatan", {"negara": "MY"}, "negara FORMAT"),
        ("penempatan", {"jenis_antar_kerja": "AKAN", "negara": "MY"}, ""),
        ("penempatan", {"jenis_antar_kerja": "AKAN", "negara": "XX"}, "negara TIDAK_DIKENAL"),
        ("lowongan", {"id_daerah_pemberi_kerja": "belum"}, "id_daerah_pemberi_kerja RUJUKAN_HILANG"),
        ("penempatan", {"id_daerah_lowongan": "belum"}, "id_daerah_lowongan RUJUKAN_HILANG"),
        ("penduduk-bekerja", {"id_daerah_pemberi_kerja": "belum"}, "id_daerah_pemberi_kerja RUJUKAN_HILANG"),
    ],
)
def test_record_rules(server: Ministry, domain: str, change: dict[str, Any], expected: str) -> None:
    server.send(EMPLOYERS, record("batang:pemberi-kerja:v1", employer()))
    data = SAMPLES[domain](**change)
    (result,) = results(server.send(f"/integrasi/v1/{domain}/kiriman", record(str(uuid.uuid4()), data)))
    assert " ".join(f"{error['bidang']} {error['kode']}" for error in result["galat"]) == expected
    assert result["status"] == ("ditolak" if expected else "diterima")
    # The answer may end in the sender's log: it names fields, never their values.
    assert data.get("nama", "PT Uji") not in json.dumps(result["galat"])


def test_a_withdrawn_employer_is_a_lost_reference(server: Ministry) -> None:
    target = "/integrasi/v1/lowongan/kiriman"
    server.send(EMPLOYERS, record("tutup", employer()), record("tutup", None, 2))
    (result,) = results(server.send(target, record("lw", vacancy(id_daerah_pemberi_kerja="tutup"))))
    assert [error["kode"] for error in result["galat"]] == ["RUJUKAN_HILANG"]
    # What was refused left nothing behind: the same version passes once the employer is there.
    server.send(EMPLOYERS, record("tutup", employer(), 3))
    (result,) = results(server.send(target, record("lw", vacancy(id_daerah_pemberi_kerja="tutup"))))
    assert result["status"] == "diterima"


def test_versions_are_idempotent_and_never_go_back(server: Ministry) -> None:
    def status(versi: int, data: dict[str, Any] | None) -> str:
        (result,) = results(server.send(EMPLOYERS, record("versi", data, versi)))
        return " ".join([result["status"], *(error["kode"] for error in result["galat"])])

    assert status(2, employer()) == "diterima"
    assert status(2, employer()) == "tidak_berubah"
    assert status(2, employer(nama="PT Lain")) == "ditolak VERSI_USANG"
    assert status(1, employer()) == "ditolak VERSI_USANG"
    assert status(3, employer()) == "diterima"
    assert status(4, None) == "diterima"
    assert status(4, None) == "tidak_berubah"
    assert status(3, employer()) == "ditolak VERSI_USANG"
    (row,) = [row for row in server.rows("pemberi-kerja") if row["id_daerah"] == "versi"]
    assert (row["versi"], row["ditarik"], row["data"], row["sumber"]) == (4, True, None, "daerah")
    identity = row["id_siapkerja"]
    assert status(5, employer(nama="PT Baru")) == "diterima"
    (row,) = [row for row in server.rows("pemberi-kerja") if row["id_daerah"] == "versi"]
    assert (row["id_siapkerja"], row["ditarik"], row["data"]) == (identity, False, employer(nama="PT Baru"))


def test_a_late_save_does_not_revive_what_was_withdrawn_before_it_came(server: Ministry) -> None:
    assert results(server.send(EMPLOYERS, record("hapus", None, 7)))[0]["status"] == "diterima"
    assert results(server.send(EMPLOYERS, record("hapus", employer(), 6)))[0]["status"] == "ditolak"


def test_a_key_answers_with_its_first_result_byte_for_byte(server: Ministry) -> None:
    content = body(record("kunci", employer()))
    first = server.call("POST", EMPLOYERS, content, key="kunci-1")
    server.send(EMPLOYERS, record("kunci", employer(nama="PT Baru"), 2))
    again = server.call("POST", EMPLOYERS, content, key="kunci-1")
    assert (again.status_code, again.content) == (200, first.content)
    asked = server.get("/integrasi/v1/kiriman?kunci=kunci-1").json()
    assert asked == {"data": [first.json()]}
    assert server.get("/integrasi/v1/kiriman?kunci=tak-pernah").json() == {"data": []}


def test_a_key_with_another_body_or_domain_is_refused(server: Ministry) -> None:
    server.call("POST", EMPLOYERS, body(record("kunci-lain", employer())), key="kunci-2")
    other = server.call("POST", EMPLOYERS, body(record("kunci-lain", employer(), 2)), key="kunci-2")
    assert kode(other) == (422, "KUNCI_DIPAKAI_ULANG")
    other = server.call("POST", SEEKERS, body(record("kunci-lain", employer())), key="kunci-2")
    assert kode(other) == (422, "KUNCI_DIPAKAI_ULANG")


GOOD = record("a", None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"kode_wilayah": "3325"}',
        body(),
        body({**GOOD, "versi": "1"}),
        body({**GOOD, "versi": 0}),
        body({**GOOD, "operasi": "hapus"}),
        body({**GOOD, "data": {}}),
        body({**GOOD, "operasi": "simpan"}),
        body({**GOOD, "id_daerah": ""}),
        body({**GOOD, "data": float("nan")}),
        b'{"kode_wilayah":"3325","catatan":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    ],
)
def test_a_malformed_body_is_refused(server: Ministry, content: bytes) -> None:
    answer = server.call("POST", SEEKERS, content, key=str(uuid.uuid4()))
    assert kode(answer) == (400, "BADAN_RUSAK")


@pytest.mark.parametrize("key", [None, "", "k" * 256])
def test_the_key_is_required(server: Ministry, key: str | None) -> None:
    assert kode(server.call("POST", SEEKERS, body(GOOD), key=key)) == (400, "KUNCI_IDEMPOTEN_WAJIB")


def test_too_large_a_delivery_is_refused_and_the_limit_itself_passes(server: Ministry) -> None:
    padding = (1 << 20) - len(body(record("besar", employer())))
    content = body(record("besar", employer())) + b" " * padding
    assert results(server.call("POST", EMPLOYERS, content, key="besar"))[0]["status"] == "diterima"
    for too_large in (content + b" ", b"x" * (5 << 20)):
        assert server.call("POST", EMPLOYERS, too_large, key="besar-2").status_code == 413
    many = [record(f"banyak:{number}", employer()) for number in range(501)]
    assert len(results(server.send(EMPLOYERS, *many[:500]))) == 500
    assert server.send(EMPLOYERS, *many).status_code == 413


def test_unknown_addresses_answer_404_with_a_problem(server: Ministry) -> None:
    assert kode(server.get("/integrasi/v1/pegawai?kode_wilayah=3325"))[0] == 404
    assert kode(server.send("/integrasi/v1/pegawai/kiriman", GOOD))[0] == 404
    assert kode(server.get("/integrasi/v1/kiriman/tidak-ada"))[0] == 404
    assert kode(server.get(SEEKERS))[0] == 405


# -- reading back --


def test_reading_back_pages_through_everything_once_in_order(tmp_path: Path) -> None:
    with ministry(tmp_path) as server:
        base = "/integrasi/v1/pemberi-kerja?kode_wilayah=3325"
        empty = server.get(base).json()
        assert empty == {
            "data": [],
            "meta": {"current_page": 1, "last_page": 1, "per_page": 100, "total": 0},
            "links": {"next": None},
        }
        for number in range(5):
            server.send(EMPLOYERS, *[record(f"{number}:{i}", employer(nama=f"PT {i}")) for i in range(5)])
        server.send(EMPLOYERS, record("0:3", employer(nama="PT Ubah"), 2))
        rows, following = [], f"{base}&limit=10"
        while following:
            target = following.removeprefix(str(server.http.base_url).rstrip("/"))
            page = server.get(target).json()
            assert page["meta"] == {
                "current_page": len(rows) // 10 + 1,
                "last_page": 3,
                "per_page": 10,
                "total": 25,
            }
            rows, following = rows + page["data"], page["links"]["next"]
        assert {row["id_daerah"] for row in rows} == {f"{a}:{b}" for a in range(5) for b in range(5)}
        order = [(row["diubah_pada"], row["id_siapkerja"]) for row in rows]
        assert order == sorted(order)
        assert (rows[-1]["id_daerah"], rows[-1]["versi"], rows[-1]["data"]["nama"]) == ("0:3", 2, "PT Ubah")
        assert rows[0].keys() == {
            "id_siapkerja",
            "id_daerah",
            "versi",
            "sumber",
            "ditarik",
            "diubah_pada",
            "data",
        }
        # The same pages in any order, not only one after the other.
        backwards = [server.get(f"{base}&limit=10&page={page}").json()["data"] for page in (3, 2, 1)]
        assert backwards[2] + backwards[1] + backwards[0] == rows
        since = server.get(f"{base}&diubah_sejak={rows[-2]['diubah_pada']}").json()["data"]
        assert since == [row for row in rows if row["diubah_pada"] >= rows[-2]["diubah_pada"]]
        for bad in ("&page=2", "&page=0", "&limit=501", "&limit=0", "&diubah_sejak=kemarin", "&page=x"):
            assert kode(server.get(base + bad))[0] == 400
        assert kode(server.get("/integrasi/v1/pemberi-kerja"))[0] == 400


def test_rows_of_the_centre_are_imported_once_and_read_back_without_id_daerah(tmp_path: Path) -> None:
    world = tmp_path / "world.sqlite"
    with sqlite3.connect(world) as made:
        made.execute("CREATE TABLE pusat(domain TEXT, id_siapkerja TEXT, diubah_pada TEXT, data TEXT)")
        made.executemany(
            "INSERT INTO pusat VALUES ('pencari-kerja', ?, ?, ?)",
            [
                ("P-2", "2026-10-01T00:30:00+07:00", json.dumps(seeker())),
                ("P-1", "2026-09-30T18:00:00Z", '{"nik": null}'),
            ],
        )
    made.close()
    with ministry(tmp_path, "--world", str(world)) as server:
        first = server.rows("pencari-kerja")
        assert [row["id_siapkerja"] for row in first] == ["P-2", "P-1"]
        assert [row["data"] for row in first] == [seeker(), {"nik": None}]
        assert {(row["id_daerah"], row["versi"], row["sumber"], row["ditarik"]) for row in first} == {
            (None, None, "pusat", False)
        }
    with ministry(tmp_path, "--world", str(world)) as server:
        assert server.rows("pencari-kerja") == first


# -- restarts --


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    content = body(record("tahan", employer()))
    with ministry(tmp_path) as server:
        first = server.call("POST", EMPLOYERS, content, key="tahan")
        request_id = str(uuid.uuid4())
        assert server.get(LIST, request_id=request_id).status_code == 200
        server.stop(signal.SIGKILL)
    with ministry(tmp_path) as server:
        again = server.call("POST", EMPLOYERS, content, key="tahan")
        assert (again.status_code, again.content) == (200, first.content)
        assert [row["id_daerah"] for row in server.rows("pemberi-kerja")] == ["tahan"]
        assert kode(server.get(LIST, request_id=request_id)) == (409, "PERMINTAAN_GANDA")
    assert (tmp_path / "pusat.sqlite").stat().st_mode & 0o777 == 0o600


def test_sigterm_ends_it_with_status_0_and_nothing_personal_was_logged(tmp_path: Path) -> None:
    with ministry(tmp_path) as server:
        server.send(SEEKERS, record("catat", seeker()), record("catat-2", seeker(tanggal_lahir="x")))
        server.call("POST", SEEKERS, b'{"nik": "3325115708990001"', key="rusak")
        status, errors = server.stop()
    assert (status, errors) == (0, "")


def test_a_forgotten_key_still_changes_nothing_twice(tmp_path: Path) -> None:
    with ministry(tmp_path, "--key-lifetime-s", "0") as server:
        content = body(record("lupa", employer()))
        assert results(server.call("POST", EMPLOYERS, content, key="lupa"))[0]["status"] == "diterima"
        assert results(server.call("POST", EMPLOYERS, content, key="lupa"))[0]["status"] == "tidak_berubah"
        assert len(server.rows("pemberi-kerja")) == 1


@pytest.mark.parametrize("spec", ["429=2", "hujan=0.1", "slow"])
def test_a_bad_fault_spec_is_one_line_and_status_2(tmp_path: Path, spec: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    command = [sys.executable, "-m", "batang_assets.sandbox.siapkerja", "--port", "0", "--client-id", "x"]
    command += ["--store", str(tmp_path / "s"), "--client-secret-file", str(secret), "--faults", spec]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--faults" in done.stderr


# -- injected faults --


def test_a_connection_cut_after_the_commit_leaves_the_first_result_under_its_key(tmp_path: Path) -> None:
    content = body(record("putus", employer()))
    with ministry(tmp_path, "--faults", "reset_after=1") as server:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            server.call("POST", EMPLOYERS, content, key="putus")
        held = server.get("/integrasi/v1/kiriman?kunci=putus").json()["data"]
        assert server.stop() == (0, "")
    assert held[0]["hasil"][0]["status"] == "diterima"
    with ministry(tmp_path) as server:
        assert server.call("POST", EMPLOYERS, content, key="putus").json() == held[0]


def test_a_connection_cut_before_the_commit_leaves_nothing(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "reset_before=0.5", "--seed", "1") as server:
        token = ""
        while not token:
            try:
                token = server.sign_on().json()["access_token"]
            except (httpx.ReadError, httpx.RemoteProtocolError):
                continue
        cut = 0
        for number in range(20):
            try:
                server.send(EMPLOYERS, record(str(number), employer()))
            except (httpx.ReadError, httpx.RemoteProtocolError):
                cut += 1
    assert 0 < cut < 20
    with ministry(tmp_path) as server:
        assert len(server.rows("pemberi-kerja")) == 20 - cut


def test_throttling_says_how_long_in_both_forms(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "429=1,retry_after_s=7") as server:
        first, second = server.sign_on(), server.sign_on()
    assert kode(first)[0] == kode(second)[0] == 429
    assert first.headers["retry-after"] == "7"
    assert second.headers["retry-after"].endswith("GMT")


def test_an_html_503_may_come_before_or_after_the_commit(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "503=0.5", "--seed", "3") as server:
        while server.sign_on().status_code != 200:
            continue
        failed = set()
        for number in range(40):
            answer = server.send(EMPLOYERS, record(str(number), employer()))
            if answer.status_code == 503:
                assert answer.headers["content-type"].startswith("text/html")
                failed.add(str(number))
    with ministry(tmp_path) as server:
        held = {row["id_daerah"] for row in server.rows("pemberi-kerja")}
    assert {str(number) for number in range(40)} - failed <= held
    assert failed & held
    assert failed - held


def test_an_asynchronous_delivery_is_polled_to_its_result_even_over_a_restart(tmp_path: Path) -> None:
    content = body(record("nanti", employer()))
    with ministry(tmp_path, "--faults", "async=1,async_s=600") as server:
        answer = server.call("POST", EMPLOYERS, content, key="nanti")
        assert answer.status_code == 202
        location = answer.headers["location"]
        assert int(answer.headers["retry-after"]) >= 1
        assert server.get(location).status_code == 202
        again = server.call("POST", EMPLOYERS, content, key="nanti")
        assert (again.status_code, again.headers["location"]) == (202, location)
        assert server.get("/integrasi/v1/kiriman?kunci=nanti").json() == {"data": []}
        assert server.rows("pemberi-kerja") == []
        server.stop(signal.SIGKILL)
    with ministry(tmp_path, "--faults", "async_s=0.1") as server:
        deadline = time.monotonic() + 20
        while (polled := server.get(location)).status_code == 202 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert results(polled)[0]["status"] == "diterima"
        assert polled.json()["sidik_isi"] == hashlib.sha256(content).hexdigest()
        assert server.call("POST", EMPLOYERS, content, key="nanti").content == polled.content
        assert len(server.rows("pemberi-kerja")) == 1


def test_the_same_key_in_flight_is_told_to_wait(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "slow=1,slow_s=2") as server:
        server.sign_on()
        content = body(record("bareng", employer()))
        answers: list[httpx.Response] = []

        def post() -> None:
            answers.append(server.call("POST", EMPLOYERS, content, key="bareng"))

        threads = [threading.Thread(target=post) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    by_status = sorted(answers, key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in by_status] == [200, 409, 409]
    assert kode(by_status[1]) == (409, "SEDANG_DIPROSES")


def test_a_batch_with_a_marked_record_is_refused_whole_and_always_for_the_same_records(
    tmp_path: Path,
) -> None:
    with ministry(tmp_path, "--faults", "tidak_sah=0.2", "--seed", "5") as server:
        records = [record(f"tanda:{number}", employer()) for number in range(30)]
        whole = server.call("POST", EMPLOYERS, body(*records), key="utuh")
        assert kode(whole) == (422, "KIRIMAN_TIDAK_SAH")
        assert "tanda:" not in whole.text
        assert server.rows("pemberi-kerja") == []
        alone = {item["id_daerah"]: server.send(EMPLOYERS, item).status_code for item in records}
        assert set(alone.values()) == {200, 422}
        good = [item for item in records if alone[item["id_daerah"]] == 200]
        assert {result["status"] for result in results(server.send(EMPLOYERS, *good))} == {"tidak_berubah"}


def test_a_sender_that_keeps_the_contract_gets_every_record_in_once_whatever_fails(tmp_path: Path) -> None:
    faults = "429=0.1,503=0.1,reset_before=0.1,reset_after=0.1,async=0.3,token_early=0.1"
    faults += ",retry_after_s=0,async_s=0.02"

    def insist(server: Ministry, method: str, target: str, content: bytes, key: str | None) -> httpx.Response:
        for _ in range(100):
            try:
                if not server.token and server.sign_on().status_code != 200:
                    continue
                answer = server.call(method, target, content, key)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                continue
            if answer.status_code == 401:
                server.token = ""
            elif answer.status_code not in (429, 503):
                return answer
        raise AssertionError("the server never answered")

    with ministry(tmp_path, "--faults", faults, "--seed", "11") as server:
        for number in range(40):
            content = body(*[record(f"{number}:{i}", employer(nama=f"PT {number}")) for i in range(5)])
            answer = insist(server, "POST", EMPLOYERS, content, f"tekun-{number}")
            while answer.status_code == 202:
                time.sleep(0.02)
                answer = insist(server, "GET", answer.headers["location"], b"", None)
            assert [result["status"] for result in results(answer)] == ["diterima"] * 5
            assert answer.json()["sidik_isi"] == hashlib.sha256(content).hexdigest()
        assert server.stop() == (0, "")
    with ministry(tmp_path) as server:
        rows = server.rows("pemberi-kerja")
    assert len(rows) == 200
    assert {row["id_daerah"] for row in rows} == {f"{a}:{b}" for a in range(40) for b in range(5)}
    assert all(row["data"]["nama"] == f"PT {row['id_daerah'].split(':')[0]}" for row in rows)


def test_a_token_may_end_early_but_never_before_it_worked_once(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "token_early=1") as server:
        for _ in range(3):
            server.sign_on()
            assert server.get(LIST).status_code == 200
            assert kode(server.get(LIST)) == (401, "TOKEN_KEDALUWARSA")


def test_the_civil_registry_misses_a_fixed_few_in_a_thousand(tmp_path: Path) -> None:
    def misses(folder: str, seed: str) -> set[str]:
        (tmp_path / folder).mkdir()
        server = Ministry(tmp_path / folder, "--seed", seed)
        found = set()
        for start in range(1, 4001, 500):
            niks = [f"332511570899{serial:04d}" for serial in range(start, start + 500)]
            answer = server.send(SEEKERS, *[record(nik, seeker(nik=nik)) for nik in niks])
            for result in results(answer):
                if result["status"] == "ditolak":
                    assert [error["kode"] for error in result["galat"]] == ["NIK_TIDAK_DITEMUKAN"]
                    found.add(result["id_daerah"])
        server.stop()
        return found

    first = misses("a", "1")
    # 4,000 draws at 0.3 %: 12 expected; outside 2..28 is a one-in-a-thousand accident, and the seed is fixed.
    assert 2 <= len(first) <= 28
    assert misses("b", "1") == first
    assert misses("c", "2") != first


def test_the_openapi_document_names_every_path_and_the_required_fields(server: Ministry) -> None:
    described = server.http.get("/openapi.json").json()
    for domain, required in REQUIRED.items():
        assert f"/integrasi/v1/{domain}" in described["paths"]
        assert f"/integrasi/v1/{domain}/kiriman" in described["paths"]
        assert set(described["components"]["schemas"][domain]["required"]) == set(required.split())
