"""Where the quality outputs of a month lie, for whoever links to them."""

from pathlib import Path

from batang_assets.partitions import Period
from batang_assets.settings import Settings


def data_docs_folder(settings: Settings, period: Period) -> Path:
    """The folder of the month's Data Docs: ``<home>/keluaran/mutu/data-docs/2026-10``."""
    return settings.outputs / "mutu" / "data-docs" / period.key


def data_docs_index(settings: Settings, period: Period) -> Path:
    """The page to open."""
    return data_docs_folder(settings, period) / "index.html"
