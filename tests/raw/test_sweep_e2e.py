"""A person who vanishes from Batang Career leaves the ledger of events as removed, and is withdrawn at SIAPkerja;
a source that lost its people is not believed, until somebody answers for it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from batang_assets.cli.guards import accept_source
from batang_assets.cli.stack import Demo
from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality.gate import quality_status
from batang_assets.raw.extract import Extractor
from batang_assets.raw.sources import open_source
from batang_assets.raw.sweep import Sweeper, Swept
from batang_assets.settings import load_settings
from batang_assets.vault import KeyRing
from batang_assets.warehouse.project import WAREHOUSE, build_warehouse, failure
from tests.raw.career import TOKEN, serving_world

BATANG = Path(sys.executable).parent / "batang"
PEOPLE = 500
OCTOBER = Period.parse("2026-10")
SEEKERS = load_contract("batang_career", "pencari-kerja")


@dataclass(frozen=True)
class Place:
    """A demo's home, and the world behind it."""

    home: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "BATANG_HOME": str(self.home), "BATANG_DATABASE_URL": self.url, "BATANG_CAREER_SWEEP_HOURS": "0",
        }  # fmt: skip

    @property
    def world(self) -> Path:
        return self.home / "sandbox" / "dunia.sqlite"

    def demo(self, *, fails: bool = False) -> None:
        """The whole job of October; a closed gate is a failed run, as for any other rule."""
        result = subprocess.run(
            [BATANG, "demo", "--people", str(PEOPLE)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert result.returncode == int(fails), result.stdout[-2000:] + result.stderr[-2000:]

    def sweep_seekers(self) -> Swept:
        """Of the job only what a vanished seeker meets: reading, sweep, warehouse."""
        with serving_world(self.world) as url:
            settings = load_settings(
                self.environment
                | {"BATANG_CAREER_URL": url, "BATANG_CAREER_TOKEN": TOKEN, "BATANG_CLOCK": Demo().until}
            )
            with open_source(settings) as source, connect(settings) as connection:
                ring = KeyRing.load(settings.keys)
                extraction = Extractor(connection, settings, ring, source, "run-uji").extract(
                    SEEKERS, OCTOBER
                )
                assert extraction.refused == []
                swept = Sweeper(connection, settings, source, "run-uji").sweep(SEEKERS, OCTOBER)
        assert failure(build_warehouse(settings, WAREHOUSE)) is None
        return swept

    def query(self, text: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(text.encode()).fetchall()

    def centre(self, text: str) -> list[tuple]:
        with sqlite3.connect(self.home / "sandbox" / "siapkerja.sqlite") as connection:
            return connection.execute(text).fetchall()

    def change_world(self, statement: str) -> None:
        """Replace the world file by one in which the statement has been run."""
        changed = self.world.with_suffix(".baru")
        shutil.copy(self.world, changed)
        with sqlite3.connect(changed) as connection:
            connection.execute(statement)
        connection.close()
        changed.replace(self.world)

    def gates(self) -> dict[str, str]:
        """Dataset → verdict of October."""
        with psycopg.connect(self.url) as connection:
            return quality_status(connection, OCTOBER)["gates"]


@pytest.fixture(scope="module")
def place(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("rumah"), new_database())
    place.demo()
    return place


@pytest.fixture(scope="module")
def vanished(place: Place) -> int:
    """A seeker whom the centre holds, gone from the source and swept."""
    (key,) = place.query(
        "select pencari_kerja_id from marts.dim_pencari_kerja d"
        " join delivery.catatan_status c using (id_daerah)"
        " where c.di_pusat and (select count(*) from marts.fct_peristiwa_pencari_kerja p"
        "     where p.pencari_kerja_id = d.pencari_kerja_id and jenis <> 'lapor') = 1"
        " and not exists (select 1 from raw.penempatan n where n.pencari_kerja_id = d.pencari_kerja_id::text)"
        " order by 1 limit 1"
    )[0]
    assert place.centre(_withdrawn(key)) == [(0,)]
    assert place.gates()["pencari-kerja"] == "pass"
    place.change_world(f"delete from catatan where dataset = 'pencari-kerja' and id = {key}")
    swept = place.sweep_seekers()
    assert (swept.refused, swept.vanished) == (None, 1)
    return key


def _withdrawn(key: int) -> str:
    return f"select ditarik from catatan where id_daerah = 'batang:pencari-kerja:{key}'"


def test_who_vanished_is_removed_in_the_ledger(place: Place, vanished: int):
    found = "select dataset, hilang_pada::date::text, muncul_lagi_pada from raw.hilang where id = '{}'"
    assert place.query(found.format(vanished)) == [("pencari-kerja", "2026-10-31", None)]
    events = place.query(
        "select jenis, tanggal_peristiwa::text, diketahui_pada >= (select min(dicatat_pada) from raw.hilang)"
        f" from marts.fct_peristiwa_pencari_kerja where pencari_kerja_id = {vanished}"
        " order by tanggal_peristiwa, jenis"
    )
    assert events[-1] == ("dihapus", "2026-10-31", True)
    assert place.query(
        f"select count(*) from marts.dim_pencari_kerja where pencari_kerja_id = {vanished}"
    ) == [(0,)]
    # The version the source once showed is still there: raw never forgets.
    assert place.query(f"select count(*) from raw.pencari_kerja where id = '{vanished}'") == [(1,)]


def test_a_source_that_lost_its_people_closes_the_gate_until_somebody_answers_for_it(
    place: Place, vanished: int
):
    before = place.gates()
    gone = "select id from raw.hilang where dataset = 'pencari-kerja' and not sudah_dihapus"
    withdrawn = "select count(*) from catatan where ditarik and sumber = 'daerah'"
    place.change_world("delete from catatan where dataset = 'pencari-kerja' and id % 2 = 0")
    at_centre = place.centre(withdrawn)
    place.demo(fails=True)
    assert place.gates() == before | {"pencari-kerja": "fail"}
    ((failed, detail),) = place.query(
        "select ringkasan -> 'gagal', ringkasan -> 'rincian' ->> 'PK_A91' from quality.gerbang"
        " where dataset = 'pencari-kerja' and periode = '2026-10-01' order by dinilai_pada desc limit 1"
    )
    assert "PK_A91" in failed
    assert "batang source accept pencari-kerja --period 2026-10" in detail
    assert (place.query(gone), place.centre(withdrawn)) == ([(str(vanished),)], at_centre), (
        "nobody was deleted"
    )
    accept_source(load_settings(place.environment), "pencari-kerja", "2026-10", "Sri", "uji penerimaan")
    place.demo()
    assert place.gates()["pencari-kerja"] == "pass"
    assert len(place.query(gone)) > PEOPLE // 4
    assert place.centre("select count(*) > 50 from catatan where ditarik and sumber = 'daerah'") == [(1,)]
    assert place.centre(_withdrawn(vanished)) == [(1,)], "who vanished is withdrawn at the centre"
