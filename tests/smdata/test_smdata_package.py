"""The package says what the report tables say, the same bytes each time, and shows any tampering."""

import csv
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.smdata.package import PackageFacts, write_package
from batang_assets.smdata.status import package_status
from batang_assets.smdata.tables import collect
from batang_assets.smdata.template import DEFAULT, load_template
from batang_assets.smdata.verify import verify_package
from batang_assets.vault import KeyRing
from tests.smdata.smdata_truth import AGES, PERIOD, PLACEMENTS, seekers, vacancies

SECOND = """
templat: uji
versi: 2
judul: Templat kedua
lembar:
  - nama: Ringkas
    berkas: ringkas
    bentuk: tabel
    judul: ["RINGKASAN {periode}"]
    laporan: reports.rpt_konsolidasi
    menurut_periode: false
    kolom:
      - {nama: pusat, kepala: "Pusat", format: bilangan, definisi: "Hitungan pusat."}
      - {nama: domain, kepala: "Domain", definisi: "Domain."}
    jumlah: [pusat]
"""


@pytest.fixture
def build(connection: psycopg.Connection, ring: KeyRing, facts: PackageFacts, folder: Path):
    def make(run_id: str = "run-1", into: Path = folder, template_path: Path = DEFAULT):
        template = load_template(template_path)
        sheets = collect(connection, template, PERIOD)
        return write_package(into, template, sheets, replace(facts, run_id=run_id), ring)

    return make


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


def test_the_statutory_table_in_csv_is_the_report_with_its_sums(build):
    rows = read_csv(build().path / "csv" / "ipk-iii-1.csv")
    header, body = rows[0], {row[1]: row for row in rows[1:]}
    assert header[:5] == ["bagian", "baris", "uraian", "umur_15_19_l", "umur_15_19_p"]
    assert list(body) == ["1", "2", "A", "3", "4", "B", "5", "6", "7", "C", "8", "9", "D", "10"]
    truth = seekers()
    for row in ("1", "2", "A", "3", "4", "B", "5"):
        cells = [truth[row, age, sex] for age in AGES for sex in "LP"]
        men, women = sum(cells[0::2]), sum(cells[1::2])
        assert body[row][3:-1] == [str(n) for n in (*cells, men, women, men + women)]
        assert body[row][-1] == ""
    for row in ("6", "7", "C", "8", "9", "D", "10"):
        figures = [vacancies()[row, sex] for sex in ("L", "P", "bebas")]
        assert body[row][3:15] == [""] * 12
        assert body[row][15:] == [str(n) for n in (figures[0], figures[1], sum(figures), figures[2])]


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
    assert [item["lembar"] for item in manifest["lembar_belum_tersedia"]] == [
        f"IPK III-{n}" for n in range(2, 9)
    ]
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


def test_the_same_run_makes_the_same_bytes_even_in_another_process(build, settings: Settings, tmp_path: Path):
    first = contents(build().path)
    assert settings.database_url
    url = settings.database_url.get_secret_value()
    script = f"""
import pathlib
from datetime import datetime
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.settings import JAKARTA, load_settings
from batang_assets.smdata.package import PackageFacts, write_package
from batang_assets.smdata.tables import collect
from batang_assets.smdata.template import load_template
from batang_assets.vault import KeyRing
settings = load_settings({{"BATANG_HOME": {str(settings.home)!r}, "BATANG_DATABASE_URL": {url!r}}})
template = load_template()
facts = PackageFacts("3325", Period(2026, 10), "run-1", "0.1.0",
                     datetime(2026, 10, 31, 23, 59, 59, tzinfo=JAKARTA))
with connect(settings) as connection:
    sheets = collect(connection, template, facts.period)
write_package(pathlib.Path({str(tmp_path / "lain")!r}), template, sheets, facts, KeyRing.load(settings.keys))
"""
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        cwd=Path(__file__).parents[2],
        env={"TZ": "UTC", "PYTHONPATH": "."},
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
    second = build(run_id="run-3")
    assert (second.name, second.created) == ("smdata-3325-2026-10-r2", True)
    assert second.manifest["menggantikan"] == {
        "paket": "smdata-3325-2026-10-r1",
        "manifest_sha256": hashlib.sha256(before["MANIFEST.json"]).hexdigest(),
        "alasan": "isi lembar berubah: Konsolidasi",
    }
    assert contents(first.path) == before
    assert sorted(path.name for path in folder.iterdir()) == [first.name, second.name]


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
        (
            "update reports.rpt_ipk_iii_1 set jumlah = jumlah + 1"
            " where baris = '5' and kelompok_umur = '55+' and jenis_kelamin = 'P' and periode = '2026-10-01'",
            "row 5, column umur_55_plus_p: reports.rpt_ipk_iii_1 says",
        ),
        (
            "update reports.rpt_ipk_iii_1 set kelompok_umur = '10-14' where baris = '2' and jenis_kelamin = 'L'"
            " and kelompok_umur = '15-19' and periode = '2026-10-01'",
            "has no such cell",
        ),
        (
            "insert into reports.rpt_ipk_iii_1 values ('2026-10-01', 'pencari_kerja', '2', '10-14', 'L', 3)",
            "have no place in block pencari_kerja, e.g. 2 / L / 10-14|e.g. 2 / 10-14 / L",
        ),
        (
            "insert into reports.rpt_ipk_iii_1 select * from reports.rpt_ipk_iii_1 where baris = '1'",
            "twice",
        ),
        ("delete from reports.rpt_ipk_iii_1 where periode = '2026-10-01'", "has no such cell"),
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
    connection.execute(statement.encode())
    with pytest.raises(DataError, match=complaint):
        build()
    assert not folder.exists()


def test_status_reads_the_newest_package_from_disk(build, settings: Settings):
    home = settings.model_copy(update={"home": settings.home / "status"})
    assert package_status(home, PERIOD) == {"package": None, "manifest_sha256": None, "signature": None}
    package = build(into=home.outputs / "smdata")
    status = package_status(home, PERIOD)
    assert status["package"] == str(package.path)
    assert status["signature"] == "valid"
    (package.path / "csv" / "penempatan.csv").write_bytes(b"x")
    assert package_status(home, PERIOD)["signature"] == "invalid"
