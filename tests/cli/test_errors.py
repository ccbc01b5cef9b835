"""Bad input at the command line: one clear line, exit status 1, nothing written."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from batang_assets.vault import KeyRing
from tests.raw.pages import page, serving

BATANG = Path(sys.executable).parent / "batang"


def _refused(environment: dict[str, str], *arguments: str) -> str:
    """The one line with which the command refuses."""
    result = subprocess.run(
        [BATANG, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = result.stderr.strip().splitlines()
    assert result.returncode == 1, result.stdout + result.stderr
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def environment(tmp_path: Path, new_database: Callable[[], str]) -> dict[str, str]:
    """Everything configured, with nobody listening at the counterparts' addresses."""
    KeyRing.create(tmp_path / "kunci")
    return {
        "BATANG_HOME": str(tmp_path),
        "BATANG_DATABASE_URL": new_database(),
        "BATANG_CAREER_URL": "http://127.0.0.1:9",
        "BATANG_CAREER_TOKEN": "RAHASIA-token",
        "BATANG_SIAPKERJA_URL": "http://127.0.0.1:9",
        "BATANG_SIAPKERJA_CLIENT_ID": "batang",
        "BATANG_SIAPKERJA_CLIENT_SECRET": "RAHASIA-klien",
    }


def _rows(environment: dict[str, str]) -> int:
    with psycopg.connect(environment["BATANG_DATABASE_URL"]) as connection:
        row = connection.execute(
            "select (select count(*) from raw.penarikan) + (select count(*) from delivery.buku_besar)"
        ).fetchone()
    assert row is not None
    return row[0]


def test_unreachable_source(environment: dict[str, str]):
    line = _refused(environment, "run", "--period", "2026-10")
    assert "cannot be reached" in line
    assert "BATANG_CAREER_URL" in line
    assert "RAHASIA" not in line
    assert _rows(environment) == 0


def test_wrong_token(environment: dict[str, str]):
    with serving(lambda _page, _nth: (401, {}, b"")) as url:
        line = _refused(environment | {"BATANG_CAREER_URL": url}, "run", "--period", "2026-10")
    assert "BATANG_CAREER_TOKEN" in line
    assert _rows(environment) == 0


def test_refused_sign_on(environment: dict[str, str], tmp_path: Path):
    (tmp_path / "secret").write_text("lain")
    command = [sys.executable, "-m", "batang_assets.sandbox.siapkerja", "--store", str(tmp_path / "s.sqlite")]
    command += ["--client-id", "batang", "--client-secret-file", str(tmp_path / "secret"), "--port", "0"]
    command += ["--host", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        gateway = process.stdout.readline().split()[-1]
        with serving(lambda _page, _nth: page([], 1, 1, 0)) as url:
            urls = {"BATANG_CAREER_URL": url, "BATANG_SIAPKERJA_URL": gateway}
            line = _refused(environment | urls, "run", "--period", "2026-10")
        process.terminate()
    assert "BATANG_SIAPKERJA_CLIENT" in line
    assert "RAHASIA" not in line
    assert _rows(environment) == 0


def test_missing_key_ring(environment: dict[str, str], tmp_path: Path):
    line = _refused(environment | {"BATANG_KEYS_DIR": str(tmp_path / "tiada")}, "run", "--period", "2026-10")
    assert "batang keys init" in line


def test_unknown_setting(environment: dict[str, str]):
    assert "did you mean BATANG_CAREER_URL" in _refused(environment | {"BATANG_CAREER_URI": "x"}, "run")


def test_month_that_is_no_partition(environment: dict[str, str]):
    assert "BATANG_FIRST_PERIOD" in _refused(environment, "run", "--period", "2020-01")
    assert "YYYY-MM" in _refused(environment, "run", "--period", "oktober")


def test_unreachable_database_is_told_without_its_password(environment: dict[str, str]):
    url = "postgresql://batang:RAHASIA@127.0.0.1:9/batang"
    line = _refused(environment | {"BATANG_DATABASE_URL": url}, "status")
    assert "BATANG_DATABASE_URL" in line
    assert "RAHASIA" not in line


def test_demo_and_real_counterparts_do_not_share_a_home(environment: dict[str, str]):
    assert "BATANG_HOME" in _refused(environment, "demo")


def test_nothing_configured(tmp_path: Path, new_database: Callable[[], str]):
    KeyRing.create(tmp_path / "kunci")
    line = _refused({"BATANG_HOME": str(tmp_path), "BATANG_DATABASE_URL": new_database()}, "run")
    assert "BATANG_CAREER_URL" in line
