"""The row contract: what does not parse is told by kind, never by value, and the rest of the row flows; what is
oversized, mis-encoded or endlessly nested has one outcome each."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.errors import SourceError
from batang_assets.partitions import Period
from batang_assets.raw import http
from batang_assets.raw.http import open_http_source
from batang_assets.raw.loader import load_records
from batang_assets.settings import Settings, load_settings
from batang_assets.vault import KeyRing, open_identities
from batang_assets.vault.values import LONGEST_SEALED, LONGEST_TEXT
from batang_assets.warehouse.project import failure, run_dbt
from tests.raw.pages import Answer, page, serving

OCTOBER = Period.parse("2026-10")
SEEKERS = load_contract("batang_career", "pencari-kerja")
CANARY = "KENARI"
GOOD: dict[str, Any] = dict.fromkeys(column.name for column in SEEKERS.columns) | {
    "nik": "3325115708950001", "nama_lengkap": "Orang Uji", "tanggal_lahir": "1995-08-17", "jenis_kelamin": "P",
    "kode_wilayah_domisili": "33.25.11.2001", "pendidikan_terakhir": "SMA", "disabilitas": "tidak",
    "status_bekerja": "belum pernah bekerja", "tanggal_daftar": "2026-10-01", "status": "aktif",
    "updated_at": "2026-10-01T08:00:00+07:00",
}  # fmt: skip
# id → (what differs from GOOD, the (column, kind) that must be told, whether the row still flows)
CASES: dict[str, tuple[dict[str, Any], set[tuple[str, str]], bool]] = {
    "1": ({}, set(), True),
    "2": ({"upah_diharapkan": f"Nego {CANARY}"}, {("upah_diharapkan", "bentuk")}, True),
    "3": ({"tahun_lulus": CANARY, "pengalaman_tahun": "lama"},
          {("tahun_lulus", "bentuk"), ("pengalaman_tahun", "bentuk")}, True),
    "4": ({"tanggal_lapor_terakhir": "2026-02-30", "tanggal_kedaluwarsa": CANARY},
          {("tanggal_lapor_terakhir", "mustahil"), ("tanggal_kedaluwarsa", "bentuk")}, True),
    "5": ({"no_hp": CANARY, "email": CANARY}, {("no_hp", "bentuk"), ("email", "bentuk")}, True),
    "6": ({"tanggal_lahir": "31-02-1995"}, {("tanggal_lahir", "mustahil")}, False),
    "7": ({"tanggal_daftar": "2027-10-01"}, {("tanggal_daftar", "masa_depan")}, False),
    "8": ({"pendidikan_terakhir": CANARY, "status": ""},
          {("pendidikan_terakhir", "kode_tak_dikenal"), ("status", "kosong")}, False),
    "9": ({"nik": "332511570895001"}, {("nik", "jumlah_angka")}, False),
    "10": ({"nik": None, "nama_lengkap": " "}, {("nik", "kosong"), ("nama_lengkap", "kosong")}, False),
    "11": ({"nik": "9925115708950001"}, {("nik", "mustahil")}, False),
    "12": ({"keterampilan": "las\0listrik", "jurusan": "x" * 65536},
           {("keterampilan", "nul"), ("jurusan", "panjang")}, True),
    "13": ({"keterampilan": "las \ud800", "jurusan": json.loads("[" * 40 + "]" * 40)},
           {("keterampilan", "utf8"), ("jurusan", "bersarang")}, True),
    "14": ({"updated_at": CANARY}, {("updated_at", "bentuk")}, True),
    "16": ({"nama_lengkap": f"<b>{CANARY}</b>", "tempat_lahir": f"=HYPERLINK({CANARY})", "alamat": "Jl. A - B"},
           {("nama_lengkap", "markah"), ("tempat_lahir", "markah")}, True),
    "17": ({"nama_lengkap": f"<i>{CANARY}\0", "tempat_lahir": "Kota \ud800"},
           {("nama_lengkap", "markah"), ("nama_lengkap", "nul"), ("tempat_lahir", "utf8")}, True),
    "15": ({"upah_diharapkan": "UMK", "deleted_at": "2026-10-02T00:00:00+07:00"}, set(), False),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(new_settings: Callable[..., Settings]) -> Settings:
    """The cases in raw, and the models over them."""
    settings = new_settings()
    rows = [GOOD | difference | {"id": key} for key, (difference, _, _) in CASES.items()]
    with connect(settings) as connection:
        load_records(connection, KeyRing.load(settings.keys), SEEKERS, OCTOBER, "run-uji", rows)
    selection = ["--select", "+isian_rusak", "ref_aturan", "--indirect-selection", "cautious"]
    results = run_dbt(settings, ["build", "--exclude-resource-type", "unit_test", *selection])
    assert failure(results) is None, failure(results)
    return settings


def _query(settings: Settings, text: str) -> list[tuple]:
    with connect(settings) as connection:
        return connection.execute(text.encode()).fetchall()


@pytest.mark.parametrize("key", CASES)
def test_each_value_that_does_not_parse_is_told_by_column_and_kind(judged: Settings, key: str):
    _, expected, flows = CASES[key]
    told = _query(judged, f"select kolom, jenis, ditahan from quality.isian_rusak where id = '{key}'")
    assert {(column, kind) for column, kind, _ in told} == expected
    assert {held for _, _, held in told} <= {not flows}
    layak = _query(
        judged,
        f"select layak and deleted_at is null from intermediate.int_pencari_kerja__dinilai where id = '{key}'",
    )
    assert layak == [(flows,)]


def test_rules_are_of_the_catalogue_and_no_value_is_told(judged: Settings):
    rows = _query(judged, "select r::text from quality.isian_rusak r")
    assert rows
    assert CANARY not in str(rows)
    unknown = _query(
        judged,
        "select aturan from quality.isian_rusak where aturan not in (select kode from staging.ref_aturan)",
    )
    assert unknown == []


def test_a_value_of_ten_megabytes_is_cut_for_the_warehouse_and_for_the_vault(settings: Settings):
    huge = "x" * 10_000_000
    ring = KeyRing.load(settings.keys)
    row = GOOD | {
        "id": "1",
        "keterampilan": huge,
        "nama_lengkap": huge,
        "no_hp": huge,
        "email": huge,
        "baru": huge,
    }
    with connect(settings) as connection:
        load_records(connection, ring, SEEKERS, OCTOBER, "run-uji", [row])
        fact, notes, content = connection.execute(
            "select keterampilan, _catatan, _isi_hash from raw.pencari_kerja"
        ).fetchall()[0]
        opened = open_identities(
            connection, ring, "pencari_kerja", [("1", content)], purpose="uji", recipient="uji", run_id="uji"
        )["1"]
    assert len(fact) == LONGEST_TEXT
    assert set(notes) == {
        "panjang:keterampilan", "besar:keterampilan", "besar:nama_lengkap", "besar:no_hp", "besar:email",
        "besar:baru",
    }  # fmt: skip
    assert len(opened["nama_lengkap"] or "") == LONGEST_SEALED


@pytest.mark.parametrize("value", ["satu\0dua", "rusak \ud800", "\udcff"])
def test_ids_names_and_identifiers_in_no_encoding_never_stop_a_load(settings: Settings, value: str):
    row = GOOD | {"id": value, "nik": value, "nama_lengkap": value, value: value}
    with connect(settings) as connection:
        load_records(connection, KeyRing.load(settings.keys), SEEKERS, OCTOBER, "run-uji", [row])
        (found,) = connection.execute("select id from raw.pencari_kerja").fetchall()
    assert found[0]
    assert "\0" not in found[0]


def _read(answer: Callable[[int, int], Answer], **more: str) -> list:
    with serving(answer) as url:
        settings = load_settings({"BATANG_CAREER_URL": url, "BATANG_CAREER_TOKEN": "t"} | more)
        with open_http_source(settings) as source:
            return list(
                source.window(SEEKERS, datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
            )


def test_one_byte_that_is_no_unicode_spoils_its_value_not_the_page():
    status, headers, body = page([{"id": 1, "keterampilan": "las#"}, {"id": 2}], 1, 1, 2)
    rows = _read(lambda _number, _nth: (status, headers, body.replace(b"#", b"\xff")))
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[0]["keterampilan"] == "las\udcff"


def test_a_page_that_nests_without_end_is_refused_in_one_line():
    body = (
        b'{"meta": {"total": 1, "last_page": 1}, "data": [{"id": 1, "x": '
        + b"[" * 200_000
        + b"]" * 200_000
        + b"}]}"
    )
    with pytest.raises(SourceError, match="nests too deep") as error:
        _read(lambda _number, _nth: (200, {}, body))
    assert "\n" not in str(error.value)


def test_a_page_of_two_hundred_megabytes_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch):
    received: list[int] = []
    whole = http.httpx.Response.iter_bytes

    def counting(answer: Any, *arguments: Any) -> Any:
        for part in whole(answer, *arguments):
            received.append(len(part))
            yield part

    monkeypatch.setattr(http.httpx.Response, "iter_bytes", counting)
    body = b'{"data": [' + b" " * 200_000_000
    with pytest.raises(SourceError, match=r"larger than 96 MiB.*BATANG_CAREER_PAGE_SIZE"):
        _read(lambda _number, _nth: (200, {}, body))
    assert sum(received) < 97 * 2**20


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"data": [1], "meta": {"total": 1, "last_page": 1}}', "no record"),
        (b'{"data": [], "meta": {"last_page": 1}}', "meta.total"),
        (b'{"data": [], "meta": {"total": 0, "last_page": "1e9999"}}', "meta.last_page"),
        (b'{"data": [], "meta": []}', "without data and meta"),
    ],
)
def test_json_that_is_no_page_is_told_as_such(body: bytes, message: str):
    with pytest.raises(SourceError, match=message):
        _read(lambda _number, _nth: (200, {}, body))
