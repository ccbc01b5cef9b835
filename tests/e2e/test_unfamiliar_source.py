"""A whole run by the command line over a database that nobody here has seen: field maps alone connect it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from batang_assets.contracts import all_contracts
from batang_assets.sandbox.servers import ensure_servers, stop_servers
from batang_assets.sandbox.world.export import export_world
from tests.e2e.test_main_job import Place
from tests.raw.unfamiliar import made_unfamiliar

PEOPLE, CLOCK = 200, "2026-10-31T23:59:59+07:00"


@dataclass(frozen=True)
class Office(Place):
    """A home whose Batang Career is a database, read through maps; ``configured`` reaches it and the centre."""

    configured: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | self.configured | {"BATANG_CLOCK": CLOCK}


@pytest.fixture(scope="module")
def office(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A new home in which the month ran once, after the source was checked."""
    home, career = tmp_path_factory.mktemp("kantor"), new_database()
    sandbox = home / "sandbox"
    reached = ensure_servers(sandbox, people=PEOPLE, seed=17, until=CLOCK)
    export_world(sandbox / "dunia.sqlite", career.replace("postgresql://", "postgresql+psycopg://"))
    configured = {name: value for name, value in reached.items() if "SIAPKERJA" in name}
    configured["BATANG_CAREER_DATABASE_URL"] = career
    configured["BATANG_CAREER_MAP"] = str(made_unfamiliar(career, home / "peta"))
    office = Office(home, new_database(), configured)
    try:
        checked = json.loads(office.batang("source", "check", "--json"))["datasets"]
        assert {one["dataset"] for one in checked if one["usable"]} == {
            contract.dataset for contract in all_contracts("batang_career")
        }
        office.batang("keys", "init")
        people = ("--prepared-by", "Sri Wahyuni", "--approved-by", "Budi Santoso")
        office.batang("run", "--period", "2026-10", *people)
        yield office
    finally:
        stop_servers(sandbox)


def test_every_record_of_the_database_is_in_raw_once(office: Office):
    for dataset, expected in office.world("select dataset, count(*) from catatan group by 1"):
        table = dataset.replace("-", "_")
        assert office.query(f"select count(*), count(distinct id) from raw.{table}") == [(expected, expected)]
    # What the contract does not know, no map took.
    assert office.query("select distinct _kolom_asing from raw.pencari_kerja") == [(["f_rilumrof_isrev"],)]


def test_the_month_is_gated_balanced_consolidated_and_packed(office: Office):
    status = office.status()
    assert status["quality"]["rows_checked"] > 0
    published = {"balanced": True, "revision": 0}
    assert status["ipk"] == {f"III/{number}": published for number in range(1, 9)}
    for domain, count in status["consolidation"].items():
        assert count["residual"] == 0, domain
    daerah = {domain: count["daerah"] for domain, count in status["consolidation"].items()}
    live = "select count(*) from catatan where dataset = 'pencari-kerja' and not deleted"
    assert 0.9 * office.world(live)[0][0] < daerah["pencari-kerja"] <= office.world(live)[0][0]
    package = status["smdata"]["package"]
    assert "utuh dan bertanda tangan" in office.batang("verify", "--package", package)
