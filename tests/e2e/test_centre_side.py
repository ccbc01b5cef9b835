"""The centre's own records, end to end: each under the cause the world labelled, by read-back and by an extract."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import pytest

from batang_assets.consolidation.summary import consolidation_counts
from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.sandbox.siapkerja.extract import write_extract
from batang_assets.settings import Settings
from batang_assets.siapkerja.extracts import take_extracts
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people
from batang_assets.warehouse.project import failure, run_dbt
from tests.e2e.test_main_job import BATANG, Place
from tests.raw.career import TOKEN, serving_world
from tests.siapkerja.test_extracts import still

PEOPLE, SEED = 500, 11
TABLES = ("rpt_konsolidasi", "rpt_konsolidasi_sebab", "rpt_konsolidasi_jembatan", "rpt_konsolidasi_bidang",
          "rpt_konsolidasi_daftar_kerja", "rpt_konsolidasi_tolak")  # fmt: skip
FOUND = (
    "select domain, id_siapkerja, id_daerah, padanan, hubungan, sebab, kecamatan_daerah, kecamatan_pusat,"
    " pusat_diubah_pada from intermediate.int_konsolidasi__padanan order by 1, 2, 3"
)


@pytest.fixture(scope="module")
def place(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A home in which the demo has run."""
    assert BATANG.exists()
    place = Place(tmp_path_factory.mktemp("rumah"), new_database())
    place.batang("demo", "--people", str(PEOPLE), "--seed", str(SEED))
    return place


@dataclass(frozen=True)
class Office(Place):
    """A home with real counterparts configured: ``career``, and a folder of extracts instead of SIAPkerja."""

    career: str
    extracts: Path

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "BATANG_CLOCK": "2026-10-31T23:59:59+07:00",
            "BATANG_CAREER_URL": self.career,
            "BATANG_CAREER_TOKEN": TOKEN,
            "BATANG_SIAPKERJA_FILES": str(self.extracts),
        }


def settings_of(place: Place, **values: object) -> Settings:
    return Settings.model_validate(
        {"home": place.home, "database_url": place.url, "clock": "2026-10-31T23:59:59+07:00", **values}
    )


def expected(
    place: Place, connection: psycopg.Connection
) -> dict[tuple[str, str], tuple[str, str, str | None]]:
    """Central record that counts → relation, cause and way, by the world's label.

    A record of ours that SIAPkerja refused has no partner of its own, so it is paired with the person's other one.
    """
    refused = {
        row[0]
        for row in connection.execute(
            "select id_daerah from delivery.catatan_status where keadaan = 'ditolak'"
        )
    }
    found = {}
    for domain, identity, cause, way, ours in place.truth(
        "select domain, id_siapkerja, sebab, cara, id_daerah from pusat where sebab is not null"
    ):
        alone = ("hanya_pusat", cause, way)
        found[domain, identity] = ("beda", "entri_pusat", way) if ours in refused else alone
    return found


def attributed(connection: psycopg.Connection) -> dict[tuple[str, str], tuple[str, str, str | None]]:
    """The same of what the pipeline found, for records that were entered at the centre."""
    return {
        (domain, identity): (relation, cause, way)
        for domain, identity, _, way, relation, cause, *_ in connection.execute(FOUND.encode())
        if identity and identity.startswith("SK-")
    }


def tables(connection: psycopg.Connection) -> dict[str, list]:
    """Everything that the consolidation says, and what it stands on."""
    said = {"padanan": connection.execute(FOUND.encode()).fetchall()}
    for name in TABLES:
        rows = connection.execute(f"select t::text from reports.{name} t order by 1".encode()).fetchall()
        said[name] = [row[0] for row in rows]
    connection.rollback()
    return said


def test_every_central_record_has_the_cause_the_world_labelled(place: Place) -> None:
    with connect(settings_of(place)) as connection:
        truth, found = expected(place, connection), attributed(connection)
    wrong = {key: (truth.get(key), found.get(key)) for key in truth.keys() | found.keys()
             if truth.get(key) != found.get(key)}  # fmt: skip
    assert wrong == {}
    causes = Counter(cause for (domain, _), (_, cause, _) in found.items() if domain == "pencari-kerja")
    print(f"{sum(causes.values())} seekers of the centre: {dict(causes)}")
    assert {"ganda_di_pusat", "entri_pusat", "domisili", "kedaluwarsa", "definisi"} <= causes.keys()
    assert ("hanya_pusat", "ganda_di_pusat", "tautan") in found.values()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_extract_says_the_same_as_the_read_back_table_for_table(
    place: Place, tmp_path: Path, kind: str
) -> None:
    settings = settings_of(place, siapkerja_files=tmp_path)
    ring = KeyRing.load(settings.keys)
    with connect(settings) as connection:
        before = tables(connection)
        assert len(before["padanan"]) > PEOPLE
        for contract in all_contracts("siapkerja"):
            connection.execute(f"truncate raw.{contract.table}".encode())
        connection.execute("delete from vault.identitas where tabel like 'siapkerja%'")
        connection.execute("truncate raw.berkas, raw.berkas_nama")
        connection.commit()
        write_extract(
            place.home / "sandbox" / "siapkerja.sqlite", tmp_path, kind=kind, day=date(2026, 10, 31)
        )
        for path in tmp_path.iterdir():
            still(path)
        taken = take_extracts(connection, ring, settings, Period(2026, 10), "uji")
        assert sum(one.rows for one in taken.values()) == held(place)
        link_people(connection, ring, "uji", settings.now())
        assert failure(run_dbt(settings, ["run", "--select", "tag:konsolidasi"])) is None
        after = tables(connection)
        for name, rows in before.items():
            assert after[name] == rows, name
        centre = {domain: count["centre"] for domain, count in consolidation_counts(connection).items()}
    assert set(map(str, centre.values())) == {str({"by": "ekstrak", "day": "2026-10-31"})}


@pytest.fixture(scope="module")
def office(
    place: Place, new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """The same regency at an office without the interface: it has what the centre's operator dropped, no URL."""
    drops = tmp_path_factory.mktemp("ekstrak")
    write_extract(place.home / "sandbox" / "siapkerja.sqlite", drops, day=date(2026, 10, 31))
    for path in drops.iterdir():
        still(path)
    with serving_world(place.home / "sandbox" / "dunia.sqlite") as url:
        yield Office(tmp_path_factory.mktemp("kantor"), new_database(), url, drops)


def test_a_whole_run_with_extracts_alone_closes_the_bridge(office: Office, place: Place) -> None:
    office.batang("keys", "init")
    office.batang(
        "run", "--period", "2026-10", "--prepared-by", "Sri Wahyuni", "--approved-by", "Budi Santoso"
    )
    status = office.status()
    said = status["consolidation"]
    assert {domain: count["pusat"] for domain, count in said.items()} == dict(
        place.world(
            "select domain, count(*) from catatan where not ditarik group by domain", "siapkerja.sqlite"
        )
    )
    for domain, count in said.items():
        assert count["residual"] == 0, domain
        assert count["centre"] == {"by": "ekstrak", "day": "2026-10-31"}, domain
        assert sum(count["causes"].values()) == count["daerah"] - count["pusat"], domain
        # What the demo sent the centre shows as this office has it; it has itself sent nothing.
        assert count["cocok"] > 0, domain
    # What waits for good is said, in numbers and with what to do.
    waiting = sum(count["pending"] for count in status["siapkerja"].values())
    assert 0 < status["undelivered"]["records"] <= waiting
    assert "BATANG_SIAPKERJA_URL" in status["undelivered"]["reason"]
    assert office.query("select count(*) from delivery.buku_besar where jenis = 'percobaan'") == [(0,)]
    assert office.query("select count(*) from reports.konsolidasi_riwayat where periode = '2026-10-01'") != [
        (0,)
    ]


def held(place: Place) -> int:
    with sqlite3.connect(place.home / "sandbox" / "siapkerja.sqlite") as store:
        return store.execute("select count(*) from catatan").fetchone()[0]
