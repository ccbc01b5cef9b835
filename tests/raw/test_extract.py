"""From the sandbox's Batang Career over HTTP into raw and vault: everything once, nothing personal outside."""

import json
import sqlite3
from pathlib import Path

import pytest
from psycopg import sql

from batang_assets.contracts import all_contracts, load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.extract import Extractor
from batang_assets.raw.http import open_http_source
from batang_assets.raw.loader import load_records
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing, open_identities

MONTHS = Period.parse("2026-07").up_to(Period.parse("2026-10"))
OCTOBER = MONTHS[-1]
# Street addresses are left to the door's own test: an employer may stand in the same street.
PERSONAL = {"nik", "no_kk", "nama_lengkap", "no_hp", "nama_kontak", "hp_kontak", "foto_url"}


def _extract(settings: Settings, months: list[Period]) -> int:
    new = 0
    with open_http_source(settings) as source, connect(settings) as connection:
        extractor = Extractor(connection, settings, KeyRing.load(settings.keys), source, "run-uji")
        for month in months:
            for contract in all_contracts("batang_career"):
                new += extractor.extract(contract, month).new_versions
    return new


@pytest.fixture(scope="module")
def extracted(source: Settings) -> Settings:
    _extract(source, MONTHS)
    return source


def test_every_record_of_the_source_is_stored_once(extracted: Settings, world: Path):
    with sqlite3.connect(world) as truth, connect(extracted) as connection:
        for contract in all_contracts("batang_career"):
            expected = truth.execute(
                "select count(*) from catatan where dataset = ?", [contract.dataset]
            ).fetchone()[0]
            found = connection.execute(
                sql.SQL("select count(*), count(distinct id) from {}").format(
                    sql.Identifier("raw", contract.table)
                )
            ).fetchone()
            assert found == (expected, expected), contract.dataset


def test_materialising_all_months_again_in_another_order_adds_nothing(extracted: Settings):
    assert _extract(extracted, MONTHS[::-1]) == 0


def test_running_month_resumes_from_its_watermark(extracted: Settings):
    with connect(extracted) as connection:
        first, second = connection.execute(
            "select jendela_dari, jendela_sampai from raw.penarikan where dataset = 'lamaran'"
            " and periode = '2026-10-01' order by penarikan_id limit 2"
        ).fetchall()
    assert first[0] == OCTOBER.start
    assert (first[1] - second[0]).total_seconds() == extracted.career_overlap_s


def test_no_identifier_of_the_source_stands_outside_the_vault(extracted: Settings, world: Path):
    values: set[str] = set()
    with sqlite3.connect(world) as truth:
        # A firm may bear the name of a person, and firms are no secret.
        firms = str(truth.execute("select isi from catatan where dataset = 'pemberi-kerja'").fetchall())
        for contract in all_contracts("batang_career"):
            secret = PERSONAL & {c.name for c in contract.columns}
            for (text,) in truth.execute("select isi from catatan where dataset = ?", [contract.dataset]):
                record = json.loads(text)
                # Shorter values (a first name) also occur in other words.
                values |= {str(record[name]) for name in secret if len(str(record.get(name) or "")) >= 12}
    assert len(values) > 1000
    with connect(extracted) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'"
        ).fetchall()
        dump = "\n".join(
            str(row[0])
            for schema, table in tables
            for row in connection.execute(
                sql.SQL("select t::text from {} t").format(sql.Identifier(schema, table))
            )
        )
    assert "33.25." in dump
    assert not [value for value in values if value in dump and value not in firms]


def test_identities_open_for_a_logged_purpose(extracted: Settings, world: Path):
    ring = KeyRing.load(extracted.keys)
    with connect(extracted) as connection:
        keys = connection.execute(
            "select id, _isi_hash from raw.pencari_kerja order by _versi limit 50"
        ).fetchall()
        opened = open_identities(
            connection, ring, "pencari_kerja", keys, purpose="uji", recipient="uji", run_id="run-uji"
        )
        log = connection.execute("select tabel, penerima, tujuan, jumlah from vault.pengungkapan").fetchall()
    assert log == [("pencari_kerja", "uji", "uji", 50)]
    with sqlite3.connect(world) as truth:
        for record_id, identity in opened.items():
            record = json.loads(
                truth.execute(
                    "select isi from catatan where dataset = 'pencari-kerja' and id = ?", [int(record_id)]
                ).fetchone()[0]
            )
            assert identity["nama_lengkap"] == record["nama_lengkap"]


def test_versions_are_kept_in_the_order_the_source_showed_them(settings: Settings):
    ring, contract = KeyRing.load(settings.keys), load_contract("batang_career", "lamaran")
    shown = [{"id": 1, "status": word, "updated_at": f"2026-10-0{n}"} for n, word in enumerate("abca", 1)]
    with connect(settings) as connection:
        for record in [*shown, *shown, shown[1]]:
            load_records(connection, ring, contract, OCTOBER, "run-uji", [record])
        stored = connection.execute("select status, updated_at from raw.lamaran order by _versi").fetchall()
    assert stored == [(record["status"], record["updated_at"]) for record in shown]


def test_texts_arrive_as_they_are_in_the_order_shown_whichever_way_they_went(settings: Settings):
    """Plain records go as ready lines, the others one by one, in one COPY."""
    ring, contract = KeyRing.load(settings.keys), load_contract("batang_career", "lamaran")
    texts = [
        "a",
        r"\N",
        "",
        "b",
        "x\ty",
        "x\ny\r",
        None,
        r"\\.",
        r"\.",
        "c",
        "é😀",
        12,
        True,
        "{a,b}",
        'NULL "',
        "d",
    ]
    blank = dict.fromkeys(column.name for column in contract.columns)
    shown = [blank | {"id": n, "status": text} for n, text in enumerate(texts)]
    unknown = ['a "b" \\c', "d,e{", "f\tg", "NULL"]
    shown[3] |= dict.fromkeys(unknown, "x")
    with connect(settings) as connection:
        load_records(connection, ring, contract, OCTOBER, r"run \N uji", shown)
        stored = connection.execute("select id, status, _run_id from raw.lamaran order by _versi").fetchall()
        strange = connection.execute("select _kolom_asing from raw.lamaran where id = '3'").fetchone()
    assert strange == (sorted(unknown),)
    wanted = [{12: "12", True: "true"}.get(text, text) for text in texts]
    assert stored == [(str(n), text, r"run \N uji") for n, text in enumerate(wanted)]


def test_a_failed_load_leaves_nothing_half_written(settings: Settings):
    ring, contract = KeyRing.load(settings.keys), load_contract("batang_career", "pencari-kerja")
    with pytest.raises(Exception, match="record number 2 has no id"), connect(settings) as connection:
        load_records(connection, ring, contract, OCTOBER, "run-uji", [{"id": 1, "nik": "1"}, {"nik": "2"}])
    with connect(settings) as connection:
        assert connection.execute("select count(*) from raw.pencari_kerja").fetchone() == (0,)
        assert connection.execute("select count(*) from vault.identitas").fetchone() == (0,)
