"""Quarantine as it is lived: real records through the door and dbt, mended, accepted, deleted, broken again."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from batang_assets.cli.quality import quality_app
from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.quality.decisions import accept, acceptable_rules, decisions
from batang_assets.quality.quarantine import counts, refresh, stays
from batang_assets.settings import PROJECT_ROOT, Settings, get_settings
from batang_assets.warehouse.project import failure, run_dbt
from tests.quality.source_rows import Rows, base, load, record

NOW = datetime.fromisoformat("2026-10-31T23:59:59+07:00")
TABLES = "+karantina +fct_penempatan +fct_penduduk_bekerja"
PLACEMENT, RESIDENT, SEEKER = ("penempatan", "50"), ("penduduk-bekerja", "60"), ("pencari-kerja", "70")


@pytest.fixture(scope="module")
def house(new_settings: Callable[..., Settings]) -> Settings:
    """Three rows with a fault each: a lost vacancy (may be accepted), work begun at 12 (may), no sex (may not)."""
    settings = new_settings()
    rows: Rows = [
        *base(),
        ("pencari-kerja", record("pencari-kerja", 50)),
        ("penempatan", record("penempatan", 50, lowongan_id=404)),
        ("penduduk-bekerja", record("penduduk-bekerja", 60, tanggal_mulai="2003-01-01")),
        ("pencari-kerja", record("pencari-kerja", 70, jenis_kelamin=None)),
    ]
    with connect(settings) as conn:
        load(conn, settings, rows)
    return settings


@pytest.fixture
def conn(house: Settings) -> Iterator[psycopg.Connection]:
    with connect(house) as connection:
        yield connection


def build(settings: Settings, days: int) -> datetime:
    """Build what the quarantine stands on and refresh it, ``days`` after the first time."""
    now = NOW + timedelta(days=days)
    # Views, code books and the tables once; then only what rows can change.
    kinds = (
        ["--resource-type", "model", "--resource-type", "seed"] if days == 0 else ["--resource-type", "model"]
    )
    selection = ["--select", *TABLES.split(), *kinds]
    error = failure(run_dbt(settings.model_copy(update={"clock": now}), ["build", *selection]))
    assert error is None, error
    with connect(settings) as conn:
        refresh(conn, now)
    return now


def held(conn: psycopg.Connection, now: datetime, *states: str) -> dict[tuple[str, str], tuple[str, int]]:
    """(dataset, id) → (state, age in days) of the stays that are not over, or of those in ``states``."""
    found = stays(conn, now, states=states or ("terbuka", "diterima"))
    return {(stay.dataset, stay.id): (stay.keadaan, stay.umur_hari) for stay in found}


def test_a_life_in_quarantine(house: Settings, conn: psycopg.Connection) -> None:
    now = build(house, 0)
    open_ = dict.fromkeys((PLACEMENT, RESIDENT, SEEKER), ("terbuka", 0))
    assert held(conn, now) == open_
    assert {stay.aturan for stay in stays(conn, now)} == {("PN_A18",), ("KJ_R01",), ("PK_A06",)}

    # First seen outlives a rebuild, and a new version that is still wrong.
    load(conn, house, [("pencari-kerja", record("pencari-kerja", 70, jenis_kelamin=None, alamat="Jl. Lain"))])
    accept(conn, *PLACEMENT, "Kepala Bidang", "Lowongan dihapus pemberi kerja", now)
    conn.commit()
    now = build(house, 3)
    assert held(conn, now) == {
        PLACEMENT: ("diterima", 3), RESIDENT: ("terbuka", 3), SEEKER: ("terbuka", 3)
    }  # fmt: skip

    # The accepted row flows without the lost reference, and still counts as wrong in the gate.
    flowing = conn.execute("select penempatan_id, lowongan_id from marts.fct_penempatan").fetchall()
    assert flowing == [(50, None)]
    verdict = conn.execute("select lolos_pn_a18, layak from intermediate.int_penempatan__dinilai").fetchone()
    assert verdict == (False, True)
    assert conn.execute("select count(*) from marts.fct_penduduk_bekerja").fetchone() == (0,)

    # Mended at the source: it comes back by itself. A new version of the accepted row is held again.
    later = "2026-10-31T09:00:00+07:00"
    load(
        conn,
        house,
        [
            ("penduduk-bekerja", record("penduduk-bekerja", 60, updated_at=later)),
            ("penempatan", record("penempatan", 50, lowongan_id=404, upah=3100000, updated_at=later)),
        ],
    )
    now = build(house, 5)
    assert held(conn, now) == {PLACEMENT: ("terbuka", 5), SEEKER: ("terbuka", 5)}
    (mended,) = stays(conn, now, states=["diperbaiki"])
    assert (mended.id, mended.sebab_keluar, mended.umur_hari) == ("60", "versi_baru", 5)
    assert conn.execute("select penduduk_bekerja_id from marts.fct_penduduk_bekerja").fetchall() == [(60,)]
    assert [item.berlaku for item in decisions(conn, *PLACEMENT)] == [False]

    # Deleted at the source; broken again later: a new stay, and the old one is still there.
    gone = record("pencari-kerja", 70, jenis_kelamin=None, updated_at=later, deleted_at=later)
    worse = record("penduduk-bekerja", 60, tanggal_mulai="2003-02-01", updated_at="2026-10-31T10:00:00+07:00")
    load(conn, house, [("pencari-kerja", gone), ("penduduk-bekerja", worse)])
    now = build(house, 8)
    assert held(conn, now) == {PLACEMENT: ("terbuka", 8), RESIDENT: ("terbuka", 0)}
    causes = {stay.id: stay.sebab_keluar for stay in stays(conn, now, states=["diperbaiki"])}
    assert causes == {"60": "versi_baru", "70": "dihapus"}
    assert counts(conn)["penduduk-bekerja"] == {"terbuka": 1, "diterima": 0, "diperbaiki": 1}
    # Nothing is dropped: every version of every row is still in raw.
    assert conn.execute("select count(*) from raw.penduduk_bekerja").fetchone() == (3,)


def test_what_siapkerja_would_refuse_cannot_be_accepted(house: Settings, conn: psycopg.Connection) -> None:
    conn.execute(
        "insert into quality.karantina (dataset, id, isi_hash, periode, aturan, pertama_terlihat, diterima_pada)"
        " values ('penempatan', '71', 'x', '2026-10-01', '{PN_A04,PN_A18}', now(), now())"
    )
    with pytest.raises(DataError, match=r"penempatan 71 melanggar PN_A04 dan tidak dapat diterima"):
        accept(conn, "penempatan", "71", "Kepala Bidang", "Mendesak", NOW)
    for by, reason in ((" ", "Mendesak"), ("Kepala Bidang", "")):
        with pytest.raises(DataError, match=r"needs a name .* and a reason"):
            accept(conn, "penempatan", "71", by, reason, NOW)
    with pytest.raises(DataError, match=r"penempatan 999 is not in quarantine"):
        accept(conn, "penempatan", "999", "Kepala Bidang", "Mendesak", NOW)
    conn.rollback()


def test_catalogue_and_macro_name_the_same_acceptable_rules() -> None:
    macro = (PROJECT_ROOT / "dbt_project" / "macros" / "aturan.sql").read_text(encoding="utf-8")
    listed = macro.split("macro aturan_dapat_diterima() -%}")[1].split("{%- endmacro")[0]
    assert sorted(json.loads(listed.split("return(")[1].split(")")[0])) == sorted(acceptable_rules())


def test_decisions_cannot_be_changed(house: Settings, conn: psycopg.Connection) -> None:
    for table in ("keputusan_karantina", "pengecualian_gerbang"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            conn.execute(f"delete from quality.{table}".encode())
        conn.rollback()


def test_the_commands(house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the life above: placement 50 is open again, and its vacancy is still lost."""
    assert house.database_url is not None
    monkeypatch.setenv("BATANG_HOME", str(house.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", house.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-11-10T08:00:00+07:00")
    get_settings.cache_clear()
    try:
        assert [row["id"] for row in run_json("list", "--rule", "PN_A18")] == ["50"]
        assert run_json("list", "--dataset", "penempatan")[0]["pemilik"] == "Disnaker: pengantar kerja"
        shown = run_json("show", "penempatan", "50")
        assert shown["stays"][-1]["rule_texts"]["PN_A18"]["tindakan"].endswith(".")
        assert "85653282608" not in json.dumps(shown)
        who = ["--by", "Kepala Bidang", "--reason", "Lowongan memang dihapus"]
        result = CliRunner().invoke(quality_app, ["accept", "penempatan", "50", *who])
        assert result.exit_code == 0
        assert "berlaku mulai pembangunan berikutnya" in result.stdout
        assert len(run_json("show", "penempatan", "50")["decisions"]) == 2
        refused = CliRunner().invoke(quality_app, ["accept", "penempatan", "9", *who])
        assert refused.exit_code == 1
    finally:
        get_settings.cache_clear()


def run_json(*arguments: str) -> Any:
    result = CliRunner().invoke(quality_app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
