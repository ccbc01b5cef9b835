"""The tail against the world's own truth, and that what is found depends on the records alone."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from batang_assets.database import connect, prepare_database
from batang_assets.sandbox.world import build_world
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people
from batang_assets.vault.linkage.records import read_records
from tests.vault.linkage.linked_world import Score, load_world, score, truth

LEAST_PRECISION, LEAST_RECALL = 0.995, 0.95
UNTIL = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
LINKS = "select asal_id, orang_id, cara, keyakinan, bobot, model from vault.tautan_orang order by 1"
PAIRS = (
    "select asal_a, asal_b, catatan_a, catatan_b, bobot, keyakinan, pola::text, putusan, sebab, model"
    " from vault.tautan_pasangan order by 1, 2"
)


def link_world(settings: Settings, world: Path) -> dict[str, Score]:
    """Link the world's people and judge the tail: by dataset of the tail record, and ``semua``."""
    with connect(settings) as connection:
        load_world(connection, settings, world)
        link_people(connection, KeyRing.load(settings.keys), "uji", settings.now())
        records = read_records(connection)
        person_of = dict(connection.execute("select asal_id, orang_id from vault.tautan_orang").fetchall())
    said = {record.key: person_of.get(record.origin, record.origin) for record in records}
    persons, tail = truth(world), {record.key for record in records if record.tail}
    scores = {"semua": score(persons, said, tail)}
    for dataset in sorted({record.dataset for record in records}):
        scores[dataset] = score(persons, said, {key for key in tail if key.startswith(dataset)})
    return scores


def report(title: str, scores: dict[str, Score]) -> None:
    print(f"\n{title}")
    for name, line in scores.items():
        print(f"  {name:20} {line}")


def test_the_tail_of_three_small_worlds_is_linked_rightly(
    new_settings: Callable[..., Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    total = Score()
    for seed in (3325, 7, 11):
        world = tmp_path / f"dunia-{seed}.sqlite"
        build_world(world, people=2000, seed=seed, until=UNTIL)
        scores = link_world(new_settings(), world)
        total += scores["semua"]
        with capsys.disabled():
            report(f"2,000 people, seed {seed}", scores)
    with capsys.disabled():
        print(f"  {'together':20} {total}")
    assert total.true > 60
    assert total.precision >= LEAST_PRECISION
    assert total.recall >= LEAST_RECALL


@pytest.mark.nightly
def test_the_tail_of_a_regency_is_linked_rightly(
    new_settings: Callable[..., Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    world = tmp_path / "dunia.sqlite"
    build_world(world, people=25_000, seed=3325, until=UNTIL)
    scores = link_world(new_settings(), world)
    with capsys.disabled():
        report("25,000 people", scores)
    assert scores["semua"].true > 300
    assert scores["semua"].precision >= LEAST_PRECISION
    assert scores["semua"].recall >= LEAST_RECALL


@pytest.fixture
def with_same_keys(settings: Settings, new_database: Callable[[], str], tmp_path: Path) -> Settings:
    """Another empty database under the key ring of ``settings``, so that pseudonyms are the same."""
    other = Settings.model_validate(
        {
            "home": tmp_path,
            "keys_dir": settings.keys,
            "database_url": SecretStr(new_database()),
            "clock": "2026-10-31T23:59:59+07:00",
        }
    )
    prepare_database(other)
    return other


def test_the_order_of_arrival_changes_nothing_and_twice_is_the_same(
    settings: Settings, with_same_keys: Settings, tmp_path: Path
):
    world = tmp_path / "dunia.sqlite"
    build_world(world, people=1200, seed=5, until=UNTIL)
    found = []
    for where, order in ((settings, "id"), (with_same_keys, "(id * 7919) % 1009, id desc")):
        with connect(where) as connection:
            load_world(connection, where, world, order)
            ring = KeyRing.load(where.keys)
            assert link_people(connection, ring, "uji", where.now()).linked > 5
            found.append(_found(connection))
            # Once more from nothing, on the same records.
            connection.execute("truncate vault.penautan, vault.tautan_orang, vault.tautan_pasangan")
            connection.commit()
            link_people(connection, ring, "uji", where.now())
            found.append(_found(connection))
    assert found[0] == found[1]
    assert found[0] == found[2] == found[3]


def _found(connection: psycopg.Connection) -> tuple[list, list]:
    return connection.execute(LINKS).fetchall(), connection.execute(PAIRS).fetchall()
