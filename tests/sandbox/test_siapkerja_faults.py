"""The SIAPkerja sandbox: injected faults."""

import hashlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.sandbox.siapkerja_ministry import (
    EMPLOYERS,
    LIST,
    SECRET,
    SEEKERS,
    Ministry,
    body,
    employer,
    kode,
    ministry,
    record,
    results,
    seeker,
)


@pytest.mark.parametrize("spec", ["429=2", "hujan=0.1", "slow"])
def test_a_bad_fault_spec_is_one_line_and_status_2(tmp_path: Path, spec: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    command = [sys.executable, "-m", "batang_assets.sandbox.siapkerja", "--port", "0", "--client-id", "x"]
    command += ["--store", str(tmp_path / "s"), "--client-secret-file", str(secret), "--faults", spec]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--faults" in done.stderr


def test_a_connection_cut_after_the_commit_leaves_the_first_result_under_its_key(tmp_path: Path) -> None:
    content = body(record("putus", employer()))
    with ministry(tmp_path, "--faults", "reset_after=1") as server:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            server.call("POST", EMPLOYERS, content, key="putus")
        held = server.get("/integrasi/v1/kiriman?kunci=putus").json()["data"]
        assert server.stop() == (0, "")
    assert held[0]["hasil"][0]["status"] == "diterima"
    with ministry(tmp_path) as server:
        assert server.call("POST", EMPLOYERS, content, key="putus").json() == held[0]


def test_a_connection_cut_before_the_commit_leaves_nothing(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "reset_before=0.5", "--seed", "1") as server:
        token = ""
        while not token:
            try:
                token = server.sign_on().json()["access_token"]
            except (httpx.ReadError, httpx.RemoteProtocolError):
                continue
        cut = 0
        for number in range(20):
            try:
                server.send(EMPLOYERS, record(str(number), employer()))
            except (httpx.ReadError, httpx.RemoteProtocolError):
                cut += 1
    assert 0 < cut < 20
    with ministry(tmp_path) as server:
        assert len(server.rows("pemberi-kerja")) == 20 - cut


def test_throttling_says_how_long_in_both_forms(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "429=1,retry_after_s=7") as server:
        first, second = server.sign_on(), server.sign_on()
    assert kode(first)[0] == kode(second)[0] == 429
    assert first.headers["retry-after"] == "7"
    assert second.headers["retry-after"].endswith("GMT")


def test_an_html_503_may_come_before_or_after_the_commit(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "503=0.5", "--seed", "3") as server:
        while server.sign_on().status_code != 200:
            continue
        failed = set()
        for number in range(40):
            answer = server.send(EMPLOYERS, record(str(number), employer()))
            if answer.status_code == 503:
                assert answer.headers["content-type"].startswith("text/html")
                failed.add(str(number))
    with ministry(tmp_path) as server:
        held = {row["id_daerah"] for row in server.rows("pemberi-kerja")}
    assert {str(number) for number in range(40)} - failed <= held
    assert failed & held
    assert failed - held


def test_an_asynchronous_delivery_is_polled_to_its_result_even_over_a_restart(tmp_path: Path) -> None:
    content = body(record("nanti", employer()))
    with ministry(tmp_path, "--faults", "async=1,async_s=600") as server:
        answer = server.call("POST", EMPLOYERS, content, key="nanti")
        assert answer.status_code == 202
        location = answer.headers["location"]
        assert int(answer.headers["retry-after"]) >= 1
        assert server.get(location).status_code == 202
        again = server.call("POST", EMPLOYERS, content, key="nanti")
        assert (again.status_code, again.headers["location"]) == (202, location)
        assert server.get("/integrasi/v1/kiriman?kunci=nanti").json() == {"data": []}
        assert server.rows("pemberi-kerja") == []
        server.stop(signal.SIGKILL)
    with ministry(tmp_path, "--faults", "async_s=0.1") as server:
        deadline = time.monotonic() + 20
        while (polled := server.get(location)).status_code == 202 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert results(polled)[0]["status"] == "diterima"
        assert polled.json()["sidik_isi"] == hashlib.sha256(content).hexdigest()
        assert server.call("POST", EMPLOYERS, content, key="nanti").content == polled.content
        assert len(server.rows("pemberi-kerja")) == 1


def test_the_same_key_in_flight_is_told_to_wait(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "slow=1,slow_s=2") as server:
        server.sign_on()
        content = body(record("bareng", employer()))
        answers: list[httpx.Response] = []

        def post() -> None:
            answers.append(server.call("POST", EMPLOYERS, content, key="bareng"))

        threads = [threading.Thread(target=post) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    by_status = sorted(answers, key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in by_status] == [200, 409, 409]
    assert kode(by_status[1]) == (409, "SEDANG_DIPROSES")


def test_a_batch_with_a_marked_record_is_refused_whole_and_always_for_the_same_records(
    tmp_path: Path,
) -> None:
    with ministry(tmp_path, "--faults", "tidak_sah=0.2", "--seed", "5") as server:
        records = [record(f"tanda:{number}", employer()) for number in range(30)]
        whole = server.call("POST", EMPLOYERS, body(*records), key="utuh")
        assert kode(whole) == (422, "KIRIMAN_TIDAK_SAH")
        assert "tanda:" not in whole.text
        assert server.rows("pemberi-kerja") == []
        alone = {item["id_daerah"]: server.send(EMPLOYERS, item).status_code for item in records}
        assert set(alone.values()) == {200, 422}
        good = [item for item in records if alone[item["id_daerah"]] == 200]
        assert {result["status"] for result in results(server.send(EMPLOYERS, *good))} == {"tidak_berubah"}


def test_a_sender_that_keeps_the_contract_gets_every_record_in_once_whatever_fails(tmp_path: Path) -> None:
    faults = "429=0.1,503=0.1,reset_before=0.1,reset_after=0.1,async=0.3,token_early=0.1"
    faults += ",retry_after_s=0,async_s=0.02"

    def insist(server: Ministry, method: str, target: str, content: bytes, key: str | None) -> httpx.Response:
        for _ in range(100):
            try:
                if not server.token and server.sign_on().status_code != 200:
                    continue
                answer = server.call(method, target, content, key)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                continue
            if answer.status_code == 401:
                server.token = ""
            elif answer.status_code not in (429, 503):
                return answer
        raise AssertionError("the server never answered")

    with ministry(tmp_path, "--faults", faults, "--seed", "11") as server:
        for number in range(40):
            content = body(*[record(f"{number}:{i}", employer(nama=f"PT {number}")) for i in range(5)])
            answer = insist(server, "POST", EMPLOYERS, content, f"tekun-{number}")
            while answer.status_code == 202:
                time.sleep(0.02)
                answer = insist(server, "GET", answer.headers["location"], b"", None)
            assert [result["status"] for result in results(answer)] == ["diterima"] * 5
            assert answer.json()["sidik_isi"] == hashlib.sha256(content).hexdigest()
        assert server.stop() == (0, "")
    with ministry(tmp_path) as server:
        rows = server.rows("pemberi-kerja")
    assert len(rows) == 200
    assert {row["id_daerah"] for row in rows} == {f"{a}:{b}" for a in range(40) for b in range(5)}
    assert all(row["data"]["nama"] == f"PT {row['id_daerah'].split(':')[0]}" for row in rows)


def test_a_token_may_end_early_but_never_before_it_worked_once(tmp_path: Path) -> None:
    with ministry(tmp_path, "--faults", "token_early=1") as server:
        for _ in range(3):
            server.sign_on()
            assert server.get(LIST).status_code == 200
            assert kode(server.get(LIST)) == (401, "TOKEN_KEDALUWARSA")


def test_the_civil_registry_misses_a_fixed_few_in_a_thousand(tmp_path: Path) -> None:
    def misses(folder: str, seed: str) -> set[str]:
        (tmp_path / folder).mkdir()
        server = Ministry(tmp_path / folder, "--seed", seed)
        found = set()
        for start in range(1, 4001, 500):
            niks = [f"332511570899{serial:04d}" for serial in range(start, start + 500)]
            answer = server.send(SEEKERS, *[record(nik, seeker(nik=nik)) for nik in niks])
            for result in results(answer):
                if result["status"] == "ditolak":
                    assert [error["kode"] for error in result["galat"]] == ["NIK_TIDAK_DITEMUKAN"]
                    found.add(result["id_daerah"])
        server.stop()
        return found

    first = misses("a", "1")
    # 4,000 draws at 0.3 %: 12 expected; outside 2..28 is a one-in-a-thousand accident, and the seed is fixed.
    assert 2 <= len(first) <= 28
    assert misses("b", "1") == first
    assert misses("c", "2") != first
