"""Reading back: the centre's rows through the door, whole or not at all."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from batang_assets.errors import DeliveryError
from batang_assets.settings import Settings
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.outbox import enqueue
from batang_assets.siapkerja.readback import read_back
from batang_assets.siapkerja.sending import send_pending
from batang_assets.siapkerja.transport import Limits
from batang_assets.vault import KeyRing
from tests.siapkerja.siapkerja_dunia import COUNTS, OKTOBER, Dunia
from tests.siapkerja.siapkerja_gerbang import Gateway, Reply, Request, problem
from tests.siapkerja.siapkerja_pusat import Pusat

QUICK = Limits(deadline_s=20, timeout_s=2, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)


def scalar(connection: psycopg.Connection, statement: str) -> Any:
    row = connection.execute(statement.encode()).fetchone()
    connection.commit()
    return row[0] if row else None


def test_what_was_sent_comes_back_with_the_same_digest_and_no_identity_in_raw(
    connection: psycopg.Connection,
    ring: KeyRing,
    dunia: Dunia,
    start_pusat: Callable[..., Pusat],
    settings_for: Callable[..., Settings],
) -> None:
    settings = settings_for(start_pusat())
    enqueue(connection, ring, settings, OKTOBER, "run-uji")
    with SiapkerjaClient.from_settings(settings) as client:
        send_pending(connection, ring, client)
        first = {d.name: read_back(connection, ring, client, d.name, OKTOBER, "run-1") for d in DOMAINS}
        again = {d.name: read_back(connection, ring, client, d.name, OKTOBER, "run-2") for d in DOMAINS}
    assert {name: (found.new_versions, found.full) for name, found in first.items()} == {
        name: (count, True) for name, count in COUNTS.items()
    }
    assert {(found.new_versions, found.full) for found in again.values()} == {(0, False)}
    for domain in DOMAINS:
        table = f"raw.siapkerja__{domain.name.replace('-', '_')}"
        same = scalar(
            connection,
            f"select count(*) from {table} r join delivery.catatan_status c using (id_daerah)"
            " where r.sidik_data = c.sidik_data and r.versi = c.versi::text and r.sumber = 'daerah'",
        )
        assert same == COUNTS[domain.name]
    dump = scalar(connection, "select string_agg(t::text, ' ') from raw.siapkerja__pencari_kerja t")
    assert [canary for canary in dunia.niks + dunia.names if canary in dump] == []
    assert "batang:pencari-kerja:7" in dump


def page(rows: list[int], current: int, last: int, total: int) -> Reply:
    data = [
        {"id_siapkerja": f"S{n}", "id_daerah": None, "versi": None, "sumber": "pusat", "ditarik": False}
        | {"diubah_pada": "2026-10-20T08:00:00+07:00", "data": {"nama": f"PT {n}"}}
        for n in rows
    ]
    return Reply(200, {"data": data, "meta": {"current_page": current, "last_page": last, "total": total}})


def read(connection: psycopg.Connection, ring: KeyRing, script: Callable[[Request, int], Reply]) -> Any:
    Dunia(connection, ring).reset()
    with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
        found = read_back(connection, ring, client, "pemberi-kerja", OKTOBER, "run-uji")
        return found, gateway.requests


MOVED = {
    "total changes": [page([1, 2], 1, 2, 3), page([3], 2, 2, 4)],
    "a key comes twice": [page([1, 2], 1, 2, 3), page([2], 2, 2, 3)],
    "a row is missing": [page([1, 2], 1, 2, 4), page([3], 2, 2, 4)],
    "the last page is gone": [page([1, 2], 1, 2, 3), problem(400, "HALAMAN")],
}


@pytest.mark.parametrize("how", MOVED)
def test_rows_that_move_while_paging_are_read_again_and_nothing_of_the_first_reading_stays(
    connection: psycopg.Connection, ring: KeyRing, how: str
) -> None:
    replies = [*MOVED[how], page([11, 12], 1, 2, 3), page([13], 2, 2, 3)]
    found, requests = read(connection, ring, lambda _, count: replies[count - 1])
    assert (found.rows, found.repeated) == (3, 1)
    assert [request.target.rpartition("?")[2] for request in requests[:2]] == [
        "kode_wilayah=3325&page=1&limit=500",
        "kode_wilayah=3325&page=2&limit=500",
    ]
    ids = scalar(connection, "select array_agg(id order by id) from raw.siapkerja__pemberi_kerja")
    assert ids == ["S11", "S12", "S13"]


def test_what_never_holds_still_is_a_fault_and_stores_nothing(
    connection: psycopg.Connection, ring: KeyRing
) -> None:
    with pytest.raises(DeliveryError, match="changed during each"):
        read(connection, ring, lambda _, count: page([count], 1, 2, count))
    assert scalar(connection, "select count(*) from raw.siapkerja__pemberi_kerja") == 0


def test_rows_dated_ahead_of_the_clock_do_not_hide_later_changes(
    connection: psycopg.Connection, ring: KeyRing
) -> None:
    ahead = page([1], 1, 1, 1)
    ahead.payload["data"][0]["diubah_pada"] = "2999-01-01T00:00:00Z"
    read(connection, ring, lambda *_: ahead)
    assert scalar(connection, "select max(diubah_sampai) <= clock_timestamp() from delivery.baca_ulang")


def test_the_next_reading_asks_for_what_changed_since_less_an_hour(
    connection: psycopg.Connection, ring: KeyRing
) -> None:
    def script(_: Request, __: int) -> Reply:
        return page([1], 1, 1, 1)

    read(connection, ring, script)
    with Gateway(script) as gateway, SiapkerjaClient(gateway.url, "k", "r", "3325", QUICK) as client:
        read_back(connection, ring, client, "pemberi-kerja", OKTOBER, "run-uji")
        read_back(connection, ring, client, "pemberi-kerja", OKTOBER, "run-uji", full=True)
        first, second = (request.target for request in gateway.requests)
    assert "diubah_sejak=2026-10-20T00%3A00%3A00Z" in first
    assert "diubah_sejak" not in second
