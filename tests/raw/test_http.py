"""Paging that cannot lie: what moves, throttles or breaks while we page is found out, never swallowed."""

import email.utils
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from batang_assets.contracts import load_contract
from batang_assets.errors import SourceError
from batang_assets.raw.http import open_http_source
from batang_assets.raw.source import WindowMoved
from batang_assets.settings import Settings, load_settings
from batang_assets.vault.values import as_text
from tests.raw.pages import Answer, page, serving

START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
ROWS = [{"id": n, "updated_at": "2026-10-02T00:00:00+07:00", "upah": 2534382.50} for n in range(1, 8)]
HTML: Answer = (503, {"Content-Type": "text/html"}, b"<h1>Service Unavailable</h1>")


def _settings(url: str) -> Settings:
    return load_settings(
        {"BATANG_CAREER_URL": url, "BATANG_CAREER_TOKEN": "t", "BATANG_CAREER_PAGE_SIZE": "2"}
    )


def _read(answer: Callable[[int, int], Answer]) -> list:
    with serving(answer) as url, open_http_source(_settings(url)) as source:
        return list(source.window(load_contract("batang_career", "pencari-kerja"), START, END))


def _pages(number: int, _nth: int = 1) -> Answer:
    return page(ROWS[number * 2 - 2 : number * 2], number, 4, 7)


def test_all_pages_arrive_in_order_with_every_digit():
    rows = _read(_pages)
    assert [as_text(row["id"]) for row in rows] == ["1", "2", "3", "4", "5", "6", "7"]
    assert rows[0]["upah"] == "2534382.5"


@pytest.mark.parametrize(
    "literal",
    [
        "0",
        "-7",
        "-0",
        "1.50",
        "-0.0",
        "1e5",
        "3325115708950001",
        "18446744073709551616",
        "-9223372036854775809",
    ],
)
def test_a_number_keeps_its_literal_whatever_stands_beside_it(literal: str):
    head, tail = (
        b'{"data": [{"id": 1, "a": "x"}, {"id": 2, "a":\n ',
        b'}], "meta": {"total": 2, "last_page": 1}}',
    )
    rows = _read(lambda _number, _nth: (200, {}, head + literal.encode() + tail))
    assert [as_text(row["id"]) for row in rows] == ["1", "2"]
    assert as_text(rows[1]["a"]) == literal
    assert not isinstance(rows[1]["a"], float)


def test_empty_window_is_no_rows():
    assert _read(lambda _number, _nth: page([], 1, 1, 0)) == []


def test_html_error_pages_are_asked_again():
    assert len(_read(lambda number, nth: HTML if nth == 1 else _pages(number))) == 7


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for_in_both_forms(form: str):
    moment = datetime.now(UTC) + timedelta(seconds=2)
    value = "1" if form == "seconds" else email.utils.format_datetime(moment, usegmt=True)
    asked: list[float] = []

    def answer(number: int, nth: int) -> Answer:
        if number == 2:
            asked.append(time.time())
            if nth == 1:
                return 429, {"Retry-After": value}, b""
        return _pages(number)

    assert len(_read(answer)) == 7
    not_before = asked[0] + 1 if form == "seconds" else moment.replace(microsecond=0).timestamp()
    assert asked[1] >= not_before - 0.05


def test_a_total_that_changes_while_paging_is_found_out():
    with pytest.raises(WindowMoved, match="total"):
        _read(lambda number, _nth: page(ROWS[number * 2 - 2 : number * 2], number, 4, 7 if number < 3 else 6))


def test_a_row_shown_on_two_pages_is_found_out():
    with pytest.raises(WindowMoved, match="two pages"):
        _read(lambda number, _nth: page(ROWS[number * 2 - 2 - (number > 2) :][:2], number, 4, 7))


def test_a_row_that_slipped_between_pages_is_found_out():
    with pytest.raises(WindowMoved, match="announced"):
        _read(lambda number, _nth: page(ROWS[number * 2 - 2 : number * 2 - (number == 3)], number, 4, 7))


def test_a_page_that_is_past_the_end_by_now_is_found_out():
    gone: Answer = (400, {"Content-Type": "application/json"}, b'{"message": "x"}')
    with pytest.raises(WindowMoved, match="past the last"):
        _read(lambda number, _nth: gone if number == 4 else _pages(number))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((401, {}, b""), "refuses the token.*BATANG_CAREER_TOKEN"),
        ((422, {}, b'{"message": "x"}'), "answers 422"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "answers 302"),
        ((200, {}, b'{"rows": []}'), "not the extract API"),
    ],
)
def test_a_final_answer_is_one_line_that_says_what_to_mend(answer: Answer, message: str):
    with pytest.raises(SourceError, match=message) as error:
        _read(lambda _number, _nth: answer)
    assert "\n" not in str(error.value)


def test_an_unreachable_source_names_its_setting():
    with (
        open_http_source(_settings("http://127.0.0.1:9")) as source,
        pytest.raises(SourceError, match=r"cannot be reached.*BATANG_CAREER_URL"),
    ):
        source.check()
