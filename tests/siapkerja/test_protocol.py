"""Whatever JSON or header comes as an answer: a receipt that fits, or Again; never another exception."""

import json
from typing import Any

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from batang_assets.siapkerja.protocol import Again, Answer, Batch, parse_receipt

BATCH = Batch("lowongan", "kunci", b"{}", (("batang:lowongan:1", 1),))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def near(right: Any) -> st.SearchStrategy[Any]:
    """The right value most of the time, else anything."""
    return st.one_of(st.just(right), st.just(right), anything)


errors = st.lists(
    st.fixed_dictionaries({"bidang": near("nik"), "kode": near("FORMAT"), "pesan": anything}) | anything,
    max_size=2,
)
results = st.fixed_dictionaries(
    {
        "id_daerah": near("batang:lowongan:1"),
        "versi": near(1),
        "status": near("diterima"),
        "id_siapkerja": near("SKD-1"),
        "galat": errors | anything,
    }
)
receipts = st.fixed_dictionaries(
    {
        "id_kiriman": near("K-1"),
        "diterima_pada": near("2026-10-31T16:59:59.123456Z"),
        "sidik_isi": near(BATCH.digest),
        "hasil": near([]) | st.lists(results | anything, max_size=2),
    }
)


@given(receipts | anything)
@profile(max_examples=400, deadline=None)
def test_an_answer_of_any_shape_is_a_receipt_that_fits_or_tried_again(payload: Any) -> None:
    try:
        receipt = parse_receipt(payload, BATCH)
    except Again:
        return
    assert [(result.id_daerah, result.version) for result in receipt.results] == list(BATCH.names)
    # What is kept can be written to the ledger and to PostgreSQL, and holds no free text.
    kept = json.dumps([receipt.id_kiriman, receipt.received_at, *map(vars, receipt.results)])
    assert kept.isascii()
    assert "\\u" not in kept
    assert " " not in receipt.id_kiriman


@given(
    st.text(max_size=40) | st.integers().map(str) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format)
)
@profile(max_examples=300, deadline=None)
def test_any_retry_after_is_no_wait_or_one_of_a_day_at_most(text: str) -> None:
    answer = Answer(429, {"retry-after": text}, None)
    assert answer.retry_after_s is None or 0 <= answer.retry_after_s <= 86_400
    assert answer.clock_skew_s is None


@given(st.text(max_size=40))
def test_any_date_is_a_difference_of_clocks_or_none(text: str) -> None:
    assert isinstance(Answer(401, {"date": text}, None).clock_skew_s, float | None)
