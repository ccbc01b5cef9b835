"""The workbook as LibreOffice sees it: opened without a screen, recalculated, and read back cell by cell."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from batang_assets.smdata.sheets import PublishedSheet
from batang_assets.smdata.template import load_template
from tests.smdata.smdata_truth import DOMAINS, PLACEMENTS, TABLES
from tests.smdata.test_smdata_workbook import PAYLOADS, rows_of, single_sheet, statutory

# Calc keeps what a file says unless it is told to work formulas out again when it opens one.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


def office() -> str:
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("soffice is not installed: CI must open the workbook in LibreOffice")
        pytest.skip("soffice is not installed here")
    return found


def reopened(path: Path, folder: Path) -> CalamineWorkbook:
    """The workbook after LibreOffice has opened it, worked out every formula, and saved it again."""
    profile = folder / "profil"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    out = folder / "keluar"
    command = [
        office(),
        f"-env:UserInstallation=file://{profile}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run([*command, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=240)
    return CalamineWorkbook.from_path(str(out / path.name))


def spoilt(path: Path, folder: Path) -> Path:
    """The same workbook with every formula's stored figure replaced: only working it out gives the right one."""
    target = folder / path.name
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f><v>)-?\d+(</v>)", rb"\g<1>987654321\2", content)
            out.writestr(name, content)
    return target


def test_libreoffice_works_out_the_same_totals_and_shows_the_same_cells(build, tmp_path: Path):
    office()
    package = build()
    book = reopened(spoilt(package.path / f"{package.name}.xlsx", tmp_path), tmp_path)
    assert book.sheet_names == [sheet.name for sheet in load_template().made]
    for number in range(1, 9):
        sheet = load_template().sheets[number - 1]
        assert isinstance(sheet, PublishedSheet)
        truth = {
            (part, label, column): value
            for part, _, label, column, value in TABLES[f"III/{number}"]
            if value is not None
        }
        assert statutory(rows_of(book, sheet.name), sheet) == truth
    placements = rows_of(book, "Penempatan")
    totals = [row[6:] for row in placements if str(row[0]).startswith("JUMLAH")]
    assert totals == [
        [sum(int(row[column] or 0) for row in PLACEMENTS if row[0] == scope) for column in range(6, 10)]
        for scope in ("apbd", "semua")
    ]
    assert [row[1:7] for row in rows_of(book, "Konsolidasi")[-len(DOMAINS) :]] == [[10, 9, 7, 1, 2, 1]] * len(
        DOMAINS
    )


def test_in_libreoffice_too_every_payload_is_text(tmp_path: Path):
    office()
    path = tmp_path / "uji.xlsx"
    single_sheet(path, PAYLOADS)
    rows = rows_of(reopened(path, tmp_path), "Uji")
    assert [row[0] for row in rows[3:]] == PAYLOADS
