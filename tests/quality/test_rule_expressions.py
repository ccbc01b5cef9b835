"""The SQL of the row rules: a clean record with one fault, through the door and dbt, breaks exactly one rule.

One build judges every case at once: each is a record of its own, with its own key and its own NIK.
"""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql

from batang_assets.database import connect
from batang_assets.quality.datasets import DATASETS, dataset_of
from batang_assets.quality.suites import suite_of, verdict_column
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.quality.source_rows import CLEAN, Rows, base, load, nik, record

# code → what is spoilt in a clean record. A NIK is written as a function of the record's number.
Fault = dict[str, Any]
FUTURE = "2027-03-01T00:00:00+07:00"
BROKEN_NUMBER = {"id": "A-17"}
PERSON_FAULTS: dict[str, Fault] = {
    "A00": BROKEN_NUMBER,
    "A01": {"nik": lambda n: nik(n)[:15]},
    "A02": {"nik": lambda n: nik(n, region="990101")},
    "A03": {"tanggal_lahir": "1990-05-13"},
    "A04": {"jenis_kelamin": "P"},
    "A05": {"tanggal_lahir": "1990-02-30"},
    "A06": {"jenis_kelamin": "lainnya"},
    "A07": {"nama_lengkap": None},
    "A08": {"nik": lambda n: nik(n, region="332599")},
    "T00": {"updated_at": FUTURE},
}
# A child of ten, born as the NIK says.
CHILD = {"tanggal_lahir": "2016-05-12", "nik": lambda n: nik(n, birth="120516")}
ELSEWHERE = "33.74.01.1001"
FAULTS: dict[str, dict[str, Fault]] = {
    "pencari-kerja": PERSON_FAULTS | {
        "A09": {"keterampilan": "<b>las</b>"},
        "A10": {"pendidikan_terakhir": "entah"},
        "A11": {"disabilitas": "entah"},
        "A12": {"status_bekerja": "entah"},
        "A13": {"kode_wilayah_domisili": None, "desa_domisili": "Entah", "kecamatan_domisili": "Entah"},
        "A14": {"tanggal_daftar": None},
        "A15": {"status": "entah"},
        "A16": {"tanggal_lapor_terakhir": "2026-06-30"},
        "A17": {"tanggal_dihapus": "2026-10-01"},
        "A19": {"no_hp": "12"},
        "A20": {"upah_diharapkan": "Nego"},
        "A21": {"tahun_lulus": 1991},
        "A22": {"kode_jabatan_diminati": "0000", "jabatan_diminati": "entah"},
        "A23": {"kode_wilayah_domisili": "33.25.01.2001"},
        "A24": {"tanggal_kedaluwarsa": "2026-02-30"},
        "A25": {"pengalaman_tahun": "entah"},
        "R01": CHILD | {"tahun_lulus": 2024},
        "T01": {"tanggal_daftar": "2026-01-05", "tanggal_lapor_terakhir": "2026-04-29"},
        "T02": {"tanggal_kedaluwarsa": "2026-10-30"},
    },
    "pemberi-kerja": {
        "A00": BROKEN_NUMBER,
        "A01": {"nama": None},
        "A02": {"kode_kbli": "entah"},
        "A03": {"kode_wilayah": None},
        "A04": {"nib": "123"},
        "A05": {"npwp": "123"},
        "A06": {"lapangan_usaha": "=1+1"},
        "A09": {"tenaga_kerja_l": -1},
        "A10": {"email": "bukan surel"},
        "T00": {"updated_at": FUTURE},
        "T01": {"updated_at": "2025-01-01T00:00:00+07:00"},
    },
    "lowongan": {
        "A00": BROKEN_NUMBER,
        "A01": {"pemberi_kerja_id": 404},
        "A02": {"pemberi_kerja_id": 901},
        "A03": {"judul": None},
        "A04": {"kode_jabatan": "0000", "judul": "entah"},
        "A05": {"kode_wilayah": "entah"},
        "A06": {"jumlah_l": -1},
        "A07": {"tanggal_tutup": "2026-02-30"},
        "A08": {"tanggal_tutup": "2026-06-30", "status": "tutup"},
        "A09": {"status": "entah"},
        "A10": {"usia_min": 12},
        "A11": {"terisi_l": -1},
        "A12": {"tanggal_terpenuhi": "2026-10-01"},
        "A13": {"terisi_l": 1001},
        "A14": {"upah_min": 1000},
        "A15": {"keterampilan": "<i>las</i>"},
        "A16": {"pendidikan_minimal": "entah"},
        "A17": {"tanggal_dihapus": "2026-02-30"},
        "A18": {"pengalaman_min_tahun": "entah"},
        "R02": {"jenis_kelamin": "L"},
        "T00": {"updated_at": FUTURE},
        "T01": {"tanggal_tutup": "2026-10-30"},
    },
    "lamaran": {
        "A00": BROKEN_NUMBER,
        "A01": {"pencari_kerja_id": 404},
        "A02": {"lowongan_id": 404},
        "A03": {"tanggal_lamar": "2026-02-30"},
        "A04": {"status": "entah"},
        "A05": {"tanggal_status": "2026-09-30"},
        "R01": {"tanggal_lamar": "2026-06-30", "status": "dipanggil"},
        "T00": {"updated_at": FUTURE},
        "T01": {"tanggal_lamar": "2026-08-01"},
    },
    "pelatihan": {
        "A00": BROKEN_NUMBER,
        "A01": {"nama_program": None},
        "A02": {"lembaga": None},
        "A03": {"sumber_dana": "entah"},
        "A04": {"tanggal_mulai": "2026-02-30"},
        "A05": {"tanggal_selesai": "2026-07-31"},
        "A06": {"jam_pelatihan": -1},
        "A07": {"realisasi": 60000000},
        "A08": {"kode_sub_kegiatan": None},
        "A09": {"kejuruan": "@las"},
        "A11": {"tanggal_selesai": "2026-02-30"},
        "R01": {"kode_wilayah": None},
        "T00": {"updated_at": FUTURE},
        "T01": {"realisasi": None, "tanggal_mulai": "2026-05-01", "tanggal_selesai": "2026-06-01"},
    },
    "peserta-pelatihan": PERSON_FAULTS | {
        "A09": {"nomor_sertifikat": "<b>1</b>"},
        "A10": {"pelatihan_id": 404},
        "A11": {"pelatihan_id": 901},
        "A12": {"status": "entah", "nomor_sertifikat": None},
        "A13": {"status": "mundur"},
        "A14": {"tanggal_sertifikat": "2026-07-31"},
        "A16": {"pendidikan_terakhir": "entah"},
        "A17": {"kode_wilayah": None},
        "R01": CHILD,
        "T01": {"status": "mengikuti", "nomor_sertifikat": None, "tanggal_sertifikat": None},
    },
    "penempatan": PERSON_FAULTS | {
        "A09": {"nama_pemberi_kerja": "<b>PT</b>"},
        "A12": {"tanggal_mulai": None},
        "A13": {"tanggal_mulai": "2026-06-30", "tanggal_lapor": "2026-07-05"},
        "A14": {"kode_jabatan": "0000", "jabatan": "entah"},
        "A15": {"jenis_penerima": "entah"},
        "A16": {"jenis_antar_kerja": "entah"},
        "A17": {"nama_pemberi_kerja": None},
        "A18": {"lowongan_id": 404},
        "A21": {"upah": "Nego"},
        "A24": {"jenis_antar_kerja": "AKAN"},
        "A25": {"tanggal_lapor": "2026-09-30"},
        "A26": {"kode_sub_kegiatan": None},
        "R01": CHILD,
        "T01": {"tanggal_mulai": "2026-08-01"},
    },
    "penduduk-bekerja": PERSON_FAULTS | {
        "A09": {"nama_usaha": "=cmd"},
        "A10": {"kode_wilayah": None},
        "A11": {"kode_kbli": "entah"},
        "A12": {"kode_jabatan": "0000", "jabatan": "entah"},
        "A13": {"status_pekerjaan": 9},
        "A14": {"tanggal_selesai": "2027-01-01", "tanggal_mulai": "2027-02-01"},
        "A15": {"tanggal_mulai": "2026-11-01"},
        "A16": {"pemberi_kerja_id": 404},
        "A17": {"pemberi_kerja_id": 901},
        "A18": {"upah": "Nego"},
        "A19": {"jam_kerja_seminggu": 120},
        "A21": {"pendidikan_terakhir": "entah"},
        "A22": {"tanggal_selesai": "2026-02-30"},
        "R01": CHILD | {"tanggal_mulai": "2026-01-01"},
        "R03": {"tanggal_selesai": "2026-10-30"},
        "T01": {"tanggal_pendataan": "2025-10-01"},
    },
}  # fmt: skip
# What a fault cannot help breaking beside its own rule: the same fact seen by a second rule.
ALSO = {
    "PN_A18": {"PN_A19"},  # a vacancy that is not recorded is not fit to be sent either
    "KJ_A16": {"KJ_A17"},
    "KJ_A14": {"KJ_A15"},
}
CASES = [(wire, code) for wire, faults in FAULTS.items() for code in faults]


def _employer(number: int, **changes: Any) -> dict[str, Any]:
    """A clean employer with a name and an NIB of its own."""
    own = {"nama": f"PT {_letters(number)}", "nib": f"{number:013d}"}
    return record("pemberi-kerja", number, **own | changes)


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def _seeker(number: int, **changes: Any) -> tuple[str, dict[str, Any]]:
    return "pencari-kerja", record("pencari-kerja", number, **changes)


def _placed(number: int, **changes: Any) -> tuple[str, dict[str, Any]]:
    return "penempatan", record("penempatan", number, **changes)


def _trainee(number: int, **changes: Any) -> tuple[str, dict[str, Any]]:
    return "peserta-pelatihan", record("peserta-pelatihan", number, **changes)


# Rules that look at more than one record: code → the records, and the keys that break exactly this rule.
GROUPS: dict[str, tuple[Rows, set[str]]] = {
    "PK_A18": ([_seeker(3001), _seeker(3002, nik=nik(3001))], {"3001", "3002"}),
    "KJ_A20": (
        [("penduduk-bekerja", record("penduduk-bekerja", n, nik=nik(3003))) for n in (3003, 3004)],
        {"3003", "3004"},
    ),
    "PP_A15": ([_trainee(3005), _trainee(3006, nik=nik(3005))], {"3005", "3006"}),
    "PB_A07": (
        [("pemberi-kerja", _employer(n, nib="9999999999999")) for n in (3007, 3008)],
        {"3007", "3008"},
    ),
    "PB_A08": (
        [("pemberi-kerja", _employer(n, nama="PT Nama Kembar")) for n in (3009, 3010)],
        {"3009", "3010"},
    ),
    "LM_A06": (
        [_seeker(3011), *(("lamaran", record("lamaran", n, pencari_kerja_id=3011)) for n in (3011, 3012))],
        {"3011", "3012"},
    ),
    "PN_A22": (
        [_seeker(3013), _placed(3013), _placed(3014, nik=nik(3013), pencari_kerja_id=3013)],
        {"3013", "3014"},
    ),
    "PN_A23": ([_seeker(3016), _placed(3015, pencari_kerja_id=3016)], {"3015"}),
    "PN_A20": (
        [
            ("lowongan", record("lowongan", 3017, jumlah_l=1, jumlah_p=0)),
            _seeker(3017), _seeker(3018), _placed(3017, lowongan_id=3017), _placed(3018, lowongan_id=3017),
        ],
        {"3018"},
    ),
    "PN_A10": ([_placed(3019, pencari_kerja_id=None)], {"3019"}),
    "PN_A11": ([_seeker(3020, pendidikan_terakhir="entah"), _placed(3020)], {"3020"}),
    "PN_A19": (
        [("lowongan", record("lowongan", 3021, judul=None)), _seeker(3021), _placed(3021, lowongan_id=3021)],
        {"3021"},
    ),
    "PL_A10": (
        [("pelatihan", record("pelatihan", 3022, kuota=1)), _trainee(3022, pelatihan_id=3022),
         _trainee(3023, pelatihan_id=3022)],
        {"3022"},
    ),
    "PK_R02": (
        [_seeker(3024, nik=nik(3024, region="337401"), kode_wilayah_domisili=ELSEWHERE, desa_domisili=None,
                 kecamatan_domisili=None)],
        {"3024"},
    ),
    "PP_R02": ([_trainee(3025, nik=nik(3025, region="337401"), kode_wilayah=ELSEWHERE)], {"3025"}),
    "KJ_R02": (
        [("penduduk-bekerja", record("penduduk-bekerja", 3026, nik=nik(3026, region="337401"),
                                     kode_wilayah=ELSEWHERE))],
        {"3026"},
    ),
    "PB_R01": ([("pemberi-kerja", _employer(3027, kode_wilayah=ELSEWHERE))], {"3027"}),
    "LW_R01": ([("lowongan", record("lowongan", 3028, kode_wilayah=ELSEWHERE))], {"3028"}),
    "LW_A12": ([("lowongan", record("lowongan", 3029, status="terpenuhi"))], {"3029"}),
}  # fmt: skip


def spoilt(wire: str, number: int, fault: Fault) -> dict[str, Any]:
    changes = {name: value(number) if callable(value) else value for name, value in fault.items()}
    return record(wire, number, **changes)


def prepare() -> tuple[Rows, dict[tuple[str, str], str]]:
    """Every case as a record; (dataset, code) → its key. Keys from 1000 on; 901 is an unfit reference."""
    rows = base()
    rows += [
        ("pemberi-kerja", _employer(901, kode_wilayah=None)),
        ("pelatihan", record("pelatihan", 901, lembaga=None)),
    ]
    keys = {}
    for number, (wire, code) in enumerate(CASES, start=1000):
        row = spoilt(wire, number, FAULTS[wire][code])
        if wire == "pemberi-kerja":
            row = _employer(number, **FAULTS[wire][code])
        if wire == "lamaran" and code != "A01":
            rows.append(("pencari-kerja", record("pencari-kerja", number)))
            row["pencari_kerja_id"] = number
        if wire == "penempatan":
            rows.append(("pencari-kerja", _registration(number, row)))
        rows.append((wire, row))
        keys[wire, code] = str(row["id"])
    return rows, keys


def _registration(number: int, placement: dict[str, Any]) -> dict[str, Any]:
    """The seeker behind a placement: the same person, so that only the placement's own rule breaks."""
    return record("pencari-kerja", number, nik=placement["nik"])


@pytest.fixture(scope="module")
def broken(new_settings: Callable[..., Settings]) -> dict[tuple[str, str], set[str]]:
    """(dataset, key) → the rules that dbt says the record breaks."""
    settings = new_settings()
    rows, _ = prepare()
    with connect(settings) as conn:
        load(conn, settings, rows + [row for group, _ in GROUPS.values() for row in group])
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    error = failure(run_dbt(settings, ["build", "--select", "+path:models/intermediate", *kinds]))
    assert error is None, error
    found = {}
    with connect(settings) as conn:
        for dataset in DATASETS:
            query = sql.SQL("select id, aturan_gagal || peringatan from intermediate.{}")
            for key, rules in conn.execute(query.format(sql.Identifier(dataset.judged_table))):
                found[dataset.wire, key] = set(rules)
    return found


def test_a_clean_record_breaks_no_rule(broken) -> None:
    for wire in ("pemberi-kerja", "lowongan", "pelatihan", "pencari-kerja"):
        assert broken[wire, "1"] == set(), wire
    assert set(CLEAN) == {dataset.wire for dataset in DATASETS}


@pytest.mark.parametrize(("wire", "code"), CASES, ids=lambda value: value)
def test_a_record_with_one_fault_breaks_exactly_its_rule(broken, wire: str, code: str) -> None:
    _, keys = prepare()
    kode = f"{dataset_of(wire).kode}_{code}"
    assert broken[wire, keys[wire, code]] == {kode} | ALSO.get(kode, set())


@pytest.mark.parametrize("kode", GROUPS)
def test_records_that_contradict_each_other_break_exactly_their_rule(broken, kode: str) -> None:
    (wire,) = (dataset.wire for dataset in DATASETS if dataset.kode == kode[:2])
    group, expected = GROUPS[kode]
    of_rule = {str(row["id"]) for dataset, row in group if dataset == wire}
    assert {key: broken[wire, key] for key in expected} == {key: {kode} for key in expected}
    assert all(kode not in broken[wire, key] for key in of_rule - expected)


def test_every_row_rule_has_a_record_that_breaks_it() -> None:
    rules = {
        rule.kode
        for dataset in DATASETS
        for rule in suite_of(dataset.wire).rules
        if rule.kolom == verdict_column(rule.kode)
    }
    assert {f"{dataset_of(wire).kode}_{code}" for wire, code in CASES} | set(GROUPS) == rules
