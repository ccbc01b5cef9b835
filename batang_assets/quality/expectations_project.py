"""Running a suite with Great Expectations: the one module that imports it, and only inside its functions.

The import takes some seven seconds, so a code location must not pay for it. No result holds a cell's value:
the result format carries counts, and a failed computation is reported by rule code, never by the database's
message, which may quote data.
"""

import logging
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from batang_assets.database import sqlalchemy_url
from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.quality.suites import FRESHNESS, PROJECT_DIR, VOLUME, Measured, Suite, verdict_column
from batang_assets.settings import Settings

if TYPE_CHECKING:
    from great_expectations.data_context import FileDataContext

COUNTS_ONLY: dict[str, Any] = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}


@contextmanager
def open_project(settings: Settings) -> "Generator[FileDataContext]":
    """The file context under ``expectations/``; results go to ``<home>/gx``, nothing into the checkout.

    Its database connections are closed at the end: one left open would hold up a later dbt build.
    """
    # Its loggers print tracebacks of failed queries, which may quote a row.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
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
    context: "FileDataContext", suite: Suite, period: Period, parameters: dict[str, str]
) -> dict[str, Measured]:
    """Judge one month of one dataset; rule code → what was found.

    ``parameters`` fill the suite's ``$PARAMETER`` places. The month must hold at least one row: Great
    Expectations knows no empty batch. Raises DataError naming the first rule that cannot be computed.
    """
    from great_expectations.core.run_identifier import RunIdentifier

    definition = context.validation_definitions.get(suite.dataset.wire)
    result = definition.run(
        # Data Docs of a month are the results under the month's name.
        run_id=RunIdentifier(run_name=period.key),
        batch_parameters={"year": period.year, "month": period.month},
        expectation_parameters=parameters,
        result_format=COUNTS_ONLY,
    )
    found = {}
    for entry in result.results:
        assert entry.expectation_config is not None
        kode = entry.expectation_config.meta["kode"]
        found[kode] = _measured(suite, kode, entry)
    return found


def forget_result(settings: Settings, suite: Suite, period: Period) -> None:
    """Remove the stored result of an earlier judging of the month: its counts live on in ``hasil_aturan``."""
    shutil.rmtree(
        settings.home.resolve() / "gx" / "validations" / suite.dataset.wire / period.key, ignore_errors=True
    )


def _measured(suite: Suite, kode: str, entry: Any) -> Measured:
    where = f"suite {suite.dataset.wire}, rule {kode}"
    if any(_raised(info) for info in _exceptions(entry.exception_info)):
        raise DataError(
            f"{where}: Great Expectations cannot compute it (columns and types of {_table(suite)}?)"
        )
    success = bool(entry.success)
    if entry.expectation_config.type in (VOLUME, FRESHNESS):
        return Measured(1, 0 if success else 1, success)
    if entry.result.get("missing_count") and suite.rule(kode).kolom == verdict_column(kode):
        raise DataError(f"{where}: verdict column {verdict_column(kode)} of {_table(suite)} holds NULL")
    checked = entry.result["element_count"] - (entry.result.get("missing_count") or 0)
    # None where no row met the rule's condition: nothing checked, nothing wrong.
    return Measured(checked, entry.result["unexpected_count"] or 0, success)


def _table(suite: Suite) -> str:
    return f"intermediate.{suite.dataset.judged_table}"


def _exceptions(info: dict[str, Any]) -> list[Any]:
    """Great Expectations gives one exception record, or a mapping of metric → record."""
    return [info] if "raised_exception" in info else list(info.values())


def _raised(info: Any) -> bool:
    return isinstance(info, dict) and bool(info.get("raised_exception"))
