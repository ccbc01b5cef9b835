"""A source that lost rows is not believed, a normal re-read always is, and an operator has the last word."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batang_assets.cli.guards import accept_source
from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.errors import ConfigurationError
from batang_assets.partitions import Period
from batang_assets.raw.extract import Extraction, Extractor
from batang_assets.raw.guards import newest_of
from batang_assets.raw.http import open_http_source
from batang_assets.settings import JAKARTA, Settings
from batang_assets.vault import KeyRing
from tests.raw.shifting import Shifting, shifting

JULY, AUGUST, OCTOBER = (Period.parse(f"2026-{month}") for month in ("07", "08", "10"))
LAMARAN = load_contract("batang_career", "lamaran")


@dataclass(frozen=True)
class Place:
    """A shifting source and a database of the test's own."""

    source: Shifting
    settings: Settings

    def read(self, period: Period, **settings: object) -> Extraction:
        configured = self.settings.model_copy(update=settings)
        with open_http_source(configured) as source, connect(configured) as connection:
            extractor = Extractor(connection, configured, KeyRing.load(configured.keys), source, "run-uji")
            return extractor.extract(LAMARAN, period)

    def query(self, text: str) -> list[tuple]:
        with connect(self.settings) as connection:
            return connection.execute(text.encode()).fetchall()

    def stored(self) -> int:
        return self.query("select count(*) from raw.lamaran")[0][0]


@pytest.fixture
def place(new_settings: Callable[..., Settings]) -> Iterator[Place]:
    with shifting("lamaran") as source:
        for key in range(1, 41):
            source.put(key, f"2026-07-{key % 28 + 1:02d}T08:00:00", status="dikirim")
        settings = new_settings(
            career_url=source.url, career_token="t", career_page_size=7, first_period="2026-07",
            clock="2026-10-20T12:00:00+07:00",
        )  # fmt: skip
        yield Place(source, settings)


def test_an_old_month_whose_rows_were_edited_since_is_read_again_without_a_word(place: Place):
    place.read(JULY)
    for key in range(1, 36):
        place.source.put(key, f"2026-10-{key % 19 + 1:02d}T09:00:00", status="diterima")
    # October has not been read: only the source knows where the rows went.
    result = place.read(JULY)
    assert not result.refused
    assert result.seen == 5
    assert place.read(OCTOBER).seen == 35
    assert not place.read(JULY).refused


def test_rows_that_were_deleted_softly_are_no_loss(place: Place):
    place.read(JULY)
    for key in range(1, 40):
        place.source.put(key, "2026-10-05T09:00:00", deleted_at="2026-10-05T09:00:00+07:00")
    assert not place.read(JULY).refused
    place.read(OCTOBER)
    # Purged for good after it was deleted softly: known as deleted, so nobody waits for it.
    for key in range(1, 40):
        del place.source.rows[key]
    assert not place.read(OCTOBER).refused
    assert not place.read(JULY).refused


def test_a_source_that_lost_rows_stops_the_dataset_and_nothing_of_the_reading_is_stored(place: Place):
    place.read(JULY)
    for key in range(1, 13):
        del place.source.rows[key]
    place.source.put(13, "2026-07-30T08:00:00", status="ditolak")
    place.source.put(99, "2026-07-31T08:00:00", status="dikirim")
    before = place.stored()
    (refusal,) = place.read(JULY).refused
    assert (refusal.known, refusal.lost) == (40, 12)
    assert place.stored() == before
    assert "12 dari 40" in refusal.line()
    assert "batang source accept lamaran --period 2026-07" in refusal.line()
    assert "\n" not in refusal.line()
    assert place.query("select count(*) from raw.penarikan") == [(1,)]


def test_a_share_below_the_setting_is_borne_and_the_setting_is_the_share(place: Place):
    place.read(JULY)
    for key in range(1, 9):
        del place.source.rows[key]
    assert not place.read(JULY).refused
    assert place.read(JULY, career_shrink_pct=19).refused


def test_an_emptied_or_renumbered_source_is_refused_though_its_row_count_may_be_right(place: Place):
    place.read(JULY)
    rows = {key: dict(row) for key, row in place.source.rows.items()}
    place.source.rows.clear()
    assert place.read(JULY).refused[0].lost == 40
    for key, row in rows.items():
        place.source.rows[key + 1000] = row | {"id": key + 1000}
    assert place.read(JULY).refused[0].lost == 40
    assert place.stored() == 40


def test_a_running_month_that_went_back_in_time_is_found_out_by_its_newest_row(place: Place):
    for key in range(101, 121):
        place.source.put(key, f"2026-10-{key - 100:02d}T08:00:00", status="dikirim")
    place.read(OCTOBER, clock=_at("2026-10-21"))
    for key in range(110, 121):
        del place.source.rows[key]
    place.source.put(130, "2026-10-22T08:00:00", status="dikirim")
    (refusal,) = place.read(OCTOBER, clock=_at("2026-10-23")).refused
    assert (refusal.known, refusal.lost) == (20, 11)
    assert place.query("select count(*) from raw.lamaran where id = '130'") == [(0,)]


def test_a_running_month_resumes_though_its_newest_row_was_edited_or_alone_deleted(place: Place):
    for key in range(101, 121):
        place.source.put(key, f"2026-10-{key - 100:02d}T08:00:00", status="dikirim")
    place.read(OCTOBER, clock=_at("2026-10-21"))
    place.source.put(120, "2026-10-21T18:00:00", status="diterima")
    assert place.read(OCTOBER, clock=_at("2026-10-22")).seen == 1
    del place.source.rows[120]
    again = place.read(OCTOBER, clock=_at("2026-10-23"))
    assert (again.refused, again.seen) == ([], 19)
    place.source.put(130, "2026-10-23T18:00:00", status="dikirim")
    assert place.read(OCTOBER, clock=_at("2026-10-24")).seen == 1


def test_an_acceptance_holds_for_exactly_what_was_seen(place: Place):
    place.read(JULY)
    for key in range(1, 13):
        del place.source.rows[key]
    place.source.put(99, "2026-07-31T08:00:00", status="dikirim")
    place.read(JULY)
    with pytest.raises(ConfigurationError, match="no refused reading"):
        accept_source(place.settings, "lamaran", "2026-08", "Sri", "arsip dipindah")
    with pytest.raises(ConfigurationError, match="name"):
        accept_source(place.settings, "lamaran", "2026-07", " ", "arsip dipindah")
    with pytest.raises(ConfigurationError, match="no dataset"):
        accept_source(place.settings, "lamarann", "2026-07", "Sri", "arsip dipindah")
    (line,) = accept_source(place.settings, "lamaran", "2026-07", "Sri", "arsip dipindah")
    assert "12 of 40" in line
    assert place.query("select oleh, alasan, pada is not null from raw.penerimaan") == [
        ("Sri", "arsip dipindah", True)
    ]
    result = place.read(JULY)
    assert (result.refused, result.new_versions) == ([], 1)
    assert not place.read(JULY).refused
    for key in range(13, 18):
        del place.source.rows[key]
    assert place.read(JULY).refused[0].lost == 17


def test_a_first_reading_has_nothing_to_compare_with(place: Place):
    place.source.rows.clear()
    assert not place.read(JULY).refused
    assert not place.read(AUGUST).refused


def _at(day: str) -> object:
    return Settings.model_validate({"clock": f"{day}T12:00:00+07:00"}).clock


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.sampled_from(
                ["2026-10-31T23:59:59+07:00", "2026-10-31 01:00:00+07:00", "2026-10-31T23:59:59Z", "x"]
            ),
            st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(datetime.isoformat),
            st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(JAKARTA)).map(
                lambda moment: moment.replace(microsecond=0).isoformat()
            ),
        )
    )
)
def test_the_newest_time_is_the_one_that_parsing_every_time_finds(times: list[str | None]):
    parsed = []
    for text in times:
        try:
            moment = datetime.fromisoformat(str(text))
        except ValueError:
            continue
        parsed.append(moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA))
    found = newest_of([{"id": str(n), "updated_at": text} for n, text in enumerate(times)])
    assert (found[0] if found else None) == max(parsed, default=None)
