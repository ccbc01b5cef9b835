"""`batang smdata …` packs any span, records receipts and checks a folder."""

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from batang_assets.cli import app
from batang_assets.database import connect
from batang_assets.partitions import Period, Span
from batang_assets.settings import Settings, get_settings
from batang_assets.smdata.status import package_status
from tests.approved import let_out
from tests.smdata.smdata_dunia import fill_reports, publish, statutory
from tests.smdata.smdata_truth import PEOPLE, PLACES, fill
from tests.smdata.test_smdata_asset import balance

QUARTER = Span.parse("2026-T3")


@pytest.fixture
def home(new_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    settings = new_settings()
    with connect(settings) as connection:
        fill(connection)
        publish(connection, statutory(PEOPLE, PLACES, QUARTER), QUARTER)
        fill_reports(connection, PEOPLE, QUARTER)
        for month in QUARTER.months:
            let_out(connection, month)
        balance(connection, period=QUARTER.last)
    assert settings.database_url
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    get_settings.cache_clear()
    yield settings
    get_settings.cache_clear()


def batang(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["smdata", *arguments])


def test_a_quarter_is_packed_handed_over_by_hand_and_verified(home: Settings):
    packed = batang("pack", "--period", "2026-T3", "--reason", "uji")
    assert packed.exit_code == 0, packed.output
    status = package_status(home, QUARTER)
    assert f"{status['package']}: baru" in packed.output
    assert str(status["package"]).endswith("smdata-3325-2026-T3-r1")
    receipt = ["receipt", "--period", "2026-T3", "--revision", "1", "--number", "TT-1", "--by", "Sri"]
    assert "tanda terima TT-1 dicatat atas nama Sri" in batang(*receipt).output
    assert [item["how"] for item in package_status(home, QUARTER)["receipts"]] == ["folder", "tangan"]
    assert "utuh dan bertanda tangan" in batang("verify", str(status["package"])).output
    assert "tidak berubah" in batang("pack", "--period", "2026-T3").output


def test_a_quarter_with_a_month_that_nobody_approved_is_refused(home: Settings):
    with connect(home) as connection:
        connection.execute(
            "insert into raw.penempatan (id, _isi_hash, _periode, _run_id) values ('1', '\\x00', %s, 'u')",
            [Period(2026, 8).first_day],
        )
    refused = batang("pack", "--period", "2026-T3")
    assert refused.exit_code == 1
    assert package_status(home, QUARTER)["package"] is None
