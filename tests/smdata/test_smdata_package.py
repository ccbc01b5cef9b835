"""The package says what the report tables say, the same bytes each time, and shows any tampering."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.smdata.facts import PackageFacts
from batang_assets.smdata.sheets import PublishedSheet
from batang_assets.smdata.status import package_status
from batang_assets.smdata.template import load_template
from batang_assets.smdata.verify import verify_package
from batang_assets.vault import KeyRing
from tests.smdata.smdata_dunia import publish
from tests.smdata.smdata_truth import PERIOD, PLACEMENTS, SPAN, TABLES

CELL = (
    "update reports.ipk_terbitan_sel set nilai = %s where kode_baris = '%s' and kolom = '%s' and bagian ="
    " 'pencari_kerja'"
)
SECOND = """
templat: uji
versi: 2
judul: Templat kedua
lembar:
  - nama: Ringkas
    berkas: ringkas
    bentuk: tabel
    judul: ["RINGKASAN {rentang}"]
    laporan: reports.rpt_konsolidasi
    menurut_periode: false
    kolom:
      - {nama: pusat, kepala: "Pusat", format: bilangan, definisi: "Hitungan pusat."}
      - {nama: domain, kepala: "Domain", definisi: "Domain."}
    jumlah: [pusat]
"""


def read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def contents(path: Path) -> dict[str, bytes]:
    return {
        file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def test_the_statutory_tables_in_csv_are_the_counts_person_by_person(build):
    folder = build().path / "csv"
    template = load_template()
    for number in range(1, 9):
        sheet = template.sheets[number - 1]
        assert isinstance(sheet, PublishedSheet)
        names = {(block.name, c.source): c.name for block in sheet.blocks for c in block.columns}
        rows = read_csv(folder / f"ipk-iii-{number}.csv")
        assert rows[0][:3] == ["bagian", "baris", "uraian"]
        said = {
            (row[0], row[1], name): value
            for row in rows[1:]
            for name, value in zip(rows[0][3:], row[3:], strict=True)
            if value
        }
        truth = {
            (part, code, names[part, column]): str(value)
            for part, code, _, column, value in TABLES[f"III/{number}"]
            if value is not None
        }
        assert said == truth


def test_a_plain_sheet_in_csv_holds_the_codes_of_the_report_sorted(build):
    rows = read_csv(build().path / "csv" / "penempatan.csv")
    assert rows[0][:5] == ["cakupan", "kode_kecamatan", "kecamatan", "jenis_kelamin", "kelompok_umur"]
    assert rows[0][5:] == ["pendidikan", "jumlah", "jumlah_akl", "jumlah_akad", "jumlah_akan"]
    assert rows[1:] == [["" if cell is None else str(cell) for cell in row] for row in PLACEMENTS]


def test_every_file_is_listed_with_its_digest_and_the_signature_verifies_with_openssl(build, tmp_path: Path):
    package = build()
    manifest = json.loads((package.path / "MANIFEST.json").read_text(encoding="utf-8"))
    files = contents(package.path)
    assert {entry["nama"]: entry["sha256"] for entry in manifest["berkas"]} == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name not in ("MANIFEST.json", "MANIFEST.sig")
    }
    assert (manifest["run_id"], manifest["versi_kode"], manifest["periode"]) == ("run-1", "0.1.0", "2026-10")
    assert manifest["lembar_belum_tersedia"] == []
    assert [item["tabel"] for item in manifest["terbitan_ipk"]] == [f"III/{n}" for n in range(1, 9)]
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin"]
    command += ["-inkey", str(package.path / "kunci-publik.pem"), "-in", str(package.path / "MANIFEST.json")]
    command += ["-sigfile", str(package.path / "MANIFEST.sig")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    check = verify_package(package.path)
    assert check.ok
    assert check.signed
    assert check.manifest_sha256 == hashlib.sha256(files["MANIFEST.json"]).hexdigest()


def test_the_data_package_describes_every_csv(build):
    package = build()
    document = json.loads((package.path / "datapackage.json").read_text(encoding="utf-8"))
    assert {resource["path"] for resource in document["resources"]} == {
        name for name in contents(package.path) if name.startswith("csv/")
    }
    for resource in document["resources"]:
        content = (package.path / resource["path"]).read_bytes()
        header = content.split(b"\r\n")[0].decode().split(",")
        assert [item["name"] for item in resource["schema"]["fields"]] == header
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_the_same_run_makes_the_same_bytes_even_in_another_process(
    build, settings: Settings, facts: PackageFacts, tmp_path: Path
):
    first = contents(build().path)
    assert settings.database_url
    url = settings.database_url.get_secret_value()
    script = f"""
import pathlib
from batang_assets.database import connect
from batang_assets.partitions import Span
from batang_assets.settings import load_settings
from batang_assets.smdata.facts import PackageFacts, Persetujuan, GateRecord
from batang_assets.smdata.package import write_package
from batang_assets.smdata.tables import collect
from batang_assets.smdata.template import load_template
from batang_assets.vault import KeyRing
import datetime, zoneinfo
settings = load_settings({{"BATANG_HOME": {str(settings.home)!r}, "BATANG_DATABASE_URL": {url!r}}})
template = load_template()
facts = {facts!r}
with connect(settings) as connection:
    sheets = collect(connection, template, facts.span, "3325")
write_package(pathlib.Path({str(tmp_path / "lain")!r}), template, sheets, facts, KeyRing.load(settings.keys))
"""
    for period in ("Period(", "datetime.datetime("):
        assert period in script
    script = "from batang_assets.partitions import Period\n" + script
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        cwd=Path(__file__).parents[2],
        env={"TZ": "UTC", "PYTHONPATH": ".", "PYTHONHASHSEED": "7"},
    )
    assert contents(tmp_path / "lain" / "smdata-3325-2026-10-r1") == first


def test_unchanged_content_makes_no_revision_and_changed_content_says_what_it_replaces(
    build, connection: psycopg.Connection, folder: Path
):
    first = build()
    before = contents(first.path)
    again = build(run_id="run-2")
    assert (again.path, again.created, again.revision) == (first.path, False, 1)
    connection.execute("update reports.rpt_konsolidasi set pusat = pusat + 1 where domain = 'lowongan'")
    second = build(run_id="run-3", reason="Baca ulang setelah perbaikan pusat")
    assert (second.name, second.created) == ("smdata-3325-2026-10-r2", True)
    assert second.manifest["menggantikan"] == {
        "paket": "smdata-3325-2026-10-r1",
        "manifest_sha256": hashlib.sha256(before["MANIFEST.json"]).hexdigest(),
        "alasan": "Baca ulang setelah perbaikan pusat; isi lembar berubah: Konsolidasi",
        "sebab": [],
        "perubahan": [
            {
                "lembar": "Konsolidasi",
                "sel_berubah": 1,
                "sel": [{"baris": "lowongan", "kolom": "pusat", "dari": "9", "menjadi": "10"}],
            }
        ],
    }
    assert contents(first.path) == before
    assert sorted(path.name for path in folder.iterdir()) == [first.name, second.name]


def test_a_new_publication_makes_a_revision_that_names_its_causes(build, connection: psycopg.Connection):
    build()
    tables = {table: list(cells) for table, cells in TABLES.items() if table == "III/5"}
    changed = [
        ("lowongan", "11", "Sisa lalu L"),
        ("lowongan", "1", "Sisa lalu L"),
        ("lowongan", "jumlah", "Sisa lalu L"),
    ]
    more = {(*key[:2], key[2][:-1] + "Jumlah") for key in changed} | set(changed)
    more |= {(a, b, k.replace("Sisa lalu", "Sisa akhir")) for a, b, k in more}
    tables["III/5"] = [
        (a, b, c, k, v + ((a, b, k) in more) if v is not None else None) for a, b, c, k, v in tables["III/5"]
    ]
    publish(connection, tables, SPAN, 1, {"laporan_terlambat": 1})
    second = build(run_id="run-2")
    said = second.manifest["menggantikan"]
    assert said["sebab"] == [{"tabel": "III/5", "sebab": "laporan terlambat", "sel": 1}]
    assert said["alasan"] == "isi lembar berubah: IPK III-5"
    assert [(item["lembar"], item["sel_berubah"]) for item in said["perubahan"]] == [("IPK III-5", len(more))]
    assert {"tabel": "III/5", "revisi": 1, "run_id": "terbit-1"} in second.manifest["terbitan_ipk"]


def test_the_tenth_revision_follows_the_ninth(build, folder: Path):
    first = build()
    manifest = json.loads((first.path / "MANIFEST.json").read_text(encoding="utf-8"))
    for number in (2, 9, 10):
        (folder / f"smdata-3325-2026-10-r{number}").mkdir()
    with pytest.raises(DataError, match="smdata-3325-2026-10-r10 does not verify"):
        build()
    assert manifest["revisi"] == 1


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("csv/penempatan.csv", "csv/penempatan.csv berubah"),
        ("smdata-3325-2026-10-r1.xlsx", "smdata-3325-2026-10-r1.xlsx berubah"),
        ("datapackage.json", "datapackage.json berubah"),
        ("MANIFEST.json", "Tanda tangan"),
        ("MANIFEST.sig", "Tanda tangan"),
        ("kunci-publik.pem", "Tanda tangan"),
    ],
)
def test_one_changed_byte_anywhere_is_found_and_stops_the_next_revision(build, file: str, problem: str):
    package = build()
    target = package.path / file
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    check = verify_package(package.path)
    assert not check.ok
    assert any(problem in found for found in check.problems)
    with pytest.raises(DataError, match="does not verify"):
        build(run_id="run-2")


def test_a_missing_an_added_and_a_renamed_part_are_found(build):
    package = build()
    (package.path / "csv" / "penempatan.csv").unlink()
    (package.path / "titipan.txt").write_text("x", encoding="utf-8")
    moved = package.path.rename(package.path.with_name("smdata-3325-2026-10-r3"))
    problems = " ".join(verify_package(moved).problems)
    assert "csv/penempatan.csv tidak ada." in problems
    assert "titipan.txt tidak tercantum" in problems
    assert "Folder bernama smdata-3325-2026-10-r3" in problems


def test_a_package_signed_anew_by_another_key_is_whole_but_not_trusted(build, ring: KeyRing, tmp_path: Path):
    package = build()
    other = KeyRing.create(tmp_path / "kunci-lain")
    manifest = json.loads((package.path / "MANIFEST.json").read_text(encoding="utf-8"))
    (package.path / "kunci-publik.pem").write_bytes(other.public_key_pem())
    for entry in manifest["berkas"]:
        content = (package.path / entry["nama"]).read_bytes()
        entry |= {"sha256": hashlib.sha256(content).hexdigest(), "bita": len(content)}
    forged = json.dumps(manifest).encode()
    (package.path / "MANIFEST.json").write_bytes(forged)
    (package.path / "MANIFEST.sig").write_bytes(other.sign(forged))
    assert verify_package(package.path).ok
    assert not verify_package(package.path, ring.public_key_pem()).ok


def test_a_draft_left_by_a_killed_run_is_cleared(build, folder: Path):
    draft = folder / ".smdata-3325-2026-10-r1.tmp"
    (draft / "csv").mkdir(parents=True)
    (draft / "csv" / "setengah.csv").write_text("x", encoding="utf-8")
    package = build()
    assert package.created
    assert [path.name for path in folder.iterdir()] == [package.name]


def test_another_template_needs_no_other_code(build, tmp_path: Path):
    path = tmp_path / "uji-2.yaml"
    path.write_text(SECOND, encoding="utf-8")
    first = build()
    package = build(template_path=path)
    assert package.revision == first.revision + 1
    assert (
        "templat berubah (smdata versi 1 menjadi uji versi 2)" in package.manifest["menggantikan"]["alasan"]
    )
    assert sorted(name for name in contents(package.path) if name.startswith("csv/")) == ["csv/ringkas.csv"]
    assert read_csv(package.path / "csv" / "ringkas.csv")[:2] == [["pusat", "domain"], ["9", "lowongan"]]


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        (CELL % ("nilai + 1", "5", "55+ P"), "pencari_kerja row 5, column semua_p: IPK III/1 says"),
        (CELL % ("nilai + 1", "A", "Semua Jumlah"), "row A, column semua_jumlah: IPK III/1 says"),
        (
            "update reports.ipk_terbitan_sel set kolom = '10–14 L' where kolom = '15–19 L'",
            "row 1 has no cell '15–19 L'",
        ),
        (
            "insert into reports.ipk_terbitan_sel select terbitan_id, urutan_baris, bagian, kode_baris,"
            " uraian_baris, 99, '10–14 L', 0 from reports.ipk_terbitan_sel where kolom = '15–19 L'",
            "row 1 has a column '10–14 L' unknown to the template",
        ),
        ("update reports.ipk_terbitan_sel set bagian = 'magang' where bagian = 'lowongan'", "a part magang"),
        (
            "update reports.ipk_terbitan_sel set kode_baris = '2' where kode_baris = '1'",
            "the row pencari_kerja 2 twice",
        ),
        (
            "update reports.ipk_terbitan set periode = '2025-01' where tabel = 'III/1' and periode = '2026-10'",
            "is not published for 2026-10",
        ),
        ("drop table reports.rpt_smdata_pelatihan", "sheet Pelatihan of the template"),
        ("alter table reports.rpt_konsolidasi drop column cocok", "sheet Konsolidasi of the template"),
        (
            "alter table reports.rpt_smdata_pencari_kerja alter column jumlah type numeric using jumlah + 0.5",
            "no whole number",
        ),
    ],
)
def test_a_report_that_contradicts_itself_or_the_template_is_refused(
    build, connection: psycopg.Connection, folder: Path, statement: str, complaint: str
):
    for table in ("ipk_terbitan", "ipk_terbitan_sel"):
        connection.execute(f"alter table reports.{table} disable trigger user".encode())
    connection.execute(statement.encode())
    with pytest.raises(DataError, match=re.escape(complaint)):
        build()
    assert not folder.exists()


def test_status_reads_the_newest_package_from_disk(build, settings: Settings):
    home = settings.model_copy(update={"home": settings.home / "status"})
    nothing = {"package": None, "manifest_sha256": None, "signature": None, "receipts": []}
    assert package_status(home, PERIOD) == {**nothing, "public": nothing}
    package = build(into=home.outputs / "smdata")
    status = package_status(home, PERIOD)
    assert status["package"] == str(package.path)
    assert status["signature"] == "valid"
    (package.path / "csv" / "penempatan.csv").write_bytes(b"x")
    assert package_status(home, PERIOD)["signature"] == "invalid"
