"""``batang requests`` on a real database: what is recorded, shown, handed over and erased."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batang_assets.cli.requests import requests_app
from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people
from tests.cli.conftest import BORN, NAME, PHONE

DECISION = ("--by", "Bu Ratna", "--reason", "diminta sendiri")
# The registration with a NIK and the trainee without one, linked to it.
DWI = {("pencari_kerja", "3"), ("peserta_pelatihan", "4")}


@pytest.fixture
def run(in_use: Settings) -> Callable[..., str]:
    def invoke(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(requests_app, list(arguments))
        assert result.exit_code == code, result.output
        for value in (NAME.split()[0], "Astuti", BORN, PHONE, PHONE[1:], "332504"):
            assert value not in result.output
        return result.output

    return invoke


def sealed(settings: Settings) -> set[tuple[str, str]]:
    with connect(settings) as connection:
        return set(connection.execute("select tabel, id from vault.identitas").fetchall())


def test_a_person_is_shown_then_erased_with_all_linked_records(
    run: Callable[..., str], in_use: Settings
) -> None:
    run("add", "2026/17", "--kind", "penghapusan", "--received", "2026-10-30T09:15")
    before = sealed(in_use)
    shown = run("erase", "2026/17", "pencari-kerja:3", *DECISION)
    assert shown.splitlines()[1:] == ["batang:pencari-kerja:3", "batang:pelatihan:4"]
    assert sealed(in_use) == before
    run("erase", "2026/17", "pencari-kerja:3", *DECISION, "--yes", "--no-send")
    assert before - sealed(in_use) == DWI
    (request,) = json.loads(run("list", "--json"))
    assert (request["verdict"], request["records"], request["shown_again"]) == ("dipenuhi", 2, 0)
    assert run("list") == (
        "2026/17 penghapusan, diterima 2026-10-30 09:15, dipenuhi setelah 38,7 jam oleh Bu Ratna: diminta sendiri;"
        " 2 catatan terhapus\n"
    )
    # Whoever is erased is not opened again to be compared.
    with connect(in_use) as connection:
        connection.execute("delete from vault.penautan")
        linked = link_people(connection, KeyRing.load(in_use.keys), "uji", in_use.now())
    assert (linked.computed, linked.records) == (True, 4)
    run("erase", "2026/17", "pencari-kerja:3", *DECISION, "--yes", code=1)


def test_a_person_gets_all_that_is_kept_in_a_file_that_others_cannot_read(
    run: Callable[..., str], in_use: Settings, tmp_path: Path
) -> None:
    run("add", "2026/18", "--kind", "akses", "--received", "2026-10-30T09:15")
    file = tmp_path / "subjek.json"
    file.write_text("")
    run("access", "2026/18", "pencari-kerja:3", "--output", str(file), *DECISION, code=1)
    assert json.loads(run("list", "--json"))[0]["answered"] is None
    file.unlink()
    run("access", "2026/18", "pencari-kerja:3", "--output", str(file), *DECISION)
    assert file.stat().st_mode & 0o777 == 0o600
    kept = {record["catatan"]: record for record in json.loads(file.read_text())}
    assert kept.keys() == {"pencari_kerja:3", "peserta_pelatihan:4"}
    assert {record["pengenal"]["nama_lengkap"] for record in kept.values()} == {"Dwi Astuti"}
    assert kept["pencari_kerja:3"]["isi"]["tanggal_lahir"] == "1990-01-02"
    with connect(in_use) as connection:
        opened = connection.execute(
            "select tabel, tujuan from vault.pengungkapan where penerima = 'subjek data' order by 1"
        ).fetchall()
    purpose = "akses subjek data, permintaan 2026/18"
    assert opened == [("pencari_kerja", purpose), ("peserta_pelatihan", purpose)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "Slamet", "--kind", "akses", "--received", "2026-10-30T09:15"),
        ("add", "1", "--kind", "entah", "--received", "2026-10-30T09:15"),
        ("add", "1", "--kind", "akses", "--received", "kemarin"),
        ("add", "1", "--kind", "akses", "--received", "2026-11-30T09:15"),
        ("answer", "9", "--decision", "ditolak", *DECISION),
        ("erase", "9", "pencari-kerja:3", *DECISION, "--yes", "--no-send"),
    ],
)
def test_a_slip_is_one_line_and_status_1(run: Callable[..., str], arguments: tuple[str, ...]) -> None:
    assert run(*arguments, code=1).count("\n") == 1


def test_an_erasure_is_only_fulfilled_by_erasing(run: Callable[..., str]) -> None:
    run("add", "2026/17", "--kind", "penghapusan", "--received", "2026-10-30T09:15")
    assert "batang requests erase" in run("answer", "2026/17", "--decision", "dipenuhi", *DECISION, code=1)
    run("answer", "2026/17", "--decision", "ditolak", *DECISION)
