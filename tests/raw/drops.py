"""A folder of drops for tests, written by real programs' formats."""

import os
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from batang_assets.contracts import load_contract
from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.raw.files.source import open_files_source
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing

OCTOBER = Period(2026, 10)


def fresh(base: Settings, place: Path, **values: Any) -> Settings:
    """Settings with an empty watched folder, home, key ring and register; the database of ``base`` is shared."""
    home, folder = place / "rumah", place / "kiriman"
    home.mkdir()
    folder.mkdir()
    settings = base.model_copy(update={"home": home, "career_files": folder, **values})
    KeyRing.create(settings.keys)
    with connect(settings) as connection:
        connection.execute("truncate raw.berkas, raw.berkas_nama")
    return settings


def aged(path: Path, seconds: float = 60) -> Path:
    """``path`` as a file that has been still for a while."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def drop(settings: Settings, name: str, content: bytes | str, *, age_s: float = 60) -> Path:
    """Put a file into the watched folder."""
    assert settings.career_files is not None
    path = settings.career_files / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return aged(path, age_s)


def workbook(path: Path, *sheets: Sequence[Sequence[Any]], title: str | None = None) -> bytes:
    """The bytes of a workbook that XlsxWriter wrote; ``title``: a merged row above the first sheet's table.

    ``datetime`` cells are written as real Excel dates with a format.
    """
    book = xlsxwriter.Workbook(str(path))
    stamp = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    bold = book.add_format({"bold": True})
    for number, rows in enumerate(sheets):
        sheet = book.add_worksheet()
        offset = 0
        if title and number == 0:
            sheet.merge_range(0, 0, 0, 4, title, bold)
            offset = 2
        for y, row in enumerate(rows, start=offset):
            for x, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(y, x, value, stamp)
                elif isinstance(value, str):
                    sheet.write_string(y, x, value)
                elif value is not None:
                    sheet.write(y, x, value)
    book.close()
    content = path.read_bytes()
    path.unlink()
    return content


def read(settings: Settings, dataset: str, period: Period = OCTOBER) -> list[dict[str, Any]]:
    """What the source shows of one month, through a source opened for it."""
    with open_files_source(settings) as source:
        return [
            dict(record)
            for record in source.window(load_contract("batang_career", dataset), period.start, period.end)
        ]


def register(settings: Settings) -> dict[str, tuple[bool, str | None, str | None, int]]:
    """File name → whether accepted, reason, dataset and rows of what is registered."""
    with open_files_source(settings) as source:
        source.intake.take_in(wait=False)
        drops = source.register.since(0)
    return {one.name: (one.accepted, one.reason, one.dataset, one.rows) for one in drops}
