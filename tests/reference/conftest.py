"""The official lists, which are no part of the project."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def official_lists() -> Path:
    """The folder that the environment variable UJI_DAFTAR_RESMI names: ``kbji2014.csv``, ``kbli2020.csv``."""
    folder = os.environ.get("UJI_DAFTAR_RESMI")
    if not folder:
        pytest.skip("the official lists are not part of the project: UJI_DAFTAR_RESMI names no folder")
    return Path(folder)
