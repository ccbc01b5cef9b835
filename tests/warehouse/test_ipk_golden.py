"""The statutory tables of two small worlds, every cell worked out by hand.

Forty people over four months, and a dozen around a leap day and the turn of a year.

In each folder ``orang.csv`` and ``lowongan.csv`` say of each person and each vacancy why it comes out as it does;
``masa.csv`` and ``tempat.csv`` hold the lives that follow from the rules as they are written, ``sel_*.csv`` the
tally of those lives: every cell of the eight tables that is not empty. Nothing there was made by the code under
test.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.warehouse import ledger_world as world

HELD_BACK = {
    "dunia_emas": {
        ("PK", "10"): ["PK_R01"],
        ("PK", "30"): ["PK_A16"],
        ("PN", "17"): ["PN_A13"],
        ("LW", "10"): ["LW_A01"],
    },
    "dunia_kabisat": {("PK", "11"): ["PK_R01"]},
}
SPANS = {
    "dunia_emas": {"clock": "2026-10-31T23:59:59.999+07:00", "first_period": "2026-07"},
    "dunia_kabisat": {"clock": "2028-03-31T23:59:59.999+07:00", "first_period": "2027-12"},
}
EXITS = ("ditempatkan", "dihapus", "kedaluwarsa")


class Built(NamedTuple):
    """A world's folder and the database that was built from it."""

    folder: Path
    settings: Settings

    def expected(self, name: str) -> set[tuple[str, ...]]:
        return {tuple(row.values()) for row in world.read(self.folder, name)}


@pytest.fixture(scope="module", params=SPANS)
def built(request: pytest.FixtureRequest, new_settings: Callable[..., Settings]) -> Built:
    settings = new_settings(**SPANS[request.param])
    folder = Path(__file__).with_name(request.param)
    world.load(settings, world.records(folder))
    world.build(settings)
    return Built(folder, settings)


def query(built: Built, text: str) -> list[tuple]:
    with connect(built.settings) as connection:
        return connection.execute(text.encode()).fetchall()


def test_every_life_is_the_one_worked_out_by_hand(built: Built) -> None:
    found = {}
    for spell, kind, day, band, since in query(
        built,
        "select pendaftaran_id::text, jenis, tanggal_peristiwa::text, kelompok_umur, lama_lulus"
        " from marts.fct_peristiwa_pencari_kerja where jenis <> 'lapor'",
    ):
        life = found.setdefault(spell, {"pendaftaran_id": spell, "kelompok_umur": band, "lama_lulus": since})
        if kind in EXITS:
            life |= {"keluar": kind, "tanggal_keluar": day}
        else:
            life |= {"terdaftar": day}
    lives = {
        row["pendaftaran_id"]: {
            key: row[key]
            for key in (
                "pendaftaran_id",
                "kelompok_umur",
                "lama_lulus",
                "terdaftar",
                "keluar",
                "tanggal_keluar",
            )
            if row[key]
        }
        for row in world.read(built.folder, "masa")
    }
    assert found == lives


def test_every_place_is_the_one_worked_out_by_hand(built: Built) -> None:
    found = query(
        built,
        "select lowongan_id::text, jenis, tanggal_peristiwa::text, jumlah_l::text, jumlah_p::text,"
        " jumlah_bebas::text from marts.fct_peristiwa_lowongan",
    )
    assert Counter(found) == Counter(tuple(row.values()) for row in world.read(built.folder, "tempat"))


def test_every_cell_of_iii_1_to_iii_7(built: Built) -> None:
    found, wanted = world.flows(built.settings), built.expected("sel_iii_1_7")
    assert found - wanted == set()
    assert wanted - found == set()
    assert {cell[0] for cell in found} == {f"III/{n}" for n in range(1, 8)}, (
        "a table without a cell proves nothing"
    )


def test_every_cell_of_iii_8(built: Built) -> None:
    assert world.placements(built.settings) == built.expected("sel_iii_8")


def test_iii_1_as_printed_is_the_sum_over_the_kecamatan(built: Built) -> None:
    wanted: Counter[tuple[str, str, str, str]] = Counter()
    for cell in world.read(built.folder, "sel_iii_1_7"):
        if cell["tabel"] == "III/1":
            key = (cell["periode"], cell["bagian"], cell["kode"], cell["jenis_kelamin"])
            wanted[key] += int(cell["akhir"])
    printed = query(
        built,
        "select periode::text, bagian, kelompok_umur, jenis_kelamin, jumlah from reports.rpt_ipk_iii_1"
        " where baris in ('5', '10')",
    )
    assert {tuple(key): n for *key, n in printed if n} == {key: n for key, n in wanted.items() if n}
    assert len(printed) == 4 * 15


def test_the_tally_adds_up_on_its_own(built: Built) -> None:
    """The data file itself keeps the identities of the tables."""
    totals: dict[tuple[str, ...], Counter[str]] = {}
    for cell in world.read(built.folder, "sel_iii_1_7"):
        opening, entered, filled, removed, closing = (
            int(cell[name]) for name in ("awal", "masuk", "terpenuhi", "dihapus", "akhir")
        )
        assert closing == opening + entered - filled - removed
        key = (cell["bagian"], cell["periode"], cell["kode_kecamatan"], cell["jenis_kelamin"], cell["tabel"])
        totals.setdefault(key[:4], Counter()).update(
            {f"{key[4]} {n}": int(cell[n]) for n in ("awal", "akhir")}
        )
    for counts in totals.values():
        for name in ("awal", "akhir"):
            assert len({n for key, n in counts.items() if key.endswith(name)}) == 1


def test_who_may_not_be_counted_is_in_quarantine(built: Built) -> None:
    held = query(
        built,
        "select 'PK', id, aturan_gagal from intermediate.int_pencari_kerja__dinilai where not layak"
        " union all select 'PN', id, aturan_gagal from intermediate.int_penempatan__dinilai where not layak"
        " union all select 'LW', id, aturan_gagal from intermediate.int_lowongan__dinilai where not layak",
    )
    assert {(dataset, key): rules for dataset, key, rules in held} == HELD_BACK[built.folder.name]


def test_every_written_rule_holds_on_its_own(built: Built) -> None:
    """The dbt unit tests of the ledgers: one a rule, P1–P12 and L1–L8."""
    models = ("int_pencari_kerja__peristiwa", "int_lowongan__pengisian", "fct_peristiwa_*")
    results = run_dbt(built.settings, ["test", "--select", *(f"test_type:unit,{model}" for model in models)])
    assert failure(results) is None, failure(results)
    rules = {result.node.name.split("_")[0] for result in results}
    assert {f"p{n}" for n in range(1, 13)} | {f"l{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8)} <= rules
