"""The sweep: who vanished is an event, who came back another, and an empty answer deletes nobody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from batang_assets.cli.guards import accept_source
from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.extract import Extractor
from batang_assets.raw.http import open_http_source
from batang_assets.raw.refusals import open_refusals
from batang_assets.raw.sweep import Sweeper, Swept
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from tests.raw.shifting import Shifting, shifting

OCTOBER = Period.parse("2026-10")
LAMARAN = load_contract("batang_career", "lamaran")
EVENTS = "select id, hilang_pada is not null, muncul_lagi_pada is not null from raw.hilang order by hilang_id"


@dataclass(frozen=True)
class Place:
    source: Shifting
    settings: Settings

    def run(self, day: str, *, extract: bool = True) -> Swept | None:
        """Extract and, if due, sweep at noon of ``day``."""
        clock = Settings.model_validate({"clock": f"{day}T12:00:00+07:00"}).clock
        settings = self.settings.model_copy(update={"clock": clock})
        with open_http_source(settings) as source, connect(settings) as connection:
            if extract:
                ring = KeyRing.load(settings.keys)
                Extractor(connection, settings, ring, source, "run-uji").extract(LAMARAN, OCTOBER)
            sweeper = Sweeper(connection, settings, source, "run-uji")
            return sweeper.sweep(LAMARAN, OCTOBER) if sweeper.due(LAMARAN, OCTOBER) else None

    def query(self, text: str) -> list[tuple]:
        with connect(self.settings) as connection:
            return connection.execute(text.encode()).fetchall()


@pytest.fixture
def place(new_settings: Callable[..., Settings]) -> Iterator[Place]:
    with shifting("lamaran") as source:
        for key in range(1, 41):
            source.put(key, f"2026-10-{key % 15 + 1:02d}T08:00:00", status="dikirim")
        settings = new_settings(
            career_url=source.url, career_token="t", career_page_size=9, first_period="2026-10"
        )
        yield Place(source, settings)


def test_a_vanished_row_and_its_return_are_two_events(place: Place):
    assert place.run("2026-10-20") == Swept(shown=40, known=40)
    gone = place.source.rows.pop(7)
    assert place.run("2026-10-21") == Swept(shown=39, known=40, vanished=1)
    # Told once: who is known to be gone does not vanish again.
    assert place.run("2026-10-22") == Swept(shown=39, known=39)
    place.source.rows[7] = gone
    assert place.run("2026-10-23") == Swept(shown=40, known=39, back=1)
    assert place.query(EVENTS) == [("7", True, False), ("7", False, True)]
    (moment,) = place.query("select hilang_pada::text from raw.hilang where hilang_pada is not null")[0]
    assert moment == "2026-10-21 12:00:00+07"
    assert place.run("2026-10-24") == Swept(shown=40, known=40)


def test_a_row_deleted_softly_or_created_meanwhile_has_not_vanished(place: Place):
    place.run("2026-10-20")
    place.source.put(7, "2026-10-20T18:00:00", deleted_at="2026-10-20T18:00:00+07:00")
    place.source.put(77, "2026-10-20T19:00:00", status="dikirim")
    assert place.run("2026-10-21") == Swept(shown=40, known=40)
    # Deleted while we worked: not a loss, though our own rows do not say so yet.
    for key in range(8, 38):
        place.source.put(key, "2026-10-22T18:00:00", deleted_at="2026-10-22T18:00:00+07:00")
    swept = place.run("2026-10-22", extract=False)
    assert swept
    assert not swept.refused


def test_an_empty_answer_deletes_nobody_and_says_so(place: Place):
    place.run("2026-10-20")
    place.source.ids = []
    swept = place.run("2026-10-21")
    assert swept
    assert swept.refused
    assert (swept.refused.known, swept.refused.lost) == (40, 40)
    assert "daftar kunci sumber tidak lagi memuat 40 dari 40" in swept.refused.line()
    assert place.query(EVENTS) == []
    with connect(place.settings) as connection:
        assert len(open_refusals(connection, OCTOBER, "lamaran")) == 1
    # Still due: the refused sweep is no sweep. What is whole again is believed without an acceptance.
    place.source.ids = None
    assert place.run("2026-10-21") == Swept(shown=40, known=40)
    with connect(place.settings) as connection:
        assert not open_refusals(connection, OCTOBER, "lamaran")


def test_an_accepted_loss_becomes_events_at_the_next_sweep(place: Place):
    place.run("2026-10-20")
    for key in range(1, 16):
        del place.source.rows[key]
    swept = place.run("2026-10-21")
    assert swept
    assert swept.refused
    assert swept.refused.lost == 15
    accept_source(place.settings, "lamaran", "2026-10", "Sri", "pembersihan data uji oleh penyedia")
    assert place.run("2026-10-22") == Swept(shown=25, known=40, vanished=15)
    assert place.run("2026-10-23") == Swept(shown=25, known=25)


def test_a_sweep_is_due_once_a_day_and_only_in_the_running_month(place: Place):
    assert place.run("2026-10-20")
    assert place.run("2026-10-20") is None
    assert place.run("2026-10-21")
    assert place.run("2026-11-02") is None


def test_events_are_never_changed(place: Place):
    place.run("2026-10-20")
    place.source.rows.pop(7)
    place.run("2026-10-21")
    with (
        connect(place.settings) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        connection.execute("delete from raw.hilang")
