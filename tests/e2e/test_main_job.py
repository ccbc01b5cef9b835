"""The main job end to end, as a user starts it, against the world's own truth at every stage."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from batang_assets.contracts import all_contracts

BATANG = Path(sys.executable).parent / "batang"
PEOPLE = 800
# The contract's structural faults (batang-career.md, Dirt): a row with one of them must not be delivered.
STRUCTURAL = {
    "nik_kosong",
    "nik_15_digit", "nik_17_digit", "nik_angka", "nik_digit_berulang", "nik_jenis_kelamin_bertentangan",
    "nik_tanggal_lahir_bertentangan", "tanggal_mustahil", "tanggal_masa_depan", "usia_di_bawah_15",
    "wilayah_nama_rancu", "penempatan_sebelum_pendaftaran",
}  # fmt: skip
DOMAIN_DATASET = {
    "pencari-kerja": "pencari-kerja", "pemberi-kerja": "pemberi-kerja", "lowongan": "lowongan",
    "penduduk-bekerja": "penduduk-bekerja", "pelatihan": "peserta-pelatihan", "penempatan": "penempatan",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A home with its database, and the commands run in it."""

    home: Path
    url: str

    def batang(self, *arguments: str, check: bool = True) -> str:
        result = subprocess.run(
            [BATANG, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert not check or result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
        return result.stdout

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"BATANG_HOME": str(self.home), "BATANG_DATABASE_URL": self.url}

    def status(self, period: str = "2026-10") -> dict[str, Any]:
        return json.loads(self.batang("status", "--period", period, "--json"))

    def query(self, text: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(text.encode()).fetchall()

    def world(self, text: str, name: str = "dunia.sqlite") -> list[tuple]:
        with sqlite3.connect(self.home / "sandbox" / name) as connection:
            return connection.execute(text).fetchall()

    def truth(self, text: str) -> list[tuple]:
        return self.world(text, "dunia.truth.sqlite")

    def fingerprint(self) -> dict[str, Any]:
        """What must not change when nothing changed: all stored rows that matter, and every output's bytes."""
        counts = {
            table: self.query(f"select count(*) from {table}")[0][0]
            for table in [*(f"raw.{c.table}" for c in all_contracts("batang_career")),
                          *(f"raw.{c.table}" for c in all_contracts("siapkerja")),
                          "vault.identitas", "delivery.buku_besar", "delivery.kiriman"]
        }  # fmt: skip
        files = {
            str(path.relative_to(self.home)): path.read_bytes()
            for path in sorted((self.home / "keluaran" / "smdata").rglob("*"))
            if path.is_file()
        }
        return {"counts": counts, "files": files}


@pytest.fixture(scope="module")
def place(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A home in which the demo has run once, killed in the middle and started again."""
    place = Place(tmp_path_factory.mktemp("rumah"), new_database())
    command = [BATANG, "demo", "--people", str(PEOPLE)]
    process = subprocess.Popen(
        command, env=place.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "gudang" in line:
            break
    # The command and the run's process, as a power cut would; the servers are left behind.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    place.batang("demo", "--people", str(PEOPLE))
    return place


def test_every_record_of_the_world_is_in_raw_once(place: Place):
    for dataset, expected in place.world("select dataset, count(*) from catatan group by 1"):
        table = dataset.replace("-", "_")
        assert place.query(f"select count(*), count(distinct id) from raw.{table}") == [(expected, expected)]


def test_every_structural_fault_is_quarantined_and_no_clean_row_without_a_cause(place: Place):
    faults: dict[tuple[str, str], set[str]] = defaultdict(set)
    for dataset, record_id, kind in place.truth("select dataset, id, jenis from kesalahan"):
        faults[dataset, str(record_id)].add(kind)
    deleted = {(d, str(i)) for d, i in place.world("select dataset, id from catatan where deleted")}
    quarantined = {
        (d, i): set(rules) for d, i, rules in place.query("select dataset, id, aturan from quality.karantina")
    }
    missed = {key for key, kinds in faults.items() if kinds & STRUCTURAL} - quarantined.keys() - deleted
    assert not missed, {key: faults[key] for key in missed}
    for key, rules in quarantined.items():
        if not faults[key] & STRUCTURAL:
            assert _caused_elsewhere(place, key, rules, faults), (key, rules, faults[key])


def _caused_elsewhere(place: Place, key: tuple[str, str], rules: set[str], faults: dict) -> bool:
    """Whether an unfaulted row is held back for a row it refers to, or for a value no code book knows."""
    references = {"LW_A02", "LM_A03", "LM_A04", "PP_A02", "PN_A11", "PN_A12", "PN_A13", "KJ_A11"}
    return bool(rules & references) or bool(faults[key])


def test_the_centre_holds_exactly_what_was_not_held_back(place: Place):
    status = place.status()
    for domain, dataset in DOMAIN_DATASET.items():
        sent = status["siapkerja"][domain]
        held = place.world(
            f"select count(*) from catatan where domain = '{domain}' and sumber = 'daerah'",
            "siapkerja.sqlite",
        )
        live = place.world(f"select count(*) from catatan where dataset = '{dataset}' and not deleted")[0][0]
        kept_back = place.query(f"select count(*) from quality.karantina where dataset = '{dataset}'")[0][0]
        assert sent["accepted"] == held[0][0], domain
        assert sent["accepted"] + sent["rejected"] + sent["pending"] == live - kept_back, domain
        assert sent["pending"] == 0, domain


def test_consolidation_adds_up_and_knows_the_centres_own_records(place: Place):
    status = place.status()
    for domain, n in status["consolidation"].items():
        own = place.world(f"select count(*) from pusat where domain = '{domain}' and data <> 'null'")[0][0]
        assert n["daerah"] == n["cocok"] + n["beda"] + n["hanya_daerah"], domain
        assert n["pusat"] == n["cocok"] + n["beda"] + n["hanya_pusat"], domain
        assert n["pusat"] == status["siapkerja"][domain]["accepted"] + own, domain


def test_ledger_of_events_is_the_true_life_of_every_seeker(place: Place):
    """Seekers without a fault, and without a placement that is itself held back, live as the world says."""
    held_back = {(d, i) for d, i in place.query("select dataset, id from quality.karantina")}
    faulty = {str(i) for (i,) in place.truth("select id from kesalahan where dataset = 'pencari-kerja'")}
    for placement_id, text in place.world("select id, isi from catatan where dataset = 'penempatan'"):
        if ("penempatan", str(placement_id)) in held_back:
            faulty.add(str(json.loads(text)["pencari_kerja_id"]))
    ledger: dict[str, dict[str, str]] = defaultdict(dict)
    for seeker, kind, day in place.query(
        "select pencari_kerja_id::text, jenis, tanggal_peristiwa::text from marts.fct_peristiwa_pencari_kerja"
        " where jenis <> 'lapor'"
    ):
        ledger[seeker][kind] = day
    compared = 0
    for key, begun, left, ended, gone in place.truth(
        "select pencari_kerja_id, tanggal_daftar, keluar, tanggal_keluar, deleted_at from peristiwa"
    ):
        if str(key) in faulty or ("pencari-kerja", str(key)) in held_back:
            continue
        # Soft deletion is a removal on its day, unless the registration had already ended.
        expected = {"terdaftar": begun}
        if gone and (not ended or gone[:10] < ended):
            expected["dihapus"] = gone[:10]
        elif left:
            expected[left] = ended
        assert ledger[str(key)] == expected, key
        compared += 1
    assert compared > PEOPLE * 0.9


def test_ipk_iii_1_is_a_count_of_the_ledger(place: Place):
    first, last = "2026-10-01", "2026-10-31"
    lives: dict[str, dict[str, str]] = defaultdict(dict)
    sexes = {}
    for seeker, kind, day, sex in place.query(
        "select pendaftaran_id::text, jenis, tanggal_peristiwa::text, jenis_kelamin"
        " from marts.fct_peristiwa_pencari_kerja where jenis <> 'lapor'"
    ):
        lives[seeker]["in" if kind == "terdaftar" else "out"] = day
        lives[seeker]["how"] = kind if kind != "terdaftar" else lives[seeker].get("how", "")
        sexes[seeker] = sex
    rows = {
        "1": lambda e: e["in"] < first and not ("out" in e and e["out"] < first),
        "2": lambda e: first <= e["in"] <= last,
        "3": lambda e: e["how"] == "ditempatkan" and first <= e["out"] <= last,
        "4": lambda e: e["how"] in ("dihapus", "kedaluwarsa") and first <= e["out"] <= last,
        "5": lambda e: e["in"] <= last and not ("out" in e and e["out"] <= last),
    }
    found = place.query(
        "select baris, jenis_kelamin, sum(jumlah)::int from reports.rpt_ipk_iii_1"
        " where periode = '2026-10-01' and bagian = 'pencari_kerja' group by 1, 2"
    )
    cells = {(row, sex): n for row, sex, n in found}
    for row, belongs in rows.items():
        for sex in ("L", "P"):
            assert cells[row, sex] == sum(belongs(e) for k, e in lives.items() if sexes[k] == sex), (row, sex)
    published = {"balanced": True, "revision": 0}
    assert place.status()["ipk"] == {f"III/{number}": published for number in range(1, 9)}


def test_package_verifies_and_its_workbook_says_what_the_database_says(place: Place):
    smdata = place.status()["smdata"]
    assert "utuh dan bertanda tangan" in place.batang("verify", "--package", smdata["package"])
    (workbook,) = Path(smdata["package"]).glob("*.xlsx")
    sheets = CalamineWorkbook.from_path(str(workbook))
    assert {"IPK III-1", "Pencari Kerja", "Konsolidasi", "Mutu Data", "Metadata"} <= set(sheets.sheet_names)
    cells = [cell for row in sheets.get_sheet_by_name("Konsolidasi").to_python() for cell in row]
    for counts in place.status()["consolidation"].values():
        assert counts["daerah"] in cells


def test_ledger_is_whole_and_names_no_person(place: Place):
    ledger = place.status()["ledger"]
    assert ledger["verified"]
    assert ledger["entries"] == place.query("select count(*) from delivery.buku_besar")[0][0]
    assert "buku besar utuh" in place.batang("verify")


def test_no_identifier_stands_in_any_table_output_or_log(place: Place):
    niks = {
        json.loads(text)["nik"]
        for (text,) in place.world("select isi from catatan where dataset in ('pencari-kerja', 'penempatan')")
    }
    niks = {str(nik) for nik in niks if nik}
    assert len(niks) > PEOPLE * 0.9
    tables = place.query(
        "select table_schema || '.' || table_name from information_schema.tables where table_type = 'BASE TABLE'"
        " and table_schema not in ('pg_catalog', 'information_schema')"
    )
    for (table,) in tables:
        for (text,) in place.query(f"select t::text from {table} t"):
            assert not niks & set(_digits(text)), table
    for path in place.home.rglob("*"):
        if path.is_file() and "sandbox" not in path.parts and path.suffix not in {".xlsx"}:
            assert not niks & set(_digits(path.read_bytes().decode("utf-8", "replace"))), path


def _digits(text: str) -> Iterator[str]:
    word = ""
    for character in text + " ":
        if character.isdigit():
            word += character
        else:
            if len(word) == 16:
                yield word
            word = ""


def test_running_again_changes_nothing(place: Place):
    before, started = place.fingerprint(), time.time()
    place.batang("demo", "--people", str(PEOPLE))
    after = place.fingerprint()
    assert after["counts"] == before["counts"]
    assert after["files"] == before["files"]
    assert time.time() > started
    assert all(n["new_versions"] == 0 for n in place.status()["raw"].values())


def test_backfill_of_the_history_sends_nothing_and_can_be_repeated(place: Place):
    before = place.fingerprint()
    for _ in range(2):
        place.batang("backfill", "2026-07", "2026-09")
        assert place.fingerprint() == before
    for period in ("2026-07", "2026-08", "2026-09"):
        status = place.status(period)
        assert status["quality"]["rows_checked"] > 0
        assert status["ipk"]["III/1"]["balanced"]
        reports = sorted(name.partition("-")[0] + Path(name).suffix for name in status["reports"])
        assert reports == ["evaluasi.html", "evaluasi.pdf", "ipk.html", "laporan.html"]
    stock = place.query(
        "select periode, baris, sum(jumlah)::int from reports.rpt_ipk_iii_1 where bagian = 'pencari_kerja'"
        " and baris in ('1', '5') and periode >= '2026-07-01' group by 1, 2 order by 1"
    )
    opening = {period: n for period, row, n in stock if row == "1"}
    closing = {period: n for period, row, n in stock if row == "5"}
    assert opening[date(2026, 8, 1)] == closing[date(2026, 7, 1)]
    assert opening[date(2026, 10, 1)] == closing[date(2026, 9, 1)]


def test_the_killed_run_is_told_as_failed(place: Place):
    assert "FAILURE" in {run["status"] for run in place.status()["runs"]}
