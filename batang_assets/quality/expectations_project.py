"""Running a suite with Great Expectations: the one module that imports it, and only inside its functions.

The import takes seconds, so a code location must not pay for it. What a suite judges are the numbers of
``quality.hitungan``, so no result can hold a cell's value; a failed computation is reported by rule code, never by
the database's message.
"""

import importlib
import logging
import shutil
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from batang_assets.database import sqlalchemy_url
from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.quality.number import Count
from batang_assets.quality.suites import PROJECT_DIR, Suite
from batang_assets.settings import Settings

if TYPE_CHECKING:
    from great_expectations.data_context import FileDataContext

COUNTS_ONLY: dict[str, Any] = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}
# Imported by Great Expectations for expectations that no suite here has; together a third of its import.
UNUSED = ("scipy.stats", "altair")
_importing = threading.Lock()


class _Later(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def import_library() -> None:
    """Import Great Expectations without what it would load and not use here."""
    with _importing:
        later = {name: _Later(name) for name in UNUSED if name not in sys.modules}
        sys.modules.update(later)
        try:
            importlib.import_module("great_expectations")
        finally:
            # Whoever else imports them gets the real ones.
            for name, module in later.items():
                if sys.modules.get(name) is module:
                    del sys.modules[name]


@contextmanager
def import_meanwhile() -> Generator[None]:
    """Import Great Expectations beside what is done inside, which had better wait for the database."""
    thread = threading.Thread(target=import_library, name="great-expectations", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def open_project(settings: Settings) -> "Generator[FileDataContext]":
    """The file context under ``expectations/``; results go to ``<home>/gx``, nothing into the checkout.

    Its database connections are closed at the end: one left open would hold up a later dbt build.
    """
    # Its loggers print tracebacks of failed queries.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    import_library()
    import great_expectations

    context = great_expectations.get_context(
        mode="file",
        context_root_dir=str(PROJECT_DIR),
        runtime_environment={
            "BATANG_GX_DATABASE_URL": sqlalchemy_url(settings),
            "BATANG_HOME": str(settings.home.resolve()),
        },
    )
    try:
        yield context
    finally:
        context.data_sources.get("batang").get_execution_engine().close()


def run_suite(
    context: "FileDataContext", suite: Suite, period: Period, counted: Mapping[str, Count]
) -> dict[str, bool]:
    """Judge the stored numbers of one month of one dataset; rule code → whether it is within its threshold.

    Raises DataError naming the first rule that cannot be computed, or whose number is not the one that was
    counted: somebody else has counted the month meanwhile.
    """
    from great_expectations.core.run_identifier import RunIdentifier

    definition = context.validation_definitions.get(suite.dataset.wire)
    result = definition.run(
        # Data Docs of a month are the results under the month's name, which without a time is read as one.
        run_id=RunIdentifier(run_name=period.key, run_time=datetime.now(UTC)),
        batch_parameters={"year": period.year, "month": period.month},
        result_format=COUNTS_ONLY,
    )
    found = {}
    for entry in result.results:
        assert entry.expectation_config is not None
        kode = entry.expectation_config.meta["kode"]
        where = f"suite {suite.dataset.wire}, rule {kode}"
        if any(_raised(info) for info in _exceptions(entry.exception_info)):
            raise DataError(
                f"{where}: Great Expectations cannot compute it: is its query in line (batang_assets.quality.sync)?"
            )
        if entry.result.get("observed_value") != counted[kode].nilai:
            raise DataError(f"{where}: its number changed while it was judged; judge {period.key} again")
        found[kode] = bool(entry.success)
    return found


def keep_newest_result(settings: Settings, suite: Suite, period: Period) -> None:
    """Remove the stored results of earlier judgings of the month: their counts live on in ``hasil_aturan``.

    A result is named by the time it was made (``…/<suite>/<month>/<time>/<batch>.json``): the last by name stays.
    """
    folder = settings.home.resolve() / "gx" / "validations" / suite.dataset.wire / period.key
    for earlier in sorted(folder.iterdir())[:-1]:
        shutil.rmtree(earlier, ignore_errors=True)


def _exceptions(info: dict[str, Any]) -> list[Any]:
    """Great Expectations gives one exception record, or a mapping of metric → record."""
    return [info] if "raised_exception" in info else list(info.values())


def _raised(info: Any) -> bool:
    return isinstance(info, dict) and bool(info.get("raised_exception"))
