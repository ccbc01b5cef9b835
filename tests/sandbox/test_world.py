"""The synthetic world: what is dirty is labelled, what is labelled is dirty, and a later end only adds to it."""

import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world import build_world, truth_path
from tests.sandbox.world_truth import (
    COLUMNS,
    NOVEMBER,
    OCTOBER,
    Built,
    nik_findings,
    read,
    regions,
    suspicious,
)

PEOPLE = 1000
KINDS = set(
    re.findall(
        r"\w+",
        """nik_kosong nik_15_digit nik_17_digit nik_angka nik_digit_berulang nik_jenis_kelamin_bertentangan
        nik_tanggal_lahir_bertentangan nik_kecamatan_lama orang_ganda tanggal_dd_mm_yyyy tanggal_teks
        tanggal_serial_excel tanggal_mustahil tanggal_masa_depan usia_di_bawah_15 jenis_kelamin_varian
        telepon_varian telepon_ganda upah_varian upah_teks wilayah_nama_saja wilayah_nama_rancu
        wilayah_kode_bps pendidikan_teks jabatan_teks kbli_2025 penempatan_tanpa_pendaftaran
        penempatan_sebelum_pendaftaran penempatan_melebihi_kuota pemberi_kerja_ganda status_bertentangan
        teks_emoji teks_nul teks_html teks_rumus teks_64kib kolom_baru kolom_hilang""",
    )
)
# What the tail has beside its broken NIK: a right value, only not the one that the person's other rows have.
OTHERWISE = ("nama_varian", "tanggal_tertukar", "pindah_desa")
# Kinds that show in another row or only beside another row; each has a test of its own.
RELATIONAL = {
    "orang_ganda", "pemberi_kerja_ganda", "status_bertentangan", "penempatan_tanpa_pendaftaran",
    "penempatan_sebelum_pendaftaran", "penempatan_melebihi_kuota", *OTHERWISE,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dunia")


@pytest.fixture(scope="module")
def october(folder: Path) -> Built:
    build_world(folder / "oktober.sqlite", people=PEOPLE, until=OCTOBER)
    return read(folder / "oktober.sqlite")


@pytest.fixture(scope="module")
def november(folder: Path) -> Built:
    build_world(folder / "november.sqlite", people=PEOPLE, until=NOVEMBER)
    return read(folder / "november.sqlite")


def test_the_same_arguments_give_the_same_world(folder: Path, october: Built) -> None:
    build_world(folder / "lagi.sqlite", people=PEOPLE, until=OCTOBER)
    assert read(folder / "lagi.sqlite").raw == october.raw
    build_world(folder / "benih.sqlite", people=PEOPLE, until=OCTOBER, seed=1)
    assert read(folder / "benih.sqlite").raw != october.raw


def test_the_size_is_the_one_asked_for_and_the_columns_are_the_contracts(october: Built) -> None:
    sizes = {name: len(rows) for name, rows in october.rows.items()}
    assert set(sizes) == set(COLUMNS)
    # An entry keyed in on the day after the last one is not shown yet.
    assert PEOPLE - 5 <= sizes["pencari-kerja"] <= PEOPLE
    assert 1000 <= sizes["lamaran"] <= 1400
    assert 120 <= sizes["penempatan"] <= 220
    assert 310 <= sizes["penduduk-bekerja"] <= 320
    assert (sizes["pemberi-kerja"], sizes["pelatihan"]) == (24, 6)
    assert sizes["lowongan"] >= 38
    for dataset, rows in october.rows.items():
        expected = {*COLUMNS[dataset].split(), "id", "created_at", "updated_at", "deleted_at"}
        complete = [set(row) == expected for row in rows.values()]
        assert sum(complete) >= len(complete) - 10, dataset


def test_each_month_of_the_history_has_updates_and_the_migration_month_most(october: Built) -> None:
    months = Counter(row["updated_at"][:7] for rows in october.rows.values() for row in rows.values())
    assert set(months) == {"2026-07", "2026-08", "2026-09", "2026-10"}
    assert months["2026-07"] > 3 * max(months[m] for m in ("2026-08", "2026-09", "2026-10"))
    assert min(months.values()) > 100


def test_times_are_jakarta_ordered_and_not_after_the_end(october: Built) -> None:
    for _, _, updated_utc, deleted, text in october.raw[0]:
        row = json.loads(text)
        assert row["updated_at"].endswith("+07:00")
        assert datetime.fromisoformat(row["updated_at"]) == datetime.fromisoformat(updated_utc)
        assert row["created_at"] <= row["updated_at"] <= OCTOBER.isoformat()
        assert bool(deleted) == (row["deleted_at"] is not None)
    assert sum(r[3] for r in october.raw[0]) > 3


@pytest.mark.parametrize(
    ("dataset", "column"),
    [
        ("pencari-kerja", "tanggal_daftar"), ("pencari-kerja", "tanggal_lapor_terakhir"),
        ("pencari-kerja", "tanggal_dihapus"), ("lamaran", "tanggal_status"), ("lowongan", "tanggal_terpenuhi"),
        ("lowongan", "tanggal_dihapus"), ("penempatan", "tanggal_mulai"), ("penempatan", "tanggal_lapor"),
        ("peserta-pelatihan", "tanggal_sertifikat"), ("penduduk-bekerja", "tanggal_selesai"),
    ],
)  # fmt: skip
def test_nothing_is_told_before_it_happened(october: Built, dataset: str, column: str) -> None:
    dates = [row[column] for row in october.rows[dataset].values()]
    told = [day for day in dates if re.fullmatch(r"\d{4}-\d\d-\d\d", str(day))]
    assert told
    assert max(told) <= "2026-10-31"


def test_every_kind_of_fault_is_there_twice_and_about_six_percent_of_rows_are_dirty(october: Built) -> None:
    kinds = Counter(kind for *_, kind in october.faults)
    assert KINDS <= set(kinds) <= KINDS | set(OTHERWISE)
    assert min(kinds[kind] for kind in KINDS) >= 2
    dirty = {(dataset, identity) for dataset, identity, *_ in october.faults}
    assert 0.04 < len(dirty) / len(october.raw[0]) < 0.08
    own = [fault for fault in october.faults if fault[3] not in OTHERWISE]
    assert len(own) <= len(dirty) * 1.05


def test_what_looks_wrong_is_labelled_and_what_is_labelled_looks_wrong(october: Built) -> None:
    labelled = defaultdict(set)
    for dataset, identity, column, kind in october.faults:
        if kind not in RELATIONAL:
            labelled[dataset, identity].add(column)
    for dataset, rows in october.rows.items():
        for identity, row in rows.items():
            found, labels = suspicious(dataset, row), labelled[dataset, identity]
            assert found == labels, (dataset, identity, found, labels)


PATTERNS = {
    "nik_15_digit": r"\d{15}", "nik_17_digit": r"\d{17}", "nik_angka": r"\d{15}0",
    "nik_digit_berulang": r"(\d)\1{15}",
    "tanggal_dd_mm_yyyy": r"\d\d[-/]\d\d[-/]\d{4}", "tanggal_teks": r"\d{1,2} [A-Z][a-z]+ \d{4}",
    "tanggal_serial_excel": r"\d{4,5}", "tanggal_mustahil": r"31-02-\d{4}|\d{4}-02-30|\d{4}-13-\d\d",
    "tanggal_masa_depan": r"20[2-4]\d-\d\d-\d\d", "jenis_kelamin_varian": r"[A-Za-z -]+",
    "upah_teks": r"[A-Za-z ]+",
    "telepon_ganda": r"0\d+\D+0\d+", "telepon_varian": r".*62.*|0\d{3}-\d+-\d+",
    "upah_varian": r"(Rp ?)?[\d.,]+(,-|jt| juta)?",
    "wilayah_nama_saja": "None", "wilayah_nama_rancu": "None", "wilayah_kode_bps": r"3325\d{6}",
    "jabatan_teks": "None",
    "kbli_2025": r"\d{5}|[A-V]", "teks_emoji": r"(?s).*[^\x00-\uffff].*", "teks_nul": "(?s).*\x00.*",
    "teks_html": ".*<.*>.*",
    "teks_rumus": r"(?s)(=|\+62|@).*", "teks_64kib": r"(?s).{65536}",
}  # fmt: skip


def test_each_label_names_the_fault_that_the_row_shows(october: Built) -> None:
    for dataset, identity, column, kind in october.faults:
        row = october.rows[dataset][identity]
        if kind in PATTERNS:
            assert re.fullmatch(PATTERNS[kind], str(row[column])), (kind, dataset, identity)
        if kind == "nik_angka":
            assert isinstance(row["nik"], int)
        if kind == "wilayah_nama_rancu":
            assert sum(r["nama"] == row["desa_domisili"] for r in regions()) == 2
            assert row["kecamatan_domisili"] is None
        if kind == "wilayah_nama_saja":
            assert any(
                (r["nama"], r["kecamatan"]) == (row["desa_domisili"], row["kecamatan_domisili"])
                for r in regions()
            )
        if kind == "nik_kecamatan_lama":
            assert row["nik"].startswith("3325")


def test_placements_contradict_registration_and_quota_exactly_where_labelled(october: Built) -> None:
    seekers, placements = october.rows["pencari-kerja"], october.rows["penempatan"]
    labels = defaultdict(set)
    for dataset, identity, _, kind in october.faults:
        if dataset == "penempatan":
            labels[kind].add(identity)
    spoiled = {i for d, i, column, _ in october.faults if d == "penempatan" and column == "tanggal_mulai"}
    assert {i for i, p in placements.items() if p["pencari_kerja_id"] is None} == labels[
        "penempatan_tanpa_pendaftaran"
    ]
    before = {
        i
        for i, p in placements.items()
        if p["pencari_kerja_id"] and i not in spoiled - labels["penempatan_sebelum_pendaftaran"]
        and p["tanggal_mulai"] < october.events[p["pencari_kerja_id"]][0]
    }  # fmt: skip
    assert before == labels["penempatan_sebelum_pendaftaran"]
    by_vacancy = Counter(p["lowongan_id"] for p in placements.values() if p["lowongan_id"])
    surplus = 0
    for identity, count in by_vacancy.items():
        vacancy = october.rows["lowongan"][identity]
        quota = vacancy["jumlah_l"] + vacancy["jumlah_p"] + vacancy["jumlah_bebas"]
        assert vacancy["terisi_l"] + vacancy["terisi_p"] == min(count, quota)
        surplus += max(count - quota, 0)
    assert surplus == len(labels["penempatan_melebihi_kuota"])
    assert all(p["pencari_kerja_id"] in seekers for p in placements.values() if p["pencari_kerja_id"])


def test_statuses_contradict_their_dates_exactly_where_labelled(october: Built) -> None:
    labelled = {(d, i) for d, i, _, kind in october.faults if kind == "status_bertentangan"}
    found = {
        ("pencari-kerja", i)
        for i, row in october.rows["pencari-kerja"].items()
        if (row["status"] == "dihapus") != (row["tanggal_dihapus"] is not None)
    }
    for identity, row in october.rows["lowongan"].items():
        full = row["tanggal_terpenuhi"] is not None
        if (row["status"] == "terpenuhi") != full and row["status"] != "dihapus":
            found.add(("lowongan", identity))
    assert found == labelled


def test_a_person_is_registered_twice_exactly_where_labelled(october: Built) -> None:
    seekers, owners = october.rows["pencari-kerja"], defaultdict(list)
    for (dataset, identity), person in october.persons.items():
        if dataset == "pencari-kerja":
            owners[person].append(identity)
    twins = {tuple(sorted(ids)) for ids in owners.values() if len(ids) > 1}
    doubled = {i for d, i, _, kind in october.faults if kind == "orang_ganda"}
    assert {pair[-1] for pair in twins} == doubled
    for first, second in twins:
        one, two = seekers[first], seekers[second]
        written = {("pencari-kerja", key, "nama_lengkap") for key in (first, second)}
        if written.isdisjoint(fault[:3] for fault in october.faults):
            assert one["nama_lengkap"] == two["nama_lengkap"]
        assert one["nik"] != two["nik"]
        assert str(one["nik"])[6:12] == str(two["nik"])[6:12] or any(f[1] == first for f in october.faults)
    clean = [s["nik"] for s in seekers.values() if not nik_findings(s)]
    assert len(clean) == len(set(clean))


def test_the_tail_is_of_people_whom_other_rows_know_by_a_sound_nik(october: Built) -> None:
    rows_of = defaultdict(set)
    for key, person in october.persons.items():
        rows_of[person].add(key)
    labels = defaultdict(dict)
    for dataset, identity, column, kind in october.faults:
        labels[dataset, identity][kind] = column
    missing = [key for key, kinds in labels.items() if "nik_kosong" in kinds]
    assert all(october.rows[dataset][identity]["nik"] is None for dataset, identity in missing)
    assert {dataset for dataset, _ in missing} >= {"pencari-kerja", "penempatan", "penduduk-bekerja"}
    known = [key for key in missing if rows_of[october.persons[key]] - {key}]
    assert len(known) >= 3
    for key, kinds in labels.items():
        if "nama_varian" not in kinds:
            continue
        others = {other for other in rows_of[october.persons[key]] if other not in labels}
        names = {october.rows[dataset][identity]["nama_lengkap"] for dataset, identity in others}
        assert october.rows[key[0]][key[1]]["nama_lengkap"] not in names


def test_an_employer_is_listed_twice_exactly_where_labelled(october: Built) -> None:
    names = Counter(e["nib"] for e in october.rows["pemberi-kerja"].values())
    doubled = [i for d, i, _, kind in october.faults if kind == "pemberi_kerja_ganda"]
    assert sum(n - 1 for n in names.values()) == len(doubled)


def months_later(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError


def test_the_truth_about_seekers_follows_from_the_clean_source(october: Built) -> None:
    dirty = {(d, i) for d, i, *_ in october.faults}
    placed = {
        p["pencari_kerja_id"]: p["tanggal_mulai"]
        for i, p in october.rows["penempatan"].items()
        if ("penempatan", i) not in dirty
    }
    seen: Counter[str | None] = Counter()
    for identity, row in october.rows["pencari-kerja"].items():
        registered, left, left_on, sex, born, deleted = october.events[identity]
        if ("pencari-kerja", identity) in dirty or (
            row["status"] == "ditempatkan" and identity not in placed
        ):
            continue
        assert (registered, sex, born) == (row["tanggal_daftar"], row["jenis_kelamin"], row["tanggal_lahir"])
        assert deleted == row["deleted_at"]
        last = months_later(date.fromisoformat(row["tanggal_lapor_terakhir"]), 6)
        lapse = min(last.isoformat(), months_later(date.fromisoformat(registered), 24).isoformat())
        assert row["tanggal_kedaluwarsa"] == months_later(date.fromisoformat(registered), 24).isoformat()
        expected = (None, None)
        if identity in placed:
            expected = ("ditempatkan", placed[identity])
        elif row["status"] == "dihapus":
            expected = ("dihapus", row["tanggal_dihapus"])
        elif lapse <= "2026-10-31":
            expected = ("kedaluwarsa", lapse)
        assert (left, left_on) == expected, identity
        seen[left] += 1
    assert len(seen) == 4
    assert min(seen.values()) > 20


def test_a_later_end_only_adds_and_edits(october: Built, november: Built) -> None:
    end, changed = OCTOBER.isoformat(), Counter()
    for dataset, rows in october.rows.items():
        for identity, before in rows.items():
            after = november.rows[dataset][identity]
            if before == after:
                changed["same"] += 1
                continue
            changed["edited"] += 1
            assert after["updated_at"] > end, (dataset, identity)
            assert after["created_at"] == before["created_at"]
        for identity in november.rows[dataset].keys() - rows.keys():
            changed["new"] += 1
            assert november.rows[dataset][identity]["created_at"] > end
    assert changed["same"] > 10 * changed["edited"] > 0
    assert changed["new"] > 50
    for key, person in october.persons.items():
        assert november.persons[key] == person


def test_the_centre_holds_some_people_of_ours_and_some_of_its_own(october: Built) -> None:
    ours = {s["nik"] for s in october.rows["pencari-kerja"].values()}
    assert {domain for domain, _ in october.centre} == {"pencari-kerja", "pemberi-kerja", "lowongan"}
    labelled = dict(zip(october.labels, (data for _, data in october.centre), strict=True))
    kinds = Counter(kind for (domain, _), (kind, *_) in october.labels.items() if domain == "pencari-kerja")
    assert {"rincian_lain", "hanya_pusat", "tanpa_nik_milik_daerah", "tanpa_nik", "pindah", "ditarik",
            "kedaluwarsa", "definisi_lain"} <= kinds.keys()  # fmt: skip
    for (domain, identity), (kind, cause, _, id_daerah) in october.labels.items():
        data = labelled[domain, identity]
        assert (data is None) == (cause is None) == (kind == "ditarik")
        if domain != "pencari-kerja" or data is None:
            continue
        assert (data["nik"] is None) == kind.startswith("tanpa_nik")
        assert (data["kode_wilayah"][:4] == "3325") == (kind != "pindah")
        assert re.fullmatch(r"\+62\d{9,12}", data["no_hp"])
        if id_daerah is None:
            assert data["nik"] is None or data["nik"] not in ours
        else:
            row = october.rows["pencari-kerja"][int(id_daerah.rsplit(":", 1)[1])]
            assert data["nik"] in (None, row["nik"])
            assert data["nama"] == row["nama_lengkap"].upper()
            assert (row["deleted_at"] is not None) == (cause == "dihapus_di_daerah")


def test_a_small_world_is_still_meaningful(folder: Path) -> None:
    build_world(folder / "kecil.sqlite", people=300, until=OCTOBER)
    small = read(folder / "kecil.sqlite")
    assert set(small.rows) == set(COLUMNS)
    assert min(len(rows) for rows in small.rows.values()) >= 6
    assert len(small.rows["penempatan"]) > 25


@pytest.mark.parametrize(
    ("people", "until"),
    [
        (10, OCTOBER),
        (300, datetime(2026, 10, 31)),
        (300, datetime.fromisoformat("2026-05-01T00:00:00+07:00")),
    ],
)
def test_wrong_arguments_are_told_in_one_line_and_leave_nothing(
    tmp_path: Path, people: int, until: datetime
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_world(tmp_path / "x.sqlite", people=people, until=until)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_build_leaves_no_world(tmp_path: Path) -> None:
    out = tmp_path / "besar.sqlite"
    command = [sys.executable, "-m", "batang_assets.sandbox.world", "--out", str(out), "--people", "100000"]
    process = subprocess.Popen(command)
    while process.poll() is None and not list(tmp_path.iterdir()):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=10) == -signal.SIGKILL
    assert not out.exists()
    assert not truth_path(out).exists()
    # What lies there half-written does not hinder the next build.
    build_world(out, people=300, until=OCTOBER)
    assert read(out).rows["pencari-kerja"]
