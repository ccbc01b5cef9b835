"""Paging beyond windows: ids, waits that end with the deadline, pages that come in order, one client."""

import threading
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime

import pytest

from batang_assets.contracts import load_contract
from batang_assets.errors import SourceError
from batang_assets.raw.http import open_http_source, retry_after_s
from batang_assets.raw.source import WindowMoved
from batang_assets.settings import load_settings
from batang_assets.vault.values import as_text
from tests.raw.pages import Answer, page, serving

START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
LAMARAN = load_contract("batang_career", "lamaran")
ROWS = [{"id": n, "updated_at": "2026-10-02T00:00:00+07:00"} for n in range(1, 21)]


def _settings(url: str, **more: str):
    base = {"BATANG_CAREER_URL": url, "BATANG_CAREER_TOKEN": "t", "BATANG_CAREER_PAGE_SIZE": "2"}
    return load_settings(base | more)


def _pages(number: int, _nth: int = 1) -> Answer:
    return page(ROWS[number * 2 - 2 : number * 2], number, 10, 20)


def _ids(answer: Callable[[int, int], Answer]) -> list[str]:
    with serving(answer) as url, open_http_source(_settings(url)) as source:
        return list(source.live_ids(LAMARAN))


def _id_page(values: list, number: int) -> Answer:
    return page(values[number * 2 - 2 : number * 2], number, 3, 5)


def test_ids_of_all_pages_arrive_in_order_with_every_digit():
    values = [1, 2, 12345678901234567890, "A-4", 5]
    assert _ids(lambda number, _nth: _id_page(values, number)) == [
        "1",
        "2",
        "12345678901234567890",
        "A-4",
        "5",
    ]


def test_ids_that_move_while_they_are_paged_are_found_out():
    with pytest.raises(WindowMoved, match="two pages"):
        _ids(lambda number, _nth: _id_page([1, 2, 2, 4, 5], number))
    with pytest.raises(WindowMoved, match="announced"):
        _ids(lambda number, _nth: _id_page([1, 2, 3, 4], number))


@pytest.mark.parametrize("value", [None, {"id": 1}, True, ""])
def test_what_is_no_id_is_refused(value: object):
    with pytest.raises(SourceError, match="no id"):
        _ids(lambda number, _nth: _id_page([1, 2, value, 4, 5], number))


def test_the_deadline_counts_the_waits_that_the_server_asks_for():
    busy: Answer = (429, {"Retry-After": "86400"}, b"")
    begun = time.monotonic()
    with (
        serving(lambda number, _nth: busy if number == 3 else _pages(number)) as url,
        open_http_source(_settings(url, BATANG_CAREER_DEADLINE_S="5")) as source,
        pytest.raises(SourceError, match="BATANG_CAREER_DEADLINE_S"),
    ):
        list(source.window(LAMARAN, START, END))
    assert time.monotonic() - begun < 3600


def test_a_reader_that_leaves_does_not_wait_for_pages_that_wait():
    busy: Answer = (429, {"Retry-After": "600"}, b"")
    with (
        serving(lambda number, _nth: busy if number == 2 else _pages(number)) as url,
        open_http_source(_settings(url)) as source,
    ):
        rows = source.window(LAMARAN, START, END)
        assert [as_text(next(rows)["id"]), as_text(next(rows)["id"])] == ["1", "2"]
        begun = time.monotonic()
        assert isinstance(rows, Generator)
        rows.close()
        assert time.monotonic() - begun < 300


def test_pages_are_asked_for_a_few_at_a_time_and_arrive_in_order():
    under_way, most = 0, 0
    lock = threading.Lock()

    def answer(number: int, _nth: int) -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        # Later pages answer sooner.
        time.sleep(0.02 * (11 - number))
        with lock:
            under_way -= 1
        return _pages(number)

    with serving(answer) as url, open_http_source(_settings(url, BATANG_CAREER_CONCURRENCY="4")) as source:
        rows = list(source.window(LAMARAN, START, END))
    assert [as_text(row["id"]) for row in rows] == [str(n) for n in range(1, 21)]
    assert 2 <= most <= 4


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        ("7", 7, 7), (" 7 ", 7, 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("soon", None, None),
        ("-3", None, None),
        ("²", None, None), (None, None, None), ("9" * 400, None, None),
    ],
)  # fmt: skip
def test_retry_after_in_whatever_form(header: str | None, least_s: float | None, most_s: float | None):
    wait_s = retry_after_s(header)
    assert (
        (wait_s is None) if least_s is None else (wait_s is not None and least_s <= wait_s <= (most_s or 0))
    )
