"""The SIAPkerja sandbox: reading back, and what a restart keeps."""

import json
import signal
import sqlite3
import uuid
from pathlib import Path

from tests.sandbox.siapkerja_ministry import (
    EMPLOYERS,
    LIST,
    SEEKERS,
    body,
    employer,
    kode,
    ministry,
    record,
    results,
    seeker,
)


def test_reading_back_pages_through_everything_once_in_order(tmp_path: Path) -> None:
    with ministry(tmp_path) as server:
        base = "/integrasi/v1/pemberi-kerja?kode_wilayah=3325"
        empty = server.get(base).json()
        assert empty == {
            "data": [],
            "meta": {"current_page": 1, "last_page": 1, "per_page": 100, "total": 0},
            "links": {"next": None},
        }
        for number in range(5):
            server.send(EMPLOYERS, *[record(f"{number}:{i}", employer(nama=f"PT {i}")) for i in range(5)])
        server.send(EMPLOYERS, record("0:3", employer(nama="PT Ubah"), 2))
        rows, following = [], f"{base}&limit=10"
        while following:
            target = following.removeprefix(str(server.http.base_url).rstrip("/"))
            page = server.get(target).json()
            assert page["meta"] == {
                "current_page": len(rows) // 10 + 1,
                "last_page": 3,
                "per_page": 10,
                "total": 25,
            }
            rows, following = rows + page["data"], page["links"]["next"]
        assert {row["id_daerah"] for row in rows} == {f"{a}:{b}" for a in range(5) for b in range(5)}
        order = [(row["diubah_pada"], row["id_siapkerja"]) for row in rows]
        assert order == sorted(order)
        assert (rows[-1]["id_daerah"], rows[-1]["versi"], rows[-1]["data"]["nama"]) == ("0:3", 2, "PT Ubah")
        assert rows[0].keys() == {
            "id_siapkerja",
            "id_daerah",
            "versi",
            "sumber",
            "ditarik",
            "diubah_pada",
            "data",
        }
        # The same pages in any order, not only one after the other.
        backwards = [server.get(f"{base}&limit=10&page={page}").json()["data"] for page in (3, 2, 1)]
        assert backwards[2] + backwards[1] + backwards[0] == rows
        since = server.get(f"{base}&diubah_sejak={rows[-2]['diubah_pada']}").json()["data"]
        assert since == [row for row in rows if row["diubah_pada"] >= rows[-2]["diubah_pada"]]
        for bad in ("&page=2", "&page=0", "&limit=501", "&limit=0", "&diubah_sejak=kemarin", "&page=x"):
            assert kode(server.get(base + bad))[0] == 400
        assert kode(server.get("/integrasi/v1/pemberi-kerja"))[0] == 400


def test_rows_of_the_centre_are_imported_once_and_read_back_without_id_daerah(tmp_path: Path) -> None:
    world = tmp_path / "world.sqlite"
    with sqlite3.connect(world) as made:
        made.execute("CREATE TABLE pusat(domain TEXT, id_siapkerja TEXT, diubah_pada TEXT, data TEXT)")
        made.executemany(
            "INSERT INTO pusat VALUES ('pencari-kerja', ?, ?, ?)",
            [
                ("P-2", "2026-10-01T00:30:00+07:00", json.dumps(seeker())),
                ("P-1", "2026-09-30T18:00:00Z", '{"nik": null}'),
                ("P-3", "2026-10-02T00:30:00+07:00", "null"),
            ],
        )
    made.close()
    with ministry(tmp_path, "--world", str(world)) as server:
        first = server.rows("pencari-kerja")
        assert [row["id_siapkerja"] for row in first] == ["P-2", "P-1", "P-3"]
        assert [row["data"] for row in first] == [seeker(), {"nik": None}, None]
        assert [row["ditarik"] for row in first] == [False, False, True]
        assert {(row["id_daerah"], row["versi"], row["sumber"]) for row in first} == {(None, None, "pusat")}
    with ministry(tmp_path, "--world", str(world)) as server:
        assert server.rows("pencari-kerja") == first


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    content = body(record("tahan", employer()))
    with ministry(tmp_path) as server:
        first = server.call("POST", EMPLOYERS, content, key="tahan")
        request_id = str(uuid.uuid4())
        assert server.get(LIST, request_id=request_id).status_code == 200
        server.stop(signal.SIGKILL)
    with ministry(tmp_path) as server:
        again = server.call("POST", EMPLOYERS, content, key="tahan")
        assert (again.status_code, again.content) == (200, first.content)
        assert [row["id_daerah"] for row in server.rows("pemberi-kerja")] == ["tahan"]
        assert kode(server.get(LIST, request_id=request_id)) == (409, "PERMINTAAN_GANDA")
    assert (tmp_path / "pusat.sqlite").stat().st_mode & 0o777 == 0o600


def test_sigterm_ends_it_with_status_0_and_nothing_personal_was_logged(tmp_path: Path) -> None:
    with ministry(tmp_path) as server:
        server.send(SEEKERS, record("catat", seeker()), record("catat-2", seeker(tanggal_lahir="x")))
        server.call("POST", SEEKERS, b'{"nik": "3325115708990001"', key="rusak")
        status, errors = server.stop()
    assert (status, errors) == (0, "")


def test_a_forgotten_key_still_changes_nothing_twice(tmp_path: Path) -> None:
    with ministry(tmp_path, "--key-lifetime-s", "0") as server:
        content = body(record("lupa", employer()))
        assert results(server.call("POST", EMPLOYERS, content, key="lupa"))[0]["status"] == "diterima"
        assert results(server.call("POST", EMPLOYERS, content, key="lupa"))[0]["status"] == "tidak_berubah"
        assert len(server.rows("pemberi-kerja")) == 1
