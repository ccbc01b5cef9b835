"""A world as files dropped into a folder: one CSV or workbook a dataset, named by the day it shows."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.world.baca import WorldReader

UNFINISHED = ".sebagian"
# Limits of the xlsx format: data rows under one header row, characters in one cell.
SHEET_ROWS = 1_048_575
CELL_CHARACTERS = 32_767
Writer = Callable[[Path, list[str], Iterator[list[Any]]], int]


def write_drops(
    world: WorldReader, folder: Path, *, kind: str = "csv", since: datetime | None = None
) -> dict[str, int]:
    """Write ``<dataset>_<day>.<kind>`` for every dataset into `folder`; returns rows a file name.

    `kind`: ``csv`` (UTF-8, comma; NULL is the empty cell) or ``xlsx`` (numbers as numbers, all else as text; more
    rows than a sheet holds go on in ``<dataset>_<day>_2.xlsx``). `since`: only rows changed from then on, and no
    file where there are none. A file appears under its name when it is whole. Raises ConfigurationError.
    """
    if kind not in WRITERS:
        raise ConfigurationError(f"--format {kind}: tulis {' atau '.join(WRITERS)}")
    folder.mkdir(parents=True, exist_ok=True)
    day = world.meta()["until"][:10]
    counts: dict[str, int] = {}
    for table in world.tables():
        rows = world.rows(table, since)
        names, part, written = list(table.columns), 1, SHEET_ROWS
        while written == SHEET_ROWS:
            suffix = f"_{part}" if part > 1 else ""
            final = folder / f"{table.dataset}_{day}{suffix}.{kind}"
            unfinished = final.with_name(final.name + UNFINISHED)
            written = WRITERS[kind](unfinished, names, rows)
            if written == 0 and (part > 1 or since is not None):
                unfinished.unlink()
                break
            unfinished.replace(final)
            counts[final.name] = written
            part += 1
    return counts


def _csv(path: Path, names: list[str], rows: Iterator[list[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow([_text(value) for value in row])
            count += 1
    return count


def _xlsx(path: Path, names: list[str], rows: Iterator[list[Any]]) -> int:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with xlsxwriter.Workbook(str(path), options) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, names)
        for count, row in enumerate(islice(rows, SHEET_ROWS), start=1):
            for column, value in enumerate(row):
                if isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(count, column, value)
                elif value is not None:
                    # XML has no NUL.
                    sheet.write_string(count, column, str(_text(value)).replace("\0", "")[:CELL_CHARACTERS])
    return count


def _text(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else value


WRITERS: dict[str, Writer] = {"csv": _csv, "xlsx": _xlsx}
