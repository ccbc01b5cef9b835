"""Clean records as Batang Career writes them, loaded through the real door; a test spoils what it wants to."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import psycopg

from batang_assets.contracts import load_contract
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

OCTOBER = Period(2026, 10)
Rows = list[tuple[str, dict[str, Any]]]

STAMPS = {
    "created_at": "2026-08-05T10:00:00+07:00",
    "updated_at": "2026-10-30T10:00:00+07:00",
    "deleted_at": None,
}
PERSON = {"nama_lengkap": "Siti Contoh", "tanggal_lahir": "1990-05-12", "jenis_kelamin": "L"}
CLEAN: dict[str, dict[str, Any]] = {
    "pencari-kerja": PERSON | {
        "nomor_pendaftaran": "AK1/3325/2026/1", "tempat_lahir": "Batang", "status_perkawinan": "Kawin",
        "alamat": "Jl. Raya 1", "desa": "Tambakboyo", "kecamatan": "Reban", "kode_wilayah": "33.25.04.2007",
        "desa_domisili": "Tambakboyo", "kecamatan_domisili": "Reban",
        "kode_wilayah_domisili": "33.25.04.2007", "no_hp": "085653282608", "email": "orang@surel.example",
        "pendidikan_terakhir": "SMA", "tahun_lulus": 2008, "disabilitas": "Tidak",
        "keterampilan": "mengemudi", "jabatan_diminati": "Tenaga Perkantoran Umum",
        "kode_jabatan_diminati": "4110", "lokasi_diminati": "Dalam Negeri", "upah_diharapkan": 2977000,
        "status_bekerja": "Pernah", "tanggal_daftar": "2026-07-01", "tanggal_lapor_terakhir": "2026-07-01",
        "tanggal_kedaluwarsa": "2028-07-01", "status": "aktif", "tanggal_dihapus": None,
    },
    "pemberi-kerja": {
        "nama": "PT Contoh", "nib": "1234567890123", "npwp": "123456789012345", "kode_kbli": "47111",
        "lapangan_usaha": "Perdagangan", "alamat": "Jl. Raya 2", "kode_wilayah": "33.25.04.2007",
        "telepon": "0285391234", "email": "kantor@surel.example", "tenaga_kerja_l": 5, "tenaga_kerja_p": 6,
        "tenaga_kerja_disabilitas": 0, "status": "aktif",
    },
    "lowongan": {
        "pemberi_kerja_id": 1, "judul": "Tenaga Perkantoran Umum", "kode_jabatan": "4110", "jumlah_l": 500,
        "jumlah_p": 500, "jumlah_bebas": 0, "pendidikan_minimal": "SMA", "usia_min": 18, "usia_max": 40,
        "jenis_kelamin": None, "upah_min": 2600000, "upah_max": 3000000, "kode_wilayah": "33.25.04.2007",
        "tanggal_buka": "2026-07-01", "tanggal_tutup": "2026-12-31", "terisi_l": 0, "terisi_p": 0,
        "tanggal_terpenuhi": None, "status": "buka", "tanggal_dihapus": None,
    },
    "lamaran": {
        "pencari_kerja_id": 1, "lowongan_id": 1, "tanggal_lamar": "2026-10-01", "status": "dikirim",
        "tanggal_status": "2026-10-02",
    },
    "pelatihan": {
        "nama_program": "Menjahit", "kejuruan": "Garmen", "lembaga": "LPK Contoh", "jenis_lembaga": "LPK",
        "sumber_dana": "APBD", "kode_sub_kegiatan": "2.07.03.2.01.0001", "tahun_anggaran": 2026,
        "pagu": 50000000, "realisasi": 40000000, "tanggal_mulai": "2026-08-01",
        "tanggal_selesai": "2026-09-30", "jam_pelatihan": 120, "kuota": 500, "kode_wilayah": "33.25.04.2007",
    },
    "peserta-pelatihan": PERSON | {
        "pelatihan_id": 1, "kode_wilayah": "33.25.04.2007", "pendidikan_terakhir": "SMA", "status": "lulus",
        "nomor_sertifikat": "SRT/1", "tanggal_sertifikat": "2026-10-05",
    },
    "penempatan": PERSON | {
        "lowongan_id": 1, "pemberi_kerja_id": 1, "nama_pemberi_kerja": "PT Contoh",
        "jenis_penerima": "perusahaan swasta", "kode_jabatan": "4110",
        "jabatan": "Tenaga Perkantoran Umum", "jenis_antar_kerja": "AKL",
        "kode_wilayah_penempatan": "33.25.04.2007", "negara": None, "tanggal_mulai": "2026-10-01",
        "tanggal_lapor": "2026-10-05", "upah": 3000000, "sumber_dana": "APBD",
        "kode_sub_kegiatan": "2.07.03.2.01.0001",
    },
    "penduduk-bekerja": PERSON | {
        "kode_wilayah": "33.25.04.2007", "pendidikan_terakhir": "SMA", "pemberi_kerja_id": 1,
        "nama_usaha": "PT Contoh", "kode_kbli": "47111", "kode_jabatan": "4110",
        "jabatan": "Tenaga Perkantoran Umum", "status_pekerjaan": 4, "tanggal_mulai": "2020-01-01",
        "tanggal_selesai": None, "jam_kerja_seminggu": 40, "upah": 3000000, "sumber": "desa",
        "tanggal_pendataan": "2026-05-01",
    },
}  # fmt: skip


def nik(number: int, *, region: str = "332504", birth: str = "120590") -> str:
    """A sound NIK of the clean person; its serial is ``number``."""
    return f"{region}{birth}{number:04d}"


def record(wire: str, number: int, **changes: Any) -> dict[str, Any]:
    """A clean record with key ``number``, then ``changes``; a person's NIK follows the number."""
    row: dict[str, Any] = {"id": number} | CLEAN[wire] | STAMPS
    if "nama_lengkap" in row:
        row["nik"] = nik(number)
    if wire == "penempatan":
        row["pencari_kerja_id"] = number
    return row | changes


def base() -> Rows:
    """The employer, vacancy, training run and seeker (all with key 1) that clean rows refer to."""
    return [(wire, record(wire, 1)) for wire in ("pemberi-kerja", "lowongan", "pelatihan", "pencari-kerja")]


def load(conn: psycopg.Connection, settings: Settings, rows: Rows, period: Period = OCTOBER) -> None:
    """Load records through the door into raw and vault, as one complete reading of the month."""
    ring = KeyRing.load(settings.keys)
    for wire, group in groupby(sorted(rows, key=lambda item: item[0]), key=lambda item: item[0]):
        records: list[Mapping[str, Any]] = [row for _, row in group]
        contract = load_contract("batang_career", wire)
        load_records(conn, ring, contract, period, "uji", records)
    conn.commit()
