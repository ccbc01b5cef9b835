"""A person who vanishes from Batang Career leaves the ledger of events as removed, and is withdrawn at SIAPkerja;
a source that lost its people is not believed, until somebody answers for it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from batang_assets.cli.guards import accept_source
from batang_assets.settings import load_settings

BATANG = Path(sys.executable).parent / "batang"
PEOPLE = 500


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

    def batang(self, *arguments: str, fails: bool = False) -> str:
        result = subprocess.run(
            [BATANG, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert result.returncode == int(fails), result.stdout[-2000:] + result.stderr[-2000:]
        return result.stdout

    def query(self, text: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(text.encode()).fetchall()

    def centre(self, text: str) -> list[tuple]:
        with sqlite3.connect(self.home / "sandbox" / "siapkerja.sqlite") as connection:
            return connection.execute(text).fetchall()

    def change_world(self, statement: str) -> None:
        """Replace the world file by one in which the statement has been run."""
        world = self.home / "sandbox" / "dunia.sqlite"
        changed = world.with_suffix(".baru")
        shutil.copy(world, changed)
        with sqlite3.connect(changed) as connection:
            connection.execute(statement)
        connection.close()
        changed.replace(world)

    def status(self) -> dict[str, Any]:
        return json.loads(self.batang("status", "--period", "2026-10", "--json"))


@pytest.fixture(scope="module")
def place(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("rumah"), new_database())
    place.batang("demo", "--people", str(PEOPLE))
    return place


def test_who_vanished_is_removed_in_the_ledger_and_withdrawn_at_the_centre(place: Place):
    (key,) = place.query(
        "select pencari_kerja_id from marts.dim_pencari_kerja d"
        " join delivery.catatan_status c using (id_daerah)"
        " where c.di_pusat and (select count(*) from marts.fct_peristiwa_pencari_kerja p"
        "     where p.pencari_kerja_id = d.pencari_kerja_id and jenis <> 'lapor') = 1"
        " and not exists (select 1 from raw.penempatan n where n.pencari_kerja_id = d.pencari_kerja_id::text)"
        " order by 1 limit 1"
    )[0]
    held = f"select ditarik from catatan where id_daerah = 'batang:pencari-kerja:{key}'"
    assert place.centre(held) == [(0,)]
    place.change_world(f"delete from catatan where dataset = 'pencari-kerja' and id = {key}")
    place.batang("demo", "--people", str(PEOPLE))
    assert place.query("select dataset, id, hilang_pada::date::text, muncul_lagi_pada from raw.hilang") == [
        ("pencari-kerja", str(key), "2026-10-31", None)
    ]
    events = place.query(
        "select jenis, tanggal_peristiwa::text, diketahui_pada >= (select max(dicatat_pada) from raw.hilang)"
        f" from marts.fct_peristiwa_pencari_kerja where pencari_kerja_id = {key} order by tanggal_peristiwa, jenis"
    )
    assert events[-1] == ("dihapus", "2026-10-31", True)
    assert place.query(f"select count(*) from marts.dim_pencari_kerja where pencari_kerja_id = {key}") == [
        (0,)
    ]
    assert place.centre(held) == [(1,)]
    # The version the source once showed is still there: raw never forgets.
    assert place.query(f"select count(*) from raw.pencari_kerja where id = '{key}'") == [(1,)]


def test_a_source_that_lost_its_people_closes_the_gate_until_somebody_answers_for_it(place: Place):
    before = place.status()
    assert before["quality"]["gates"]["pencari-kerja"] == "pass"
    place.change_world("delete from catatan where dataset = 'pencari-kerja' and id % 2 = 0")
    gone = "select count(*) from raw.hilang"
    withdrawn = "select count(*) from catatan where ditarik and sumber = 'daerah'"
    vanished, at_centre = place.query(gone), place.centre(withdrawn)
    # A closed gate is a failed run, as for any other rule.
    place.batang("demo", "--people", str(PEOPLE), fails=True)
    lost = place.status()
    assert lost["quality"]["gates"]["pencari-kerja"] == "fail"
    assert lost["quality"]["gates"]["pemberi-kerja"] == before["quality"]["gates"]["pemberi-kerja"]
    ((failed, detail),) = place.query(
        "select ringkasan -> 'gagal', ringkasan -> 'rincian' ->> 'PK_A91' from quality.gerbang"
        " where dataset = 'pencari-kerja' and periode = '2026-10-01' order by dinilai_pada desc limit 1"
    )
    assert "PK_A91" in failed
    assert "batang source accept pencari-kerja --period 2026-10" in detail
    assert (place.query(gone), place.centre(withdrawn)) == (vanished, at_centre), "nobody was deleted"
    settings = load_settings(place.environment)
    accept_source(settings, "pencari-kerja", "2026-10", "Sri", "uji penerimaan")
    place.batang("demo", "--people", str(PEOPLE))
    assert place.status()["quality"]["gates"]["pencari-kerja"] == "pass"
    assert len(place.query("select 1 from raw.hilang where dataset = 'pencari-kerja'")) > PEOPLE // 4
    assert place.centre("select count(*) > 50 from catatan where ditarik and sumber = 'daerah'") == [(1,)]
