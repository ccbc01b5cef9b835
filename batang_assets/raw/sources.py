"""Which kind of source is configured, and opening it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from batang_assets.errors import ConfigurationError
from batang_assets.raw.source import CareerSource
from batang_assets.settings import Settings

SourceKind = Literal["http", "database", "files"]


def source_kind(settings: Settings) -> SourceKind:
    """The one source kind that is configured; raises ConfigurationError if there is none, or more than one."""
    given: dict[str, SourceKind] = {}
    if settings.career_url:
        given["BATANG_CAREER_URL"] = "http"
    if settings.career_database_url:
        given["BATANG_CAREER_DATABASE_URL"] = "database"
    if settings.career_files:
        given["BATANG_CAREER_FILES"] = "files"
    if not given:
        raise ConfigurationError(
            "no source: set one of BATANG_CAREER_URL (with BATANG_CAREER_TOKEN), BATANG_CAREER_DATABASE_URL "
            "and BATANG_CAREER_FILES"
        )
    if len(given) > 1:
        raise ConfigurationError(f"{' and '.join(given)} are set: keep the one that Batang Career is read by")
    return next(iter(given.values()))


@contextmanager
def open_source(settings: Settings, run_id: str | None = None) -> Generator[CareerSource]:
    """The configured source, open; raises ConfigurationError as ``source_kind`` and the kind itself do.

    ``run_id``: in whose name new file drops are taken in.
    """
    # Each kind brings its own drivers: only the configured one is imported.
    match source_kind(settings):
        case "http":
            from batang_assets.raw.http import open_http_source

            opened = open_http_source(settings)
        case "database":
            from batang_assets.raw.database.source import open_database_source

            opened = open_database_source(settings)
        case "files":
            from batang_assets.raw.files.source import open_files_source

            opened = open_files_source(settings, run_id)
    with opened as source:
        yield source
