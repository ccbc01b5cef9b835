"""The bridge between regency and centre: every record under the cause that was injected, and nothing left over."""

import csv
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from batang_assets.consolidation.summary import consolidation_counts
from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.consolidation.sides import Sides, create, empty, facts, pairing
from tests.consolidation.worlds import Injector, build, injections

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


@pytest.fixture(scope="module")
def house(new_settings: Callable[..., Settings]) -> Settings:
    settings = new_settings()
    with connect(settings) as connection:
        create(connection)
    seeds = run_dbt(settings, ["seed", "--select", "ref_konsolidasi_sebab", "ref_konsolidasi_bidang"])
    assert failure(seeds) is None
    return settings


@pytest.fixture
def conn(house: Settings) -> Iterator[psycopg.Connection]:
    with connect(house) as connection:
        empty(connection)
        yield connection


def consolidate(settings: Settings) -> None:
    """Build the consolidation with its data tests."""
    results = run_dbt(
        settings, ["build", "--select", "tag:konsolidasi", "--exclude-resource-type", "unit_test"]
    )
    error = failure(results)
    assert error is None, error
    tests = {"konsolidasi_identitas", "konsolidasi_sebab_lengkap", "konsolidasi_jembatan_menutup"}
    assert tests <= {result.node.name for result in results}


def test_every_record_of_10_000_random_worlds_is_attributed_to_what_was_injected(house, conn) -> None:
    sides, worlds = build(10_000, seed=3325)
    sides.write(conn)
    consolidate(house)
    expected = Counter(label for world in worlds for label in world)
    found = Counter(pairing(conn))
    assert found - expected == Counter()
    assert expected - found == Counter()
    causes = {(label[3], label[4]) for world in worlds for label in world}
    print(
        f"{len(worlds)} worlds, {sum(expected.values())} records, {len(causes)} kinds of relation and cause"
    )
    for domain, count in consolidation_counts(conn).items():
        assert count["residual"] == 0, domain
        assert sum(count["causes"].values()) == count["daerah"] - count["pusat"]
        assert count["daerah"] == sum(1 for w in worlds for d, ours, *_ in w if d == domain and ours)
        assert count["pusat"] == sum(1 for w in worlds for d, _, theirs, *_ in w if d == domain and theirs)


def test_every_cause_that_the_reports_can_name_is_injected_by_some_world() -> None:
    injector = Injector(Sides(), random.Random(1))
    for kind in list(injections(injector)):
        for _ in range(40):
            kind()
    injected = {(relation, cause) for *_, relation, cause in injector.labels if cause}
    with (SEEDS / "ref_konsolidasi_sebab.csv").open(encoding="utf-8") as file:
        named = {(row["hubungan"], row["sebab"]) for row in csv.DictReader(file) if row["hubungan"]}
    assert injected == named


def test_no_text_for_an_official_names_a_table() -> None:
    with (SEEDS / "ref_konsolidasi_sebab.csv").open(encoding="utf-8") as file:
        texts = [f"{row['label']} {row['tindakan']}" for row in csv.DictReader(file)]
    assert [text for text in texts if re.search(r"[a-z]+[._][a-z_]+", text)] == []


def test_no_table_yet_means_no_counts(house: Settings) -> None:
    with connect(house) as connection:
        connection.execute("drop table if exists reports.rpt_konsolidasi")
        assert consolidation_counts(connection) == {}
        connection.rollback()


def test_the_bridge_closes_in_every_kecamatan_also_for_who_moved(house, conn) -> None:
    sides = Sides()
    moved = sides.regency("pencari-kerja", "a", kecamatan="332501")
    sides.sent("pencari-kerja", moved)
    sides.centre("pencari-kerja", moved, "a", village="3325022001")
    sides.regency("pencari-kerja", "b", kecamatan="332502")
    sides.centre("pencari-kerja", None, "c", village="3325022002")
    sides.write(conn)
    consolidate(house)
    rows = conn.execute(
        "select kode_kecamatan, sebab, daerah, pusat, selisih from reports.rpt_konsolidasi_jembatan order by 1, 2"
    ).fetchall()
    assert rows == [
        ("332501", "pindah_kecamatan", 1, 0, 1),
        ("332502", "belum_dikirim", 1, 0, 1),
        ("332502", "entri_pusat", 0, 1, -1),
        ("332502", "pindah_kecamatan", 0, 1, -1),
    ]


def test_apbd_activities_stand_apart_with_their_code_and_year(house, conn) -> None:
    sides = Sides()
    activity: dict[str, Any] = {
        "sumber_dana": "APBD",
        "kode_sub_kegiatan": "2.07.03.2.01.0001",
        "tahun_anggaran": 2026,
    }
    trained = sides.regency("pelatihan", "a", **activity)
    sides.sent("pelatihan", trained)
    sides.centre("pelatihan", trained, "a", sumber_dana="APBD")
    sides.regency("pelatihan", "b", **activity)
    sides.regency("pelatihan", "c", sumber_dana="MANDIRI")
    sides.regency("penempatan", "d", sumber_dana="APBD", tanggal_mulai="2025-03-01", kode_sub_kegiatan=None)
    sides.write(conn)
    consolidate(house)
    rows = conn.execute(
        "select domain, apbd, kode_sub_kegiatan, tahun_anggaran, sebab, daerah, pusat"
        " from reports.rpt_konsolidasi_jembatan order by 1, 2, 5"
    ).fetchall()
    assert rows == [
        ("pelatihan", False, "", None, "belum_dikirim", 1, 0),
        ("pelatihan", True, "2.07.03.2.01.0001", 2026, "belum_dikirim", 1, 0),
        ("pelatihan", True, "2.07.03.2.01.0001", 2026, "sama", 1, 1),
        ("penempatan", True, "", 2025, "belum_dikirim", 1, 0),
    ]


def test_a_difference_names_its_field_the_newer_side_and_who_is_followed(house, conn) -> None:
    sides = Sides()
    one = sides.regency("pencari-kerja", "a", pendidikan="SMA", jurusan="IPA")
    sides.sent("pencari-kerja", one)
    sides.centre("pencari-kerja", one, "a", content=b"lain", pendidikan="S1", jurusan="IPA",
                 tanggal_daftar="2026-08-01", tanggal_kedaluwarsa="2028-08-01", village=None)  # fmt: skip
    two = sides.regency("pencari-kerja", "b")
    sides.sent("pencari-kerja", two)
    sides.centre("pencari-kerja", two, "b", content=b"nama lain", changed="2026-10-01T00:00:00+07:00",
                 tanggal_daftar="2026-08-01", tanggal_kedaluwarsa="2028-08-01", village=None)  # fmt: skip
    sides.write(conn)
    consolidate(house)
    rows = conn.execute(
        "select bidang, jumlah, daerah_lebih_baru, pusat_lebih_baru, pemenang"
        " from reports.rpt_konsolidasi_bidang order by 1"
    ).fetchall()
    assert rows == [("identitas", 1, 1, 0, "pusat"), ("pendidikan", 1, 0, 1, "terbaru")]


def test_the_fields_compared_are_those_that_the_contract_sends(house) -> None:
    text = (SEEDS.parent / "macros" / "konsolidasi.sql").read_text(encoding="utf-8")
    for domain in (
        "pencari-kerja",
        "pemberi-kerja",
        "lowongan",
        "penduduk-bekerja",
        "pelatihan",
        "penempatan",
    ):
        block = text.split(f'"{domain}": [')[1].split("],")[0]
        compared = dict(pair.split('", "') for pair in re.findall(r'\("([^)]*)"\)', block))
        sent = facts(domain)
        assert compared.items() <= sent.items(), domain
        assert set(sent) - set(compared) <= {"alamat", "telepon", "email", "usia_min", "usia_max", "jenis_kelamin",
                                            "kondisi_fisik", "pengalaman_min_tahun"}, domain  # fmt: skip


def test_refusals_are_counted_by_their_first_code(house, conn) -> None:
    sides = Sides()
    for codes in ('[{"kode": "WAJIB"}, {"kode": "FORMAT"}]', '[{"kode": "FORMAT"}]', "[]"):
        ours = sides.regency("lowongan")
        sides.sent("lowongan", ours, "ditolak", galat=codes)
    sides.write(conn)
    consolidate(house)
    rows = conn.execute("select kode, jumlah from reports.rpt_konsolidasi_tolak order by 1").fetchall()
    assert rows == [("FORMAT", 2), ("LAINNYA", 1)]


def test_the_work_list_names_who_can_mend_each_difference(house, conn) -> None:
    sides = Sides()
    vacancy = sides.regency("lowongan", pemberi_kerja_id=7)
    sides.sent("lowongan", vacancy, "ditolak")
    training = sides.regency("pelatihan", "a", lembaga="LPK Uji")
    sides.sent("pelatihan", training, "ditolak")
    gone = sides.regency("pencari-kerja", "b")
    sides.sent("pencari-kerja", gone)
    sides.regency("pencari-kerja", "c")
    sides.write(conn)
    consolidate(house)
    rows = conn.execute(
        "select domain, sebab, penanggung_jawab, pihak from reports.rpt_konsolidasi_daftar_kerja order by 1, 2"
    ).fetchall()
    assert rows == [
        ("lowongan", "ditolak", "pemberi_kerja", "pemberi kerja 7"),
        ("pelatihan", "ditolak", "lpk", "LPK Uji"),
        ("pencari-kerja", "belum_dikirim", "dinas", None),
        ("pencari-kerja", "hilang_di_pusat", "kementerian", None),
    ]


def test_the_latest_version_counts_by_time_not_by_arrival(house, conn) -> None:
    sides = Sides()
    ours = sides.regency("lowongan")
    sides.sent("lowongan", ours, content=b"baru")
    sides.centre("lowongan", ours, content=b"baru", changed="2026-10-31T01:00:00Z", id="S")
    sides.centre("lowongan", ours, content=b"lama", changed="2026-10-31T07:30:00+07:00", id="S")
    sides.write(conn)
    consolidate(house)
    counts = consolidation_counts(conn)["lowongan"]
    assert (counts["daerah"], counts["pusat"], counts["cocok"]) == (1, 1, 1)
