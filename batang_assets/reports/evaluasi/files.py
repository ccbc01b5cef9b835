"""The report as files, each written whole or not at all."""

from datetime import datetime
from pathlib import Path

import psycopg

from batang_assets.partitions import Period
from batang_assets.reports.evaluasi.facts import Facts
from batang_assets.reports.evaluasi.reading import read_facts
from batang_assets.reports.evaluasi.render import html, pdf
from batang_assets.reports.evaluasi.report import build, file_name
from batang_assets.settings import Settings


def evaluation_folder(settings: Settings) -> Path:
    """Where the evaluations lie: ``<home>/keluaran/evaluasi``."""
    return settings.outputs / "evaluasi"


def write(
    conn: psycopg.Connection, settings: Settings, until: Period, now: datetime
) -> tuple[Facts, Path, Path]:
    """Write the twelve months up to ``until`` as page and PDF; returns the facts and both paths."""
    facts = read_facts(conn, settings, until, now)
    document = build(facts)
    folder = evaluation_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    page, paper = (folder / f"{file_name(until)}{suffix}" for suffix in (".html", ".pdf"))
    for path, content in ((page, html(document).encode()), (paper, pdf(document, now))):
        draft = path.with_name(f".{path.name}.tmp")
        draft.write_bytes(content)
        draft.replace(path)
    return facts, page, paper
