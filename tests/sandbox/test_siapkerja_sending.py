"""The SIAPkerja sandbox, line by line of its contract: deliveries, record rules, versions and keys."""

import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

import pytest

from tests.sandbox.siapkerja_ministry import (
    EMPLOYERS,
    REQUIRED,
    SAMPLES,
    SEEKERS,
    Ministry,
    body,
    employer,
    kode,
    record,
    results,
    seeker,
    vacancy,
)


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
