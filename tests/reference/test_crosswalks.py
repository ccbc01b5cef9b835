"""Crosswalks and editions as data: every share adds up, every code is in its book, every edition has its dates."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise

from batang_assets.reference.books import SEEDS


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_shares_of_every_code_add_up_to_one():
    total: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows("ref_padanan"):
        key = (row["buku_asal"], row["versi_asal"], row["kode_asal"], row["versi_tujuan"])
        assert 0 < Decimal(row["bagian"]) <= 1
        total[key] += Decimal(row["bagian"])
    assert {key: share for key, share in total.items() if share != 1} == {}


def test_both_ends_of_a_crosswalk_are_codes_of_their_books_and_none_is_left_out():
    books = {
        (name, version): {row["kode"] for row in rows(f"ref_{name}") if row["versi"] == version}
        for name, version in (("kbji", "2014"), ("kbji", "2026"), ("kbli", "2020"), ("kbli", "2025"))
    }
    sections = {key: {code for code in codes if code.isalpha()} for key, codes in books.items()}
    from_code, to_code = defaultdict(set), defaultdict(set)
    for row in rows("ref_padanan"):
        pair = (row["buku_asal"], row["versi_asal"], row["versi_tujuan"])
        from_code[pair].add(row["kode_asal"])
        to_code[pair].add(row["kode_tujuan"])
    majors = set("0123456789")
    for book, old, new, want_old, want_new in (
        ("kbli", "2020", "2025", sections["kbli", "2020"], sections["kbli", "2025"]),
        ("kbli", "2025", "2020", sections["kbli", "2025"], sections["kbli", "2020"]),
        ("kbji", "2014", "2026", books["kbji", "2014"], books["kbji", "2026"]),
        ("kbji", "2026", "2014", books["kbji", "2026"], books["kbji", "2014"]),
        ("kbji", "2002", "2014", majors, majors),
        ("kbji", "2014", "2002", majors, majors),
    ):
        assert from_code[book, old, new] == want_old
        assert to_code[book, old, new] == want_new
    assert len(from_code) == 6


def test_section_j_of_2020_splits_by_its_divisions_and_the_letters_behind_it_move():
    share = {
        (row["kode_asal"], row["kode_tujuan"]): Decimal(row["bagian"])
        for row in rows("ref_padanan")
        if (row["buku_asal"], row["versi_asal"]) == ("kbli", "2020")
    }
    section = {(row["versi"], row["kode"]): row["kategori"] for row in rows("ref_kbli")}
    pairs = {
        (section["2020", code], letter)
        for (version, code), letter in section.items()
        if version == "2025" and len(code) == 2 and ("2020", code) in section
    }
    # The divisions say which sections correspond; repair of vehicles is the one part of a division that moved.
    assert set(share) == pairs | {("G", "T")}
    assert share["J", "J"] + share["J", "K"] == 1
    assert share["K", "L"] == share["U", "V"] == 1


def test_every_edition_that_a_seed_names_is_dated_once():
    book = rows("ref_buku_kode")
    editions = [(row["buku"], row["versi"]) for row in book]
    assert len(editions) == len(set(editions))
    for row in book:
        begin = date.fromisoformat(row["berlaku_mulai"])
        assert not row["berlaku_sampai"] or date.fromisoformat(row["berlaku_sampai"]) > begin
        assert row["dasar"]
        assert row["kepastian"]
    for seed, name in (
        ("ref_kbji", "kbji"), ("ref_kbli", "kbli"), ("ref_wilayah", "wilayah"), ("ref_kecamatan", "wilayah"),
        ("ref_pendidikan", "pendidikan"), ("ref_status_pekerjaan", "status_pekerjaan"),
        ("ref_disabilitas", "disabilitas"), ("ref_jenis_penempatan", "jenis_penempatan"),
        ("ref_penerima", "jenis_penerima"),
    ):  # fmt: skip
        assert {(name, row["versi"]) for row in rows(seed)} <= set(editions), seed
    for row in rows("ref_padanan"):
        assert (row["buku_asal"], row["versi_asal"]) in editions
        assert (row["buku_tujuan"], row["versi_tujuan"]) in editions


def test_kecamatan_codes_of_both_systems_agree_with_the_villages():
    kecamatan = {row["kode_kemendagri"]: row for row in rows("ref_kecamatan")}
    assert len(kecamatan) == 15
    villages = rows("ref_wilayah")
    assert {(v["kode_kecamatan"], v["kecamatan"]) for v in villages} == {
        (code, row["nama"]) for code, row in kecamatan.items()
    }
    for village in villages:
        if village["kode_bps"]:
            assert village["kode_bps"][:7] == kecamatan[village["kode_kecamatan"]]["kode_bps"]
    assert [kecamatan[f"33.25.{n}"]["kode_bps"] for n in (13, 14, 15)] == ["3325101", "3325091", "3325081"]


def test_eleven_village_names_are_no_key_and_all_are_one_within_their_kecamatan():
    seen = defaultdict(list)
    for village in rows("ref_wilayah"):
        seen[village["nama"].lower()].append(village["kecamatan"])
    twice = {name: found for name, found in seen.items() if len(found) > 1}
    assert len(twice) == 11
    assert all(len(found) == len(set(found)) == 2 for found in twice.values())


def test_wage_bands_join_without_gap_or_overlap():
    bands = sorted(rows("ref_rentang_upah"), key=lambda row: int(row["urutan"]))
    assert bands[0]["batas_bawah_umk"] == "0"
    assert bands[-1]["batas_atas_umk"] == ""
    for below, above in pairwise(bands):
        assert below["batas_atas_umk"] == above["batas_bawah_umk"]
