"""The report's two faces: one HTML page without any outside reference, and the same as a PDF.

Typst lays the PDF out from a packaged template with the fonts of its own wheel; all text goes in as data. The
document's time is the report's, so that equal reports give equal bytes.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import typst
from jinja2 import FileSystemLoader

from batang_assets.errors import DataError
from batang_assets.reports.evaluasi.document import Document
from batang_assets.reports.mutu.render import environment, style

FOLDER = Path(__file__).parent / "templates"
LAYOUT = FOLDER / "evaluasi.typ"


def html(document: Document) -> str:
    """The report as an HTML document."""
    page = environment().overlay(loader=FileSystemLoader(FOLDER)).get_template("evaluasi.html.j2")
    return page.render(d=asdict(document), css=style())


def pdf(document: Document, at: datetime) -> bytes:
    """The report as a tagged PDF of the time ``at``; raises DataError if Typst refuses the layout."""
    try:
        found = typst.compile(
            LAYOUT,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(asdict(document), ensure_ascii=False)},
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        raise DataError(f"{LAYOUT.name} cannot be laid out: {' '.join(str(error).split())}") from None
    assert isinstance(found, bytes)
    return found
