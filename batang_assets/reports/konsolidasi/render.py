"""From the consolidation to one HTML file without any outside reference, in the look of the quality report."""

from datetime import datetime
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader

from batang_assets.reports.konsolidasi.query import DOMAINS, FOLLOWED, WAYS, Consolidation
from batang_assets.reports.mutu.render import environment, number, style

FOLDER = Path(__file__).parent / "templates"


def signed(value: int) -> str:
    """A difference with its sign, as Indonesians write it: +1.204; −3; 0."""
    return number(0) if value == 0 else ("+" if value > 0 else "−") + number(abs(value))


def render(shown: Consolidation, run_id: str, now: datetime) -> str:
    """The page of one month as an HTML document."""
    page = environment().overlay(loader=ChoiceLoader([FileSystemLoader(FOLDER)]))
    page.filters = {**page.filters, "selisih": signed}
    return page.get_template("konsolidasi.html.j2").render(
        css=style(),
        hasil=shown,
        domain=DOMAINS,
        diikuti=FOLLOWED,
        cara=WAYS,
        daftar=f"daftar-kerja-{shown.period.key}.csv",
        pada=now,
        run_id=run_id,
    )
