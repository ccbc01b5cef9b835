"""Invented records: the smallest that the contract's section Records lets through, and what it asks of them."""

import uuid
from typing import Any

PERSON = {
    "nama": "Uji Kesesuaian",
    "tanggal_lahir": "1999-08-17",
    "jenis_kelamin": "P",
}
REGION = "3325111013"
# Required fields of each domain (contract, Records, marked *).
REQUIRED = {
    "pencari-kerja": "nik nama tanggal_lahir jenis_kelamin kode_wilayah pendidikan disabilitas status_bekerja"
    " luar_negeri tanggal_daftar status",
    "pemberi-kerja": "nama kode_kbli versi_kbli kode_wilayah",
    "lowongan": "id_daerah_pemberi_kerja judul kode_jabatan versi_kbji jumlah_l jumlah_p jumlah_bebas kode_wilayah"
    " tanggal_buka tanggal_tutup terisi status",
    "penempatan": "nik nama tanggal_lahir jenis_kelamin pendidikan disabilitas nama_pemberi_kerja jenis_penerima"
    " kode_jabatan versi_kbji jenis_antar_kerja tanggal_mulai",
    "pelatihan": "nik nama tanggal_lahir jenis_kelamin program lembaga sumber_dana tanggal_mulai hasil",
    "penduduk-bekerja": "nik nama tanggal_lahir jenis_kelamin kode_wilayah kode_kbli versi_kbli kode_jabatan"
    " versi_kbji status_pekerjaan",
}
DOMAINS = tuple(REQUIRED)


class Samples:
    """Records of one judging, under ids that no other judging uses."""

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex[:12]
        self._count = 0

    def new_id(self, domain: str) -> str:
        """An id_daerah that was never used."""
        self._count += 1
        return f"batang:{domain}:uji-{self._run}-{self._count}"

    def nik(self) -> str:
        """A NIK that fits PERSON: born 17 August 1999, a woman (day + 40)."""
        self._count += 1
        return f"332511570899{1 + (int(self._run, 16) + self._count) % 9998:04d}"

    def data(self, domain: str, employer: str = "") -> dict[str, Any]:
        """The smallest right ``data`` of ``domain``; a vacancy needs the id of an employer that is held."""
        made: dict[str, dict[str, Any]] = {
            "pemberi-kerja": {"nama": "PT Uji Kesesuaian", "kode_kbli": "10", "versi_kbli": "2020"}
            | {"kode_wilayah": REGION},
            "pencari-kerja": PERSON
            | {"nik": self.nik(), "kode_wilayah": REGION, "pendidikan": "SMK", "disabilitas": "TIDAK"}
            | {
                "status_bekerja": "BELUM",
                "luar_negeri": False,
                "tanggal_daftar": "2026-10-01",
                "status": "AKTIF",
            },
            "lowongan": {
                "id_daerah_pemberi_kerja": employer,
                "judul": "Operator jahit",
                "kode_jabatan": "8153",
            }
            | {"versi_kbji": "2014", "jumlah_l": 1, "jumlah_p": 2, "jumlah_bebas": 0, "kode_wilayah": REGION}
            | {"tanggal_buka": "2026-10-01", "tanggal_tutup": "2026-10-31", "terisi": 0, "status": "BUKA"},
            "penempatan": PERSON
            | {"nik": self.nik(), "pendidikan": "SMK", "disabilitas": "TIDAK", "nama_pemberi_kerja": "PT Uji"}
            | {"jenis_penerima": "SWASTA", "kode_jabatan": "8153", "versi_kbji": "2014"}
            | {"jenis_antar_kerja": "AKL", "tanggal_mulai": "2026-10-05"},
            "pelatihan": PERSON
            | {"nik": self.nik(), "program": "Menjahit", "lembaga": "LPK Uji", "sumber_dana": "APBD"}
            | {"tanggal_mulai": "2026-10-05", "hasil": "BERLANGSUNG"},
            "penduduk-bekerja": PERSON
            | {"nik": self.nik(), "kode_wilayah": REGION, "kode_kbli": "10", "versi_kbli": "2020"}
            | {"kode_jabatan": "8153", "versi_kbji": "2014", "status_pekerjaan": 4},
        }
        return made[domain]

    def record(
        self, domain: str, id_daerah: str | None = None, version: int = 1, **changes: Any
    ) -> dict[str, Any]:
        """A record to store; changes of ``data`` by field."""
        data = self.data(domain) | changes
        name = id_daerah or self.new_id(domain)
        return {"id_daerah": name, "versi": version, "operasi": "simpan", "data": data}


def withdrawal(id_daerah: str, version: int) -> dict[str, Any]:
    """A record that withdraws ``id_daerah``."""
    return {"id_daerah": id_daerah, "versi": version, "operasi": "tarik", "data": None}
