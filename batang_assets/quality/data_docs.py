"""Great Expectations' own Data Docs of a month, made readable without a network.

Great Expectations' pages ask content networks for styles and scripts, and a script draws its index. Here each
page loses what points outside, gets our own style sheet, and the index is ours. A month's site lies at
``<home>/keluaran/mutu/data-docs/2026-10/index.html`` and holds the results of the last judging of that month.
"""

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.partitions import Period, monthly_partitions
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.expectations_project import open_project
from batang_assets.quality.gate import Verdict, verdicts
from batang_assets.quality.keys import DATA_DOCS_KEY, GATE_KEY
from batang_assets.quality.paths import data_docs_folder, data_docs_index
from batang_assets.settings import Settings, get_settings

if TYPE_CHECKING:
    from great_expectations.data_context import FileDataContext

FOLDER = Path(__file__).parent / "templates"
STYLE = "gaya.css"
# Nothing may be fetched from anywhere but the folder itself.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'\">"
)
SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
FOOTER = re.compile(r"<footer\b.*?</footer>", re.DOTALL | re.IGNORECASE)
# The walkthrough of the maker's product, and the buttons of scripts that are gone.
MODALS = re.compile(r"<button\b.*?</button>", re.DOTALL | re.IGNORECASE)
OUTSIDE_TAGS = re.compile(
    r"<(?:link|img|iframe|source)\b[^>]*\b(?:href|src)\s*=\s*[\"']?(?:https?:)?//[^>]*>", re.IGNORECASE
)
OUTSIDE_LINKS = re.compile(r"\b(href|src|action)\s*=\s*([\"'])\s*(?:https?:)?//.*?\2", re.IGNORECASE)
OUTSIDE_STYLES = re.compile(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//[^;]*;", re.IGNORECASE)
STATIC_TAGS = re.compile(r"<(?:link|img)\b[^>]*\bstatic/[^>]*>", re.IGNORECASE)
HANDLERS = re.compile(r"\son[a-z]+\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
ANYTHING_OUTSIDE = re.compile(r"(?:href|src|action|url\()\s*=?\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)


def build(settings: Settings, period: Period) -> Path:
    """Build the month's site beside its old one, then put it in its place; returns the index.

    Raises DataError if a page would still ask another host for something.
    """
    target = data_docs_folder(settings, period)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{period.key}-", dir=target.parent))
    try:
        with open_project(settings) as project:
            _render(project, period, scratch)
        with connect(settings) as conn:
            stored = verdicts(conn, period)
        for page in scratch.rglob("*.html"):
            text = offline(page.read_text(encoding="utf-8"), len(page.relative_to(scratch).parts) - 1)
            if ANYTHING_OUTSIDE.search(text):
                raise DataError(f"Data Docs page {page.relative_to(scratch)} still points outside")
            page.write_text(text, encoding="utf-8")
        shutil.rmtree(scratch / "static", ignore_errors=True)
        (scratch / STYLE).write_bytes((FOLDER / STYLE).read_bytes())
        (scratch / "index.html").write_text(_index(scratch, period, stored), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
        target.chmod(0o755)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return data_docs_index(settings, period)


def offline(page: str, depth: int) -> str:
    """A page of Great Expectations without scripts and outside references; ``depth`` folders below the index."""
    for pattern in (SCRIPTS, FOOTER, MODALS, OUTSIDE_TAGS, STATIC_TAGS, HANDLERS):
        page = pattern.sub("", page)
    page = OUTSIDE_STYLES.sub("", OUTSIDE_LINKS.sub("", page))
    style = f'<link rel="stylesheet" href="{"../" * depth}{STYLE}">'
    return page.replace("<html>", '<html lang="en">', 1).replace("<head>", f"<head>{POLICY}{style}", 1)


def _render(project: "FileDataContext", period: Period, folder: Path) -> None:
    from great_expectations.render.renderer.site_builder import SiteBuilder

    def section(store: str, renderer: str, **more: Any) -> dict[str, Any]:
        return {
            "class_name": "DefaultSiteSectionBuilder",
            "source_store_name": store,
            "renderer": {"class_name": renderer},
        } | more

    SiteBuilder(
        data_context=project,
        site_name="lokal",
        show_how_to_buttons=False,
        store_backend={"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        site_index_builder={"class_name": "DefaultSiteIndexBuilder"},
        site_section_builders={
            "expectations": section("expectations_store", "ExpectationSuitePageRenderer"),
            "validations": section(
                "validation_results_store",
                "ValidationResultsPageRenderer",
                run_name_filter={"equals": period.key},
            ),
        },
    ).build(build_index=False)


def _index(folder: Path, period: Period, stored: dict[str, Verdict]) -> str:
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    rows = []
    for dataset in DATASETS:
        results = sorted((folder / "validations" / dataset.wire).rglob("*.html"))
        rows.append(
            {
                "judul": dataset.judul,
                "putusan": stored.get(dataset.wire),
                "hasil": results[-1].relative_to(folder).as_posix() if results else None,
                "suite": f"expectations/{dataset.wire}.html",
            }
        )
    return environment.get_template("index.html.j2").render(bulan=period.label, baris=rows, kebijakan=POLICY)


@dg.asset(
    key=DATA_DOCS_KEY,
    deps=[GATE_KEY],
    partitions_def=monthly_partitions(get_settings()),
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="quality",
    kinds={"python", "html"},
    owners=["team:disnaker-batang"],
    description=(
        "Data Docs Great Expectations setiap bulan: hasil setiap aturan dari penilaian gerbang terakhir, dapat "
        "dibaca tanpa jaringan. Hanya hitungan, tanpa nilai data."
    ),
)
def data_docs(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Build the site of each month of the run."""
    settings = get_settings()
    begun = time.monotonic()
    indexes = [build(settings, Period.parse(key)) for key in sorted(context.partition_keys)]
    return dg.MaterializeResult(
        metadata={
            "data_docs": dg.MetadataValue.path(str(indexes[-1])),
            "halaman": sum(1 for _ in indexes[-1].parent.rglob("*.html")),
            "durasi_s": round(time.monotonic() - begun, 2),
        }
    )


assets: list[dg.AssetsDefinition] = [data_docs]
