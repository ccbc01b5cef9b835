"""People in a house of their own, for the commands about them."""

from collections.abc import Iterator

import pytest

from batang_assets.database import connect
from batang_assets.settings import Settings, get_settings
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people
from tests.vault.linkage.people import person, take_in

NAME, BORN = "Slamet Widodo", "1994-03-17"
PHONE = "081234567890"


@pytest.fixture
def in_use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A house with a double registration and a trainee without a NIK, linked once."""
    assert settings.database_url is not None
    monkeypatch.setenv("BATANG_HOME", str(settings.home))
    monkeypatch.setenv("BATANG_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("BATANG_CLOCK", "2026-10-31T23:59:59+07:00")
    get_settings.cache_clear()
    with connect(settings) as connection:
        rows = [person("pencari-kerja", n, NAME, BORN, serial=10 + n, no_hp=PHONE) for n in (1, 2)]
        rows += [person("pencari-kerja", 3, "Dwi Astuti", "1990-01-02", "P", serial=3)]
        rows += [person("peserta-pelatihan", 4, "Dwi Astuti", "1990-01-02", "P", serial=None)]
        take_in(connection, settings, rows)
        link_people(connection, KeyRing.load(settings.keys), "uji", settings.now())
    yield settings
    get_settings.cache_clear()
