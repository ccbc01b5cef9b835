"""``batang people`` on a real database: what is listed, decided and shown, and that no value of a person is."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from batang_assets.cli.people import people_app
from batang_assets.database import connect
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people
from tests.cli.conftest import BORN, NAME, PHONE
from tests.vault.linkage.people import persons


@pytest.fixture
def people(in_use: Settings) -> Callable[..., str]:
    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(people_app, list(arguments))
        assert result.exit_code == code, result.output
        for value in (NAME.split()[0], "Astuti", BORN, PHONE, PHONE[1:], "332504"):
            assert value not in result.output
        return result.output

    return run


def test_a_proposal_is_listed_decided_and_shown_without_a_value(people: Callable[..., str], in_use: Settings):
    (proposal,) = json.loads(people("list", "--json"))
    assert (proposal["catatan_a"], proposal["catatan_b"]) == ("pencari_kerja:1", "pencari_kerja:2") or (
        proposal["catatan_b"],
        proposal["catatan_a"],
    ) == ("pencari_kerja:1", "pencari_kerja:2")
    assert proposal["sebab"] == "nik_berbeda"
    assert proposal["pola"]["telepon"] == proposal["pola"]["nama"] == "sama"
    (linked,) = json.loads(people("list", "--linked", "--json"))
    assert {linked["catatan_a"], linked["catatan_b"]} == {"pencari_kerja:3", "peserta_pelatihan:4"}
    people("list")
    decision = ("--by", "Bu Ratna", "--reason", "dua kartu AK/I satu orang")
    assert "digabung" in people("merge", "pencari-kerja:1", "pencari_kerja:2", *decision)
    with connect(in_use) as connection:
        link_people(connection, KeyRing.load(in_use.keys), "uji", in_use.now())
        assert len(persons(connection)) == 2
    assert json.loads(people("list", "--json")) == []
    shown = json.loads(people("show", "pencari_kerja:2", "--json"))
    assert [item["by"] for item in shown["decisions"]] == ["Bu Ratna"]
    assert [item["cara"] for item in shown["merges"]] == ["keputusan"]
    assert "Bu Ratna: dua kartu" in people("show", "pencari_kerja:2")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "pencari_kerja:99"),
        ("merge", "pencari_kerja:1", "lowongan:2", "--by", "x", "--reason", "y"),
        ("list", "--why", "entah"),
    ],
)
def test_a_slip_is_one_line_and_status_1(people: Callable[..., str], arguments: tuple[str, ...]):
    assert people(*arguments, code=1).count("\n") == 1
