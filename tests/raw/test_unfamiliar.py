"""An unfamiliar database is connected by configuration alone: the maps are those that docs/sumber.md shows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw.converters import CONVERTERS
from batang_assets.raw.extract import Extraction, Extractor
from batang_assets.raw.field_map import load_field_maps
from batang_assets.raw.field_map_file import FIELD_KEYS, KEYS, SHORT
from batang_assets.raw.sources import open_source
from batang_assets.raw.sweep import Sweeper, Swept
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.vault import KeyRing
from tests.raw.drops import drop, workbook
from tests.raw.servers import Server

pytest_plugins = ["tests.raw.databases"]

DOCUMENT = (PROJECT_ROOT / "docs" / "sumber.md").read_text(encoding="utf-8")
OCTOBER = Period.parse("2026-10")
PEOPLE = 30
# The types that such a database has: NIK as a number, flags as tinyint, dates as text.
TABLES = (
    "create table tb_pencaker (no_urut integer primary key, no_ktp bigint, nm_lengkap varchar(80),"
    " tgl_lahir varchar(10), jk {flag}, alamat_ktp varchar(80), kd_desa bigint, kd_didik integer, difabel {flag},"
    " tgl_daftar varchar(10), aktif {flag}, diubah {stamp}, kata_sandi varchar(40))",
    "create table tb_kerja (no_kerja integer primary key, no_urut integer, perusahaan varchar(80), jenis char(1),"
    " jalur {flag}, mulai varchar(10), diubah {stamp})",
)
TYPES = {
    "postgresql": {"flag": "smallint", "stamp": "timestamp"},
    "mariadb": {"flag": "tinyint(1)", "stamp": "datetime"},
}
# The office's workbook: headings of its own, dates as serials, NIK and codes as numbers that lost their zeros.
WORKBOOK_MAP = """
dataset: pencari-kerja
berkas: ["data pencaker*"]
potret: ya
kolom:
  id: No Urut
  nik: {dari: NIK, ubah: "nol_di_depan:16"}
  nama_lengkap: Nama
  tanggal_lahir: {dari: Tgl Lahir, ubah: tanggal_excel}
  jenis_kelamin: {dari: L/P, nilai: {1: L, 2: P}}
  kode_wilayah: {dari: Desa, ubah: kode_wilayah}
  pendidikan_terakhir: {tetap: SMA}
  disabilitas: {tetap: tidak}
  status_bekerja: {tetap: belum pernah}
  status: {tetap: aktif}
  no_hp: {dari: HP, ubah: "nol_di_depan:12"}
  kode_pos: {dari: Pos, ubah: "nol_di_depan:5"}
  tanggal_daftar: {dari: Tgl Daftar, ubah: tanggal_excel}
  updated_at: {dari: Diubah, ubah: waktu_excel}
"""
HEADINGS = ["No Urut", "NIK", "Nama", "Tgl Lahir", "L/P", "Desa", "HP", "Pos", "Tgl Daftar", "Diubah"]
# 32874 is 1990-01-01, 46300 is 2026-10-05; a third of a day is eight o'clock. One NIK of old Sumatra begins with 0.
SHEET = [
    [1, 3325010101900001, "Orang Satu", 32874, 1, 3325012001, 81234567890, 5121, 46300, 46300 + 1 / 3],
    [2, 325014101900002, "Orang Dua", datetime(1990, 1, 1), 2, "3325012001", "081234567891", "51216",
     "05-10-2026", 46301.5],
]  # fmt: skip
CSV = (
    "REKAP LAMARAN OKTOBER;;;;;;\r\nNo;Nomor Pencari Kerja;Kode Lowongan;Tgl Melamar;Hasil;Tgl Ubah;Jam Ubah\r\n"
    "1;1;7;46300;Terkirim;05/10/2026;08:30\r\n2;2;12;46301;Lolos – „baik“;06/10/2026;09:00\r\n"
)


def shown(language: str) -> list[str]:
    """The examples of the document in ``language``."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    folder = tmp_path / "peta"
    folder.mkdir()
    for number, text in enumerate(shown("yaml")):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def office(server: Server) -> Server:
    """The office's database on each kind of server, with the view that the document shows."""
    server.execute(*(table.format(**TYPES[server.kind]) for table in TABLES), *shown("sql"))
    for key in range(1, PEOPLE + 1):
        nik = 3325010101900000 + key
        server.execute(
            f"insert into tb_pencaker values ({key}, {nik}, 'Orang Nomor {key}', '01/01/1990', 1, 'Jalan {key}',"
            f" 3325012001, 3, {key % 2}, '{key % 20 + 1:02d}/10/2026', 1,"
            f" '2026-10-{key % 20 + 1:02d} 08:00:00', 'rahasia')"
        )
    server.execute(
        "insert into tb_kerja values (1, 4, 'PT Contoh', 'S', 2, '12/10/2026', '2026-10-12 10:00:00')"
    )
    return server


class Place:
    """Runs over the office's database at noon of a day of October."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, day: int) -> Settings:
        clock = Settings.model_validate({"clock": f"2026-10-{day:02d}T12:00:00+07:00"}).clock
        return self.settings.model_copy(update={"clock": clock})

    def read(self, day: int, dataset: str = "pencari-kerja") -> Extraction:
        settings = self.at(day)
        with open_source(settings) as source, connect(settings) as connection:
            extractor = Extractor(connection, settings, KeyRing.load(settings.keys), source, "run-uji")
            return extractor.extract(load_contract("batang_career", dataset), OCTOBER)

    def sweep(self, day: int) -> Swept:
        settings = self.at(day)
        with open_source(settings) as source, connect(settings) as connection:
            contract = load_contract("batang_career", "pencari-kerja")
            return Sweeper(connection, settings, source, "run-uji").sweep(contract, OCTOBER)

    def batang(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``batang`` as a process of its own over the same database and home."""
        url = self.settings.database_url
        assert url is not None
        return run_batang(
            {"BATANG_HOME": str(self.settings.home), "BATANG_DATABASE_URL": url.get_secret_value()},
            *arguments,
        )

    def query(self, text: str) -> list[tuple]:
        with connect(self.settings) as connection:
            return connection.execute(text.encode()).fetchall()


def run_batang(settings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line with these settings and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BATANG_")}
    return subprocess.run(
        [Path(sys.executable).parent / "batang", *arguments],
        env=kept | settings, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def check(settings: dict[str, str]) -> tuple[dict[str, dict], str]:
    """Dataset → report of ``batang source check`` as a process of its own, and all that it printed."""
    answer = run_batang(settings, "source", "check", "--json")
    assert answer.stdout, answer.stderr
    return {
        one["dataset"]: one for one in json.loads(answer.stdout)["datasets"]
    }, answer.stdout + answer.stderr


def test_an_unfamiliar_database_is_connected_by_configuration_alone(
    office: Server, maps: Path, new_settings: Callable[..., Settings]
):
    reports, printed = check({"BATANG_CAREER_DATABASE_URL": office.url, "BATANG_CAREER_MAP": str(maps)})
    for dataset, rows in (("pencari-kerja", PEOPLE), ("penempatan", 1)):
        report = reports[dataset]
        assert (report["usable"], report["problem"], report["sampled"]) == (True, None, rows)
        assert {c["name"]: c["unreadable"] for c in report["columns"] if c["unreadable"]} == {}
    assert "rahasia" not in printed
    assert "Orang" not in printed

    place = Place(new_settings(career_database_url=office.url, career_map=maps, first_period="2026-10"))
    assert place.read(22).new_versions == PEOPLE
    assert place.query(
        "select id, tanggal_lahir, jenis_kelamin, kode_wilayah, pendidikan_terakhir, disabilitas, status_bekerja,"
        " tanggal_daftar, status, updated_at, deleted_at, nik_panjang, nik_angka, nik_struktur_sah, _kolom_asing"
        " from raw.pencari_kerja where id = '3'"
    ) == [
        ("3", "1990-01-01", "L", "33.25.01.2001", "SMA", "fisik", "belum pernah", "2026-10-04", "aktif",
         "2026-10-04T08:00:00+07:00", None, 16, False, True, None),
    ]  # fmt: skip
    assert place.read(22, "penempatan").new_versions == 1
    assert place.query(
        "select pencari_kerja_id, nama_pemberi_kerja, jenis_penerima, jenis_antar_kerja, tanggal_mulai"
        " from raw.penempatan"
    ) == [("4", "PT Contoh", "perusahaan swasta", "AKAD", "2026-10-12")]

    _rows_vanish(office, place)
    _columns_drift(office, place)


def _rows_vanish(office: Server, place: Place) -> None:
    """One is an event; a third of all is refused until somebody answers for it."""
    assert place.sweep(22) == Swept(shown=PEOPLE, known=PEOPLE)
    office.execute("update tb_pencaker set aktif = 0, diubah = '2026-10-23 08:00:00' where no_urut = 29")
    office.execute("delete from tb_pencaker where no_urut = 30")
    assert place.read(23).new_versions == 1
    assert place.sweep(23) == Swept(shown=PEOPLE - 2, known=PEOPLE - 1, vanished=1)
    assert place.query("select deleted_at from raw.pencari_kerja where id = '29' order by _versi") == [
        (None,),
        ("2026-10-23T08:00:00+07:00",),
    ]
    office.execute("delete from tb_pencaker where no_urut <= 10")
    refused = place.sweep(24).refused
    assert refused is not None
    assert (refused.known, refused.lost) == (PEOPLE - 2, 10)
    assert "tidak lagi memuat 10 dari 28 catatan yang dikenal (35,7 %)" in refused.line()
    vanished = "select id from raw.hilang where not sudah_dihapus"
    assert place.query(vanished) == [("30",)]
    # As the message says it, as an operator runs it.
    (command,) = re.findall(r"batang (source accept \S+ --period \S+) --by", refused.line())
    answer = place.batang(*command.split(), "--by", "Sri", "--reason", "dipindah ke arsip")
    assert answer.returncode == 0, answer.stderr
    assert place.sweep(24).vanished == 10
    assert place.query("select oleh, alasan from raw.penerimaan") == [("Sri", "dipindah ke arsip")]


def _columns_drift(office: Server, place: Place) -> None:
    """An unknown column is kept by name; a mapped one that is gone stops the dataset and names the map's line."""
    office.execute(
        "alter table tb_pencaker add column nomor_wa varchar(20)",
        "update tb_pencaker set nomor_wa = '0812', diubah = '2026-10-25 08:00:00' where no_urut = 20",
    )
    drifted = place.read(25)
    assert (drifted.new_versions, drifted.unknown) == (1, {"nomor_wa"})
    office.execute("alter table tb_pencaker drop column nm_lengkap cascade")
    stored = place.query("select count(*) from raw.pencari_kerja")
    with pytest.raises(SourceError, match=r"0\.yaml:\d+: table tb_pencaker has no column nm_lengkap"):
        place.read(26)
    assert place.query("select count(*) from raw.pencari_kerja") == stored


def test_drops_of_an_unfamiliar_office_are_read_by_the_map_of_the_document(
    maps: Path, tmp_path: Path, new_settings: Callable[..., Settings]
):
    drops = tmp_path / "kiriman"
    drops.mkdir()
    (drops / "Rekap Lamaran Oktober.csv").write_bytes(CSV.encode("windows-1252"))
    os.utime(drops / "Rekap Lamaran Oktober.csv", (1_790_000_000, 1_790_000_000))
    place = Place(new_settings(career_files=drops, career_map=maps, first_period="2026-10"))
    assert place.read(22, "lamaran").new_versions == 2
    assert place.query(
        "select id, pencari_kerja_id, lowongan_id, tanggal_lamar, status, updated_at from raw.lamaran order by id"
    ) == [
        ("1", "1", "00007", "2026-10-05", "dikirim", "2026-10-05T08:30:00+07:00"),
        # A code that the map does not list passes: the row rules find it.
        ("2", "2", "00012", "2026-10-06", "Lolos – „baik“", "2026-10-06T09:00:00+07:00"),
    ]


def test_workbooks_of_an_unfamiliar_office_are_read_by_a_map_alone(
    tmp_path: Path, new_settings: Callable[..., Settings]
):
    drops, maps = tmp_path / "kiriman", tmp_path / "peta"
    drops.mkdir()
    maps.mkdir()
    (maps / "pencari-kerja.yaml").write_text(WORKBOOK_MAP, encoding="utf-8")
    place = Place(new_settings(career_files=drops, career_map=maps, first_period="2026-10"))
    drop(
        place.settings,
        "Data Pencaker 5 Okt.xlsx",
        workbook(tmp_path / "x", [HEADINGS, *SHEET], title="DINAS"),
    )
    assert place.read(22).new_versions == 2
    facts = (
        "select id, tanggal_lahir, jenis_kelamin, kode_wilayah, kode_pos, tanggal_daftar, updated_at, nik_panjang,"
        " nik_angka, nik_tanggal_lahir::text, no_hp_sah from raw.pencari_kerja order by _versi"
    )
    first = ("1", "1990-01-01", "L", "33.25.01.2001", "05121", "2026-10-05", "2026-10-05T08:00:00+07:00", 16,
             False, "1990-01-01", True)  # fmt: skip
    # What is text already passes as it is, and the row rules read it.
    second = ("2", "1990-01-01", "P", "33.25.01.2001", "51216", "05-10-2026", "2026-10-06T12:00:00+07:00", 16,
              False, "1990-01-01", True)  # fmt: skip
    assert place.query(facts) == [first, second]
    assert place.sweep(22) == Swept(shown=2, known=2)
    drop(place.settings, "Data Pencaker 7 Okt.xlsx", workbook(tmp_path / "x", [HEADINGS, SHEET[0]]))
    assert place.read(23).new_versions == 0
    assert place.sweep(23) == Swept(shown=1, known=2, vanished=1)


def test_the_document_names_every_key_and_converter(maps: Path):
    assert load_field_maps(maps)["penempatan"].table == "v_penempatan"
    words = set(re.findall(r"[a-z_]+", DOCUMENT))
    assert {*KEYS, *FIELD_KEYS, *CONVERTERS} - {*SHORT} - words == set()
