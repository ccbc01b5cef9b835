"""The warehouse as it was once known: the same models over what had arrived by then, in schemas ``lampau_*``."""

from datetime import datetime

from batang_assets.settings import Settings
from batang_assets.warehouse.project import exclusive_build, failure, run_dbt

# Tests and the consolidation stay out: their subject is the present.
BUILD = (
    *("build", "--exclude", "tag:konsolidasi"),
    *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
)


def build_as_of(settings: Settings, moment: datetime) -> int:
    """Build staging to reports as known at ``moment`` into ``lampau_*`` and return how many tables and views.

    Versions, vanished records, arrivals, links, decisions and official lists after ``moment`` are not seen, and the
    present is no later than it; the present schemas are not touched. What a free text was likened to is kept once:
    a list loaded later likens it anew. Raises DataError with the first model that failed.
    """
    with exclusive_build(settings):
        results = run_dbt(settings, BUILD, known_until=moment)
    error = failure(results)
    if error:
        raise error
    return len(results)
