"""Reads a built world and judges its rows by checks that share no code with how it was made."""

import csv
import json
import re
import sqlite3
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from batang_assets.sandbox.world import truth_path

OCTOBER = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
NOVEMBER = datetime.fromisoformat("2026-11-30T23:59:59+07:00")
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "ref_wilayah.csv"
COLUMNS = {
    "pencari-kerja": """nomor_pendaftaran nik no_kk nama_lengkap tempat_lahir tanggal_lahir jenis_kelamin
        status_perkawinan agama golongan_darah tinggi_badan foto_url alamat rt rw desa kecamatan kode_wilayah
        alamat_domisili desa_domisili kecamatan_domisili kode_wilayah_domisili kode_pos no_hp email
        pendidikan_terakhir jurusan institusi_pendidikan tahun_lulus disabilitas keterampilan pengalaman_tahun
        jabatan_diminati kode_jabatan_diminati lokasi_diminati upah_diharapkan status_bekerja tanggal_daftar
        tanggal_lapor_terakhir tanggal_kedaluwarsa status tanggal_dihapus alasan_dihapus""",
    "pemberi-kerja": """nama nib npwp kode_wlkp kode_kbli lapangan_usaha jenis_badan alamat kode_wilayah telepon
        email nama_kontak hp_kontak tenaga_kerja_l tenaga_kerja_p tenaga_kerja_disabilitas status""",
    "lowongan": """pemberi_kerja_id judul kode_jabatan jumlah_l jumlah_p jumlah_bebas pendidikan_minimal jurusan
        usia_min usia_max jenis_kelamin kondisi_fisik pengalaman_min_tahun keterampilan upah_min upah_max
        jenis_hubungan_kerja kode_wilayah tanggal_buka tanggal_tutup terisi_l terisi_p tanggal_terpenuhi status
        tanggal_dihapus""",
    "lamaran": "pencari_kerja_id lowongan_id tanggal_lamar status tanggal_status",
    "pelatihan": """nama_program kejuruan lembaga jenis_lembaga sumber_dana kode_sub_kegiatan tahun_anggaran pagu
        realisasi tanggal_mulai tanggal_selesai jam_pelatihan kuota kode_wilayah""",
    "peserta-pelatihan": """pelatihan_id nik nama_lengkap tanggal_lahir jenis_kelamin kode_wilayah
        pendidikan_terakhir status nomor_sertifikat tanggal_sertifikat""",
    "penempatan": """pencari_kerja_id nik nama_lengkap tanggal_lahir jenis_kelamin lowongan_id pemberi_kerja_id
        nama_pemberi_kerja jenis_penerima kode_jabatan jabatan jenis_antar_kerja kode_wilayah_penempatan negara
        tanggal_mulai tanggal_lapor upah jenis_hubungan_kerja sumber_dana kode_sub_kegiatan""",
    "penduduk-bekerja": """nik nama_lengkap tanggal_lahir jenis_kelamin kode_wilayah pendidikan_terakhir
        pemberi_kerja_id nama_usaha kode_kbli kode_jabatan jabatan status_pekerjaan tanggal_mulai tanggal_selesai
        jam_kerja_seminggu upah sumber tanggal_pendataan""",
}
EDUCATION = {"Tidak/Belum Tamat SD", "SD", "SMP", "SMA", "SMK", "D1", "D2", "D3", "D4", "S1", "S2", "S3"}


# Intermediation groups that ISIC Rev. 5 added; none of them is among the 1,791 classes of KBLI 2020.
NOT_IN_KBLI_2020 = {"53300", "55400", "56400", "95400", "96400"}


class Built(NamedTuple):
    rows: dict[str, dict[int, dict[str, Any]]]
    faults: list[tuple[str, int, str, str]]
    events: dict[int, tuple]
    persons: dict[tuple[str, int], int]
    centre: list[tuple[str, dict[str, Any] | None]]
    labels: dict[tuple[str, str], tuple[str, str | None, str | None, str | None]]
    raw: tuple


def read(path: Path) -> Built:
    world, truth = sqlite3.connect(path), sqlite3.connect(truth_path(path))
    raw = world.execute("SELECT dataset, id, updated_at, deleted, isi FROM catatan ORDER BY 1, 2").fetchall()
    rows: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for dataset, identity, *_, text in raw:
        rows[dataset][identity] = json.loads(text)
    faults = truth.execute("SELECT * FROM kesalahan ORDER BY 1, 2, 3, 4").fetchall()
    events = truth.execute("SELECT * FROM peristiwa ORDER BY 1").fetchall()
    persons = truth.execute("SELECT * FROM orang ORDER BY 1, 2").fetchall()
    centre = world.execute("SELECT * FROM pusat ORDER BY 1, 2").fetchall()
    labels = truth.execute("SELECT * FROM pusat ORDER BY 1, 2").fetchall()
    assert [label[:2] for label in labels] == [row[:2] for row in centre]
    counts = dict(truth.execute("SELECT * FROM jumlah").fetchall())
    assert counts == {name: len(some) for name, some in rows.items()}
    everything = (raw, faults, events, persons, centre, labels)
    world.close()
    truth.close()
    return Built(
        rows,
        faults,
        {e[0]: e[1:] for e in events},
        {(d, i): o for d, i, o in persons},
        [(c[0], json.loads(c[3])) for c in centre],
        {label[:2]: label[2:] for label in labels},
        everything,
    )


def regions() -> list[dict[str, str]]:
    with SEEDS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


VILLAGES = {r["kode_kemendagri"] for r in regions()}
KNOWN_DISTRICTS = {r["kode_kecamatan"].replace(".", "") for r in regions()}


def clean_date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) else None
    except ValueError:
        return None


def nik_findings(row: dict[str, Any]) -> bool:
    """Is the NIK wrong in itself or against the row? (Structure as DOMAIN.md § 5 describes it.)"""
    nik = row["nik"]
    if (
        not isinstance(nik, str)
        or not re.fullmatch(r"\d{16}", nik)
        or len(set(nik)) == 1
        or nik.endswith("0000")
    ):
        return True
    if nik.startswith("3325") and nik[:6] not in KNOWN_DISTRICTS:
        return True
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    if row["jenis_kelamin"] in ("L", "P") and (day > 40) != (row["jenis_kelamin"] == "P"):
        return True
    born = clean_date(row["tanggal_lahir"])
    if born is None or born > OCTOBER.date():
        return False
    return (day % 40, month, year) != (born.day, born.month, born.year % 100)


def suspicious(dataset: str, row: dict[str, Any]) -> set[str]:
    """Columns of one row that look wrong to someone who knows nothing of how the world is made."""
    bad = set(row) ^ {*COLUMNS[dataset].split(), "id", "created_at", "updated_at", "deleted_at"}
    for column, value in row.items():
        if column.startswith("tanggal_") and value is not None and clean_date(value) is None:
            bad.add(column)
        if (
            column in ("upah", "upah_min", "upah_diharapkan")
            and value is not None
            and not isinstance(value, int)
        ):
            bad.add(column)
        if column in ("no_hp", "telepon") and value is not None and not re.fullmatch(r"0\d{8,12}", value):
            bad.add(column)
        if column in ("pendidikan_terakhir", "pendidikan_minimal") and value not in EDUCATION:
            bad.add(column)
        if column.startswith("kode_jabatan") and not re.fullmatch(r"[1-9]\d{3}", str(value)):
            bad.add(column)
        if column in ("kode_wilayah", "kode_wilayah_domisili") and value not in VILLAGES:
            bad.add(column)
        if isinstance(value, str) and (
            re.search(r"[\x00<>\U0001F300-\U0001FAFF]", value) or re.match(r"[=@]|\+62", value)
        ):
            bad.add(column)
        if isinstance(value, str) and len(value) > 1000:
            bad.add(column)
    if "kode_kbli" in row and (
        row["kode_kbli"] in NOT_IN_KBLI_2020 or not re.fullmatch(r"\d{5}", row["kode_kbli"])
    ):
        bad.add("kode_kbli")
    if "nik" in row:
        bad |= {"jenis_kelamin"} if row["jenis_kelamin"] not in ("L", "P") else set()
        born, start = (
            clean_date(row["tanggal_lahir"]),
            clean_date(row.get("tanggal_daftar")) or OCTOBER.date(),
        )
        if born and (born > OCTOBER.date() or (start - born).days < 15 * 365):
            bad.add("tanggal_lahir")
        if nik_findings(row):
            bad.add("nik")
    return bad
