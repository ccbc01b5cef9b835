"""What a command stands on: settings, key ring, database server, and the environment of child processes."""

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from batang_assets.cli.leases import Leases
from batang_assets.database import connect, dagster_url, dbt_env, prepare_database, sqlalchemy_url
from batang_assets.database.server import EmbeddedServer
from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.servers import ensure_servers, stop_servers
from batang_assets.settings import PROJECT_ROOT, Settings, get_settings
from batang_assets.vault import KeyRing

MARKER = "demo.json"


@dataclass(frozen=True)
class Demo:
    """The synthetic world a home holds: how many people, which seed, and where its clock stands."""

    people: int = 25_000
    seed: int = 3325
    until: str = "2026-10-31T23:59:59+07:00"


def configured(settings: Settings) -> bool:
    """Whether any counterpart is configured, so that the sandbox must stay out of it."""
    return any(
        (
            settings.career_url,
            settings.career_database_url,
            settings.career_files,
            settings.siapkerja_url,
            settings.siapkerja_files,
        )
    )


def demo_of(settings: Settings) -> Demo | None:
    """The demo that lives in this home, if one does."""
    marker = settings.home / MARKER
    return Demo(**json.loads(marker.read_text(encoding="utf-8"))) if marker.exists() else None


@contextmanager
def stack(*, demo: Demo | None = None, servers: bool = True) -> Generator[Settings]:
    """Bring up what a command needs and yield the settings in force.

    The database always; the sandbox's servers where ``demo`` is given, or where the home holds a demo and
    nothing else is configured, unless ``servers`` is False. Raises ConfigurationError where real counterparts
    and a demo would share one home.
    """
    settings = get_settings()
    held = demo_of(settings)
    if configured(settings) and (held or demo):
        raise ConfigurationError(
            f"{settings.home} holds the demo's synthetic people, and real counterparts are configured: "
            "set BATANG_HOME to another folder"
        )
    if held and demo and held != demo:
        raise ConfigurationError(
            f"{settings.home} holds another demo ({held.people} people, seed {held.seed}): "
            "set BATANG_HOME to another folder, or remove this one"
        )
    settings = _home(settings)
    leases = Leases(settings.home)
    sandbox = settings.home / "sandbox"
    try:
        with leases.locked():
            leases.take()
            if held or demo:
                settings = _start_demo(settings, held or demo or Demo(), servers)
            if settings.database_url is None:
                EmbeddedServer(settings.home).ensure()
        prepare_database(settings)
        _export(
            DAGSTER_HOME=str(PROJECT_ROOT),
            BATANG_DAGSTER_DATABASE_URL=dagster_url(settings),
            BATANG_DAGSTER_FOLDER=str(settings.home / "dagster"),
            BATANG_GX_DATABASE_URL=sqlalchemy_url(settings),
            **dbt_env(settings),
        )
        yield settings
    finally:
        with leases.locked():
            if leases.release():
                if sandbox.exists():
                    stop_servers(sandbox)
                if settings.database_url is None:
                    EmbeddedServer(settings.home).stop()


def _home(settings: Settings) -> Settings:
    home = settings.home.resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "dagster").mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"BATANG_HOME {home} cannot be used: {error.strerror}") from None
    return _export(BATANG_HOME=str(home))


def _start_demo(settings: Settings, demo: Demo, servers: bool) -> Settings:
    marker = settings.home / MARKER
    if not marker.exists():
        marker.write_text(json.dumps(asdict(demo)), encoding="utf-8")
    if not settings.keys.exists():
        KeyRing.create(settings.keys)
    variables = {"BATANG_CLOCK": demo.until, "BATANG_SELF_APPROVAL": "true"}
    if servers:
        variables |= ensure_servers(
            settings.home / "sandbox", people=demo.people, seed=demo.seed, until=demo.until
        )
    return _export(**variables)


def _export(**variables: str) -> Settings:
    """Put variables into the environment, for us and for child processes, and read the settings again."""
    os.environ.update(variables)
    get_settings.cache_clear()
    return get_settings()


def check_counterparts(settings: Settings, *, delivering: bool) -> None:
    """Make sure, before anything is written, that keys, source and gateway are there and let us in.

    Where the centre is known by its extracts alone there is no gateway to ask.
    Raises the ConfigurationError, SourceError or DeliveryError of the first that is not.
    """
    from batang_assets.raw.sources import open_source

    KeyRing.load(settings.keys)
    with open_source(settings) as source:
        source.check()
    from batang_assets.siapkerja.extracts import without_gateway

    if delivering and not without_gateway(settings):
        from batang_assets.siapkerja.client import SiapkerjaClient

        with SiapkerjaClient.from_settings(settings, attempts=2) as client:
            client.sign_on()
    with connect(settings):
        pass
