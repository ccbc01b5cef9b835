"""Small worlds of seekers, placements and vacancies, from CSV files through the door and dbt.

A folder holds what Batang Career would show (``orang.csv`` with the attributes of each person,
``pencari_kerja.csv``, ``penempatan.csv``, ``pemberi_kerja.csv``, ``lowongan.csv``) and, beside it, what must come
out.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.warehouse.project import failure, run_dbt

Record = Mapping[str, Any]
TABLES = ("pemberi-kerja", "lowongan", "pencari-kerja", "penempatan")
CHANGED = "2026-06-01T08:00:00+07:00"
BUILD = (
    *("build", "--select", "+rpt_ipk_iii_1", "+rpt_ipk_penempatan", "+rpt_ipk_pemberi_kerja"),
    *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
)
FLOWS = (
    "tabel, periode, bagian, kode_kecamatan, kode, versi, lama_lulus, jenis_kelamin,"
    " awal, masuk, terpenuhi, dihapus, akhir"
)
BY_EMPLOYER = (
    "tabel, periode, kode, versi, jenis_kelamin, pemberi_kerja_id, awal, masuk, terpenuhi, dihapus, akhir"
)
PLACEMENTS = "periode, kode_kecamatan, jenis_penempatan, pendidikan, penerima, jenis_kelamin, jumlah"


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of one CSV file."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def nik(number: int, born: str, sex: str) -> str:
    """A well-formed NIK of Batang for a birth date (ISO) and a sex."""
    year, month, day = born.split("-")
    return f"332511{int(day) + (40 if sex == 'P' else 0):02d}{month}{year[2:]}{number % 9999 + 1:04d}"


def records(folder: Path) -> dict[str, list[Record]]:
    """Dataset → the records that the source shows; empty cells are null."""
    people = {row["orang"]: row for row in read(folder, "orang")}
    seekers = {row["id"]: row for row in read(folder, "pencari_kerja")}
    return {
        "pemberi-kerja": [
            _filled(row) | {"nama": f"Usaha {row['id']}", "kode_wilayah": "33.25.11.1013", "status": "aktif"}
            for row in read(folder, "pemberi_kerja")
        ],
        "lowongan": [
            _filled(row) | {"judul": "Tenaga kerja", "status": "buka"} for row in read(folder, "lowongan")
        ],
        "pencari-kerja": [_seeker(row, people[row["orang"]]) for row in seekers.values()],
        "penempatan": [
            _placement(row, people[seekers[row["pencari_kerja_id"]]["orang"]])
            for row in read(folder, "penempatan")
        ],
    }


def load(settings: Settings, datasets: Mapping[str, Iterable[Record]]) -> None:
    """Put the records through the door into raw."""
    ring = KeyRing.load(settings.keys)
    with connect(settings) as connection:
        for dataset in TABLES:
            contract = load_contract("batang_career", dataset)
            blank = dict.fromkeys((column.name for column in contract.columns), None)
            rows = [blank | {"updated_at": CHANGED} | dict(row) for row in datasets.get(dataset, ())]
            load_records(connection, ring, contract, Period(2026, 7), "uji", rows)


def build(settings: Settings) -> None:
    """Build what the statutory tables stand on, with its tests."""
    error = failure(run_dbt(settings, BUILD))
    assert error is None, error


def flows(settings: Settings, schema: str = "reports") -> set[tuple[str, ...]]:
    """The cells of rpt_ipk_arus that hold anything, as text."""
    return _cells(settings, f"select {FLOWS} from {schema}.rpt_ipk_arus", slice(8, None))


def by_employer(settings: Settings) -> set[tuple[str, ...]]:
    """The cells of rpt_ipk_pemberi_kerja that hold anything, as text."""
    return _cells(settings, f"select {BY_EMPLOYER} from reports.rpt_ipk_pemberi_kerja", slice(6, None))


def placements(settings: Settings, schema: str = "reports") -> set[tuple[str, ...]]:
    """The cells of rpt_ipk_penempatan, as text."""
    return _cells(settings, f"select {PLACEMENTS} from {schema}.rpt_ipk_penempatan", slice(6, None))


def _cells(settings: Settings, query: str, numbers: slice) -> set[tuple[str, ...]]:
    with connect(settings) as connection:
        found = connection.execute(query.encode()).fetchall()
    assert len({row[: numbers.start] for row in found}) == len(found)
    return {tuple(map(str, row)) for row in found if any(row[numbers])}


def _filled(row: Mapping[str, str]) -> dict[str, str | None]:
    return {key: value or None for key, value in row.items() if key not in ("orang", "alasan", "pendidikan")}


def _person(person: Mapping[str, str]) -> dict[str, Any]:
    number, born, sex = int(person["orang"]), person["tanggal_lahir"], person["jenis_kelamin"]
    return {
        "nik": nik(number, born, sex),
        "nama_lengkap": f"Orang Uji {number}",
        "tanggal_lahir": born,
        "jenis_kelamin": sex,
    }


def _seeker(row: Mapping[str, str], person: Mapping[str, str]) -> Record:
    return (
        _filled(row)
        | _person(person)
        | {
            "kode_wilayah_domisili": row["kode_wilayah"] or person["kode_wilayah"],
            "kode_wilayah": None,
            "pendidikan_terakhir": row["pendidikan"] or person["pendidikan"],
            "tahun_lulus": person["tahun_lulus"] or None,
            "kode_jabatan_diminati": person["kode_jabatan"] or None,
            "disabilitas": "tidak",
            "status_bekerja": "belum pernah bekerja",
            "status": "aktif",
        }
    )


def _placement(row: Mapping[str, str], person: Mapping[str, str]) -> Record:
    return (
        _filled(row)
        | _person(person)
        | {"nama_pemberi_kerja": "Usaha", "kode_jabatan": "5223", "tanggal_lapor": None}
    )
