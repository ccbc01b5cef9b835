"""What each outcome of docs/siapkerja-kegagalan.md leaves in the database, and the rows of reading back."""

import re
from collections.abc import Callable

import psycopg
import pytest

from batang_assets.errors import BatangError, ConfigurationError, DeliveryError
from batang_assets.settings import PROJECT_ROOT, Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.protocol import AnswerMismatch, OwnFault, SiapkerjaUnavailable
from batang_assets.siapkerja.readback import read_back
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem, receipt

TABLES = (PROJECT_ROOT / "docs" / "siapkerja-kegagalan.md").read_text("utf-8")
OUTCOMES = {
    row[0]: row[1:]
    for row in re.findall(
        r"^\| `([a-z]+)` \| [^|]+ \| ([^|]+) \| `([a-z]+)` \| `([a-z_]+)` \|$", TABLES, re.MULTILINE
    )
}
PAGES = dict(re.findall(r"^\| `(page-[a-z]+)` \| [^|]+ \| [^|]+ \| `([a-z]+)` \|$", TABLES, re.MULTILINE))
QUICK = Limits(deadline_s=20, timeout_s=2, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)
BRIEF = Limits(deadline_s=0.5, timeout_s=2, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)
Script = Callable[[Request, int], Reply]

# One failure of each outcome, the time it may take, and what the run ends with.
TRIALS: dict[str, tuple[Script, Limits, type[BatangError] | None]] = {
    "settled": (lambda request, _: receipt(request), QUICK, None),
    "again": (lambda *_: problem(503, "SIBUK"), QUICK, SiapkerjaUnavailable),
    "wait": (lambda *_: problem(409, "SEDANG_DIPROSES"), BRIEF, SiapkerjaUnavailable),
    "mismatch": (
        lambda request, _: Reply(200, receipt(request).payload | {"hasil": []}),
        QUICK,
        AnswerMismatch,
    ),
    "split": (
        lambda request, count: problem(413, "TERLALU_BESAR") if count == 1 else receipt(request),
        QUICK,
        None,
    ),
    "isolate": (lambda *_: problem(400, "BADAN_RUSAK"), QUICK, OwnFault),
    "fault": (lambda *_: problem(400, "KUNCI_IDEMPOTEN_WAJIB"), QUICK, OwnFault),
    "stop": (lambda *_: problem(401, "TANDA_TANGAN_SALAH"), QUICK, DeliveryError),
}


def test_every_outcome_is_tried() -> None:
    # ``configuration`` needs a server whose certificate is wrong; the matrix has it. ``reread`` is below.
    assert set(OUTCOMES) == {*TRIALS, "configuration"}


@pytest.mark.parametrize("outcome", TRIALS)
def test_an_outcome_leaves_the_state_and_ledger_entry_of_its_row(
    outcome: str, connection: psycopg.Connection, ring: KeyRing, house: Settings
) -> None:
    script, limits, ends_with = TRIALS[outcome]
    run, state, last_kind = OUTCOMES[outcome]
    world = Dunia(connection, ring)
    world.reset()
    for number in (1, 2):
        world.employer(number)
    world.open_gates()
    enqueue(connection, ring, house, OKTOBER, "run-uji")
    first = connection.execute("select kunci from delivery.kiriman").fetchone()
    connection.commit()
    assert first is not None
    with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", limits) as client:
        if ends_with is None:
            send_pending(connection, ring, client)
        else:
            with pytest.raises(ends_with) as raised:
                send_pending(connection, ring, client)
            assert ("may be repeated" in run) == isinstance(raised.value, SiapkerjaUnavailable)
        assert ("goes on" in run) == (ends_with is None)
    row = connection.execute("select keadaan from delivery.kiriman where kunci = %s", first).fetchone()
    assert row == (state,)
    kinds = connection.execute(
        "select jenis from delivery.buku_besar where isi::jsonb ->> 'kunci' = %s order by nomor", first
    ).fetchall()
    assert kinds[-1] == (last_kind,)
    if state == "dikirim":
        key = {request.headers["idempotency-key"] for request in gateway.requests}
        assert (len(key), len({request.body for request in gateway.requests})) == (1, 1)
    assert ledger.verify(connection, ring.public_key_pem()).ok


def page(rows: list[int], current: int, last: int, total: int) -> Reply:
    common = {"id_daerah": None, "versi": None, "sumber": "pusat", "ditarik": False}
    common |= {"diubah_pada": "2026-10-20T08:00:00+07:00"}
    data = [{"id_siapkerja": f"S{n}", "data": {"nama": f"PT {n}"}} | common for n in rows]
    return Reply(200, {"data": data, "meta": {"current_page": current, "last_page": last, "total": total}})


STILL = [page([11, 12], 1, 2, 3), page([13], 2, 2, 3)]
READINGS: dict[str, Callable[[int], Reply]] = {
    "page-total": lambda n: [page([1, 2], 1, 2, 3), page([3], 2, 2, 4), *STILL][n],
    "page-twice": lambda n: [page([1, 2], 1, 2, 3), page([2], 2, 2, 3), *STILL][n],
    "page-missing": lambda n: [page([1, 2], 1, 2, 4), page([3], 2, 2, 4), *STILL][n],
    "page-gone": lambda n: [page([1, 2], 1, 2, 3), problem(400, "HALAMAN"), *STILL][n],
    "page-restless": lambda n: page([n], 1, 2, n + 1),
    "page-shape": lambda _: Reply(200, {"data": [1], "meta": {}}),
    "page-cut": lambda _: Reply(200, page([1], 1, 1, 1).payload, cut=True),
}


@pytest.mark.parametrize("case", PAGES)
def test_a_page_comes_out_as_its_row_says(
    case: str, connection: psycopg.Connection, ring: KeyRing, house: Settings
) -> None:
    Dunia(connection, ring).reset()
    with (
        Gateway(lambda _, count: READINGS[case](count - 1)) as gateway,
        SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client,
    ):
        try:
            found = read_back(connection, ring, client, "pemberi-kerja", OKTOBER, "run-uji")
            outcome = "reread" if found.repeated == 1 else "settled"
        except SiapkerjaUnavailable:
            outcome = "again"
        except (ConfigurationError, DeliveryError):
            outcome = "stop"
    assert outcome == PAGES[case]
    ids = connection.execute(b"select id from raw.siapkerja__pemberi_kerja order by id").fetchall()
    assert ids == ([("S11",), ("S12",), ("S13",)] if outcome == "reread" else [])
