"""``batang source check``: an operator sees how a source fits, and connects one nobody has seen without Python."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import jinja2
import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as thoroughness
from hypothesis import strategies as st

from batang_assets.contracts import Column, all_contracts, load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.extract import Extractor
from batang_assets.raw.inspection.readability import reads
from batang_assets.raw.inspection.report import ColumnReport, DatasetReport, inspect_source
from batang_assets.raw.sources import open_source
from batang_assets.settings import PROJECT_ROOT, Settings, load_settings
from batang_assets.vault import KeyRing, open_identities
from tests.raw.servers import Server

pytest_plugins = ["tests.raw.databases"]

# What an office might have: its own names, sex as a number, Excel serials, a day and a time of day without a zone,
# numbers that lost their zeros, a flag for deleted rows, and a column that is nobody's business.
FOREIGN = """
create table data_pencaker (
    no_urut integer primary key, no_ktp varchar(20), nm_lengkap varchar(80), tgl_lhr integer, jk smallint,
    kd_desa varchar(10), telp varchar(20), pend varchar(30), gaji_harap varchar(30), tgl_dftr varchar(10),
    tgl_ubah date, jam_ubah time, sts char(1), difabel smallint, kerja char(1), kata_sandi varchar(50),
    nomor_wa varchar(20)
)
"""
ROWS = """
insert into data_pencaker values
    (11, '3325010101900001', 'Sari Melati Utami', 32874, 2, '3325012001', '81234567890', 'SMA', '2.534.382',
     '05/10/2026', '2026-10-05', '08:30:00', 'A', 0, 'B', 'rahasia1', '0812'),
    (12, '3325010101910002', 'Budi Santoso Wirawan', 33239, 1, '3325012001', null, 'S1', 'Nego', '31/10/2026',
     '2026-10-31', '23:59:59', 'H', 1, 'B', 'rahasia2', '0813'),
    (13, '3325010101920003', 'Wahyu Adi Nugroho', 33604, 1, '3325012001', null, 'S1', null, '01/11/2026',
     '2026-11-01', '00:00:00', 'A', 0, 'P', 'rahasia3', '0814')
"""
MAP = """
dataset: pencari-kerja
tabel: data_pencaker
kolom:
  id: no_urut
  nik: no_ktp
  nama_lengkap: nm_lengkap
  tanggal_lahir: {dari: tgl_lhr, ubah: tanggal_excel}
  jenis_kelamin: {dari: jk, nilai: {1: L, 2: P}}
  kode_wilayah: {dari: kd_desa, ubah: kode_wilayah}
  no_hp: {dari: telp, ubah: nol_di_depan:12}
  pendidikan_terakhir: pend
  upah_diharapkan: {dari: gaji_harap, ubah: bilangan}
  tanggal_daftar: {dari: tgl_dftr, ubah: tanggal:%d/%m/%Y}
  updated_at: {gabung: [tgl_ubah, jam_ubah], ubah: waktu_wib}
  disabilitas: {dari: difabel, nilai: {0: tidak, 1: fisik}}
  status_bekerja: {dari: kerja, nilai: {B: belum pernah, P: pernah}}
  status: {dari: sts, nilai: {A: aktif, H: dihapus}}
  lokasi_diminati: {tetap: Dalam Negeri}
hapus: {dari: sts, bila: [H]}
abaikan: [kata_sandi]
"""
COMMAND = "from batang_assets.cli.source import source_app"
PERSONAL = ("3325010101", "Sari", "Budi", "Wahyu", "rahasia", "81234567890")


@pytest.fixture
def foreign(server: Server, tmp_path: Path) -> Server:
    """The office's database, and its map in ``tmp_path/peta``."""
    server.execute(FOREIGN, ROWS)
    (tmp_path / "peta").mkdir()
    (tmp_path / "peta" / "pencaker.yaml").write_text(MAP)
    return server


def _check(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``batang source check`` as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BATANG_")}
    return subprocess.run(
        [sys.executable, "-c", f"{COMMAND}; source_app()", "check", *arguments],
        env=kept | {"COLUMNS": "160", "BATANG_CLOCK": "2026-11-02T00:00:00+07:00"} | environment,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def _report(reports: list[DatasetReport], dataset: str) -> DatasetReport:
    return next(report for report in reports if report.dataset == dataset)


def _column(report: DatasetReport, name: str) -> ColumnReport:
    return next(column for column in report.columns if column.name == name)


def test_an_unfamiliar_database_is_connected_by_a_map_alone(
    foreign: Server, new_settings: Callable[..., Settings], tmp_path: Path
):
    settings = new_settings(
        career_database_url=foreign.url, career_map=tmp_path / "peta", clock="2026-11-02T00:00:00+07:00"
    )
    contract, ring = load_contract("batang_career", "pencari-kerja"), KeyRing.load(settings.keys)
    with open_source(settings) as source, connect(settings) as connection:
        source.check()
        extractor = Extractor(connection, settings, ring, source, "run-uji")
        october = extractor.extract(contract, Period(2026, 10))
        assert (october.seen, october.new_versions) == (2, 2)
        rows = connection.execute(
            "select id, tanggal_lahir, jenis_kelamin, kode_wilayah, pendidikan_terakhir, upah_diharapkan,"
            " tanggal_daftar, updated_at, deleted_at, disabilitas,"
            " status_bekerja, status, lokasi_diminati, nik_struktur_sah, no_hp_sah, _kolom_asing"
            " from raw.pencari_kerja order by id"
        ).fetchall()
        assert rows == [
            ("11", "1990-01-01", "P", "33.25.01.2001", "SMA", "2534382", "2026-10-05", "2026-10-05T08:30:00+07:00",
             None, "tidak", "belum pernah", "aktif", "Dalam Negeri", True, True, ["nomor_wa"]),
            ("12", "1991-01-01", "L", "33.25.01.2001", "S1", "Nego", "2026-10-31", "2026-10-31T23:59:59+07:00",
             "2026-10-31T23:59:59+07:00", "fisik", "belum pernah", "dihapus", "Dalam Negeri", True, False,
             ["nomor_wa"]),
        ]  # fmt: skip
        keys = connection.execute("select id, _isi_hash from raw.pencari_kerja where id = '11'").fetchall()
        opened = open_identities(
            connection, ring, "pencari_kerja", keys, purpose="uji", recipient="uji", run_id="run-uji"
        )
        assert opened["11"]["nama_lengkap"] == "Sari Melati Utami"
        assert opened["11"]["no_hp"] == "081234567890"
        assert "kata_sandi" not in opened["11"]
        assert list(source.live_ids(contract)) == ["11", "13"]
        assert extractor.extract(contract, Period(2026, 11)).new_versions == 1


def test_the_report_of_an_unfamiliar_database_tells_what_fits(foreign: Server, tmp_path: Path):
    without = inspect_source(load_settings({"BATANG_CAREER_DATABASE_URL": foreign.url}))
    problem = _report(without.datasets, "pencari-kerja").problem or ""
    assert "no table pencari_kerja" in problem
    assert "BATANG_CAREER_MAP" in problem
    assert without.notes == ["tables and views in the database: data_pencaker"]
    answer = _check(
        "--json", BATANG_CAREER_DATABASE_URL=foreign.url, BATANG_CAREER_MAP=str(tmp_path / "peta")
    )
    found = json.loads(answer.stdout)
    report = next(item for item in found["datasets"] if item["dataset"] == "pencari-kerja")
    columns = {column["name"]: column for column in report["columns"]}
    assert (report["usable"], report["place"], report["sampled"]) == (True, "data_pencaker", 3)
    assert columns["updated_at"] == {
        "name": "updated_at", "state": "matched", "required": True, "type": "waktu",
        "origin": "tgl_ubah + jam_ubah", "filled": 3, "unreadable": 0,
    }  # fmt: skip
    assert (columns["upah_diharapkan"]["filled"], columns["upah_diharapkan"]["unreadable"]) == (2, 1)
    assert (columns["tanggal_lahir"]["filled"], columns["tanggal_lahir"]["unreadable"]) == (3, 0)
    assert columns["email"]["state"] == "missing"
    assert columns["nomor_wa"]["state"] == "unknown"
    assert columns["kata_sandi"]["state"] == "not taken"
    # The other seven datasets have no table: the source as a whole is not usable yet.
    assert answer.returncode == 1
    assert not found["usable"]
    assert not [word for word in PERSONAL if word in answer.stdout + answer.stderr]


def test_a_mapped_column_that_is_not_there_is_told_beside_all_that_is(foreign: Server, tmp_path: Path):
    text = MAP.replace("nik: no_ktp", "nik: nomor_ktp").replace("id: no_urut", "id: nomor")
    (tmp_path / "peta" / "pencaker.yaml").write_text(text)
    answer = _check(BATANG_CAREER_DATABASE_URL=foreign.url, BATANG_CAREER_MAP=str(tmp_path / "peta"))
    assert answer.returncode == 1
    assert "pencari-kerja: pencaker.yaml:5: table data_pencaker has no column nomor (for id)" in answer.stdout
    assert "pencari-kerja: required and missing: id, nik" in answer.stdout
    assert "upah_diharapkan" in answer.stdout
    assert not [word for word in PERSONAL if word in answer.stdout + answer.stderr]


def test_a_source_that_keeps_the_contract_is_usable(source: Settings, world: Path):
    inspection = inspect_source(source)
    assert inspection.usable, [report.problem or report.lacking for report in inspection.datasets]
    assert inspection.kind == "http"
    assert [report.dataset for report in inspection.datasets] == [
        contract.dataset for contract in all_contracts("batang_career")
    ]
    people = _report(inspection.datasets, "pencari-kerja")
    assert people.sampled > 200
    assert _column(people, "agama").state == "not taken"
    wages = _column(people, "upah_diharapkan")
    assert 0 < wages.unreadable < wages.filled


def test_drops_are_looked_at_without_being_taken_in(tmp_path: Path):
    folder = tmp_path / "masuk"
    folder.mkdir()
    (folder / "lamaran.csv").write_text(
        "ID;Pencari Kerja ID;Lowongan ID;Tgl Lamar;Status;Updated At;Catatan\n"
        "1;7;8;05/10/2026;dikirim;2026-10-05 10:00:00;x\n2;7;9;kapan-kapan;dikirim;2026-10-06 10:00:00;y\n"
    )
    (folder / "daftar.csv").write_text("bukan;judul\nyang;dikenal\n")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    inspection = inspect_source(load_settings({"BATANG_CAREER_FILES": str(folder)}))
    report = _report(inspection.datasets, "lamaran")
    assert (report.usable, report.place, report.sampled) == (True, "lamaran.csv", 2)
    assert _column(report, "tanggal_lamar").unreadable == 1
    assert _column(report, "Catatan").state == "unknown"
    assert _report(inspection.datasets, "pelatihan").problem == "no readable drop in the folder holds it"
    assert before == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "batang: no source: set one of BATANG_CAREER_URL"),
        (
            {"BATANG_CAREER_URL": "http://127.0.0.1:9", "BATANG_CAREER_DATABASE_URL": "sqlite://"},
            "batang: BATANG_CAREER_URL and BATANG_CAREER_DATABASE_URL are set: keep the one",
        ),
        (
            {"BATANG_CAREER_DATABASE_URL": "mariadb://u:rahasia@127.0.0.1:9/x", "BATANG_HTTP_TIMEOUT_S": "1"},
            "batang: the Batang Career database cannot be reached",
        ),
    ],
)
def test_a_source_that_cannot_be_reached_is_one_line(environment: dict[str, str], message: str):
    answer = _check(**environment)
    assert answer.returncode == 1
    assert answer.stderr.startswith(message)
    assert answer.stderr.count("\n") == 1
    assert "rahasia" not in answer.stderr


@pytest.fixture(scope="module")
def warehouse_reading(server_url: str) -> Iterator[Callable[[str, list[str]], list[bool]]]:
    """Whether the warehouse's own macros read the texts."""
    macros = "".join(
        (PROJECT_ROOT / "dbt_project" / "macros" / f"{name}.sql").read_text() for name in ("waktu", "nilai")
    )
    module = jinja2.Environment().from_string(macros).module
    with psycopg.connect(server_url) as connection:

        def read(macro: str, texts: list[str]) -> list[bool]:
            expression = getattr(module, macro)("v.teks").replace("%", "%%")
            query = f"select ({expression}) is not null from unnest(%s::text[]) with ordinality as v(teks, n)"
            rows = connection.execute(f"{query} order by n".encode(), [texts]).fetchall()
            return [row[0] for row in rows]

        yield read


DAYS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
FORMS = (
    "%Y-%m-%d",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%d %B %Y",
    "%d-%b-%y",
    "%Y-%m-%dT%H:%M:%S+07:00",
    "%Y/%m/%d %H:%M",
)
NUMBERS = st.tuples(
    st.sampled_from(["", "Rp ", "Rp", "+", "-"]),
    st.one_of(
        st.integers(0, 10**9).map(str), st.integers(0, 10**9).map(lambda n: f"{n:,}".replace(",", "."))
    ),
    st.sampled_from(["", ",-", ",00", ".0", " jt", "rb", "/bulan", " orang", " tahun", "x"]),
).map("".join)
TEXTS = st.one_of(
    st.tuples(DAYS, st.sampled_from(FORMS)).map(lambda pair: pair[0].strftime(pair[1])),
    st.from_regex(r"[ 0-3]?\d[-/. ]1?\d[-/. ](19|20)\d\d", fullmatch=True),
    st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\+07:00|Z)?", fullmatch=True),
    NUMBERS,
    st.from_regex(r"[0-9]{4,6}(\.[0-9])?", fullmatch=True),
    st.sampled_from(
        ["", " ", "UMK", "Nego", "2,5jt", "31-02-1999", "2026-13-01", "12 Agustus 1999", "2 Mei. 2000"]
    ),
)


@thoroughness(max_examples=30, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=60))
def test_what_counts_as_readable_is_what_the_warehouse_reads(
    warehouse_reading: Callable[[str, list[str]], list[bool]], texts: list[str]
):
    for kind, macro in (
        ("tanggal", "baca_tanggal"),
        ("waktu", "baca_waktu"),
        ("bilangan", "baca_bilangan"),
        ("rupiah", "baca_rupiah"),
    ):
        column = Column("kolom", kind, "uji")
        expected = dict(zip(texts, warehouse_reading(macro, texts), strict=True))
        assert {text: reads(column, text) for text in texts} == expected, kind
