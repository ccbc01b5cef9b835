"""The Batang Career server as a process, over real HTTP, against the contract and the world file it serves."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from batang_assets.sandbox.batang_career import Faults
from batang_assets.sandbox.world import build_world

OCTOBER = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
TOKEN = "token-uji"
SERVER = [sys.executable, "-m", "batang_assets.sandbox.batang_career"]


@contextmanager
def serving(world: Path, *more: str) -> Generator[httpx.Client]:
    token = world.with_name("token")
    token.write_text(TOKEN + "\n", encoding="utf-8")
    command = [*SERVER, "--world", str(world), "--port", "0", "--token-file", str(token), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "the server did not say where it listens"
        with httpx.Client(
            base_url=found[0], headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20, trust_env=False
        ) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("career") / "dunia.sqlite"
    build_world(path, people=600, until=OCTOBER)
    return path


@pytest.fixture(scope="module")
def client(world: Path) -> Iterator[httpx.Client]:
    with serving(world) as client:
        yield client


def stored(world: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(world) as connection:
        rows = connection.execute("SELECT dataset, isi FROM catatan").fetchall()
    return [{"dataset": dataset, **json.loads(text)} for dataset, text in rows]


def follow(client: httpx.Client, path: str, **parameters: Any) -> tuple[list[Any], list[dict[str, Any]]]:
    """All data and every page's body, walking the `next` links as a client does."""
    answer = client.get(f"/api/v1/{path}", params=parameters)
    data: list[Any] = []
    pages: list[dict[str, Any]] = []
    while True:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/json")
        pages.append(answer.json())
        data += pages[-1]["data"]
        if pages[-1]["links"]["next"] is None:
            return data, pages
        answer = client.get(pages[-1]["links"]["next"])


def expected(world: Path, dataset: str, *, trashed: bool, start: str = "", end: str = "9999") -> list[int]:
    rows = [r for r in stored(world) if r["dataset"] == dataset and start <= r["updated_at"] < end]
    rows = [r for r in rows if trashed or r["deleted_at"] is None]
    return [r["id"] for r in sorted(rows, key=lambda r: (r["updated_at"], r["id"]))]


@pytest.mark.parametrize("per_page", [1000, 97, 1])
def test_paging_gives_every_row_once_in_order(client: httpx.Client, world: Path, per_page: int) -> None:
    for dataset in ("pencari-kerja", "lamaran") if per_page > 1 else ("lowongan",):
        data, pages = follow(client, dataset, per_page=per_page, with_trashed=1)
        ids = expected(world, dataset, trashed=True)
        assert [row["id"] for row in data] == ids
        assert {page["meta"]["total"] for page in pages} == {len(ids)}
        assert [page["meta"]["current_page"] for page in pages] == list(range(1, len(pages) + 1))
        assert pages[0]["meta"]["last_page"] == len(pages) == -(-len(ids) // per_page)


def test_rows_arrive_as_they_are_stored(client: httpx.Client, world: Path) -> None:
    by_key = {(r.pop("dataset"), r["id"]): r for r in stored(world)}
    served = {}
    for dataset in {dataset for dataset, _ in by_key}:
        served |= {(dataset, row["id"]): row for row in follow(client, dataset, with_trashed=1)[0]}
    assert served == by_key


def test_the_first_page_is_five_hundred_rows_with_links_and_meta(client: httpx.Client) -> None:
    body = client.get("/api/v1/pencari-kerja").json()
    path = str(client.base_url.join("/api/v1/pencari-kerja"))
    assert list(body) == ["data", "links", "meta"]
    assert (len(body["data"]), body["links"]["prev"]) == (500, None)
    assert {k: v for k, v in body["meta"].items() if k != "total"} == {
        "current_page": 1, "from": 1, "last_page": 2, "path": path, "per_page": 500, "to": 500,
    }  # fmt: skip
    last = client.get(body["links"]["last"]).json()
    assert last["meta"]["to"] == last["meta"]["total"] == 500 + len(last["data"])
    assert client.get(last["links"]["prev"]).json()["data"] == body["data"]


def test_a_window_holds_its_start_and_not_its_end(client: httpx.Client, world: Path) -> None:
    start, end = "2026-09-01T00:00:00+07:00", "2026-10-01T00:00:00+07:00"
    data, _ = follow(client, "lamaran", updated_from=start, updated_until=end, with_trashed="1")
    assert [r["id"] for r in data] == expected(world, "lamaran", trashed=True, start=start, end=end) != []
    edge = data[3]["updated_at"]
    from_edge, _ = follow(client, "lamaran", updated_from=edge, updated_until=end, with_trashed="1")
    until_edge, _ = follow(client, "lamaran", updated_from=start, updated_until=edge, with_trashed="1")
    assert [r["id"] for r in until_edge + from_edge] == [r["id"] for r in data]
    assert from_edge[0]["updated_at"] == edge


def test_windows_are_instants_whatever_their_offset_and_spelling(client: httpx.Client) -> None:
    spellings = (
        "2026-10-01T00:00:00%2B07:00", "2026-10-01T00:00:00+07:00", "2026-09-30T17:00:00Z",
        "2026-09-30T17:00:00.000000Z", "2026-10-01T01:00:00%2B08:00",
    )  # fmt: skip
    answers = [client.get(f"/api/v1/lamaran?updated_from={text}&per_page=1000").json() for text in spellings]
    assert all(answer["data"] == answers[0]["data"] != [] for answer in answers)


def test_an_open_window_follows_its_links_with_a_space_for_plus(client: httpx.Client, world: Path) -> None:
    answer = client.get("/api/v1/lamaran?updated_from=2026-10-01T00:00:00+07:00&per_page=10").json()
    again = client.get(answer["links"]["next"]).json()
    ids = [row["id"] for row in answer["data"] + again["data"]]
    assert ids == expected(world, "lamaran", trashed=False, start="2026-10-01T00:00:00+07:00")[:20]


def test_deleted_rows_come_only_when_asked_for(client: httpx.Client, world: Path) -> None:
    for dataset in ("pencari-kerja", "lamaran"):
        plain, _ = follow(client, dataset)
        all_rows, _ = follow(client, dataset, with_trashed=1)
        assert [r["id"] for r in plain] == expected(world, dataset, trashed=False)
        assert all(r["deleted_at"] is None for r in plain)
    assert len(all_rows) > len(plain)


def test_ids_lists_all_live_ids(client: httpx.Client, world: Path) -> None:
    ids, pages = follow(client, "lamaran/ids", per_page=100)
    assert ids == sorted(expected(world, "lamaran", trashed=False))
    assert len(pages) == pages[0]["meta"]["last_page"] > 1
    assert client.get("/api/v1/lamaran/ids", params={"page": 10_000}).status_code == 400


def test_an_empty_window_is_one_empty_page(client: httpx.Client) -> None:
    body = client.get("/api/v1/lowongan", params={"updated_from": "2027-01-01T00:00:00Z"}).json()
    meta = body["meta"]
    assert body["data"] == []
    assert (meta["total"], meta["last_page"], meta["from"], meta["to"]) == (0, 1, None, None)
    assert (body["links"]["prev"], body["links"]["next"]) == (None, None)
    late = client.get("/api/v1/lowongan", params={"updated_from": "2027-01-01T00:00:00Z", "page": 2})
    assert late.status_code == 400


def test_a_page_past_the_last_is_refused(client: httpx.Client) -> None:
    last = client.get("/api/v1/lowongan").json()["meta"]["last_page"]
    answer = client.get("/api/v1/lowongan", params={"page": last + 1})
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("header", [None, "Bearer salah", "Basic dG9rZW4=", f"bearer{TOKEN}", "Bearer"])
def test_a_missing_or_wrong_token_is_refused(client: httpx.Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(base_url=client.base_url, trust_env=False) as stranger:
        answer = stranger.get("/api/v1/lowongan", headers=headers)
        assert stranger.get("/api/v1/tidak-ada", headers=headers).status_code == 401
    assert answer.status_code == 401
    assert answer.json()["message"]
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("per_page", "1001"), ("per_page", "0"), ("per_page", "banyak"), ("per_page", "²"),
        ("page", "0"), ("page", "-1"),
        ("page", "1.5"), ("page", "9" * 30), ("updated_from", "kemarin"), ("updated_from", "2026-10-01"),
        ("updated_until", "2026-10-01T00:00:00"), ("updated_until", ""), ("with_trashed", "mungkin"),
        ("updated_from", "0001-01-01T00:00:00+07:00"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(client: httpx.Client, field: str, value: str) -> None:
    for path in ("lowongan", "lowongan/ids"):
        answer = client.get(
            f"/api/v1/{path}", params={field: value, "page" if field != "page" else "per_page": "1"}
        )
        assert answer.status_code == 422, answer.text
        assert answer.json()["message"]
        assert set(answer.json()["errors"]) == {field}
        assert isinstance(answer.json()["errors"][field][0], str)


def test_an_unknown_dataset_is_not_found(client: httpx.Client) -> None:
    assert client.get("/api/v1/rahasia").status_code == 404
    assert client.get("/api/v1/rahasia/ids").status_code == 404


def test_injected_faults_appear_at_their_rates_and_repeat_with_the_seed(world: Path) -> None:
    seen: list[list[int]] = []
    for _ in range(2):
        with serving(world, "--faults", "429=0.3,503=0.3,slow=0.1:0.01,seed=5") as client:
            answers = [client.get("/api/v1/pelatihan") for _ in range(100)]
        seen.append([a.status_code for a in answers])
        waits = [a.headers["retry-after"] for a in answers if a.status_code == 429]
        assert {w.isdigit() for w in waits} == {True, False}
        assert all(w.isdigit() or parsedate_to_datetime(w) for w in waits)
        broken = [a for a in answers if a.status_code == 503]
        assert all(a.headers["content-type"].startswith("text/html") for a in broken)
        assert all(a.json()["data"] for a in answers if a.status_code == 200)
    assert seen[0] == seen[1]
    assert min(seen[0].count(status) for status in (200, 429, 503)) > 15


def test_a_slow_answer_is_still_the_right_one(world: Path) -> None:
    with serving(world, "--faults", "slow=1:0.5") as client:
        answer = client.get("/api/v1/pelatihan")
        # A lower bound: the server waited by itself, so a loaded machine cannot break it.
        assert answer.elapsed.total_seconds() >= 0.5
        assert answer.json()["data"]


def test_a_world_replaced_under_the_server_is_seen_at_once(tmp_path: Path) -> None:
    path = tmp_path / "maju.sqlite"
    build_world(path, people=300, until=OCTOBER)
    with serving(path) as client:
        before, _ = follow(client, "lamaran", with_trashed=1)
        build_world(path, people=300, until=datetime.fromisoformat("2026-11-30T23:59:59+07:00"))
        after, _ = follow(client, "lamaran", with_trashed=1)
    assert len(after) > len(before)
    assert [r["id"] for r in after] == expected(path, "lamaran", trashed=True)


@pytest.mark.parametrize("broken", ["world", "not a world", "token", "empty token", "faults", "port"])
def test_a_wrong_argument_ends_in_one_line(
    world: Path, tmp_path: Path, client: httpx.Client, broken: str
) -> None:
    token, empty, text = tmp_path / "token", tmp_path / "kosong", tmp_path / "teks.sqlite"
    token.write_text("x")
    empty.write_text("\n")
    text.write_text("bukan sqlite" * 100)
    arguments = {"--world": str(world), "--port": "0", "--token-file": str(token), "--faults": ""}
    arguments |= {
        "world": {"--world": str(tmp_path / "tidak-ada.sqlite")},
        "not a world": {"--world": str(text)},
        "token": {"--token-file": str(tmp_path / "tidak-ada")},
        "empty token": {"--token-file": str(empty)},
        "faults": {"--faults": "429=sering"},
        "port": {"--port": str(client.base_url.port)},
    }[broken]
    command = [*SERVER, *(part for pair in arguments.items() for part in pair)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stdout == ""


def test_the_fault_specification_is_read_whole() -> None:
    assert Faults.parse("429=0.1,503=0.2,slow=0.3:2.5,seed=7") == Faults(0.1, 0.2, 0.3, 2.5, 7)
    assert Faults.parse("") == Faults()
