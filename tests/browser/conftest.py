"""A real browser on reports that a real server serves, with every other network address out of reach."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright

from batang_assets.database import connect
from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.suites import suite_of
from batang_assets.reports.mutu import reports_folder, write
from batang_assets.reports.serve import config
from batang_assets.settings import JAKARTA, PROJECT_ROOT, Settings
from tests.quality import judged
from tests.reports.page import store_verdict

Scheme = Literal["light", "dark"]
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
ARTEFACTS = PROJECT_ROOT / ".batang-artefak" / "browser"
MONTHS = Period(2026, 7).up_to(Period(2026, 10))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Below the page: not even a name is looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def missing(what: str) -> None:
    """Skip for want of a tool; in CI, where it must be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@dataclass
class Site:
    """The served reports, and every request to anywhere else that a page has tried."""

    origin: str
    folder: Path
    outside: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from `npm ci` in this folder."""
    if not AXE.exists():
        missing("axe-core (npm ci --prefix tests/browser)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots are kept."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    (ARTEFACTS.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    return ARTEFACTS


@pytest.fixture(scope="module")
def site(new_settings: Callable[..., Settings]) -> Iterator[Site]:
    """Four months with a closed gate, warnings and quarantine, written and served as in life."""
    settings = new_settings()
    _fill(settings)
    for period in MONTHS:
        write(settings, period, "run-uji")
    with served(reports_folder(settings)) as origin:
        yield Site(origin, reports_folder(settings))


def _fill(settings: Settings) -> None:
    moment = datetime(2026, 11, 1, 3, tzinfo=JAKARTA)
    with connect(settings) as conn:
        judged.reset(conn)
        for number, period in enumerate(MONTHS):
            judged.add_rows(conn, "pencari-kerja", period, 12, wrong={"PK_A01": 3, "PK_A03": 2, "PK_T01": 5})
            judged.add_rows(conn, "lowongan", period, 6, wrong={"LW_A03": 2})
            for dataset in DATASETS:
                rules = suite_of(dataset.wire).rules
                results = {rule.kode: ((place + number) % 5, 100) for place, rule in enumerate(rules)}
                failed = ("LW_A03",) if dataset.wire == "lowongan" else ()
                store_verdict(conn, dataset.wire, period, f"v{number}", moment, results, failed=failed)
        conn.execute("update intermediate.int_lowongan__dinilai set pemberi_kerja_id = '7'")
        conn.execute("update intermediate.int_pencari_kerja__dinilai set kode_wilayah = '3325012001'")
        conn.commit()


@contextmanager
def served(folder: Path) -> Generator[str]:
    """A real server over ``folder``; yields its origin."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(config(folder))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """A function that opens a page of the site; width, colour scheme and media as given.

    At the end nothing outside the site may have been asked for, and no page may have complained.
    """
    contexts, complaints = [], []

    def guard(route: Route) -> None:
        address = route.request.url
        if address.startswith((site.origin + "/", site.folder.as_uri() + "/")):
            route.continue_()
        else:
            site.outside.append(address)
            route.abort()

    def make(
        path: str = "/", *, width: int = 1280, scheme: Scheme = "light", address: str | None = None
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale="id-ID"
        )
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address or site.origin + path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert site.outside == []
    # A browser asks for an icon by itself; there is none.
    assert [text for text in complaints if "404" not in text] == []
