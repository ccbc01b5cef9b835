"""The data tests of a build of what changed find a fault in what it made, and any other run finds it anywhere."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.loader import load_records
from batang_assets.sandbox.world import build_world
from batang_assets.sandbox.world.baca import reading
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.warehouse.project import WAREHOUSE, build_warehouse, run_dbt

UNTIL = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
EVENTS = "marts.fct_peristiwa_pencari_kerja"
# Test → (a fault that it must find, what a build notes of the record it is in); both of one record, `dipilih`.
FAULTS = {
    "peristiwa_masa_tidak_bertindihan": (
        f"update {EVENTS} set tanggal_peristiwa = '1999-01-01' from dipilih"
        f" where {EVENTS}.pendaftaran_id = dipilih.id and jenis in ('ditempatkan', 'dihapus', 'kedaluwarsa')",
        f"select 'masa', orang_id from {EVENTS}, dipilih where pencari_kerja_id = id",
    ),
    "peristiwa_pencari_kerja_satu_masuk_satu_keluar": (
        f"update {EVENTS} set jenis = 'terdaftar' from dipilih"
        f" where {EVENTS}.pendaftaran_id = dipilih.id and jenis in ('ditempatkan', 'dihapus', 'kedaluwarsa')",
        f"select 'masa', orang_id from {EVENTS}, dipilih where pencari_kerja_id = id",
    ),
    "peristiwa_tidak_ada_yang_hilang": (
        f"delete from {EVENTS} using dipilih where peristiwa_id = 'daftar:' || dipilih.id",
        "select 'pencari_kerja', id::text from dipilih",
    ),
    "keparahan_aturan": (
        "update intermediate.int_pencari_kerja__dinilai as dinilai set peringatan = array['PK_A10'] from dipilih"
        " where dinilai.pencari_kerja_id = dipilih.id",
        "select 'pencari_kerja', id::text from dipilih",
    ),
    "tidak_ada_yang_hilang": (
        "delete from marts.dim_pencari_kerja using dipilih where pencari_kerja_id = dipilih.id",
        "select 'pencari_kerja', id::text from dipilih",
    ),
}
# Seekers fit to be sent whose spell has ended, one for each fault.
CHOOSE = f"""
    create table dipilih_semua as
    select peristiwa.pencari_kerja_id as id, row_number() over (order by peristiwa.pencari_kerja_id) as nomor
    from {EVENTS} as peristiwa
    inner join marts.dim_pencari_kerja as seeker on peristiwa.pencari_kerja_id = seeker.pencari_kerja_id
    where peristiwa.jenis = 'terdaftar' and peristiwa.pendaftaran_id in (
        select pendaftaran_id from {EVENTS} where jenis in ('ditempatkan', 'dihapus', 'kedaluwarsa')
    )
"""


@pytest.fixture(scope="module")
def faulty(new_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of sixty people with every fault, of which nothing is noted."""
    settings = new_settings().model_copy(update={"clock": UNTIL})
    world: Path = tmp_path_factory.mktemp("dunia") / "dunia.sqlite"
    build_world(world, people=60, seed=5, until=UNTIL)
    ring = KeyRing.load(settings.keys)
    with reading(world) as shown, connect(settings) as connection:
        for table in shown.tables():
            rows = [dict(zip(table.columns, values, strict=True)) for values in shown.rows(table)]
            contract = load_contract("batang_career", table.dataset)
            load_records(connection, ring, contract, Period.of(UNTIL), "uji", rows)
    build_warehouse(settings, WAREHOUSE)
    with connect(settings) as connection:
        connection.execute(CHOOSE.encode())
        for number, (fault, _) in enumerate(FAULTS.values(), 1):
            _choose(connection, number)
            assert connection.execute(fault.encode()).rowcount > 0
        connection.execute("truncate gudang.perubahan")
    return settings


def _choose(connection: psycopg.Connection, number: int) -> None:
    """`dipilih` is the seeker of that number."""
    connection.execute("drop view if exists dipilih")
    connection.execute(
        f"create temp view dipilih as select id from dipilih_semua where nomor = {number}".encode()
    )


def found(settings: Settings, *, partial: bool) -> dict[str, bool]:
    """Test → whether it found a fault."""
    results = run_dbt(settings, ["test", "--select", *FAULTS], partial=partial)
    assert {result.status for result in results} <= {"pass", "fail"}
    return {result.node.name: result.status == "fail" for result in results}


def test_a_build_of_what_changed_tests_what_it_made_and_any_other_run_tests_everything(faulty: Settings):
    assert found(faulty, partial=True) == dict.fromkeys(FAULTS, False), (
        "of rows it did not make it says nothing"
    )
    assert found(faulty, partial=False) == dict.fromkeys(FAULTS, True)
    with connect(faulty) as connection:
        for number, (_, noted) in enumerate(FAULTS.values(), 1):
            _choose(connection, number)
            added = connection.execute(f"insert into gudang.perubahan (apa, kunci) {noted}".encode())
            assert added.rowcount > 0
    assert found(faulty, partial=True) == dict.fromkeys(FAULTS, True)
